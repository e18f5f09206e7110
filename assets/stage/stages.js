/* The four stages of the picture on the time axis: each lights up as the playhead comes to it, and can be pressed. */

import { PHASE_RULES } from '../generated/constants.js';
import { make, makeButton, setAria, setData } from './dom.js';
import { leadOf, stagesOf } from './tempo.js';

/** @typedef {import('../types').Phase} Phase */

const NAMES = /** @type {Phase[]} */ (Object.keys(PHASE_RULES));

/** How much of the axis each stage takes, of 1: from where it begins to where the next one does.
 * @param {Partial<Record<Phase, number>>} begins ms
 * @param {number} total ms
 */
export function sharesOf(begins, total) {
  return NAMES.map((name, n) => {
    const from = begins[name];
    const next = NAMES.slice(n + 1).map((later) => begins[later]).find((time) => time !== undefined) ?? total;
    return from === undefined || total <= 0 ? 0 : Math.max(next - from, 0) / total;
  });
}

export class Stages {
  /** @param {import('./playback.js').Playback} playback */
  constructor(playback) {
    /** @type {Partial<Record<Phase, number>>} */
    this.begins = {};
    this.drawn = '';
    /** @type {import('./record.js').LaneRecord | null} */
    this.lead = null; // whose stages these are
    this.buttons = NAMES.map((name) => {
      const button = makeButton('stage-stop', name, () => playback.seek(this.begins[name] ?? 0));
      button.title = PHASE_RULES[name];
      return button;
    });
    this.root = make('div', 'stages', ...this.buttons);
    this.root.setAttribute('role', 'group');
    setAria(this.root, 'label', 'Stages of the picture');
  }

  /** @param {import('./clock.js').Clock} clock */
  draw({ records, time, total }) {
    const lead = leadOf(records);
    this.root.hidden = !lead;
    if (!lead) return;
    const shown = lead.at(time);
    const now = [lead.frames.length, lead.timing.name, total, shown].join();
    if (lead === this.lead && now === this.drawn) return;
    this.lead = lead;
    this.drawn = now;
    this.begins = stagesOf(lead);
    const phase = lead.frames[shown]?.phase ?? 'noise';
    const shares = sharesOf(this.begins, total);
    this.buttons.forEach((button, n) => {
      const begin = this.begins[NAMES[n]];
      button.style.flexGrow = String(shares[n]);
      button.disabled = begin === undefined;
      setData(button, 'reached', String(begin !== undefined && begin <= time + 1e-6));
      setAria(button, 'current', NAMES[n] === phase ? 'step' : 'false');
    });
  }
}
