/* Branches: runs that went on from an edited frame. Each shares the past of its parent and is compared with it on one clock. */

class Branches {
  constructor(stage) {
    Object.assign(this, { stage, list: [], home: null, asked: null, growing: null });
    this.root = make('nav', 'branches');
    this.root.setAttribute('aria-label', 'Branches');
    this.reset();
  }

  reset() {
    Object.assign(this, { list: [], home: null, growing: null, shown: null });
    this.root.hidden = true;
  }

  /** Ask for a branch of a lane from frame i. What a branch shares with its parent belongs to the parent. */
  grow(parent, i, edits) {
    while (parent.branch && i < parent.branch.from) parent = parent.branch.parent;
    let root = parent;
    while (root.branch) root = root.branch.parent;
    const { stage } = this;
    const { header } = stage;
    const { lane } = parent;
    const cells = parent.cells(i);
    const hidden = (cell) => header.share && cell?.[3] === 'noise' && cell[4] !== lane.about.mask_id; // errors that it must find itself
    const open = (cell) => !cell || !(SETTLED.has(cell[3]) || hidden(cell));
    const at = (holds) => [...cells.keys()].filter((n) => n >= lane.prompt && holds(cells[n]));
    const resume = {
      run: header.id || '', lane: lane.key, kind: lane.kind, frame: i - (parent.branch ? parent.branch.from : 0), prompt: lane.prompt,
      ids: parent.ids(i), open: at(open), pinned: at((cell) => cell?.[3] === 'pinned'), hidden: at(hidden),
      edits: edits.map(({ was, ...edit }) => edit),
      settings: {
        ...Object.fromEntries(Object.entries(header).filter(([, value]) => typeof value !== 'object')),
        ...(header.order ? { commit: header.order } : {}), // as older files call it
        ...(root.lane.about.letter === 'B' && header.versus ? JSON.parse(header.versus) : {}), // sampler B's own
      },
    };
    this.home ||= this.now;
    this.asked = { parent, from: i, edits: edits.length, story: told(edits).map(({ line }) => line).join(', ') };
    stage.options.onBranch(JSON.stringify(resume));
  }

  /** Take in the lane of a branch that was asked for; false where a run is none. */
  open([lane]) {
    if (!this.asked) return false;
    const { stage } = this;
    const branch = this.make(this.asked, lane);
    this.asked = null;
    for (const record of [...this.home.records, branch.parent]) record.over = true;
    this.compare(branch);
    Object.assign(stage, { recorded: false, verdict: null, ended: null, clock: branch.parent.timeOf(branch.parent.frames[branch.from]) });
    return true;
  }

  /** A branch that shares the past of its parent, its own frames still to come. */
  make(asked, lane) {
    const { parent, from } = asked;
    const number = this.list.length + 1;
    let n = 1;
    while (this.list.some(({ key }) => key === `${parent.lane.key}.${n}`)) n++;
    const branch = { ...asked, name: `Branch ${number}`, key: `${parent.lane.key}.${n}`, frames: [] }; // as Trace.graft names it
    const past = `Up to pass ${from} the same as its parent${this.home.recorded ? ', which was recorded earlier' : ''}.`;
    const note = [from && past, lane.about.note].filter(Boolean).join(' ') || undefined;
    branch.lane = { ...lane, key: branch.key };
    branch.record = new LaneRecord({ ...branch.lane, title: branch.name, mark: `branch ${number}`, about: { ...lane.about, note } });
    Object.assign(branch.record, { branch, equal: this.stage.equal });
    for (const frame of parent.frames.slice(0, from)) branch.record.add(frame);
    this.list.push(branch);
    this.growing = branch;
    return branch;
  }

  /** The branches of a run that was kept: grafted lanes and their frames. */
  restore(lanes, frames) {
    this.home = this.now;
    for (const lane of lanes) {
      const { lane: of, frame, edits } = lane.about.parent;
      const parent = [...this.home.records, ...this.list.map(({ record }) => record)].find((record) => record.lane.key === of);
      const from = frame + (parent && parent.branch ? parent.branch.from : 0);
      if (!parent || !parent.frames[from] || !Array.isArray(edits)) continue;
      const cells = parent.cells(from);
      const story = told(edits.map((edit) => ({ ...edit, was: cells[edit.position]?.[1] || '' }))).map(({ line }) => line).join(', ');
      this.make({ parent, from, edits: edits.length, story }, lane);
      for (const each of frames) if (each.lane === lane.key) this.add(each);
      this.end(this.growing.record.finished ? 'done' : 'cut off');
    }
    this.paint();
  }

  /** What is shown, to come back to. */
  get now() {
    const { records, verdict, ended, recorded } = this.stage;
    return { records, verdict, ended, recorded };
  }

  /** A frame of the branch under way, on its parent's clock. */
  add(frame) {
    const branch = this.growing;
    branch.frames.push({ ...frame, lane: branch.key });
    if (frame.i) return branch.record.add(this.moved(branch, frame));
    const { mending } = branch.record;
    const before = mending.at(-1) || { remasks: 0, replacements: 0 };
    const added = branch.record.add(this.edited(branch, frame));
    mending[mending.length - 1] = before; // a reader's edits are not the model's
    return added;
  }

  moved({ key, parent, from }, frame) {
    return { ...frame, lane: key, i: from + frame.i, t_ms: parent.frames[from].t_ms + frame.t_ms };
  }

  /** The branch's first frame takes the place of the one it was made from, and keeps that one's time. */
  edited({ key, parent, from, record }, { changes, open }) {
    const before = parent.cells(from);
    const now = new Array(record.size).fill(null);
    for (const change of changes) {
      const old = before[change[0]];
      now[change[0]] = old && old[4] === change[4] && old[3] === change[3] ? old : change;
    }
    const put = changes.filter(([at, , , state, id]) => state === 'pinned' && !(before[at]?.[4] === id && before[at][3] === state)).length;
    if (put > this.growing.edits) this.growing.story += `, in ${put} tokens`; // words took the places behind them as well
    this.paint();
    const frame = parent.frames[from];
    return {
      ...frame, lane: key, open, phase: frame.phase === 'final' ? 'clear' : frame.phase,
      changes: now.map((cell, at) => cell || [at, '', null, 'empty', -1]).filter((cell, at) => cell !== record.tip[at]),
    };
  }

  /** The branch is whole; returns what to say of it. */
  end(ended) {
    const branch = this.growing;
    const { record, parent, from, name } = branch;
    this.growing = null;
    record.over = true;
    const other = record.tip.filter((cell, at) => cell && parent.tip[at] && cell[4] !== parent.tip[at][4]).length;
    const passes = record.frames.length - 1 - from;
    branch.ended = ended;
    branch.verdict = {
      line: `${name}: ${passes} ${passes === 1 ? 'pass' : 'passes'} from ${passOf(from)} on. ${other} of ${record.lane.length} tokens differ from its parent’s.`,
    };
    return branch.verdict;
  }

  /** A branch beside its parent; without one, the race as it was. */
  compare(branch) {
    const { stage, home } = this;
    this.shown = branch;
    stage.show(branch ? [branch.parent, branch.record] : home.records);
    if (!this.growing) {
      const { verdict, ended } = branch || home;
      Object.assign(stage, { verdict, ended, recorded: !branch && home.recorded, line: null });
      stage.jump(stage.clock);
    }
    this.paint();
  }

  paint() {
    this.root.hidden = !this.list.length;
    const entry = (text, branch) => {
      const button = this.stage.textButton(text, () => this.compare(branch));
      button.setAttribute('aria-pressed', String(this.shown === branch));
      return button;
    };
    this.root.replaceChildren(
      entry('The race', null), ...this.list.map((branch) => entry(`${branch.name} of ${passOf(branch.from)}: ${branch.story}`, branch)),
    );
  }

  /** What Trace.graft would hold of all branches: lanes and frames with their own times. */
  get grafts() {
    return { lanes: this.list.map(({ lane }) => lane), frames: this.list.flatMap(({ frames }) => frames) };
  }
}
