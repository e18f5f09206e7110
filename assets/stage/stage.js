/* The stage: buffer, clock and drawing of a run. */

const SPEEDS = [1, 2, 4, 10, 25, 50];
const DEFAULT_SPEED = 10;
const SILENCE = 8000; // the server pulses every 500 ms, so this much silence means that the connection is gone
const BELOW = 128; // px kept free under the stage on the first screen, for the row of controls
const STOPPED = 'Stopped. What was made up to here stays.';
const ENDINGS = ['done', 'stopped', 'limit', 'error']; // of a trace
const UNDER_WAY = new Set(['starting', 'waiting', 'live', 'stopping']);
const STILL = matchMedia('(prefers-reduced-motion: reduce)');
const STACKED = matchMedia('(max-width: 760px)'); // as in stage.css

class Stage {
  constructor(root, options) {
    this.options = { onBegin() {}, onStop() {}, onOffer() {}, onState() {}, silence: SILENCE, below: BELOW, ...options };
    Object.assign(this, {
      state: 'empty', run: null, id: null, expected: 0, missing: 0, ended: null, verdict: null, header: null,
      records: [], views: [], recorded: false, clock: 0, playing: false, speed: DEFAULT_SPEED, equal: false, presenting: false,
      showing: false, meter: new Meter(), showDrafts: true, opened: false, moving: false, ask: 0, stopWanted: false, frame: 0, last: 0, wall: 0, covered: 0, line: null, watchdog: 0,
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
    root.style.setProperty('--grain', `url(${addressOf(grain(190))})`);
    root.style.setProperty('--grain-faint', `url(${addressOf(grain(60))})`);
    this.lanes = make('div', 'lanes');
    this.axis = new TimeAxis();
    this.message = make('p', 'stage-line');
    this.notice = make('p', 'stage-notice');
    this.notice.hidden = true;
    this.mirror = make('p', 'mirror');
    this.mirror.setAttribute('aria-live', 'polite');
    this.legend = new Legend((showDrafts) => this.setDrafts(showDrafts));
    this.map = new PassMap((record, i) => { if (record.frames[i]) this.seek(record.timeOf(record.frames[i])); });
    this.differences = new Differences();
    this.keys = new Keys(this);
    this.branches = new Branches(this);
    root.replaceChildren(
      this.lanes, this.legend.root, this.axis.root, this.map.root, this.transport(), this.branches.root, this.message, this.notice,
      this.mirror, this.keys.root,
    );
    this.inspector = new Inspector(this);
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
    this.select.append(...SPEEDS.map((speed) => Object.assign(make('option', '', slower(speed)), { value: speed })));
    this.select.value = DEFAULT_SPEED;
    this.steps = Object.assign(make('input'), { type: 'checkbox' });
    const steps = make('label', 'check');
    steps.title = 'Both lanes advance one pass a beat, instead of at their true times';
    steps.append(this.steps, make('span', '', 'equal steps'));
    this.mode = make('span', 'mode');
    this.factor = make('span', 'factor');
    this.time = make('output', 'time');
    this.mapButton = this.wordButton('map', 'Map', 'Map of positions and passes', () => this.showMap(this.map.root.hidden));
    this.mapButton.setAttribute('aria-controls', this.map.root.id);
    this.mapButton.setAttribute('aria-expanded', 'false');
    bar.append(
      buttons, this.time, this.mode, this.select, steps, this.factor, this.mapButton,
      this.wordButton('present', 'Present', 'Presenter mode (F)', () => this.present(true)),
      this.wordButton('keys', 'Keys', 'List of keys (?)', () => this.keys.open()),
      this.wordButton('leave', 'Esc leaves', 'Leave presenter mode', () => this.present(false)),
    );
    return bar;
  }

  wordButton(name, word, title, action) {
    const button = this.textButton(word, action);
    button.className = `tool tool-${name}`;
    button.title = title;
    return button;
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
    this.steps.addEventListener('change', () => this.setEqual(this.steps.checked));
    document.addEventListener('fullscreenchange', () => {
      if (document.fullscreenElement === this.root) this.full = true;
      else if (this.full) this.present(false); // the browser's own way out
    });
    const resized = () => {
      this.unfitted = true;
      recoloured();
    };
    const recoloured = () => {
      this.axis.refresh();
      this.invalidate();
    };
    const observer = new ResizeObserver(resized);
    observer.observe(this.axis.canvas);
    observer.observe(document.body); // what stands above the stage may arrive after it
    window.addEventListener('resize', resized);
    new MutationObserver(recoloured).observe(document.documentElement, { attributeFilter: ['data-theme'] });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recoloured);
  }

  // ------------------------------------------------------------ receiving

  /** Take one message, as text or as an object. Messages of another run and repeated ones are passed over. */
  receive(message) {
    const data = typeof message === 'string' ? JSON.parse(message) : message;
    if (data.kind === 'trace') return this.load(data.trace, Boolean(data.recorded), data.words);
    if (data.kind === 'start' && !this.begin(data.run, data.ask)) return undefined;
    if (data.id !== undefined && data.id !== this.id) return undefined;
    if (data.seq < this.expected) return undefined;
    this.missing += data.seq - this.expected;
    this.expected = data.seq + 1;
    this.listenForSilence();
    if (data.kind === 'frames') this.meter.note();
    const handler = { wait: this.wait, lanes: this.open, frames: this.add, end: this.end, error: this.fail }[data.kind];
    if (handler) handler.call(this, data);
    return this.invalidate();
  }

  /** False where it answers another question than the latest: that run is stopped and never shown. A start that names none is
      taken as it comes. */
  begin(id, ask = this.ask) {
    const late = ask !== this.ask;
    if (late || this.stopWanted) this.options.onStop(id);
    if (late) return false;
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
    if (!this.branches.open(lanes)) this.setLanes(run, lanes, false);
    Object.assign(this, { state: this.state === 'stopping' ? 'stopping' : 'live', opened: true, playing: true, showing: true });
    if (this.state === 'live') this.say('calm', '');
    if (notice) this.note(notice, offers || []);
  }

  add({ frames }) {
    for (const frame of frames) {
      const record = this.branches.growing ? this.branches : this.records.find(({ lane }) => lane.key === frame.lane);
      if (!record || !record.add(frame)) this.missing++;
    }
  }

  end({ verdict, ended }) {
    this.state = ended;
    if (!this.opened) {
      this.say('calm', 'Stopped before it began.');
      return;
    }
    Object.assign(this, { verdict: this.branches.growing ? this.branches.end(ended) : verdict, ended });
    if (ended !== 'stopped') return;
    this.playing = false; // whoever stops wants stillness: show all that was made
    this.jump(this.total);
    this.say('calm', STOPPED);
  }

  fail({ message, offers }) {
    this.branches.refused();
    this.state = 'error';
    this.playing = false;
    this.say('error', message, offers || []);
  }

  /** Play a whole trace. words: what the line under the axis says meanwhile. */
  load(trace, recorded, words = recorded ? 'A run recorded earlier, with its own times. Press Run to make one now.' : '') {
    if (this.id && UNDER_WAY.has(this.state)) this.options.onStop(this.id);
    Object.assign(this, { id: null, run: null, expected: 0, missing: 0, ask: this.ask + 1 });
    clearTimeout(this.watchdog);
    const grafted = trace.lanes.filter(({ about, key }) => about.parent && trace.lanes.some((other) => other.key === about.parent.lane && other.key !== key));
    const own = trace.lanes.filter((lane) => !grafted.includes(lane));
    this.setLanes(trace.run, own, recorded);
    this.opened = true;
    this.add({ frames: trace.frames.filter(({ lane }) => own.some(({ key }) => key === lane)) });
    this.end({ verdict: trace.verdict, ended: trace.ended || 'done' });
    if (recorded) this.state = 'recorded';
    if (grafted.length) this.branches.restore(grafted, trace.frames);
    this.playing = true;
    this.say('calm', words);
    this.invalidate();
  }

  setLanes(header, lanes, recorded) {
    Object.assign(this, {
      header, recorded, showing: false, ended: null, verdict: null, clock: 0, wall: 0, covered: 0, line: null,
    });
    this.branches.reset();
    this.show(lanes.map((lane) => new LaneRecord(lane)));
    this.notice.hidden = true;
  }

  /** Put records on the stage, side by side. */
  show(records) {
    this.inspector.close();
    this.records = records;
    this.views = records.map((record) => new LaneView(record, this.showDrafts));
    this.lanes.replaceChildren(...this.views.map((view) => view.root));
    for (const record of records) record.equal = this.equal;
    for (const view of this.views) this.inspector.attach(view);
    this.axis.setLanes(records);
    this.map.setLanes(records);
    this.axis.span = 0;
    this.unfitted = true;
  }

  listenForSilence() {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.lose(), this.options.silence);
  }

  lose() {
    if (!UNDER_WAY.has(this.state)) return;
    if (this.id) this.options.onStop(this.id); // should it be alive after all, it must not work for nobody
    Object.assign(this, { state: 'lost', id: null, ask: this.ask + 1 }); // an answer that comes now is too late
    const kept = this.opened ? ' What arrived can still be played.' : '';
    this.say('error', `The connection to the server was lost.${kept}`, [], true);
    this.invalidate();
  }

  /** A run was asked for and the server did not make it, without a word why: it is restarting, or its share of a GPU is used up. */
  failed() {
    if (!UNDER_WAY.has(this.state)) return;
    clearTimeout(this.watchdog);
    Object.assign(this, { state: 'lost', id: null, ask: this.ask + 1 });
    this.say('error', 'The server did not make this run. It may be restarting, or its time on a GPU may be used up.', [], true);
    this.invalidate();
  }

  /** Tell the stage that a run was asked for, so that a server that never answers is noticed. Returns the number of the question,
      which the start of its answer carries. */
  asked(branch = false) {
    this.branches.growing = null;
    if (!branch) this.branches.asked = null;
    if (this.id && UNDER_WAY.has(this.state)) this.options.onStop(this.id);
    Object.assign(this, {
      id: null, state: 'starting', playing: false, opened: false, stopWanted: false, ended: null, verdict: null, missing: 0,
    });
    this.ask++;
    if (this.root.getBoundingClientRect().top < 0) this.root.scrollIntoView({ block: 'start' }); // a race is to be seen
    this.notice.hidden = true;
    this.say('calm', 'Starting.');
    this.listenForSilence();
    this.invalidate();
    return this.ask;
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

  /** The run on the stage as the one record of it, which a file holds; null where there is none. */
  get trace() {
    if (!this.records.length) return null;
    const { grafts, home, now } = this.branches;
    const { records, verdict, ended } = home || now;
    const frames = [...records.flatMap((record) => record.frames), ...grafts.frames].sort((a, b) => a.t_ms - b.t_ms || a.i - b.i);
    return { version: 1, run: this.header, lanes: [...records.map(({ lane }) => lane), ...grafts.lanes], frames, verdict, ended: ENDINGS.includes(ended) ? ended : null };
  }

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
    return Math.min(Infinity, ...this.records.filter((record) => !record.finished && !record.over).map((record) => record.clock));
  }

  get limit() {
    return Math.min(this.total, this.horizon);
  }

  get atEnd() {
    return this.records.length > 0 && !this.growing && this.clock >= this.total - 1e-6;
  }

  /** Where the playhead is drawn. For whoever wants no motion it goes from pass to pass. */
  get playhead() {
    if (!this.playing || !STILL.matches) return this.clock;
    const frames = this.records.map((record) => [record, record.frames[record.at(this.clock)]]);
    return Math.max(0, ...frames.map(([record, frame]) => (frame ? record.timeOf(frame) : 0)));
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
    if (!this.growing) this.showing = false;
    this.clock = Math.min(Math.max(time, 0), this.limit);
    this.wall = this.covered = 0;
    this.jumped = true;
    this.invalidate();
  }

  step(direction) {
    const times = this.records.flatMap((record) => record.frames.map((frame) => record.timeOf(frame))).sort((a, b) => a - b);
    const next = direction > 0
      ? times.find((time) => time > this.clock + 1e-6)
      : times.reverse().find((time) => time < this.clock - 1e-6);
    this.playing = false;
    if (next !== undefined) this.jump(next);
    this.announce('Paused');
    this.invalidate();
  }

  /** Equal steps give every pass of every lane the same time; the frame that is shown stays. */
  setEqual(equal) {
    const { atEnd } = this;
    const lead = this.records.find((record) => record.at(this.clock) < record.frames.length - 1) || this.records[0];
    const frame = lead && lead.frames[lead.at(this.clock)];
    this.equal = this.steps.checked = equal;
    for (const record of this.records) record.equal = equal;
    for (const option of this.select.options) setText(option, this.pace(Number(option.value)));
    this.axis.span = 0;
    this.clock = Math.min(atEnd ? this.total : frame ? lead.timeOf(frame) : 0, this.limit);
    this.wall = this.covered = 0;
    this.jumped = true;
    this.invalidate();
  }

  /** A speed in words. */
  pace(speed) {
    const rate = 1000 / (BEAT * speed);
    return this.equal ? `${rate} ${rate === 1 ? 'pass' : 'passes'} a second` : slower(speed);
  }

  /** A time in words. */
  moment(time) {
    return this.equal ? `pass ${Math.floor(time / BEAT + 1e-6)}` : milliseconds(time);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.select.value = speed;
    this.wall = this.covered = 0;
    this.invalidate();
  }

  // ------------------------------------------------------------ what is shown

  setDrafts(showDrafts) {
    this.showDrafts = showDrafts;
    for (const view of this.views) view.setDrafts(showDrafts);
  }

  showMap(open) {
    this.map.root.hidden = !open;
    this.mapButton.setAttribute('aria-expanded', String(open));
    this.refit();
  }

  /** Presenter mode: the stage alone, in large type, on the whole screen where the browser lets it. */
  present(on) {
    this.presenting = on;
    if (on) document.activeElement?.blur(); // a token's focus ring would lie over the large text
    this.root.classList.toggle('presenting', on);
    for (let node = this.root; node !== document.body; node = node.parentNode) {
      for (const other of node.parentNode.children) if (other !== node) other.inert = on;
    }
    if (on && this.root.requestFullscreen) this.root.requestFullscreen().catch(() => {});
    if (!on && document.fullscreenElement === this.root) document.exitFullscreen();
    if (!on) this.full = false;
    this.refit();
  }

  refit() {
    this.fitted = null;
    this.unfitted = true;
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
    if (played && this.moving) this.meter.gap(gap);
    this.draw();
    this.meter.draw();
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
    if (this.atEnd) this.playing = this.showing = false;
  }

  /** Choose the type so that the stage and the row under it fill the first screen. Between two frames nothing moves. */
  fit() {
    this.unfitted = false;
    const { presenting } = this;
    const top = presenting ? 0 : this.root.getBoundingClientRect().top + window.scrollY;
    const size = { width: this.lanes.clientWidth, height: window.innerHeight, top, records: this.records };
    const before = this.fitted;
    // A phone's address bar comes and goes while one scrolls: that is no reason to set the text anew.
    const same = before && before.records === size.records && before.width === size.width && before.top === top;
    if (same && Math.abs(before.height - size.height) < 120) return;
    this.fitted = size;
    const lengths = this.records.map(({ lane }) => lane.length);
    const grids = [...this.lanes.querySelectorAll('.slots')];
    const readings = [...this.lanes.querySelectorAll('.reading')];
    const stacked = STACKED.matches && !presenting;
    const shared = stacked || presenting; // picture and text share one place
    const heights = grids.map((grid, n) => grid.offsetHeight + (readings[n] && !shared ? readings[n].offsetHeight : 0));
    const flexible = stacked ? heights.reduce((sum, height) => sum + height, 0) : Math.max(...heights);
    const used = presenting ? this.message.getBoundingClientRect().bottom + 16 : this.root.offsetHeight;
    const room = window.innerHeight - top - (used - flexible) - (presenting ? 0 : this.options.below);
    const length = lengths.length ? Math.max(...lengths) : 64;
    const type = presenting ? typeForHall(length, grids[0].clientWidth, room) : typeFor(length, grids[0].clientWidth, stacked ? room / grids.length : room, !stacked);
    const style = this.lanes.style;
    style.setProperty('--columns', type.columns);
    style.setProperty('--slot-size', `${type.size}px`);
    style.setProperty('--slot-row', `${type.row}px`);
    style.setProperty('--reading-size', `${type.reading}px`);
    style.setProperty('--reading-row', `${Math.round(type.reading * 1.45)}px`);
    style.setProperty('--reading-lines', type.lines);
    for (const view of this.views) view.setRoom(type.room);
    this.inspector.moved();
  }

  draw() {
    const clock = this.playhead;
    for (const view of this.views) {
      view.paint(view.record.at(this.clock), this.playing && !this.jumped);
      view.paintElapsed(clock);
    }
    this.jumped = false;
    this.inspector.paint();
    if (this.unfitted) this.fit();
    this.legend.show(this.records, this.differences.paint(this.views));
    this.axis.fit(this.total, !this.growing && !this.showing); // it keeps its scale while a run is shown for the first time
    this.axis.point(clock, this.records.length > 0, this.playing ? '' : this.spoken());
    this.axis.draw(this.records, clock, this.horizon, this.equal);
    this.map.draw(this.views, this.growing || this.showing);
    this.sayPhases();
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
    const mode = this.recorded ? 'recorded' : this.growing || this.showing ? 'live' : 'replay';
    setData(this.root, 'mode', mode);
    setData(this.root, 'state', this.state);
    if (this.told !== UNDER_WAY.has(this.state)) this.options.onState((this.told = UNDER_WAY.has(this.state)));
    setText(this.mode, this.records.length ? mode : '');
    setText(this.time, this.records.length ? `${this.moment(this.playhead)} of ${this.moment(this.total).replace('pass ', '')}` : '');
    if (setText(this.factor, this.paceNow())) this.factor.title = this.factor.textContent;
  }

  /** What the speed chosen does not say: the true factor, where the device holds playback back; that steps are equal. */
  paceNow() {
    const chosen = this.presenting ? this.pace(this.speed) : '';
    if (this.held()) return `now ${slower(this.wall / this.covered)}, held back by the device`;
    if (this.equal) return [chosen, 'equal steps, not their true times'].filter(Boolean).join(', ');
    return [chosen, this.origin()].filter(Boolean).join(', ');
  }

  /** Where and when a recorded run was made. */
  origin() {
    if (!this.recorded || !this.header || !this.header.device_name) return '';
    return `on ${this.header.device_name}${this.header.date ? `, ${this.header.date.slice(0, 10)}` : ''}`;
  }

  /** Whether live playback is held back by the device by more than the chosen speed explains. */
  held() {
    return this.growing && !this.equal && this.covered > 0 && this.wall > 500 && this.wall / this.covered > this.speed * 1.1;
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
    const { recorded } = this.options; // whatever fails, there is something to watch
    if (tone === 'error' && recorded && !this.recorded) {
      this.message.append(this.textButton('Play a recorded run', () => this.receive({ kind: 'trace', trace: recorded, recorded: true })));
    }
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
    return [this.moment(this.playhead), ...lanes].join(', ');
  }

  /** A reader hears each lane come into a phase while it plays. */
  sayPhases() {
    const news = this.views.filter((view) => view.root.dataset.phase !== view.heard);
    for (const view of news) view.heard = view.root.dataset.phase;
    if (this.playing && news.length) {
      setText(this.mirror, news.map((view) => `${view.record.lane.title}, ${view.heard}: ${view.text() || 'nothing yet'}`).join('. '));
    }
  }

  announce(what) {
    const lanes = this.views.map((view) => `${view.record.lane.title}: ${view.text() || 'nothing yet'}`);
    setText(this.mirror, [what.replace(/\.$/, ''), this.spoken(), ...lanes].join('. '));
  }
}
