/* The last picture of the talk: what this was, and where to find it. It plays nothing. */

import { make, refill } from '../stage/dom.js';
import { addressParts } from './big_code.js';

const LAST = 'One model types. The other looks at the whole text, pass after pass. Which one, and for what?';

export class Closing {
  /** @param {Promise<import('./big_code.js').Address>} address asked for when the talk begins */
  constructor(address) {
    this.root = make('section', 'closing');
    this.root.hidden = true;
    address.then((here) => {
      const words = make('div', 'big-code-words', make('h2', 'closing-title', 'Diffusion playground'), make('p', '', LAST));
      refill(this.root, ...(here.onlyHere ? [] : addressParts(here)), words); // the room can do nothing with this machine's own address
      words.append(make('p', 'closing-back', 'PageUp goes back.'));
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
