/* The stage: its parts, and the one loop that draws them. */

import { Branches } from './branches.js';
import { Clock } from './clock.js';
import { shareTokenizer } from './diff.js';
import { Differences } from './differences.js';
import { addressOf, grain, listen, make, refill, setAria, setData } from './dom.js';
import { Inspecting } from './inspecting.js';
import { LaneView } from './lane_view.js';
import { Layout } from './layout.js';
import { Legend } from './legend.js';
import { Meter } from './meter.js';
import { Narrator } from './narrator.js';
import { Noise } from './noise.js';
import { Overture } from './overture.js';
import { PassMap } from './pass_map.js';
import { Playback, playheadOf } from './playback.js';
import { Receiver } from './receiver.js';
import { Run } from './run.js';
import { Shortcuts } from './shortcuts.js';
import { Stages } from './stages.js';
import { StatusLine } from './status_line.js';
import { Talking } from './talking.js';
import { TimeAxis } from './time_axis.js';
import { Calculated } from './timing.js';
import { Transport } from './transport.js';

const SILENCE = 8000; // the server pulses every 500 ms, so this much silence means that the connection is gone
const BELOW = 128; // px kept free under the stage on the first screen, for the row of controls
const LONGEST_GAP = 250; // ms; a hidden tab gets no frames, and its clock goes on from where it was

/** @type {import('../types').StageOptions} */
const DEFAULTS = { onBegin() {}, onStop() {}, onOffer() {}, onState() {}, recorded: null, recordedWords: '', seen: Promise.resolve(), loadInspector: () => Promise.reject(), silence: SILENCE, below: BELOW };

export class Stage {
  /**
   * @param {HTMLElement} root
   * @param {Partial<import('../types').StageOptions>} options
   */
  constructor(root, options) {
    this.root = root;
    this.options = { ...DEFAULTS, ...options };
    /** @type {LaneView[]} */
    this.views = [];
    this.showDrafts = true;
    this.frame = 0; // id of the requested animation frame; 0 for none
    this.last = 0; // when the one before was drawn, ms
    this.moving = false; // the clock moved with the last frame
    /** @type {boolean | null} */
    this.wasUnderWay = null; // the value that the page last received
    this.lanes = make('div', 'lanes', emptyLane('diffusion', 'Diffusion'), emptyLane('ar', 'Autoregressive'));
    // Each part is given what it needs of those before it; what acts on the stage is given the stage.
    this.run = new Run();
    this.clock = new Clock(this.run);
    this.meter = new Meter();
    this.narrator = new Narrator(this.clock);
    this.playback = new Playback(
      this.clock, () => this.invalidate(), (what) => this.narrator.announce(what), () => this.transport.showChoices(),
    );
    this.receiver = new Receiver(this);
    this.status = new StatusLine(this);
    this.layout = new Layout(this);
    this.axis = new TimeAxis();
    this.stages = new Stages(this.playback);
    this.noise = new Noise();
    this.legend = new Legend((showDrafts) => this.setDrafts(showDrafts));
    this.map = new PassMap((record, i) => { if (record.frames[i]) this.playback.seek(record.timeOf(record.frames[i])); });
    this.differences = new Differences();
    this.shortcuts = new Shortcuts(this);
    this.talking = new Talking(this);
    this.branches = new Branches(this);
    this.transport = new Transport(this);
    this.inspector = new Inspecting(this);
    this.build();
    this.listen();
    if (this.options.recorded) {
      this.receiver.playRecorded();
      this.overture = new Overture(this, this.options.seen);
    } else this.status.say('calm', 'Type a prompt and press Run: both models write the same reply, and every pass is kept.');
    this.invalidate();
  }

  build() {
    const { root } = this;
    root.classList.add('stage');
    root.style.setProperty('--grain', `url(${addressOf(grain(190))})`);
    root.style.setProperty('--grain-faint', `url(${addressOf(grain(60))})`);
    this.axis.root.prepend(make('span'), this.stages.root); // over the axis itself, beside the names of the lanes
    refill(
      root,
      this.lanes, this.legend.root, this.axis.root, this.map.root, this.transport.root, this.branches.root, this.status.root,
      this.status.notice, this.narrator.root, this.shortcuts.root,
    );
  }

  listen() {
    this.axis.listen(this.playback);
    const recoloured = () => {
      this.axis.refresh();
      this.invalidate();
    };
    const resized = () => {
      this.layout.stale = true;
      recoloured();
    };
    const observer = new ResizeObserver(resized);
    observer.observe(this.axis.canvas);
    observer.observe(document.body); // parts of the page above the stage may load after it
    listen(window, { resize: resized });
    new MutationObserver(recoloured).observe(document.documentElement, { attributeFilter: ['data-theme'] });
    listen(matchMedia('(prefers-color-scheme: dark)'), { change: recoloured });
  }

  /** Put records on the stage, side by side.
   * @param {import('./record.js').LaneRecord[]} records
   */
  show(records) {
    this.inspector.close();
    if (this.clock.timing instanceof Calculated) this.playback.setCalculated(false); // those times were of other lanes
    this.clock.setRecords(records);
    const picture = String(this.run.header?.picture); // a file may say anything
    this.root.style.setProperty('--picture', /^data:image\/\w+;base64,[\w+/=]+$/.test(picture) ? `url(${picture})` : '');
    this.views = this.narrator.views = records.map((record) => new LaneView(record, this.showDrafts));
    refill(this.lanes, ...this.views.map((view) => view.root));
    const shared = shareTokenizer(records.map(({ lane }) => lane));
    for (const view of this.views) {
      this.inspector.attach(view);
      view.figures.speed.item.hidden = shared; // tokens of one size compare
    }
    this.axis.setLanes(records);
    this.noise.show(this.views);
    this.map.setLanes(records);
    this.layout.stale = true;
  }

  /** @param {boolean} showDrafts */
  setDrafts(showDrafts) {
    this.showDrafts = showDrafts;
    for (const view of this.views) view.setDrafts(showDrafts);
  }

  get mapOpen() {
    return !this.map.root.hidden;
  }

  /** @param {boolean} open */
  showMap(open) {
    this.map.root.hidden = !open;
    setAria(this.transport.mapButton, 'expanded', open);
    this.layout.refit();
  }

  /** Request one animation frame. No frames are drawn while nothing changes. */
  invalidate() {
    if (this.wasUnderWay !== null) this.tellState(); // at once: a hidden page draws nothing
    this.frame ||= requestAnimationFrame((now) => this.tick(now));
  }

  /** @param {number} now */
  tick(now) {
    const { clock, run, meter } = this;
    this.frame = 0;
    const gap = this.last ? now - this.last : 0;
    const played = clock.playing;
    // A clock that waited for a pass goes on from its arrival.
    if (played) clock.advance(this.moving ? Math.min(gap, LONGEST_GAP) : 0, this.moving ? Math.min(gap, LONGEST_GAP) : gap);
    if (played && this.moving) meter.gap(gap);
    this.draw();
    meter.draw();
    if (played && !clock.playing) this.narrator.announce(run.verdict ? run.verdict.line : 'The end'); // once the end is drawn
    this.moving = clock.playing && clock.time < clock.limit;
    this.last = this.moving || (clock.playing && run.growing) ? now : 0;
    if (this.moving) this.invalidate();
  }

  draw() {
    const { clock, run, views } = this;
    const playhead = playheadOf(clock);
    const live = run.growing || run.showing;
    for (const view of views) {
      view.paint(view.record.at(clock.time), clock.playing && !clock.jumped);
      view.paintElapsed(playhead);
    }
    clock.jumped = false;
    this.inspector.paint();
    this.layout.fit();
    this.legend.show(clock.records, this.differences.paint(views), views.some(({ turn }) => turn < Infinity));
    this.axis.fit(clock.total, !live); // it keeps its scale while a run is shown for the first time
    this.axis.point(playhead, clock.records.length > 0, clock.playing ? '' : this.narrator.place);
    this.axis.draw(clock.records, playhead, clock.horizon, clock.timing);
    this.stages.draw(clock);
    this.noise.live(clock.playing);
    this.map.draw(views, live);
    this.narrator.sayPhases();
    this.transport.draw();
    this.drawState();
    this.status.draw();
  }

  /** What style sheets and the page read. */
  drawState() {
    const { run, root } = this;
    setData(root, 'mode', run.mode);
    setData(root, 'state', run.state);
    setData(root, 'timing', this.clock.timing.name);
    this.tellState();
  }

  tellState() {
    const { run } = this;
    if (this.wasUnderWay === run.underWay) return;
    this.wasUnderWay = run.underWay;
    this.options.onState(run.underWay);
  }
}

/** The noise of a lane before its first run.
 * @param {import('../types').Kind} kind
 * @param {string} title
 */
function emptyLane(kind, title) {
  const slots = make('div', 'slots');
  setAria(slots, 'hidden', 'true');
  for (let i = 0; i < 64; i++) {
    const slot = make('span', 'slot');
    slot.dataset.state = kind === 'ar' ? 'empty' : 'noise';
    slots.append(slot);
  }
  const lane = make('section', 'lane lane-empty', make('header', 'lane-head', make('h2', 'lane-title', title)), slots);
  Object.assign(lane.dataset, { kind, slot: kind === 'ar' ? 'two' : 'one' });
  return lane;
}
