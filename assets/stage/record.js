/* One lane's frames as they arrive, and its canvas after any of them. No DOM. */

import { SETTLED } from '../generated/constants.js';
import { MEASURED } from './timing.js';

const KEYFRAME_EVERY = 16;
const END_TOKEN = '<|endoftext|>';
/** @typedef {import('../types').Cell} Cell */
/** @typedef {import('../types').Change} Change */
/** @typedef {import('../types').Frame} Frame */

const SETTLED_STATES = new Set(SETTLED);

/** @param {string} state */
export const isSettled = (state) => SETTLED_STATES.has(state);

/** Whether a cell is settled.
 * @param {Cell | undefined} cell
 * @returns {cell is Change}
 */
export const hasSettled = (cell) => cell != null && isSettled(cell[3]);

/** Whether a cell holds a token, be it a draft: noise is none, nor is a place that was opened again.
 * @param {Cell | undefined} cell
 * @returns {cell is Change}
 */
export const holdsToken = (cell) => cell != null && !/noise|remasked/.test(cell[3]);

/** One lane's frames, and its canvas after any of them. A cell is [position, text, confidence, state, id]. */
export class LaneRecord {
  /** @param {import('../types').Lane} lane */
  constructor(lane) {
    this.lane = lane;
    this.served = Boolean(lane.about.remote); // on the wall clock; its plate grows with its text
    /** @type {Frame[]} */
    this.frames = [];
    /** @type {Cell[][]} */
    this.keyframes = []; // canvases after frames 0, 16, 32, ...
    /** @type {Cell[]} */
    this.tip = grow([], lane.prompt + (this.served ? 0 : lane.length));
    /** @type {Map<number, number>} */
    this.settledAs = new Map(); // the id that each position held when it was last settled
    /** @type {{ remasks: number, replacements: number }[]} */
    this.mending = []; // remasks and replacements up to each frame
    /** @type {Set<string>} */
    this.states = new Set(); // every state that its own positions were ever in
    this.timing = MEASURED; // when its passes are shown
    this.over = false; // no more frames come, whether or not the last one arrived
    this.thinking = false; // whether a served lane thinks before its text
    this.heard = 0; // ms, the wall clock of a served lane when the server last told it
    this.fault = ''; // why it failed
    /** @type {import('./branches.js').Branch | null} */
    this.branch = null; // the branch whose record it is (branches.js)
  }

  /** Positions that it has, prompt included. */
  get size() {
    return this.tip.length;
  }

  /** Positions after the prompt. */
  get length() {
    return this.size - this.lane.prompt;
  }

  /** @param {Change} cell */
  isEnd(cell) {
    const { end_id: id, end_ids: more } = this.lane.about;
    return id === undefined ? cell[1] === END_TOKEN : cell[4] === id || Boolean(more?.includes(cell[4]));
  }

  /** Where the text of some cells ends: at the first settled end token with no pin after it, or after the last position.
 * @param {Cell[]} cells
 */
  endOf(cells) {
    const first = Math.max(this.lane.prompt, cells.findLastIndex((cell) => cell?.[3] === 'pinned'));
    const found = cells.findIndex((cell, at) => at >= first && hasSettled(cell) && this.isEnd(cell));
    return found < 0 ? cells.length : found;
  }

  /** Whether a position is after the end of the text and was never written. False until the lane has ended.
 * @param {number} i
 * @param {number} at
 */
  isPast(i, at) {
    return this.finished && i === this.frames.length - 1 && at > this.endOf(this.tip) && !hasSettled(this.tip[at]);
  }

  /** @param {Frame} frame */
  add(frame) {
    if (frame.i !== this.frames.length) return false;
    this.frames.push(frame);
    this.countMending(frame);
    if (this.served) grow(this.tip, Math.max(...frame.changes.map(([at]) => at)) + 1);
    for (const change of frame.changes) if (change[0] >= this.lane.prompt) this.states.add(change[3]);
    apply(this.tip, frame);
    if (frame.i % KEYFRAME_EVERY === 0) this.keyframes.push(this.tip.slice());
    return true;
  }

  /** Count the remasks and replacements of a frame. A remask opens a settled position; a replacement settles another token
   * at a position that was settled before. Only replacements can correct errors. An end that was put over settled tokens, because the
   * model wrote it in other tokens, is no replacement: it is called committed (is_put_end in playground/trace/events.py).
 * @param {Frame} frame
 */
  countMending(frame) {
    let { remasks, replacements } = this.mending.at(-1) || { remasks: 0, replacements: 0 };
    for (const change of frame.changes) {
      const [at, , , state, id] = change, before = this.tip[at];
      if (isSettled(state)) {
        const put = state === 'committed' && hasSettled(before) && this.isEnd(change);
        if (!put && this.settledAs.has(at) && this.settledAs.get(at) !== id) replacements++;
        this.settledAs.set(at, id);
      } else if (hasSettled(before)) remasks++;
    }
    this.mending.push({ remasks, replacements });
  }

  /** How far its time goes, ms: that of a served lane goes on while it is silent. */
  get reached() {
    return this.finished || this.over || !this.timing.waits ? this.clock : Math.max(this.clock, this.heard);
  }

  get clock() {
    const last = this.frames.at(-1);
    return last ? this.timeOf(last) : 0;
  }

  /** The ids that the model reads after frame i. Where the screen shows a draft, the model reads the mask, if it has one.
 * @param {number} i
 */
  ids(i) {
    const read = new Array(this.size).fill(0);
    for (const { changes } of this.frames.slice(0, i + 1)) {
      for (const [at, , , state, id] of changes) if (state !== 'draft' || read[at] !== this.lane.about.mask_id) read[at] = Math.max(id, 0);
    }
    return read;
  }

  /** When a frame is shown, ms.
   * @param {Frame} frame
   */
  timeOf(frame) {
    return this.timing.at(frame, this.lane);
  }

  /** The time after frame i that figures count, ms.
   * @param {number} i
   */
  figureOf(i) {
    const frame = this.frames[i];
    return frame ? this.timing.figure(frame, this.lane) : 0;
  }

  get finished() {
    return this.frames.at(-1)?.phase === 'final';
  }

  /** The last frame at or before a time; -1 before the first.
 * @param {number} time
 */
  at(time) {
    let low = 0;
    let high = this.frames.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timeOf(this.frames[middle]) <= time + 1e-6) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** @param {number} i */
  cells(i) {
    if (i < 0) return grow([], this.size);
    const key = Math.floor(i / KEYFRAME_EVERY);
    const cells = grow(this.keyframes[key].slice(), this.size);
    for (let next = key * KEYFRAME_EVERY + 1; next <= i; next++) apply(cells, this.frames[next]);
    return cells;
  }
}

/** Whether a change alters more than the confidence. before: the previous cell of the position.
 * @param {Change} change
 * @param {Cell | undefined} before
 */
export function isNews([, , , state, id], before) {
  return !/draft|noise/.test(state) && (before?.[4] !== id || hasSettled(before) !== isSettled(state));
}

/** A change that leaves nothing at a place: the first frame of a branch may hold some. No run file does.
 * @param {number} at
 */
export const cleared = (at) => /** @type {Change} */ (/** @type {unknown} */ ([at, '', null, 'empty', -1]));

/** @param {Change} change */
export const isCleared = ([, , , state]) => /** @type {string} */ (state) === 'empty';

/** Cells with empty places added up to a size.
 * @param {Cell[]} cells
 * @param {number} size
 */
export function grow(cells, size) {
  while (cells.length < size) cells.push(null);
  return cells;
}

/** Bring a canvas to where a frame leaves it.
 * @param {Cell[]} cells
 * @param {Frame} frame
 */
export function apply(cells, frame) {
  for (const change of frame.changes) if (change[0] < cells.length) cells[change[0]] = isCleared(change) ? null : change;
}

/** Text tokens that the lane itself wrote before its end, their characters, and settled positions, of a
    canvas without its prompt. given: the cells of frame 0, whose settled tokens nobody wrote; mends: whether noise among
    them stands there as text, so that nobody wrote what is left of it (playground/trace/events.py).
 * @param {Cell[]} cells
 * @param {number} prompt
 * @param {number} end
 * @param {Cell[]} given
 * @param {boolean} [mends]
 */
export function count(cells, prompt, end, given, mends = false) {
  let tokens = 0;
  let characters = 0;
  let settled = 0;
  for (let at = prompt; at < cells.length; at++) {
    const cell = cells[at];
    if (!hasSettled(cell)) continue;
    settled++;
    const before = cell[3] === 'pinned' ? cell : given[at]; // what a reader pinned, no pass wrote
    const stood = hasSettled(before) || (mends && before?.[3] === 'noise');
    if (at >= end || (stood && before?.[4] === cell[4])) continue;
    tokens++;
    characters += [...cell[1]].length;
  }
  return { tokens, characters, settled };
}
