/* The last picture of the talk: what this was, and where to find it. It plays nothing. */

import { make, refill } from '../stage/dom.js';
import { addressParts } from './big_code.js';

export class Closing {
  /** @param {Promise<import('./big_code.js').Address>} address asked for when the talk begins */
  constructor(address) {
    this.root = make('section', 'closing');
    this.root.hidden = true;
    address.then(({ link, words, code, onlyHere }) => {
      const title = make('h2', 'closing-title', 'Diffusion playground');
      const [text, ...square] = addressParts({ link, words, code: onlyHere ? undefined : code }).reverse(); // nobody can open what the code names
      text.prepend(title);
      text.append(make('p', 'closing-back', 'PageUp goes back.'));
      refill(this.root, ...square, text);
    });
  }

  get shown() {
    return !this.root.hidden;
  }

  /** @param {boolean} on */
  show(on) {
    this.root.hidden = !on;
  }
}
