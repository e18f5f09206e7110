/* Hands on the picture: scrubbing by mouse, what a tick says, the table of figures, and the hint of a first visit. */

import { Figures } from './figures.js';
import { Hint } from './hint.js';
import { Scrub } from './scrub.js';
import { TickTip } from './tick_tip.js';

export class Hands {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.figures = new Figures(stage);
    this.tip = new TickTip(stage);
    this.scrub = new Scrub(stage);
    this.hint = new Hint(stage);
    stage.layout.refit(); // a button more
  }

  /** Follow the clock. */
  paint() {
    this.figures.draw();
    this.tip.follow();
  }
}
