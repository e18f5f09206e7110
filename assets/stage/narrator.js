/* What a screen reader hears of the stage. */

import { make, setAria, setText } from './dom.js';
import { playheadOf } from './playback.js';
import { passOf } from './words.js';

/** @param {import('./lane_view.js').LaneView} view */
const heard = (view) => view.text() || 'nothing yet';

export class Narrator {
  /** @param {import('./clock.js').Clock} clock */
  constructor(clock) {
    this.clock = clock;
    /** @type {import('./lane_view.js').LaneView[]} */
    this.views = [];
    this.root = make('p', 'mirror');
    setAria(this.root, 'live', 'polite');
  }

  /** The current time of playback and the pass of each lane, in words. */
  get place() {
    const lanes = this.views.map(({ record, shown }) => `${record.lane.title} ${shown > 0 ? passOf(shown, record.lane) : 'at the start'}`);
    return [this.clock.moment(playheadOf(this.clock)), ...lanes].join(', ');
  }

  /** Each lane that comes into a phase is heard while it plays. */
  sayPhases() {
    const news = this.views.filter((view) => view.phase.textContent !== view.heardPhase);
    for (const view of news) view.heardPhase = view.phase.textContent || '';
    if (!this.clock.playing || !news.length) return;
    setText(this.root, news.map((view) => `${view.record.lane.title}, ${view.heardPhase}: ${heard(view)}`).join('. '));
  }

  /** @param {string} what happened */
  announce(what) {
    const lanes = this.views.map((view) => `${view.record.lane.title}: ${heard(view)}`);
    setText(this.root, [what.replace(/\.$/, ''), this.place, ...lanes].join('. '));
  }
}
