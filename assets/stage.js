/* The stage plays a trace: two lanes, one clock, one time axis.

   It owns the buffer, the clock and the drawing, and asks no server. `receive` takes the messages of
   playground/ui/stream.py, or a whole trace; everything on the screen comes from there and is set as text, never as markup.

     const stage = mountStage(root, {recorded, onBegin, onStop, onOffer, silence});
     stage.receive(message)

   Shared by the page and by files saved from it. All times are milliseconds. */

const SPEEDS = [1, 2, 4, 10, 25, 50];
const DEFAULT_SPEED = 10;
const SILENCE = 8000; // the server pulses every 500 ms, so this much silence means that the connection is gone
const BELOW = 128; // px kept free under the stage on the first screen, for the row of controls
const KEYFRAME_EVERY = 16;
const END_TOKEN = '<|endoftext|>';
const STOPPED = 'Stopped. What was made up to here stays.';
const SETTLED = new Set(['prompt', 'committed', 'revised', 'pinned']);
const UNDER_WAY = new Set(['starting', 'waiting', 'live', 'stopping']);
const PHASE_RULES = {
  noise: 'nothing settled yet',
  rough: 'under half settled',
  clear: 'half or more settled',
  final: 'the lane has ended',
};
const STACKED = matchMedia('(max-width: 760px)'); // as in stage.css
const CHARACTER = 0.6; // width of a character of the monospaced face, in its size
const LETTER = 0.46; // the same for the prose face, on average
const TOKEN = 4.2; // characters of a token, on average, its space included
const SHAPES = { // drawn in a 16 x 16 box
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  back: 'M11 3v10L4.5 8zM3 3h1.5v10H3z',
  forward: 'M5 3v10l6.5-5zM11.5 3H13v10h-1.5z',
  restart: 'M8 3a5 5 0 1 1-4.6 3h1.7A3.5 3.5 0 1 0 8 4.5V7L4 3.75 8 .5z',
};

// ---------------------------------------------------------------- small tools

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(Object.assign(document.createElementNS(space, 'path')));
  svg.firstChild.setAttribute('d', SHAPES[name]);
  return svg;
}

const thousands = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

function milliseconds(ms) {
  return ms < 10000 ? `${thousands.format(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function short(value) {
  return value >= 100 ? thousands.format(value) : value.toFixed(1);
}

function slower(factor) {
  return factor < 1.05 ? 'real time' : `${factor < 9.95 ? factor.toFixed(1).replace(/\.0$/, '') : Math.round(factor)}× slower than real time`;
}

/** Grey specks on nothing, the same ones every time: what a mask looks like before the picture develops. */
function grain(strength) {
  const canvas = make('canvas');
  canvas.width = 192;
  canvas.height = 96;
  const context = canvas.getContext('2d');
  const image = context.createImageData(canvas.width, canvas.height);
  let seed = 20240229;
  for (let i = 0; i < image.data.length; i += 4) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const level = seed / 4294967296;
    image.data.set([128, 128, 128, level < 0.45 ? 0 : level * level * strength], i);
  }
  context.putImageData(image, 0, 0);
  return `url(${canvas.toDataURL()})`;
}

// ---------------------------------------------------------------- the buffer

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
  }

  add(frame) {
    if (frame.i !== this.frames.length) return false;
    this.frames.push(frame);
    this.countMending(frame);
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
    return this.frames.length ? this.frames[this.frames.length - 1].t_ms : 0;
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
      if (this.frames[middle].t_ms <= time + 1e-6) low = middle + 1;
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
  for (const change of frame.changes) if (change[0] < cells.length) cells[change[0]] = change;
}

/** A token as its slot shows it: a leading space is the slot's own edge, and what is nothing but white space gets a sign. */
function slotText(text) {
  const shown = text.replace(/\n/g, '↵').replace(/^ (?=.)/, '');
  return shown.trim() || !text ? shown : '␣';
}

/** The largest type in which slots and reading lines of a lane fit a box, in px; small type rather than none where nothing
    fits. Eight slots a row make a full rectangle of every length on offer, so other numbers are the second choice. */
function typeFor(length, width, height, withReading) {
  const least = CHARACTER * (withReading ? 8 : 7);
  const choices = [];
  for (let size = 26; size >= 12; size -= 0.5) choices.push({ size, columns: 8 });
  for (let size = 16; size >= 11; size -= 0.5) choices.push({ size, columns: Math.floor(width / (size * least)) });
  const fitted = choices.filter(({ size, columns }) => columns > 2 && width / columns >= size * least);
  for (const choice of fitted) {
    const { size, columns } = choice;
    choice.room = Math.floor((width / columns - 6) / (size * CHARACTER));
    choice.row = Math.round(size * (withReading ? 1.75 : 1.55));
    choice.reading = Math.min(Math.max(size + 1, 14), 22);
    choice.lines = withReading ? Math.ceil((length * TOKEN * LETTER * choice.reading) / width) : 0;
    choice.height = Math.ceil(length / columns) * choice.row + choice.lines * Math.round(choice.reading * 1.45);
    if (choice.height <= height) return choice;
  }
  return fitted.reduce((least, choice) => (choice.height < least.height ? choice : least));
}

/** Text tokens that the lane itself wrote before the first settled end token, and settled positions, of a canvas without its
    prompt. given: the cells of frame 0, whose settled tokens nobody wrote. */
function count(cells, prompt, end, given) {
  let tokens = 0;
  let settled = 0;
  for (let at = prompt; at < cells.length; at++) {
    if (!cells[at] || !SETTLED.has(cells[at][3])) continue;
    settled++;
    const before = given[at];
    if (at < end && !(before && SETTLED.has(before[3]) && before[4] === cells[at][4])) tokens++;
  }
  return { tokens, settled };
}

// ---------------------------------------------------------------- a lane on the screen

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
    if (this.record.lane.about.note) plate.append(make('p', 'lane-note', this.record.lane.about.note));
    return plate;
  }

  /** Show frame i. What settled since the frame shown before is fresh; after a jump, what frame i settled. */
  paint(i, playing) {
    if (i === this.shown) return;
    const from = playing && this.shown >= 0 && i > this.shown ? this.shown + 1 : i;
    const cells = this.record.cells(i);
    this.moveEnd(cells);
    const fresh = new Set();
    for (let k = Math.max(from, 1); k <= i; k++) {
      for (const change of this.record.frames[k].changes) if (this.isNews(change)) fresh.add(change[0]);
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

  /** Whether a change is more than another confidence: what was on the screen tells. */
  isNews([at, , , state, id]) {
    const before = this.painted[at];
    if (state === 'draft' || state === 'noise') return false;
    return !before || before[4] !== id || (before[3] !== state && !(SETTLED.has(before[3]) && SETTLED.has(state)));
  }

  isEnd(cell) {
    const id = this.record.lane.about.end_id;
    return id === undefined ? cell[1] === END_TOKEN : cell[4] === id;
  }

  /** Find the first settled end token; what stands behind it is no longer part of the text. */
  moveEnd(cells) {
    const { prompt } = this.record.lane;
    const found = cells.findIndex((cell, at) => at >= prompt && cell && SETTLED.has(cell[3]) && this.isEnd(cell));
    const end = found < 0 ? cells.length : found;
    if (end === this.end) return;
    const from = Math.min(end, this.end);
    this.end = end;
    for (let at = Math.max(from, prompt); at < cells.length; at++) {
      this.slots[at].classList.toggle('past', at > end);
      this.painted[at] = undefined; // its word appears or goes
    }
  }

  paintCell(at, cell) {
    const slot = this.slots[at];
    const state = cell ? cell[3] : 'empty';
    const hidden = state === 'draft' && !this.showDrafts;
    const text = !cell || hidden ? '' : this.isEnd(cell) ? 'end' : slotText(cell[1]);
    slot.dataset.state = hidden ? 'noise' : state;
    slot.classList.toggle('end', Boolean(cell) && this.isEnd(cell));
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
    if (!cell || at >= this.end || this.isEnd(cell)) setText(word, '');
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
    setText(this.values.elapsed, milliseconds(Math.min(clock, this.record.clock)));
  }

  setDrafts(showDrafts) {
    this.showDrafts = showDrafts;
    this.painted.forEach((cell, at) => { if (cell && cell[3] === 'draft') this.paintCell(at, cell); });
  }

  text() {
    return this.words.slice(this.record.lane.prompt).map((word) => word.textContent).join('').trim();
  }
}

// ---------------------------------------------------------------- the time axis

/** The smallest of 1, 2, 5 times a power of ten that is not under a value. */
function niceAbove(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999999);
}

/** A tick per pass of every lane on common time. A native range lies over it: its thumb is the playhead. */
class TimeAxis {
  constructor() {
    this.root = make('div', 'axis');
    this.names = make('div', 'axis-names');
    const field = make('div', 'axis-field');
    this.canvas = make('canvas', 'axis-canvas');
    this.range = make('input', 'axis-range');
    Object.assign(this.range, { type: 'range', min: '0', max: '1', step: 'any', value: '0' });
    this.range.setAttribute('aria-label', 'Time');
    field.append(this.canvas, this.range);
    this.root.append(this.names, field);
    this.span = 1;
  }

  setLanes(records) {
    this.names.replaceChildren(...records.map(({ lane }) => {
      const name = make('span', 'axis-name', lane.kind === 'ar' ? 'tokens' : 'passes');
      name.dataset.kind = lane.kind;
      return name;
    }));
  }

  /** While a run grows the axis moves in a few wide steps; when all is known it fits. */
  fit(total, complete) {
    const span = complete ? Math.max(total, 1) : Math.max(niceAbove(total * 1.05), 50);
    if (span === this.span) return;
    this.span = span;
    this.range.max = span;
  }

  draw(records, clock, horizon) {
    const { canvas } = this;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    const scale = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const style = getComputedStyle(canvas);
    const color = (name) => style.getPropertyValue(name).trim();
    const context = canvas.getContext('2d');
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = (time) => 1 + (time / this.span) * (width - 2);
    const row = 18;
    records.forEach((record, n) => {
      const top = 4 + n * row;
      const last = record.clock;
      context.fillStyle = color('--rule');
      context.fillRect(0, top + 12, width, 1);
      context.fillStyle = color(record.lane.kind === 'ar' ? '--ar' : '--diffusion');
      context.globalAlpha = 0.4;
      if (last > 0) context.fillRect(1, top + 12, x(last) - 1, 1);
      for (const frame of record.frames) {
        if (frame.i === 0) continue;
        context.globalAlpha = frame.t_ms <= clock + 1e-6 ? 1 : 0.35;
        context.fillRect(Math.round(x(frame.t_ms)) - 1, top + 2, record.frames.length > 200 ? 1 : 1.5, 10);
      }
      context.globalAlpha = 1;
      if (record.finished) context.fillRect(Math.round(x(last)) - 1, top - 1, 3, 14);
    });
    if (Number.isFinite(horizon) && horizon < this.span) {
      context.fillStyle = color('--rule');
      context.fillRect(Math.round(x(horizon)), 2, 1, records.length * row + 2);
    }
    this.label(context, color, x, width, records.length * row + 16);
  }

  label(context, color, x, width, baseline) {
    const step = niceAbove(this.span / Math.max(Math.floor(width / 110), 2));
    context.fillStyle = color('--faint');
    context.font = `11px ${color('--prose')}`;
    for (let time = 0; time <= this.span * 1.0001; time += step) {
      const text = time === 0 ? '0' : time < 10000 ? `${thousands.format(time)} ms` : `${(time / 1000).toFixed(0)} s`;
      const half = context.measureText(text).width / 2;
      context.fillText(text, Math.min(Math.max(x(time) - half, 0), width - 2 * half), baseline);
    }
  }
}

// ---------------------------------------------------------------- the stage

class Stage {
  constructor(root, options) {
    this.options = { onBegin() {}, onStop() {}, onOffer() {}, onState() {}, silence: SILENCE, below: BELOW, ...options };
    Object.assign(this, {
      state: 'empty', run: null, id: null, expected: 0, missing: 0, ended: null, verdict: null, header: null,
      records: [], views: [], recorded: false, clock: 0, playing: false, speed: DEFAULT_SPEED, drawn: 0, dirty: true,
      showDrafts: true, opened: false, moving: false, awaited: 0, stopWanted: false, frame: 0, last: 0, wall: 0, covered: 0, line: null, watchdog: 0,
    });
    this.build(root);
    this.listen();
    if (this.options.recorded) this.receive({ kind: 'trace', trace: this.options.recorded, recorded: true });
    else this.say('calm', 'Type a prompt and press Run: both models write the same reply, and every pass is kept.');
    this.invalidate();
  }

  // ------------------------------------------------------------ building

  build(root) {
    this.root = root;
    root.classList.add('stage');
    root.style.setProperty('--grain', grain(190));
    root.style.setProperty('--grain-faint', grain(60));
    this.lanes = make('div', 'lanes');
    this.axis = new TimeAxis();
    this.message = make('p', 'stage-line');
    this.notice = make('p', 'stage-notice');
    this.notice.hidden = true;
    this.mirror = make('p', 'mirror');
    this.mirror.setAttribute('aria-live', 'polite');
    root.replaceChildren(this.lanes, this.axis.root, this.transport(), this.message, this.notice, this.mirror);
    this.lanes.append(this.emptyLane('diffusion', 'Diffusion'), this.emptyLane('ar', 'Autoregressive'));
  }

  emptyLane(kind, title) {
    const lane = make('section', 'lane lane-empty');
    lane.dataset.kind = kind;
    const head = make('header', 'lane-head');
    head.append(make('h2', 'lane-title', title));
    const slots = make('div', 'slots');
    slots.setAttribute('aria-hidden', 'true');
    for (let i = 0; i < 64; i++) {
      const slot = make('span', 'slot');
      slot.dataset.state = kind === 'ar' ? 'empty' : 'noise';
      slots.append(slot);
    }
    lane.append(head, slots);
    return lane;
  }

  button(name, label, action) {
    const button = make('button', `transport-${name}`);
    button.type = 'button';
    button.title = label;
    button.setAttribute('aria-label', label);
    button.append(icon(name));
    button.addEventListener('click', action);
    return button;
  }

  transport() {
    const bar = make('div', 'transport');
    const buttons = make('div', 'transport-buttons');
    this.playButton = this.button('play', 'Play', () => this.toggle());
    buttons.append(
      this.button('restart', 'Back to the start', () => this.restart()),
      this.button('back', 'One pass back', () => this.step(-1)),
      this.playButton,
      this.button('forward', 'One pass on', () => this.step(1)),
    );
    this.select = make('select', 'speed');
    this.select.setAttribute('aria-label', 'Speed');
    for (const speed of SPEEDS) {
      const option = make('option', '', slower(speed));
      option.value = speed;
      this.select.append(option);
    }
    this.select.value = DEFAULT_SPEED;
    this.mode = make('span', 'mode');
    this.factor = make('span', 'factor');
    this.time = make('output', 'time');
    bar.append(buttons, this.time, this.mode, this.select, this.factor, this.legend());
    return bar;
  }

  legend() {
    const legend = make('div', 'legend');
    const ramp = make('span', 'legend-ramp');
    ramp.append(make('span', '', 'unsure'));
    for (const kind of ['diffusion', 'ar']) {
      const steps = make('span', 'legend-steps');
      steps.dataset.kind = kind;
      for (let i = 0; i <= 4; i++) {
        const step = make('i');
        step.style.setProperty('--confidence', `${i * 25}%`);
        steps.append(step);
      }
      ramp.append(steps);
    }
    ramp.append(make('span', '', 'sure'));
    const drafts = make('label', 'legend-drafts');
    this.drafts = make('input');
    Object.assign(this.drafts, { type: 'checkbox', checked: true });
    drafts.append(this.drafts, make('span', '', 'drafts'));
    drafts.title = 'What the diffusion model would write now at positions that are still open';
    legend.append(ramp, drafts);
    return legend;
  }

  listen() {
    const { range } = this.axis;
    range.addEventListener('input', () => this.seek(Number(range.value)));
    range.addEventListener('keydown', (event) => {
      const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (steps) {
        event.preventDefault();
        this.step(steps);
      } else if (event.key === ' ') {
        event.preventDefault();
        this.toggle();
      }
    });
    this.select.addEventListener('change', () => this.setSpeed(Number(this.select.value)));
    this.drafts.addEventListener('change', () => {
      this.showDrafts = this.drafts.checked;
      for (const view of this.views) view.setDrafts(this.showDrafts);
    });
    const resized = () => {
      this.unfitted = true;
      this.invalidate();
    };
    const observer = new ResizeObserver(resized);
    observer.observe(this.axis.canvas);
    observer.observe(document.body); // what stands above the stage may arrive after it
    window.addEventListener('resize', resized);
    new MutationObserver(() => this.invalidate()).observe(document.documentElement, { attributeFilter: ['data-theme'] });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.invalidate());
  }

  // ------------------------------------------------------------ receiving

  /** Take one message, as text or as an object. Messages of another run and repeated ones are passed over. */
  receive(message) {
    const data = typeof message === 'string' ? JSON.parse(message) : message;
    if (data.kind === 'trace') return this.load(data.trace, Boolean(data.recorded));
    if (data.kind === 'start' && !this.begin(data.run)) return undefined;
    if (data.id !== undefined && data.id !== this.id) return undefined;
    if (data.seq < this.expected) return undefined;
    this.missing += data.seq - this.expected;
    this.expected = data.seq + 1;
    this.listenForSilence();
    const handler = { wait: this.wait, lanes: this.open, frames: this.add, end: this.end, error: this.fail }[data.kind];
    if (handler) handler.call(this, data);
    return this.invalidate();
  }

  /** False where a newer run was asked for meanwhile: this one is stopped and never shown. */
  begin(id) {
    this.awaited = Math.max(this.awaited - 1, 0);
    if (this.awaited || this.stopWanted) this.options.onStop(id);
    if (this.awaited) return false;
    const state = this.stopWanted ? 'stopping' : 'starting';
    Object.assign(this, { id, run: id, expected: 0, missing: 0, state, playing: false, opened: false, stopWanted: false });
    this.say('calm', 'Starting.');
    return true;
  }

  wait({ ahead }) {
    if (this.state === 'stopping') return; // sent before the server knew
    this.state = 'waiting';
    this.say('calm', `Waiting for the device: ${ahead} ${ahead === 1 ? 'run' : 'runs'} ahead of yours.`);
  }

  open({ run, lanes, notice, offers }) {
    this.setLanes(run, lanes, false);
    Object.assign(this, { state: this.state === 'stopping' ? 'stopping' : 'live', opened: true, playing: true });
    if (this.state === 'live') this.say('calm', '');
    if (notice) this.note(notice, offers || []);
  }

  add({ frames }) {
    for (const frame of frames) {
      const record = this.records.find(({ lane }) => lane.key === frame.lane);
      if (!record || !record.add(frame)) this.missing++;
    }
  }

  end({ verdict, ended }) {
    this.state = ended;
    if (!this.opened) {
      this.say('calm', 'Stopped before it began.');
      return;
    }
    Object.assign(this, { verdict, ended });
    if (ended !== 'stopped') return;
    this.playing = false; // whoever stops wants stillness: show all that was made
    this.jump(this.total);
    this.say('calm', STOPPED);
  }

  fail({ message, offers }) {
    this.state = 'error';
    this.playing = false;
    this.say('error', message, offers || []);
  }

  load(trace, recorded) {
    Object.assign(this, { id: null, run: null, expected: 0, missing: 0 });
    clearTimeout(this.watchdog);
    this.setLanes(trace.run, trace.lanes, recorded);
    this.opened = true;
    this.add({ frames: trace.frames });
    this.end({ verdict: trace.verdict, ended: trace.ended || 'done' });
    if (recorded) this.state = 'recorded';
    this.playing = true;
    this.say('calm', recorded ? 'A run recorded earlier, with its own times. Press Run to make one now.' : '');
    this.invalidate();
  }

  setLanes(header, lanes, recorded) {
    Object.assign(this, {
      header, recorded, ended: null, verdict: null, clock: 0, wall: 0, covered: 0, line: null,
      records: lanes.map((lane) => new LaneRecord(lane)),
    });
    this.views = this.records.map((record) => new LaneView(record, this.showDrafts));
    this.lanes.replaceChildren(...this.views.map((view) => view.root));
    this.axis.setLanes(this.records);
    this.axis.span = 0;
    this.unfitted = true;
    this.notice.hidden = true;
  }

  listenForSilence() {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.lose(), this.options.silence);
  }

  lose() {
    if (!UNDER_WAY.has(this.state)) return;
    if (this.id) this.options.onStop(this.id); // should it be alive after all, it must not work for nobody
    Object.assign(this, { state: 'lost', id: null, awaited: 0 });
    const kept = this.opened ? ' What arrived can still be played.' : '';
    this.say('error', `The connection to the server was lost.${kept}`, [], true);
    this.invalidate();
  }

  /** Tell the stage that a run was asked for, so that a server that never answers is noticed. */
  asked() {
    if (this.id && UNDER_WAY.has(this.state)) this.options.onStop(this.id);
    Object.assign(this, {
      id: null, state: 'starting', playing: false, opened: false, stopWanted: false, ended: null, verdict: null, missing: 0,
    });
    this.awaited++;
    if (this.root.getBoundingClientRect().top < 0) this.root.scrollIntoView({ block: 'start' }); // a race is to be seen
    this.notice.hidden = true;
    this.say('calm', 'Starting.');
    this.listenForSilence();
    this.invalidate();
  }

  stopping() {
    if (!UNDER_WAY.has(this.state)) return;
    this.state = 'stopping';
    this.say('calm', 'Stopping after this pass.');
    if (this.id) this.options.onStop(this.id);
    else this.stopWanted = true;
    this.invalidate();
  }

  // ------------------------------------------------------------ the clock

  /** The lanes on the screen are still being made. */
  get growing() {
    return this.opened && UNDER_WAY.has(this.state);
  }

  get total() {
    return Math.max(0, ...this.records.map((record) => record.clock));
  }

  /** How far the clock may run: never past what the slower unfinished lane has reached. */
  get horizon() {
    if (!this.growing) return Infinity;
    return Math.min(Infinity, ...this.records.filter((record) => !record.finished).map((record) => record.clock));
  }

  get limit() {
    return Math.min(this.total, this.horizon);
  }

  get atEnd() {
    return this.records.length > 0 && !this.growing && this.clock >= this.total - 1e-6;
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.atEnd) this.jump(0);
    this.playing = this.records.length > 0;
    return this.invalidate();
  }

  pause() {
    this.playing = false;
    this.announce('Paused');
    this.invalidate();
  }

  restart() {
    this.jump(0);
    this.playing = this.records.length > 0;
    this.invalidate();
  }

  seek(time) {
    this.playing = false;
    this.jump(time);
  }

  jump(time) {
    if (this.state === 'error' && this.records.length) this.state = this.recorded ? 'recorded' : this.ended || 'done'; // it was read
    this.clock = Math.min(Math.max(time, 0), this.limit);
    this.wall = this.covered = 0;
    this.jumped = true;
    this.invalidate();
  }

  step(direction) {
    const times = this.records.flatMap((record) => record.frames.map((frame) => frame.t_ms)).sort((a, b) => a - b);
    const next = direction > 0
      ? times.find((time) => time > this.clock + 1e-6)
      : times.reverse().find((time) => time < this.clock - 1e-6);
    this.playing = false;
    if (next !== undefined) this.jump(next);
    this.announce('Paused');
    this.invalidate();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.select.value = speed;
    this.wall = this.covered = 0;
    this.invalidate();
  }

  // ------------------------------------------------------------ drawing

  /** One animation frame is asked for; none is drawn while nothing changes. */
  invalidate() {
    if (this.frame) return;
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.frame = 0;
    const gap = this.last ? now - this.last : 0;
    const played = this.playing;
    // A hidden tab gets no frames: the clock goes on from where it was. A clock that waited for a pass goes on from its arrival.
    if (played) this.advance(this.moving ? Math.min(gap, 250) : 0, this.moving ? Math.min(gap, 250) : gap);
    this.draw();
    if (played && !this.playing) this.announce(this.verdict ? this.verdict.line : 'The end'); // once the end is drawn
    this.moving = this.playing && this.clock < this.limit;
    this.last = this.moving || (this.playing && this.growing) ? now : 0;
    if (this.moving) this.invalidate();
  }

  /** passed: ms of the wall that move the clock; waited: all that went by, which the factor shown counts. */
  advance(passed, waited) {
    const before = this.clock;
    this.clock = Math.min(this.clock + passed / this.speed, Math.max(this.limit, before));
    this.wall += waited;
    this.covered += this.clock - before;
    if (this.atEnd) this.playing = false;
  }

  /** Choose the type so that the stage and the row under it fill the first screen. Between two frames nothing moves. */
  fit() {
    this.unfitted = false;
    const top = this.root.getBoundingClientRect().top + window.scrollY;
    const size = { width: this.lanes.clientWidth, height: window.innerHeight, top, records: this.records };
    const before = this.fitted;
    // A phone's address bar comes and goes while one scrolls: that is no reason to set the text anew.
    const same = before && before.records === size.records && before.width === size.width && before.top === top;
    if (same && Math.abs(before.height - size.height) < 120) return;
    this.fitted = size;
    const lengths = this.records.map(({ lane }) => lane.length);
    const grids = [...this.lanes.querySelectorAll('.slots')];
    const readings = [...this.lanes.querySelectorAll('.reading')];
    const stacked = STACKED.matches;
    const heights = grids.map((grid, n) => grid.offsetHeight + (readings[n] && !stacked ? readings[n].offsetHeight : 0)); // stacked, both share one place
    const flexible = stacked ? heights.reduce((sum, height) => sum + height, 0) : Math.max(...heights);
    const room = window.innerHeight - top - (this.root.offsetHeight - flexible) - this.options.below;
    const length = lengths.length ? Math.max(...lengths) : 64;
    const type = typeFor(length, grids[0].clientWidth, stacked ? room / grids.length : room, !stacked);
    const style = this.lanes.style;
    style.setProperty('--columns', type.columns);
    style.setProperty('--slot-size', `${type.size}px`);
    style.setProperty('--slot-row', `${type.row}px`);
    style.setProperty('--reading-size', `${type.reading}px`);
    style.setProperty('--reading-row', `${Math.round(type.reading * 1.45)}px`);
    style.setProperty('--reading-lines', type.lines);
    for (const view of this.views) view.setRoom(type.room);
  }

  draw() {
    this.drawn++;
    for (const view of this.views) {
      view.paint(view.record.at(this.clock), this.playing && !this.jumped);
      view.paintElapsed(this.clock);
    }
    this.jumped = false;
    if (this.unfitted) this.fit();
    this.axis.fit(this.total, !this.growing);
    this.axis.range.value = this.clock;
    this.axis.range.disabled = this.records.length === 0;
    this.axis.range.setAttribute('aria-valuetext', this.spoken());
    this.axis.draw(this.records, this.clock, this.horizon);
    this.drawTransport();
    this.drawLine();
  }

  drawTransport() {
    const name = this.playing ? 'pause' : 'play';
    if (this.playButton.dataset.icon !== name) {
      this.playButton.dataset.icon = name;
      this.playButton.replaceChildren(icon(name));
      this.playButton.title = this.playing ? 'Pause' : 'Play';
      this.playButton.setAttribute('aria-label', this.playButton.title);
    }
    const mode = this.recorded ? 'recorded' : this.growing ? 'live' : 'replay';
    this.root.dataset.mode = mode;
    this.root.dataset.state = this.state;
    this.options.onState(UNDER_WAY.has(this.state));
    setText(this.mode, this.records.length ? mode : '');
    setText(this.time, this.records.length ? `${milliseconds(this.clock)} of ${milliseconds(this.total)}` : '');
    setText(this.factor, this.held() ? `held back by the device: now ${slower(this.wall / this.covered)}` : this.origin());
  }

  /** Where and when a recorded run was made. */
  origin() {
    if (!this.recorded || !this.header || !this.header.device_name) return '';
    return `on ${this.header.device_name}${this.header.date ? `, ${this.header.date.slice(0, 10)}` : ''}`;
  }

  /** Whether live playback is held back by the device by more than the chosen speed explains. */
  held() {
    return this.growing && this.covered > 0 && this.wall > 500 && this.wall / this.covered > this.speed * 1.1;
  }

  drawLine() {
    if (this.missing && this.state !== 'error' && this.state !== 'lost') {
      this.say('error', `${this.missing} of the passes were lost on the way, so the lanes are not complete.`, [], true);
    } else if (this.ended && this.verdict && this.atEnd && this.state !== 'error') {
      this.say('verdict', this.verdict.line);
    } else if (this.ended === 'stopped' && this.atEnd) {
      this.say('calm', STOPPED);
    } else if (this.line && this.line.tone === 'verdict') {
      this.say('calm', '');
    }
  }

  /** The one line of words under the axis: what goes on, what went wrong, or the verdict. */
  say(tone, text, offers = [], again = false) {
    if (this.line && this.line.tone === tone && this.line.text === text) return;
    this.line = { tone, text };
    this.message.dataset.tone = tone;
    this.message.setAttribute('role', tone === 'error' ? 'alert' : 'status');
    const [, headline, rest] = tone === 'verdict' ? text.match(/^(.*?[.!?])(?:\s+(.*))?$/s) || [null, text] : [null, text];
    this.message.replaceChildren(make('span', 'headline', headline), ...this.offerButtons(offers));
    this.message.classList.remove('open');
    if (rest) {
      const why = this.textButton('Why', () => this.message.classList.add('open')); // shown where the screen is small
      why.classList.add('why');
      this.message.append(make('span', 'detail', ` ${rest}`), why);
    }
    if (again) this.message.append(this.textButton('Run again', () => this.options.onBegin()));
  }

  note(text, offers) {
    this.notice.hidden = false;
    this.notice.replaceChildren(make('span', '', text), ...this.offerButtons(offers));
  }

  offerButtons(offers) {
    return offers.slice(0, 3).map((offer) => this.textButton(offer, () => this.options.onOffer(offer)));
  }

  textButton(text, action) {
    const button = make('button', 'offer', text);
    button.type = 'button';
    button.addEventListener('click', action);
    return button;
  }

  spoken() {
    const lanes = this.views.map(({ record, shown }) => `${record.lane.title} ${shown > 0 ? `pass ${shown}` : 'at the start'}`);
    return [milliseconds(this.clock), ...lanes].join(', ');
  }

  announce(what) {
    const lanes = this.views.map((view) => `${view.record.lane.title}: ${view.text() || 'nothing yet'}`);
    setText(this.mirror, [what.replace(/\.$/, ''), this.spoken(), ...lanes].join('. '));
  }
}

/** Build a stage in an element. options: recorded, a trace to play at once; onBegin(), onStop(run) and onOffer(prompt), what a
    visitor asks for; onState(underWay); silence, ms; below, px kept free under the stage. */
function mountStage(root, options = {}) {
  const stage = new Stage(root, options);
  const byLane = (read) => Object.fromEntries(stage.views.map((view) => [view.record.lane.key, read(view)]));
  const handle = {
    receive: (message) => stage.receive(message),
    asked: () => stage.asked(),
    stop: () => stage.stopping(),
    play: () => { if (!stage.playing) stage.toggle(); },
    pause: () => stage.pause(),
    seek: (time) => stage.seek(time),
    setSpeed: (speed) => stage.setSpeed(speed),
    get run() { return stage.run; },
    get state() { return stage.state; },
    get playing() { return stage.playing; },
    get clock() { return stage.clock; },
    get horizon() { return stage.horizon; },
    get total() { return stage.total; },
    get speed() { return stage.speed; },
    get gap() { return stage.missing > 0; },
    get drawn() { return stage.drawn; },
    get underWay() { return UNDER_WAY.has(stage.state); },
    get recorded() { return stage.recorded; },
    get ended() { return stage.ended; },
    get header() { return stage.header; },
    get received() { return byLane((view) => view.record.frames.length); },
    get shown() { return byLane((view) => view.shown); },
    get texts() { return byLane((view) => view.text()); },
  };
  window.__stage = handle;
  return handle;
}
