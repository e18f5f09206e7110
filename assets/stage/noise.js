/* Living noise: signs that scramble in open positions, a few at a time, while the race plays. */

import { STILL } from './playback.js';

const SIGNS = 'abcdefghjkmnopqrstuvwxyz#@!&*%?+=$';
const EVERY = 130; // ms between two changes
const FEW = 14; // positions of a lane that change at once

/** Signs for a position, the same ones every time: between two and five.
 * @param {number} at
 * @param {number} turn
 */
export function scrambled(at, turn) {
  let seed = Math.imul(at + 1, 2654435761) ^ Math.imul(turn + 1, 40503);
  const next = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed >>> 16;
  };
  next();
  return Array.from({ length: 2 + (next() % 4) }, () => SIGNS[next() % SIGNS.length]).join('');
}

/** The signs are attributes: no text changes, so no reader hears them and nothing is laid out again. */
export class Noise {
  constructor() {
    /** @type {import('./lane_view.js').LaneView[]} */
    this.views = [];
    this.turn = 0;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
  }

  /** Put signs into every position of lanes that begin as noise.
   * @param {import('./lane_view.js').LaneView[]} views
   */
  show(views) {
    this.views = views.filter(({ record }) => record.lane.kind !== 'ar');
    for (const { slots } of this.views) slots.forEach((slot, at) => { slot.dataset.signs = scrambled(at, 0); });
  }

  /** @param {boolean} playing */
  live(playing) {
    const wanted = playing && !STILL.matches;
    if (wanted === Boolean(this.timer)) return;
    clearInterval(this.timer);
    this.timer = wanted ? setInterval(() => document.hidden || this.change(), EVERY) : undefined;
  }

  change() {
    this.turn++;
    for (const { slots } of this.views) {
      const open = slots.filter((slot) => /noise|remasked/.test(slot.dataset.state || ''));
      const stride = Math.max(Math.ceil(open.length / FEW), 2);
      open.forEach((slot, n) => { if (n % stride === this.turn % stride) slot.dataset.signs = scrambled(n, this.turn); });
    }
  }
}
