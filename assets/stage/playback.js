/* Playback: what buttons, keys and the page do to the clock. */

import { Calculated, EQUAL, MEASURED } from './timing.js';
import { keepWish, wishOf } from './wishes.js';

export const STILL = matchMedia('(prefers-reduced-motion: reduce)');

/** The time at which the playhead is drawn. With reduced motion it moves from pass to pass.
 * @param {import('./clock.js').Clock} clock
 */
export const playheadOf = (clock) => (clock.playing && STILL.matches ? clock.lastPass : clock.time);

/** Moves a clock; what it changes is drawn by the stage. */
export class Playback {
  /**
   * @param {import('./clock.js').Clock} clock
   * @param {() => void} invalidate asks for a drawing
   * @param {(what: string) => void} announce says what happened to who hears the stage
   * @param {() => void} showChoices brings speed and steps, as they are shown, in line with the clock
   */
  constructor(clock, invalidate, announce, showChoices) {
    this.clock = clock;
    this.invalidate = invalidate;
    this.announce = announce;
    this.showChoices = showChoices;
    this.clock.setSpeed(Number(wishOf('speed')) || null);
  }

  toggle() {
    const { clock } = this;
    if (clock.playing) return this.pause();
    if (clock.atEnd) this.jump(0);
    clock.playing = clock.records.length > 0;
    return this.invalidate();
  }

  pause() {
    this.clock.playing = false;
    this.announce('Paused');
    this.invalidate();
  }

  restart() {
    this.jump(0);
    if (!this.clock.playing) this.toggle();
  }

  /** @param {number} time ms */
  seek(time) {
    this.clock.playing = false;
    this.jump(time);
  }

  /** @param {number} time ms */
  jump(time) {
    this.clock.run.lookAgain(this.clock.records.length > 0);
    this.clock.go(time);
    this.invalidate();
  }

  /** @param {number} direction 1 or -1 */
  step(direction) {
    const next = this.clock.nextPass(direction);
    this.clock.playing = false;
    if (next !== undefined) this.jump(next);
    this.announce('Paused');
    this.invalidate();
  }

  /** @param {boolean} equal */
  setEqual(equal) {
    this.setTiming(equal ? EQUAL : MEASURED);
  }

  /** The times of another model on another device, as far as the verdict tells them.
   * @param {boolean} on
   */
  setCalculated(on) {
    const times = this.clock.run.verdict?.calculated;
    this.setTiming(on && times ? new Calculated(times) : MEASURED);
  }

  /** @param {import('./timing.js').Timing} timing */
  setTiming(timing) {
    this.clock.setTiming(timing);
    this.showChoices();
    this.invalidate();
  }

  /** @param {number | null} speed */
  setSpeed(speed) {
    keepWish('speed', String(speed || ''));
    this.clock.setSpeed(speed);
    this.showChoices();
    this.invalidate();
  }
}
