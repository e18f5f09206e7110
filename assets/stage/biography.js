/* The life of a token, read off its lane's record. No DOM. */

import { hasSettled, holdsToken, isCleared, isSettled } from './record.js';
import { percent } from './words.js';

/**
 * @typedef {object} Life of a position up to a frame
 * @property {import('../types').Cell} cell the cell of the position
 * @property {number} chosen the pass that chose it
 * @property {number} seen the first pass that held a token there
 * @property {number} settled the pass that settled it last
 * @property {{ id: number, text: string }[]} held its tokens, in order
 * @property {number[]} backs passes that took it back
 * @property {(number | null)[]} sure the confidence after each pass
 * @property {[string, number][]} rivals what else the model thought of, with probabilities
 * @property {boolean} past true if the text ended before this position, so that the lane never wrote it
 */

/** The history of a position up to frame i: its tokens with their times, the model's confidence after each pass, and the
 * alternatives. The noise of an open position does not count as a token.
 * @param {import('./record.js').LaneRecord} record
 * @param {number} at
 * @param {number} i
 */
export function biography(record, at, i) {
  /** @type {Life} */
  const life = { cell: null, chosen: 0, seen: 0, settled: 0, held: [], backs: [], sure: [], rivals: [], past: record.isPast(i, at) };
  for (let k = 0; k <= i; k++) {
    const frame = record.frames[k];
    const change = frame.changes.find(([position]) => position === at);
    if (change) {
      const [, text, , state, id] = change;
      const before = life.cell;
      life.cell = isCleared(change) ? null : change;
      const token = holdsToken(life.cell);
      if (token && !life.seen) life.seen = k;
      if (token && (!holdsToken(before) || before[4] !== id)) {
        life.chosen = k;
        if (life.held.at(-1)?.id !== id) life.held.push({ id, text });
      }
      if (isSettled(state) && !(hasSettled(before) && before[4] === id)) life.settled = k;
      if (!isSettled(state) && hasSettled(before)) life.backs.push(k);
    }
    const rivals = frame.top && frame.top[at];
    if (rivals) life.rivals = rivals;
    life.sure.push(life.cell ? life.cell[2] : null);
  }
  const { cell } = life;
  if (cell) life.rivals = life.rivals.filter(([text]) => text !== cell[1]);
  return life;
}

/** The state of a position in a few words.
 * @param {Pick<Life, 'cell' | 'past'>} life
 */
export function standing({ cell, past }) {
  if (past) return 'past the end of the text';
  if (!cell) return 'nothing yet';
  const words = { prompt: 'given', noise: 'noise', draft: 'a draft', committed: 'settled', revised: 'settled again', remasked: 'taken back', pinned: 'pinned' };
  return cell[2] === null ? words[cell[3]] : `${words[cell[3]]}, ${percent(cell[2])} sure`;
}
