/* A lane on the screen: heading, figures, slots and reading line. */

/** Whether a change is more than another confidence, given what stood there. */
function isNews([, , , state, id], before) {
  return !/draft|noise/.test(state) && (before?.[4] !== id || SETTLED.has(before[3]) !== SETTLED.has(state));
}

/** Fixed slots, a reading line and figures for one lane. Only slots whose cell changed are touched. */
class LaneView {
  constructor(record, showDrafts) {
    this.record = record;
    this.showDrafts = showDrafts;
    this.shown = -2;
    this.painted = new Array(record.size).fill(undefined);
    this.fresh = new Set();
    this.flip = false;
    this.room = 8; // characters that fit a slot
    this.end = record.size; // where the first settled end token stands
    this.over = false; // what is shown is the lane's last frame
    this.root = make('section', 'lane');
    this.root.dataset.kind = record.lane.kind;
    this.root.dataset.key = record.lane.key;
    this.root.setAttribute('aria-label', record.lane.title);
    this.root.append(this.heading(), this.figures(), this.plate());
  }

  heading() {
    const head = make('header', 'lane-head');
    this.phase = make('span', 'phase-name');
    this.rule = make('span', 'phase-rule');
    const phase = make('p', 'phase');
    phase.append(this.phase, this.rule);
    const title = make('h2', 'lane-title', this.record.lane.title);
    title.title = this.record.lane.title; // where it is cut
    if (this.record.lane.about.approximate) {
      const label = make('span', 'approximate', 'approximate');
      label.title = 'A cache keeps what was computed before other tokens changed, so tokens may differ from those of an exact run.';
      title.append(label);
    }
    head.append(title, phase);
    return head;
  }

  figures() {
    const list = make('dl', 'figures');
    this.values = {};
    this.names = {};
    for (const [key, label] of [['elapsed', 'elapsed'], ['rate', 'tok/s'], ['passes', 'passes'], ['each', 'tokens per pass'], ['remasks', 'taken back'], ['replacements', 'replaced']]) {
      const item = make('div', `figure figure-${key}`);
      item.append((this.names[key] = make('dt', '', label)), (this.values[key] = make('dd', '', '–')));
      list.append(item);
    }
    this.values.remasks.parentNode.hidden = this.values.replacements.parentNode.hidden = true;
    return list;
  }

  plate() {
    const { prompt, length } = this.record.lane;
    const plate = make('div', 'plate');
    const sent = make('p', 'prompt');
    const grid = make('div', 'slots');
    const reading = make('p', 'reading');
    reading.tabIndex = 0; // a long text scrolls
    grid.setAttribute('aria-hidden', 'true');
    this.slots = [];
    this.words = [];
    for (let at = 0; at < prompt + length; at++) {
      const slot = make('span', 'slot');
      slot.dataset.at = at;
      this.slots.push(slot);
      (at < prompt ? sent : grid).append(slot);
      this.words.push(at < prompt ? null : make('span', 'word'));
    }
    reading.append(...this.words.slice(prompt));
    plate.append(sent, grid, reading);
    Object.assign(this, { prompt: sent, grid, reading }); // what inspecting joins
    if (this.record.lane.about.note) plate.append(make('p', 'lane-note', this.record.lane.about.note));
    return plate;
  }

  /** Show frame i. What settled since the frame shown before is fresh; after a jump, what frame i settled. */
  paint(i, playing) {
    if (i === this.shown) return;
    const from = Math.max(playing && this.shown >= 0 && i > this.shown ? this.shown + 1 : i, 1);
    const cells = this.record.cells(i);
    this.moveEnd(cells, i);
    const fresh = new Set();
    const before = this.record.cells(Math.min(from - 1, i)); // nothing has come yet where i is -1
    for (const { changes } of this.record.frames.slice(from, i + 1)) {
      for (const change of changes) if (isNews(change, before[change[0]])) fresh.add(change[0]);
    }
    this.flip = !this.flip;
    for (const at of this.fresh) if (!fresh.has(at)) this.slots[at].classList.remove('fresh', 'again');
    for (const at of fresh) {
      this.slots[at].classList.add('fresh');
      this.slots[at].classList.toggle('again', this.flip); // two names for one animation, so that it starts anew
    }
    this.fresh = fresh;
    for (let at = 0; at < cells.length; at++) {
      if (cells[at] !== this.painted[at]) this.paintCell(at, cells[at]);
    }
    this.painted = cells;
    this.shown = i;
    this.paintFigures(i, cells);
  }

  /** Find the first settled end token; what stands behind it is no longer part of the text. */
  moveEnd(cells, i) {
    const { prompt } = this.record.lane;
    const end = this.record.endOf(cells);
    const over = this.record.finished && i === this.record.frames.length - 1;
    if (end === this.end && over === this.over) return;
    const from = Math.min(end, this.end);
    Object.assign(this, { end, over });
    for (let at = Math.max(from, prompt); at < cells.length; at++) {
      this.slots[at].classList.toggle('past', at > end);
      this.painted[at] = undefined; // its word appears or goes
    }
  }

  paintCell(at, cell) {
    const slot = this.slots[at];
    if (this.over && at > this.end && cell && !SETTLED.has(cell[3])) cell = null; // nobody wrote on
    const state = cell ? cell[3] : 'empty';
    const hidden = state === 'draft' && !this.showDrafts;
    const text = !cell || hidden ? '' : this.record.isEnd(cell) ? 'end' : slotText(cell[1]);
    slot.dataset.state = hidden ? 'noise' : state;
    slot.classList.toggle('end', Boolean(cell) && this.record.isEnd(cell));
    if (at < this.record.lane.prompt) setText(slot, cell ? cell[1].replace(/\n/g, '↵') : '');
    else setText(slot, text);
    this.fitSlot(at);
    if (cell && cell[2] !== null) slot.style.setProperty('--confidence', `${Math.round(cell[2] * 100)}%`);
    else slot.style.removeProperty('--confidence');
    this.paintWord(at, cell, hidden);
  }

  /** A token longer than its slot is set smaller, never cut. */
  fitSlot(at) {
    if (at < this.record.lane.prompt) return;
    const characters = this.slots[at].textContent.length;
    this.slots[at].style.fontSize = characters > this.room ? `${Math.max(this.room / characters, 0.5).toFixed(2)}em` : '';
  }

  setRoom(room) {
    if (room === this.room) return;
    this.room = room;
    this.slots.forEach((_, at) => this.fitSlot(at));
  }

  paintWord(at, cell, hidden) {
    const word = this.words[at];
    if (!word) return;
    const state = cell ? cell[3] : 'empty';
    word.dataset.state = hidden ? 'noise' : state;
    if (!cell || at >= this.end || this.record.isEnd(cell)) setText(word, '');
    else if (hidden || (!cell[1] && !SETTLED.has(state))) setText(word, ' ·');
    else setText(word, cell[1].replace(/\n/g, ' ↵ '));
  }

  paintFigures(i, cells) {
    const { lane, frames } = this.record;
    const frame = frames[i];
    const { tokens, settled } = count(cells, lane.prompt, this.end, this.record.keyframes[0] || []);
    const phase = frame ? frame.phase : 'noise';
    this.root.dataset.phase = phase;
    setText(this.phase, phase);
    const numbers = phase === 'rough' || phase === 'clear' ? `, ${settled} of ${lane.length}` : '';
    setText(this.rule, PHASE_RULES[phase] + numbers);
    this.paintMending(i);
    setText(this.values.rate, frame && frame.t_ms > 0 ? short((tokens * 1000) / frame.t_ms) : '–');
    setText(this.values.passes, frame ? String(frame.i) : '–');
    setText(this.names.passes, frame && frame.i === 1 ? 'pass' : 'passes');
    setText(this.values.each, frame && frame.i > 0 ? (tokens / frame.i).toFixed(tokens / frame.i < 10 ? 2 : 1) : '–');
  }

  /** Tokens taken back and tokens replaced, shown for a lane that does either. */
  paintMending(i) {
    const last = this.record.mending.at(-1) || {};
    const now = this.record.mending[i] || { remasks: 0, replacements: 0 };
    for (const key of ['remasks', 'replacements']) {
      this.values[key].parentNode.hidden = !last[key];
      setText(this.values[key], String(now[key]));
    }
  }

  paintElapsed(clock) {
    const { equal, frames } = this.record;
    const frame = frames[this.shown];
    setText(this.values.elapsed, milliseconds(equal ? (frame ? frame.t_ms : 0) : Math.min(clock, this.record.clock)));
  }

  setDrafts(showDrafts) {
    this.showDrafts = showDrafts;
    this.painted.forEach((cell, at) => { if (cell && cell[3] === 'draft') this.paintCell(at, cell); });
  }

  text() {
    return this.words.slice(this.record.lane.prompt).map((word) => word.textContent).join('').trim();
  }
}
