/* Branches: runs that went on from an edited frame. Each shares the past of its parent and is compared with it on one clock. */

import { differ } from './diff.js';
import { make, makeButton, nameFor, refill, setAria } from './dom.js';
import { inWords } from './edits.js';
import { LaneRecord, cleared, grow, hasSettled } from './record.js';
import { passOf } from './words.js';

/**
 * @typedef {object} Shown what can be on the stage
 * @property {LaneRecord[]} records
 * @property {import('../types').Verdict | null} verdict
 * @property {string | null} ended
 * @property {boolean} recorded
 *
 * @typedef {object} Origin the frame and the edits from which a branch starts
 * @property {LaneRecord} parent
 * @property {number} from the frame of it
 * @property {number} edits how many
 * @property {string} story the edits in words
 *
 * @typedef {object} Question a branch that was asked for
 * @property {Origin} origin
 * @property {string} frame as the server is asked
 * @property {LaneRecord | null} edited the lane that still holds the edits
 *
 * @typedef {Origin & {
 *   name: string, key: string, frames: import('../types').Frame[], lane: import('../types').Lane, record: LaneRecord,
 *   verdict: import('../types').Verdict | null, ended: string | null,
 * }} Branch a lane that shares its parent's past; key: as Trace.graft names it; frames: its own, on its own clock
 */

/** @typedef {import('../types').Cell} Cell */

export class Branches {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {Branch[]} */
    this.list = [];
    /** @type {Shown | null} */
    this.home = null; // the race that they went out from
    /** @type {Origin | null} */
    this.asked = null; // the origin of the next branch
    /** @type {Question | null} */
    this.latest = null; // of the run that was asked for last; null where that was no branch
    /** @type {Branch | null} */
    this.growing = null;
    /** @type {Branch | null} */
    this.shown = null;
    this.root = make('nav', 'branches');
    nameFor(this.root, 'Branches');
    this.reset();
  }

  reset() {
    this.list = [];
    this.growing = this.shown = null;
    this.home = this.latest = null;
    this.root.hidden = true;
  }

  /** Forget the requested branch and the running one. */
  forget() {
    this.asked = null;
    this.leave();
  }

  /** No more comes of the running branch. */
  leave() {
    this.growing = null;
    this.sayShown();
  }

  /** Ask for a branch of a lane from frame i. What a branch shares with its parent belongs to the parent.
   * @param {LaneRecord} parent
   * @param {number} i
   * @param {import('./edits.js').EditInPlace[]} edits
   */
  grow(parent, i, edits) {
    const edited = parent;
    while (parent.branch && i < parent.branch.from) parent = parent.branch.parent;
    let root = parent;
    while (root.branch) root = root.branch.parent;
    const { stage } = this;
    const header = stage.run.header || {};
    const { lane } = parent;
    const cells = parent.cells(i);
    /** @param {Cell} cell */
    const hidden = (cell) => Boolean(header.share) && cell?.[3] === 'noise' && cell[4] !== lane.about.mask_id; // errors that it must find itself
    /** @param {Cell} cell */
    const open = (cell) => !(hasSettled(cell) || hidden(cell));
    /** @param {(cell: Cell) => boolean} holds */
    const at = (holds) => [...cells.keys()].filter((n) => n >= lane.prompt && holds(cells[n]));
    const resume = {
      run: header.id || '', lane: lane.key, kind: lane.kind, model: root.lane.about.model, tokenizer: root.lane.about.tokenizer, frame: i - (parent.branch ? parent.branch.from : 0), prompt: lane.prompt,
      ids: parent.ids(i), open: at(open), pinned: at((cell) => cell?.[3] === 'pinned'), hidden: at(hidden),
      edits: edits.map((edit) => ({ ...edit, was: undefined })), // which is not written
      settings: {
        ...Object.fromEntries(Object.entries(header).filter(([, value]) => typeof value !== 'object')),
        ...(header.order ? { commit: header.order } : {}), // as older files call it
        ...ownSampler(root.lane, header),
      },
    };
    this.home ||= this.now;
    const origin = { parent, from: i, edits: edits.length, story: inWords(edits).map(({ line }) => line).join(', ') };
    this.latest = { origin, frame: JSON.stringify(resume), edited };
    this.ask();
  }

  /** Ask for the latest branch, for the first time or again; false where the run that was asked for last is no branch. */
  ask() {
    if (!this.latest) return false;
    this.asked = this.latest.origin;
    this.stage.options.onBranch?.(this.latest.frame);
    return true;
  }

  /** Accept the lane of the requested branch; false if the run is not a branch.
   * @param {import('../types').Lane[]} lanes
   */
  open([lane]) {
    if (!this.asked || !this.home) return false;
    const { stage } = this;
    const branch = this.make(this.asked, lane);
    this.asked = null;
    this.takeEdits();
    for (const record of [...this.home.records, branch.parent]) record.over = true;
    this.compare(branch);
    Object.assign(stage.run, { recorded: false, verdict: null, ended: null });
    stage.clock.time = branch.parent.timeOf(branch.parent.frames[branch.from]);
    stage.clock.reset();
    return true;
  }

  /** The edits are the branch's now. Those made since then are of another one. */
  takeEdits() {
    const { latest, stage } = this;
    if (latest?.edited) stage.inspector.forgetEdits(latest.edited);
    if (latest) latest.edited = null;
  }

  /** A branch that shares the past of its parent, its own frames still to come.
   * @param {Origin} asked
   * @param {import('../types').Lane} lane
   */
  make(asked, lane) {
    const { parent, from } = asked;
    const number = this.list.length + 1;
    let n = 1;
    while (this.list.some(({ key }) => key === `${parent.lane.key}.${n}`)) n++;
    const key = `${parent.lane.key}.${n}`;
    const title = `Branch ${number}`;
    const past = `Up to pass ${from} the same as its parent${this.home?.recorded ? ', which was recorded earlier' : ''}.`;
    const note = [from && past, lane.about.note].filter(Boolean).join(' ') || undefined;
    const record = new LaneRecord({ ...lane, key, title, mark: `branch ${number}`, about: { ...lane.about, note } });
    /** @type {Branch} */
    const branch = { ...asked, name: title, key, frames: [], lane: { ...lane, key }, record, verdict: null, ended: null };
    record.branch = branch;
    record.timing = this.stage.clock.timing;
    for (const frame of parent.frames.slice(0, from)) record.add(frame);
    this.list.push(branch);
    this.growing = branch;
    return branch;
  }

  /** The branches of a run that was kept: grafted lanes and their frames.
   * @param {import('../types').Lane[]} lanes
   * @param {import('../types').Frame[]} frames
   */
  restore(lanes, frames) {
    const home = this.home = this.now;
    for (const lane of lanes) {
      if (!lane.about.parent) continue;
      const { lane: of, frame, edits } = lane.about.parent;
      const parent = [...home.records, ...this.list.map(({ record }) => record)].find((record) => record.lane.key === of);
      const from = frame + (parent && parent.branch ? parent.branch.from : 0);
      if (!parent || !parent.frames[from] || !Array.isArray(edits)) continue;
      const cells = parent.cells(from);
      const story = inWords(edits.map((edit) => ({ ...edit, was: cells[edit.position]?.[1] || '' }))).map(({ line }) => line).join(', ');
      const { record } = this.make({ parent, from, edits: edits.length, story }, lane);
      for (const each of frames) if (each.lane === lane.key) this.add(each);
      this.end(record.finished ? 'done' : 'cut off');
    }
    this.paint();
  }

  /** What is shown, to come back to.
   * @returns {Shown}
   */
  get now() {
    const { run: { verdict, ended, recorded }, clock: { records } } = this.stage;
    return { records, verdict, ended, recorded };
  }

  /** A frame of the branch under way, on its parent's clock.
   * @param {import('../types').Frame} frame
   */
  add(frame) {
    const branch = this.growing;
    if (!branch) return false;
    branch.frames.push({ ...frame, lane: branch.key });
    if (frame.i) return branch.record.add(this.moved(branch, frame));
    const { mending } = branch.record;
    const before = mending.at(-1) || { remasks: 0, replacements: 0 };
    const added = branch.record.add(this.edited(branch, frame));
    mending[mending.length - 1] = before; // a reader's edits are not the model's
    return added;
  }

  /**
   * @param {Branch} branch
   * @param {import('../types').Frame} frame
   */
  moved({ key, parent, from }, frame) {
    return { ...frame, lane: key, i: from + frame.i, t_ms: parent.frames[from].t_ms + frame.t_ms };
  }

  /** The first frame of a branch: it replaces the frame from which the branch starts, and keeps its time.
   * @param {Branch} branch
   * @param {import('../types').Frame} frame
   */
  edited(branch, { changes, open }) {
    const { key, parent, from, record } = branch;
    const before = parent.cells(from);
    /** @type {Cell[]} */
    const now = grow([], record.size);
    for (const change of changes) {
      const old = before[change[0]];
      now[change[0]] = old && old[4] === change[4] && old[3] === change[3] ? old : change;
    }
    const put = changes.filter(([at, , , state, id]) => state === 'pinned' && !(before[at]?.[4] === id && before[at]?.[3] === state)).length;
    if (put > branch.edits) branch.story += `, in ${put} tokens`; // words took the places after them as well
    this.paint();
    const frame = parent.frames[from];
    return {
      ...frame, lane: key, open, phase: frame.phase === 'final' ? 'clear' : frame.phase,
      changes: now.map((cell, at) => cell || cleared(at)).filter((cell, at) => cell !== record.tip[at]),
    };
  }

  /** The branch has ended; false where none runs. Only a whole one has a verdict.
   * @param {string} ended
   */
  end(ended) {
    const branch = this.growing;
    if (!branch) return false;
    const { record, parent, from, name } = branch;
    record.over = true;
    const other = record.tip.filter((cell, at) => differ(cell, parent.tip[at])).length;
    const passes = record.frames.length - 1 - from;
    branch.ended = ended;
    branch.verdict = record.finished ? {
      line: `${name}: ${passes} ${passes === 1 ? 'pass' : 'passes'} from ${passOf(from)} on. ${other} of ${record.lane.length} tokens differ from its parent’s.`,
    } : null;
    this.leave();
    return true;
  }

  /** The run has the verdict of what is on the stage: a branch, or the race. */
  sayShown() {
    const { home, shown, stage } = this;
    if (!home) return;
    const { verdict, ended } = shown || home;
    Object.assign(stage.run, { verdict, ended, recorded: !shown && home.recorded });
  }

  /** Show a branch beside its parent; without a branch, show the race.
   * @param {Branch | null} branch
   */
  compare(branch) {
    const { stage, home } = this;
    if (!home) return;
    this.shown = branch;
    stage.show(branch ? [branch.parent, branch.record] : home.records);
    stage.status.forget();
    if (!this.growing) {
      this.sayShown();
      stage.playback.jump(stage.clock.time);
    }
    this.paint();
  }

  paint() {
    this.root.hidden = !this.list.length;
    /** @type {(Branch | null)[]} */
    const shown = [null, ...this.list];
    refill(this.root, ...shown.map((branch, n) => {
      const button = makeButton('offer', branch ? `${branch.name} of ${passOf(branch.from)}: ${branch.story}` : 'The race', () => {
        this.compare(branch);
        /** @type {HTMLElement} */ (this.root.children[n]).focus(); // the button that was pressed is gone
      });
      setAria(button, 'pressed', this.shown === branch);
      return button;
    }));
  }

  /** What Trace.graft would hold of all branches: lanes and frames with their own times. */
  get grafts() {
    return { lanes: this.list.map(({ lane }) => lane), frames: this.list.flatMap(({ frames }) => frames) };
  }
}

/** The settings of a lane's own sampler, {} where it has the race's. Older runs hold them in versus alone.
 * @param {import('../types').Lane} lane
 * @param {import('../types').RunHeader} header
 */
function ownSampler({ about }, header) {
  if (about.settings) return about.settings;
  return about.letter === 'B' && header.versus ? JSON.parse(header.versus) : {};
}
