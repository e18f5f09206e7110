/* The legend: each state is named in its own look, and only where it occurs. */

import { SLOTS, slotOf } from './slots.js';
import { make, makeCheck, refill, setData } from './dom.js';

/** @type {[import('../types').State, string, string][]} */
const NAMED_STATES = [ // state, name, what it means
  ['noise', 'noise', 'Still a mask, or random noise'],
  ['draft', 'draft', 'What the model would write here now; the position is still open'],
  ['committed', 'settled', 'Settled and not changed since: the lighter or darker, the surer'],
  ['revised', 'revised', 'Settled again, with another token than before'],
  ['remasked', 'taken back', 'Was settled and is open again (remasked)'],
  ['pinned', 'pinned', 'Given and kept, not written by the model'],
];

export class Legend {
  /** @param {(shown: boolean) => void} onDrafts */
  constructor(onDrafts) {
    this.states = make('span', 'legend-states');
    const drafts = makeCheck('legend-drafts', 'drafts', true, onDrafts).label;
    drafts.title = 'What the diffusion model would write now at positions that are still open';
    /** @type {HTMLElement[]} */
    this.ramps = []; // of unsure to sure, one a lane
    this.shown = ''; // what it names
    this.scale = this.ramp();
    this.root = make('div', 'legend', this.scale, this.states, drafts);
  }

  ramp() {
    for (const slot of SLOTS) {
      const steps = make('span', 'legend-steps');
      steps.dataset.slot = slot;
      steps.hidden = this.ramps.length > 2; // until a race has a third lane
      this.ramps.push(steps);
      for (let i = 0; i <= 4; i++) {
        const step = make('i');
        step.style.setProperty('--confidence', `${i * 25}%`);
        steps.append(step);
      }
    }
    return make('span', 'legend-ramp', make('span', '', 'unsure'), ...this.ramps, make('span', '', 'sure'));
  }

  /** Name the states that have occurred; one that occurs later joins them. differing: whether lanes are marked where they differ.
   * @param {import('./record.js').LaneRecord[]} records
   * @param {boolean} differing
   * @param {boolean} goingOn whether a lane goes on after its reply
   */
  show(records, differing, goingOn) {
    this.scale.hidden = records.some(({ served }) => served) && records.every(({ served }) => served); // a server tells no confidence
    this.ramps.forEach((steps, n) => { // in the colours of the lanes that are there
      const slot = records[n] ? slotOf(records[n].lane) : SLOTS[n];
      setData(steps, 'slot', slot);
      const shared = records.slice(0, n).some(({ lane }) => slotOf(lane) === slot); // by a branch and its parent
      steps.hidden = records.length > 1 ? n >= records.length || shared || records[n].served : n > 1;
    });
    const found = NAMED_STATES.map(([state]) => records.find((record) => record.states.has(state)));
    const now = found.map((record) => (record ? slotOf(record.lane) : '')).join() + differing + goingOn;
    if (now === this.shown) return;
    this.shown = now;
    refill(this.states, ...NAMED_STATES.flatMap(([state, name, title], n) => {
      const record = found[n];
      if (!record) return [];
      const item = make('span', 'legend-state', name);
      Object.assign(item.dataset, { state, slot: slotOf(record.lane) });
      item.title = title;
      return [item];
    }));
    if (goingOn) this.states.append(Object.assign(make('span', 'legend-state next-turn', 'after the reply'), { title: 'All lanes write texts of one length, so a model goes on after its reply. That is no part of it.' }));
    if (differing) this.states.append(Object.assign(make('span', 'legend-state differs', 'differs'), { title: 'Both lanes settled this place, each with another token' }));
  }
}
