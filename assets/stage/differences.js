/* Marks where two lanes that write the same text differ: a branch and its parent, or two samplers with one seed. */

import { areComparable, differ } from './diff.js';

/** Marks the positions that both lanes have settled with another token each, in their slots and in their texts. */
export class Differences {
  constructor() {
    this.painted = ''; // what the marks are of
    /** @type {import('./lane_view.js').LaneView[]} */
    this.views = []; // on whose slots they are
    this.any = false;
  }

  /** True where any position differs now.
   * @param {import('./lane_view.js').LaneView[]} views
   */
  paint(views) {
    const now = views.map(({ record, shown }) => `${record.lane.key} ${shown} ${record.frames.length}`).join();
    if (views === this.views && now === this.painted) return this.any;
    this.views = views;
    this.painted = now;
    this.any = false;
    if (!areComparable(views.map(({ record }) => record.lane))) return false;
    const [one, other] = views;
    for (let at = one.record.lane.prompt; at < one.record.size; at++) {
      const differs = differ(one.painted[at], other.painted[at]);
      this.any ||= differs;
      for (const view of views) for (const place of [view.slots[at], view.words[at]]) place?.classList.toggle('differs', differs);
    }
    return this.any;
  }
}
