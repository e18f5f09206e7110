/* Talk mode: presenter mode's own keys, and the story as slides. Its script and its scenes come when a visitor first presents. */

import { Later } from './later.js';

const NOT_LOADED = 'The slides did not load. Check the connection, then press Talk again.';

/** Stands for the talk until its script is there. A saved file has none. */
export class Talking {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {import('../talk/talk.js').Talk | null} */
    this.talk = null;
    this.later = new Later(async (tries) => {
      this.talk = await stage.options.loadTalk?.(stage, tries) ?? null;
      return this.talk;
    });
  }

  load() {
    return this.later.load();
  }

  /** Presenter mode has begun or ended.
   * @param {boolean} on
   */
  presented(on) {
    if (on) this.load();
    else this.talk?.leave();
  }

  /** Begin the talk at a slide, or go on where it was left.
   * @param {number} [at] from 0
   */
  async open(at) {
    const { layout, status } = this.stage;
    layout.present(true); // within the press, as browsers want it for the whole screen
    await this.load();
    if (!this.talk) status.say('error', NOT_LOADED);
    else if (layout.presenting) this.talk.show(at ?? this.talk.left);
  }
}
