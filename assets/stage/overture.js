/* The overture: the recorded race plays again and again until someone acts; after that nothing moves by itself. */

import { STILL } from './playback.js';

const STANDS = 6000; // ms that the finished picture stands before the race plays again
const LOOK = 250; // ms between two looks

/** With reduced motion nothing plays by itself, and the finished picture stands. */
export class Overture {
  /**
   * @param {import('./stage.js').Stage} stage whose recorded race is there
   * @param {Promise<any>} seen settled once nothing covers the stage: the race waits at its start
   */
  constructor({ clock, playback, run }, seen) {
    this.stood = 0; // ms
    if (STILL.matches) {
      playback.seek(clock.total);
      return;
    }
    clock.playing = false;
    seen.then(() => { if (run.state === 'recorded' && !clock.time) playback.restart(); });
    this.timer = setInterval(() => {
      if (run.state !== 'recorded') this.end();
      else if (clock.playing || !clock.time || document.hidden) this.stood = 0;
      else this.stood += LOOK;
      if (this.stood >= STANDS) playback.restart();
    }, LOOK);
    for (const act of ['pointerdown', 'keydown']) addEventListener(act, () => this.end(), { capture: true, once: true });
  }

  /** Someone acted: what plays goes on to its end, and stays there. */
  end() {
    clearInterval(this.timer);
  }
}
