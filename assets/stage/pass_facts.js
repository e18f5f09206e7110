/* What one pass of a lane took and did, in words. No DOM. */

import { hasSettled, isSettled } from './record.js';
import { passOf } from './words.js';

const GIVEN = /prompt|pinned/; // settled, but not by the model

/** Positions that a pass settled, opened again and gave another token, as playground/trace/events.py counts them.
 * @param {import('./record.js').LaneRecord} record
 * @param {number} i
 */
export function countPass(record, i) {
  const before = record.cells(i - 1);
  const none = { remasks: 0, replacements: 0 };
  const [was, is] = [record.mending[i - 1] || none, record.mending[i] || none];
  const committed = record.frames[i].changes.filter(([at, , , state]) => isSettled(state) && !GIVEN.test(state) && !hasSettled(before[at]));
  return { committed: committed.length, takenBack: is.remasks - was.remasks, replaced: is.replacements - was.replacements };
}

/** A pass in two short lines: which it is and when, and what it did.
 * @param {import('./record.js').LaneRecord} record
 * @param {number} i
 */
export function passFacts(record, i) {
  const { lane, frames, timing } = record;
  const end = record.figureOf(i);
  const last = frames.length - 1;
  const of = record.finished && i ? ` of ${last}` : '';
  const { committed, takenBack, replaced } = countPass(record, i);
  const did = [
    committed ? `${committed} ${record.served ? 'arrived' : 'settled'}` : 'nothing settled',
    takenBack ? `${takenBack} taken back` : '',
    replaced ? `${replaced} replaced` : '',
  ].filter(Boolean).join(', ');
  return [`${passOf(i, lane)}${of}, ${fine(end)} ${timing.mark}`.trim(), `took ${fine(end - record.figureOf(i - 1))}, ${did}`];
}

/** A time with the digits that tell one pass from the next.
 * @param {number} ms
 */
const fine = (ms) => (ms < 100 ? `${ms.toFixed(1)} ms` : `${Math.round(ms).toLocaleString('en')} ms`);

/** The frame of a record whose time is nearest, and how far it is, ms; frame 0, at which nothing was computed, is none.
 * @param {import('./record.js').LaneRecord} record
 * @param {number} time ms
 */
export function nearestPass(record, time) {
  const at = record.at(time);
  const near = [at, at + 1].filter((i) => i > 0 && i < record.frames.length)
    .map((i) => ({ i, off: Math.abs(record.timeOf(record.frames[i]) - time) }));
  return near.sort((one, other) => one.off - other.off)[0];
}
