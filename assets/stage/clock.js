/* The clock: where playback stands, how far it may go, and how fast. */

const SPEEDS = [1, 2, 4, 10, 25, 50];
const DEFAULT_SPEED = 10;
const UNDER_WAY = new Set(['starting', 'waiting', 'live', 'stopping']);
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

/** Plays the records of a stage; what it changes is drawn by the stage. */
class Clock {
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
    if (!this.playing) this.toggle();
  }

  seek(time) {
    this.playing = false;
    this.jump(time);
  }

  jump(time) {
    if (this.state === 'error' && this.records.length) this.state = this.recorded ? 'recorded' : this.ended || 'done'; // it was read
    if (!this.growing) this.showing = false;
    if (!UNDER_WAY.has(this.state)) this.opened = true; // what stands there is what is looked at again
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

  setSpeed(speed) {
    this.speed = speed;
    this.select.value = speed;
    this.wall = this.covered = 0;
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

  /** passed: ms of the wall that move the clock; waited: all that went by, which the factor shown counts. */
  advance(passed, waited) {
    const before = this.clock;
    this.clock = Math.min(this.clock + passed / this.speed, Math.max(this.limit, before));
    this.wall += waited;
    this.covered += this.clock - before;
    if (this.atEnd) this.playing = this.showing = false;
  }

  /** Whether live playback is held back by the device by more than the chosen speed explains. */
  held() {
    return this.growing && !this.equal && this.covered > 0 && this.wall > 500 && this.wall / this.covered > this.speed * 1.1;
  }
}
