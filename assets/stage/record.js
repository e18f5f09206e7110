/* One lane's frames as they arrive, and its canvas after any of them. */

const KEYFRAME_EVERY = 16;
const BEAT = 20; // ms that a pass lasts where all passes are given the same time
const END_TOKEN = '<|endoftext|>';
const SETTLED = new Set(['prompt', 'committed', 'revised', 'pinned']);

/** One lane's frames, and its canvas after any of them. A cell is [position, text, confidence, state, id]. */
class LaneRecord {
  constructor(lane) {
    this.lane = lane;
    this.size = lane.prompt + lane.length;
    this.frames = [];
    this.keyframes = []; // canvases after frames 0, 16, 32, ...
    this.tip = new Array(this.size).fill(null);
    this.settledAs = new Map(); // the id that each position held when it was last settled
    this.mending = []; // remasks and replacements up to each frame
    this.states = new Set(); // every state that its own positions were ever in
    this.equal = false; // passes in equal steps, not at their times
  }

  isEnd(cell) {
    const id = this.lane.about.end_id;
    return id === undefined ? cell[1] === END_TOKEN : cell[4] === id;
  }

  /** Where the text of some cells ends: at the first settled end token, or after the last position. */
  endOf(cells) {
    const found = cells.findIndex((cell, at) => at >= this.lane.prompt && cell && SETTLED.has(cell[3]) && this.isEnd(cell));
    return found < 0 ? cells.length : found;
  }

  /** Whether nobody wrote at a position because the text was over before it: told once the lane has ended. */
  isPast(i, at) {
    const cell = this.tip[at];
    return this.finished && i === this.frames.length - 1 && at > this.endOf(this.tip) && !(cell && SETTLED.has(cell[3]));
  }

  add(frame) {
    if (frame.i !== this.frames.length) return false;
    this.frames.push(frame);
    this.countMending(frame);
    for (const change of frame.changes) if (change[0] >= this.lane.prompt) this.states.add(change[3]);
    apply(this.tip, frame);
    if (frame.i % KEYFRAME_EVERY === 0) this.keyframes.push(this.tip.slice());
    return true;
  }

  /** A remask takes a settled token back; a replacement settles another than stood there. Only the latter mends errors. */
  countMending(frame) {
    let { remasks, replacements } = this.mending.at(-1) || { remasks: 0, replacements: 0 };
    for (const [at, , , state, id] of frame.changes) {
      const before = this.tip[at];
      if (SETTLED.has(state)) {
        if (this.settledAs.has(at) && this.settledAs.get(at) !== id) replacements++;
        this.settledAs.set(at, id);
      } else if (before && SETTLED.has(before[3])) remasks++;
    }
    this.mending.push({ remasks, replacements });
  }

  get clock() {
    return this.frames.length ? this.timeOf(this.frames.at(-1)) : 0;
  }

  /** The ids that the model reads after frame i: a draft on the screen stands over a mask, where there is one. */
  ids(i) {
    const read = new Array(this.size).fill(0);
    for (const { changes } of this.frames.slice(0, i + 1)) {
      for (const [at, , , state, id] of changes) if (state !== 'draft' || read[at] !== this.lane.about.mask_id) read[at] = Math.max(id, 0);
    }
    return read;
  }

  /** When a frame is shown: at its recorded time, or in equal steps. */
  timeOf(frame) {
    return this.equal ? frame.i * BEAT : frame.t_ms;
  }

  get finished() {
    return this.frames.length > 0 && this.frames[this.frames.length - 1].phase === 'final';
  }

  /** The last frame at or before a time; -1 before the first. */
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

  cells(i) {
    if (i < 0) return new Array(this.size).fill(null);
    const key = Math.floor(i / KEYFRAME_EVERY);
    const cells = this.keyframes[key].slice();
    for (let next = key * KEYFRAME_EVERY + 1; next <= i; next++) apply(cells, this.frames[next]);
    return cells;
  }
}

function apply(cells, frame) {
  for (const change of frame.changes) if (change[0] < cells.length) cells[change[0]] = change[3] === 'empty' ? null : change; // a branch may clear
}

/** Text tokens that the lane itself wrote before the first settled end token, and settled positions, of a canvas without its
    prompt. given: the cells of frame 0, whose settled tokens nobody wrote. */
function count(cells, prompt, end, given) {
  let tokens = 0;
  let settled = 0;
  for (let at = prompt; at < cells.length; at++) {
    if (!cells[at] || !SETTLED.has(cells[at][3])) continue;
    settled++;
    const before = cells[at][3] === 'pinned' ? cells[at] : given[at]; // what a reader pinned, no pass wrote
    if (at < end && !(before && SETTLED.has(before[3]) && before[4] === cells[at][4])) tokens++;
  }
  return { tokens, settled };
}
