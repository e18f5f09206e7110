/* The hint of a first visit: what can be done with a word. It goes when it is closed, or when a word is opened, and never comes back. */

import { listen, make, makeButton } from './dom.js';
import { isStacked } from './layout.js';
import { STILL } from './playback.js';
import { keepWish, wishOf } from './wishes.js';

const WISH = 'hint';
const OFFERED = 'Click a word to see its life. Replace it, or pin it, and run on from there.';
const OFFERED_BY_TOUCH = 'Touch a word: see its life, replace it, pin it.'; // one line of a phone
const OFFERED_TO_READ = 'Click a word to see its life.'; // where nothing can run on

export class Hint {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    if (STILL.matches || wishOf(WISH) === 'seen' || stage.layout.presenting) return;
    const close = makeButton('offer', 'Got it', () => this.end());
    const says = !stage.options.onBranch ? OFFERED_TO_READ : isStacked() ? OFFERED_BY_TOUCH : OFFERED;
    this.root = make('p', 'hint', says, close);
    if (isStacked()) stage.lanes.after(this.root);
    else stage.legend.states.after(this.root); // the middle of that row is free
    stage.layout.refit(); // on a phone it takes a line
    listen(stage.lanes, { pointerup: ({ target }) => target.closest('.slot, .word') && this.end() });
  }

  end() {
    if (!this.root?.isConnected) return;
    this.root.remove();
    keepWish(WISH, 'seen');
  }
}
