/* The playback clock: its time, its limit and its speed. No DOM. */

import { Tempo } from './tempo.js';
import { EQUAL, MEASURED } from './timing.js';

export const SPEEDS = [1, 2, 4, 10, 25, 50];
const CLOSE = 1e-6; // ms; what differs by less is one time

/** Plays records at a speed, never past what the slower unfinished one has reached. */
export class Clock {
  /** @param {import('./run.js').Run} run whose records these are */
  constructor(run) {
    this.run = run;
    /** @type {import('./record.js').LaneRecord[]} */
    this.records = [];
    this.time = 0; // ms
    this.tempo = new Tempo();
    /** @type {number | null} */
    this.chosen = null; // times slower than real time, if a visitor chose it
    this.timing = MEASURED; // when passes are shown
    this.playing = false;
    this.jumped = false; // since the last drawing
    this.wall = 0; // wall time in ms since the pace was last reset
    this.covered = 0; // ms of its own since
  }

  /** Forget how fast it has run: the factor that is shown counts from here. */
  reset() {
    this.wall = this.covered = 0;
    this.tempo.reset(this.time);
  }

  /** How many times slower than real time it plays: as chosen, or so that a race of any length is a show. */
  get speed() {
    return this.chosen ?? this.plan.factor;
  }

  get plan() {
    return this.tempo.plan(this.records, this.run.growing);
  }

  /** @param {import('./record.js').LaneRecord[]} records */
  setRecords(records) {
    this.records = records;
    for (const record of records) record.timing = this.timing;
  }

  get total() {
    return Math.max(0, ...this.records.map((record) => record.reached));
  }

  /** How far it may run: never past what the slower unfinished lane has reached. Only measured times wait for a served lane. */
  get horizon() {
    if (!this.run.growing) return Infinity;
    const unfinished = this.records.filter((record) => !record.finished && !record.over && !(record.served && !this.timing.waits));
    return Math.min(Infinity, ...unfinished.map((record) => record.reached));
  }

  get limit() {
    return Math.min(this.total, this.horizon);
  }

  get atEnd() {
    return this.records.length > 0 && !this.run.growing && this.time >= this.total - CLOSE;
  }

  /** The last pass of any lane that is reached. */
  get lastPass() {
    const frames = this.records.map((record) => [record, record.frames[record.at(this.time)]]);
    return Math.max(0, ...frames.map(([record, frame]) => (frame ? record.timeOf(frame) : 0)));
  }

  /** Stand at a time, as near as it may.
   * @param {number} time
   */
  go(time) {
    this.time = Math.min(Math.max(time, 0), this.limit);
    this.jumped = true;
    this.reset();
  }

  /** The time of the next pass of any lane; undefined where there is none.
   * @param {number} direction 1 or -1
   */
  nextPass(direction) {
    const times = this.records.flatMap((record) => record.frames.map((frame) => record.timeOf(frame))).sort((a, b) => a - b);
    if (direction > 0) return times.find((time) => time > this.time + CLOSE);
    return times.reverse().find((time) => time < this.time - CLOSE);
  }

  /** Whether passes are shown in equal steps. */
  get equal() {
    return this.timing === EQUAL;
  }

  /** Show passes at other times; the frame that is shown stays.
   * @param {import('./timing.js').Timing} timing
   */
  setTiming(timing) {
    const { atEnd } = this;
    const lead = this.records.find((record) => record.at(this.time) < record.frames.length - 1) || this.records[0];
    const frame = lead && lead.frames[lead.at(this.time)];
    this.timing = timing;
    for (const record of this.records) record.timing = timing;
    this.go(atEnd ? this.total : frame ? lead.timeOf(frame) : 0);
  }

  /** @param {number | null} speed times slower than real time; null follows the length of the race */
  setSpeed(speed) {
    this.chosen = speed;
    this.reset();
  }

  /** A speed in words.
   * @param {number} speed
   */
  pace(speed) {
    return this.timing.pace(speed);
  }

  /** A time in words.
   * @param {number} time
   */
  moment(time) {
    return this.timing.moment(time);
  }

  /** passed: ms of the wall that move the clock; waited: all that went by, which the factor shown counts.
   * @param {number} passed
   * @param {number} waited
   */
  advance(passed, waited) {
    const before = this.time;
    const limit = Math.max(this.limit, before);
    this.time = this.chosen ? Math.min(before + passed / this.chosen, limit) : this.tempo.after(before, passed, this.plan, limit);
    this.covered += this.time - before;
    this.wall += this.chosen || before === limit ? waited : (this.time - before) * this.speed; // a tempo's rests hold nothing back
    if (!this.atEnd) return;
    this.playing = this.run.showing = false;
    this.time = this.total; // a lane that failed in a silence ends before it
  }

  /** Who holds it back: the network where only served lanes run. */
  get holder() {
    return this.records.every((record) => record.finished || record.served) ? 'network' : 'device';
  }

  /** Whether live playback is held back by more than the chosen speed explains. */
  get held() {
    return this.run.growing && this.timing.waits && this.covered > 0 && this.wall > 500 && this.wall / this.covered > this.speed * 1.1;
  }
}
