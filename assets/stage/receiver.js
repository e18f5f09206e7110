/* Receiving: messages of a run, or a whole trace, into records; and a run that is lost, refused or stopped. */

import { boxOf } from './dom.js';
import { ENDINGS } from '../generated/constants.js';
import { LaneRecord } from './record.js';
import { madeAt } from './words.js';

const STARTING = 'Starting.';
const LOST = 'The connection to the server was lost.';
const REFUSED = 'The server did not make this run. It may be restarting, or its time on a GPU may be used up.';

export class Receiver {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.run = stage.run;
    /** @type {string | null} */
    this.latest = null; // the id of the last run that began
    this.watchdog = 0;
    this.ask = 0; // the number of the latest question
    this.stopWanted = false; // true if Stop was pressed before the requested run had an id
    /** @type {string | null} */
    this.id = null; // of the run whose messages are taken
    this.expected = 0; // the number of its next message
  }

  /** Take the messages of one run, from its first.
   * @param {string | null} id
   */
  listenFor(id) {
    this.id = id;
    this.expected = 0;
    this.run.missing = 0;
  }

  /** Take one message, as text or as an object. Messages of another run and repeated ones are passed over.
   * @param {string | import('../types').Message} message
   */
  receive(message) {
    /** @type {import('../types').Message} */
    const data = typeof message === 'string' ? JSON.parse(message) : message;
    if (data.kind === 'trace') {
      this.load(data.trace, Boolean(data.recorded), data.words);
      return;
    }
    if (data.kind === 'start' && !this.begin(data.run, data.ask)) return;
    if (data.id !== undefined && data.id !== this.id) return;
    if (data.seq < this.expected) return;
    this.run.missing += data.seq - this.expected;
    this.expected = data.seq + 1;
    this.listenForSilence();
    this.take(data);
    this.stage.invalidate();
  }

  /** @param {import('../types').RunMessage} data */
  take(data) {
    if ('clocks' in data) this.hear(data.clocks || {}, data.thinking || []);
    if (data.kind === 'wait') this.wait(data);
    else if (data.kind === 'lanes') this.open(data);
    else if (data.kind === 'frames') {
      this.stage.meter.note();
      this.addFrames(data.frames);
    } else if (data.kind === 'lane') this.endLane(data);
    else if (data.kind === 'end') this.end(data);
    else if (data.kind === 'error') this.fail(data);
  }

  /** How served lanes are that still run.
   * @param {import('../types').Clocks} clocks
   * @param {string[]} thinking keys of those that think
   */
  hear(clocks, thinking) {
    for (const view of this.stage.views) {
      const { record } = view, thinks = thinking.includes(record.lane.key);
      record.heard = clocks[record.lane.key] || record.heard;
      if (record.thinking !== thinks) view.shown = -2; // drawn again
      record.thinking = thinks;
    }
  }

  /** False where it answers another question than the latest: that run is stopped and never shown. A start that names none is
      taken as it comes.
   * @param {string} id
   * @param {number | null} [ask]
   */
  begin(id, ask = this.ask) {
    const late = ask !== this.ask;
    if (late || this.stopWanted) this.stage.options.onStop(id);
    if (late) return false;
    this.listenFor(id);
    this.latest = id;
    this.run.state = this.stopWanted ? 'stopping' : 'starting';
    this.run.opened = false;
    this.stage.clock.playing = false;
    this.stopWanted = false;
    this.stage.status.say('calm', STARTING);
    return true;
  }

  /** @param {{ ahead: number, says?: string }} message */
  wait({ ahead, says }) {
    if (this.run.state === 'stopping') return; // sent before the server knew
    this.run.state = 'waiting';
    this.stage.status.say('calm', says || `Waiting for the device: ${ahead} ${ahead === 1 ? 'run' : 'runs'} ahead of yours.`);
  }

  /** @param {import('../types').LanesMessage} message */
  open({ run: header, lanes, notice, offers }) {
    const { run, stage } = this;
    if (!stage.branches.open(lanes)) {
      this.setLanes(header, lanes, false);
      run.own = true; // unlike a file or a recorded run, whose branches are not this server's own either
    }
    run.state = run.state === 'stopping' ? 'stopping' : 'live';
    run.opened = run.showing = stage.clock.playing = true;
    if (run.state === 'live') stage.status.say('calm', '');
    if (notice) stage.status.note(notice, offers || []);
  }

  /** @param {import('../types').Frame[]} frames */
  addFrames(frames) {
    const { branches, clock } = this.stage;
    for (const frame of frames) {
      const record = branches.growing ? branches : clock.records.find(({ lane }) => lane.key === frame.lane);
      if (!record || !record.add(frame)) this.run.missing++;
    }
  }

  /** What is known of a served lane now that it has ended, and why it failed.
   * @param {import('../types').LaneMessage} message
   */
  endLane({ key, about, fault }) {
    const { run: { header }, stage: { clock, views } } = this;
    const record = clock.records.find(({ lane }) => lane.key === key);
    if (!record || !header) return;
    record.lane.about = about;
    if (fault) header.faults = { ...header.faults, [key]: fault };
    this.noteFaults();
    for (const view of views) view.shown = -2; // drawn again
  }

  noteFaults() {
    for (const record of this.stage.clock.records) {
      record.fault = this.run.header?.faults?.[record.lane.key] || '';
      record.over ||= Boolean(record.fault);
    }
  }

  /** @param {{ verdict: import('../types').Verdict | null, ended: string }} message */
  end({ verdict, ended }) {
    const { run, stage } = this;
    run.state = ended;
    if (!run.opened) {
      stage.status.say('calm', 'Stopped before it began.');
      return;
    }
    if (!stage.branches.end(ended)) Object.assign(run, { verdict, ended });
    for (const record of stage.clock.records) record.heard = 0;
    if (ended === 'error') stage.status.say('error', 'No lane finished. Each says why.', { again: () => this.askAgain() });
    if (ended !== 'stopped') return;
    stage.playback.seek(stage.clock.total); // after a stop nothing should move: show the last frame
    stage.status.sayStopped();
  }

  /** @param {{ message: string, offers?: string[] }} message */
  fail({ message, offers }) {
    this.stage.branches.forget();
    this.run.state = 'error'; // the frames that arrived stay on the stage
    this.stage.clock.playing = false;
    this.stage.status.say('error', message, { offers: offers || [] });
  }

  playRecorded() {
    const trace = this.stage.options.recorded;
    if (trace) this.receive({ kind: 'trace', trace, recorded: true });
  }

  /** Play a whole trace. words: what the line under the axis says meanwhile.
   * @param {import('../types').Trace} trace
   * @param {boolean} recorded
   * @param {string} [words]
   */
  load(trace, recorded, words = recorded ? this.stage.options.recordedWords || recordedOf(trace) : '') {
    const { run, stage } = this;
    this.stopThisRun();
    this.listenFor(null);
    this.latest = null;
    this.ask++;
    clearTimeout(this.watchdog);
    const { own, grafted } = shareOut(trace.lanes);
    this.setLanes(trace.run, own, recorded);
    this.addFrames(trace.frames.filter(({ lane }) => own.some(({ key }) => key === lane)));
    run.verdict = trace.verdict || null;
    run.ended = trace.ended || (stage.clock.records.every((record) => record.finished) ? 'done' : 'cut off');
    run.state = recorded ? 'recorded' : run.ended;
    run.opened = true;
    stage.clock.playing = stage.clock.records.length > 0; // an exercise clears the stage: there is nothing to play
    if (grafted.length) stage.branches.restore(grafted, trace.frames);
    stage.status.say('calm', words);
    stage.invalidate();
  }

  /**
   * @param {import('../types').RunHeader} header
   * @param {import('../types').Lane[]} lanes
   * @param {boolean} recorded
   */
  setLanes(header, lanes, recorded) {
    const { stage } = this;
    this.run.clear(header, recorded);
    stage.status.forget();
    stage.status.notice.hidden = true;
    stage.branches.reset();
    stage.clock.time = 0;
    stage.clock.reset();
    stage.show(lanes.map((lane) => new LaneRecord(lane)));
    this.noteFaults();
  }

  listenForSilence() {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.lose(), this.stage.options.silence);
  }

  /** No message came for too long, or the connection broke. */
  lose() {
    this.lost(`${LOST}${this.run.opened ? ' What arrived can still be played.' : ''}`);
  }

  /** The server did not start a requested run and gave no reason: it is restarting, or its GPU quota is used up. */
  failed() {
    if (this.run.opened) this.lose(); // it broke off in the middle
    else this.lost(REFUSED);
  }

  /** @param {string} words */
  lost(words) {
    if (!this.run.underWay) return;
    clearTimeout(this.watchdog);
    this.stopThisRun(); // if the run is still alive, it must not continue without a viewer
    this.stage.branches.leave();
    this.run.state = 'lost';
    this.id = null;
    this.ask++; // an answer that comes now is too late
    this.stage.status.say('error', words, { again: () => this.askAgain() });
    this.stage.invalidate();
  }

  /** Note that a run was requested, and watch for a server that never answers. Returns the number of the request, which the
   * first message of the run repeats.
   * @param {boolean} branch
   */
  asked(branch = false) {
    const { run, stage } = this;
    stage.branches.leave();
    if (!branch) stage.branches.asked = stage.branches.latest = null;
    this.stopThisRun();
    this.id = null;
    run.state = 'starting';
    run.opened = stage.clock.playing = this.stopWanted = false;
    run.missing = 0;
    this.ask++;
    if (boxOf(stage.root).top < 0) stage.root.scrollIntoView({ block: 'start' }); // a race is to be seen
    stage.status.notice.hidden = true;
    stage.status.say('calm', STARTING);
    this.listenForSilence();
    stage.invalidate();
    return this.ask;
  }

  /** Ask once more for what was asked for last: a branch from its frame, or a race. */
  askAgain() {
    if (!this.stage.branches.ask()) this.stage.options.onBegin();
  }

  /** Tell the server to stop the current run, because nobody waits for it. */
  stopThisRun() {
    if (this.id && this.run.underWay) this.stage.options.onStop(this.id);
  }

  stop() {
    if (!this.run.underWay) return;
    this.run.state = 'stopping';
    this.stage.status.say('calm', 'Stopping after this pass.');
    if (this.id) this.stage.options.onStop(this.id);
    else this.stopWanted = true;
    this.stage.invalidate();
  }

  /** The run on the stage as the one record of it, which a file holds; null where there is none.
   * @returns {import('../types').Trace | null}
   */
  get trace() {
    const { clock, branches } = this.stage;
    if (!clock.records.length) return null;
    const { grafts, home, now } = branches;
    const { records, verdict, ended } = home || now;
    return {
      version: 1,
      run: this.run.header || {},
      lanes: [...records.map(({ lane }) => lane), ...grafts.lanes],
      frames: inOrder([...records.flatMap((record) => record.frames), ...grafts.frames]),
      verdict,
      ended: isEnding(ended) ? ended : records.every((record) => record.finished) ? null : 'cut off',
    };
  }
}

/** Whether a state is one that a trace can have ended in; other states are of the stage alone.
 * @param {string | null} state
 * @returns {state is import('../types').Ending}
 */
const isEnding = (state) => /** @type {(string | null)[]} */ (ENDINGS).includes(state);

/** The lanes of a race, and those that were grafted on them as branches.
 * @param {import('../types').Lane[]} lanes
 */
function shareOut(lanes) {
  /** @param {import('../types').Lane} lane */
  const isBranch = ({ about: { parent }, key }) => Boolean(parent && lanes.some((other) => other.key === parent.lane && other.key !== key));
  return { own: lanes.filter((lane) => !isBranch(lane)), grafted: lanes.filter(isBranch) };
}

/** Frames of several lanes on one clock.
 * @param {import('../types').Frame[]} frames
 */
function inOrder(frames) {
  return frames.sort((one, other) => one.t_ms - other.t_ms || one.i - other.i);
}

/** What the line under the axis says of a recorded run.
 * @param {import('../types').Trace} trace
 */
function recordedOf({ run }) {
  const made = madeAt(run);
  return `A run recorded earlier${made && ` ${made}`}, with its own times. Press Run to make one now.`;
}
