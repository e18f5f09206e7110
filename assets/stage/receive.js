/* Receiving: messages of a run, or a whole trace, into records; and a run that is lost, refused or stopped. */

const ENDINGS = ['done', 'stopped', 'limit', 'error', 'cut off']; // of a trace

class Receiver extends Words {
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
    if (!this.branches.open(lanes)) {
      this.setLanes(run, lanes, false);
      this.own = true; // made by this server, unlike a file or a recorded run, whose branches are not its own either
    }
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
    this.branches.asked = this.branches.growing = null;
    this.state = 'error'; // what stood there stands
    this.playing = false;
    this.say('error', message, offers || []);
  }

  /** Play a whole trace. words: what the line under the axis says meanwhile. */
  load(trace, recorded, words = recorded ? this.options.recordedWords || 'A run recorded earlier, with its own times. Press Run to make one now.' : '') {
    if (this.id && UNDER_WAY.has(this.state)) this.options.onStop(this.id);
    Object.assign(this, { id: null, run: null, expected: 0, missing: 0, ask: this.ask + 1 });
    clearTimeout(this.watchdog);
    const grafted = trace.lanes.filter(({ about, key }) => about.parent && trace.lanes.some((other) => other.key === about.parent.lane && other.key !== key));
    const own = trace.lanes.filter((lane) => !grafted.includes(lane));
    this.setLanes(trace.run, own, recorded);
    this.add({ frames: trace.frames.filter(({ lane }) => own.some(({ key }) => key === lane)) });
    const ended = trace.ended || (this.records.every((record) => record.finished) ? 'done' : 'cut off');
    Object.assign(this, { verdict: trace.verdict, ended, state: recorded ? 'recorded' : ended, opened: true, playing: true });
    if (grafted.length) this.branches.restore(grafted, trace.frames);
    this.say('calm', words);
    this.invalidate();
  }

  setLanes(header, lanes, recorded) {
    Object.assign(this, {
      header, recorded, own: false, showing: false, ended: null, verdict: null, clock: 0, wall: 0, covered: 0, line: null,
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
    this.lost(`The connection to the server was lost.${this.opened ? ' What arrived can still be played.' : ''}`);
  }

  /** A run was asked for and the server did not make it, without a word why: it is restarting, or its share of a GPU is used up. */
  failed() {
    if (this.opened) this.lose(); // it broke off in the middle
    else this.lost('The server did not make this run. It may be restarting, or its time on a GPU may be used up.');
  }

  lost(words) {
    if (!UNDER_WAY.has(this.state)) return;
    clearTimeout(this.watchdog);
    if (this.id) this.options.onStop(this.id); // should it be alive after all, it must not work for nobody
    this.branches.growing = null;
    Object.assign(this, { state: 'lost', id: null, ask: this.ask + 1 }); // an answer that comes now is too late
    this.say('error', words, [], true);
    this.invalidate();
  }

  /** Tell the stage that a run was asked for, so that a server that never answers is noticed. Returns the number of the question,
      which the start of its answer carries. */
  asked(branch = false) {
    this.branches.growing = null;
    if (!branch) this.branches.asked = null;
    if (this.id && UNDER_WAY.has(this.state)) this.options.onStop(this.id);
    Object.assign(this, {
      id: null, state: 'starting', playing: false, opened: false, stopWanted: false, missing: 0,
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

  /** The run on the stage as the one record of it, which a file holds; null where there is none. */
  get trace() {
    if (!this.records.length) return null;
    const { grafts, home, now } = this.branches;
    const { records, verdict, ended } = home || now;
    const unfinished = records.every((record) => record.finished) ? null : 'cut off';
    const frames = [...records.flatMap((record) => record.frames), ...grafts.frames].sort((a, b) => a.t_ms - b.t_ms || a.i - b.i);
    return { version: 1, run: this.header, lanes: [...records.map(({ lane }) => lane), ...grafts.lanes], frames, verdict, ended: ENDINGS.includes(ended) ? ended : unfinished };
  }
}
