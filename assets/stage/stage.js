/* The stage: its parts, and the one loop that draws them. What it can do is said in layers, each in its file: the clock, words,
   receiving, the transport, fitting. */

const SILENCE = 8000; // the server pulses every 500 ms, so this much silence means that the connection is gone
const BELOW = 128; // px kept free under the stage on the first screen, for the row of controls

class Stage extends Fitted {
  constructor(root, options) {
    super();
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

  setDrafts(showDrafts) {
    this.showDrafts = showDrafts;
    for (const view of this.views) view.setDrafts(showDrafts);
  }

  showMap(open) {
    this.map.root.hidden = !open;
    this.mapButton.setAttribute('aria-expanded', String(open));
    this.refit();
  }

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
}
