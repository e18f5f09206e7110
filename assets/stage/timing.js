/* When the passes of a lane are shown: at their measured times, a beat apart, or at calculated times. No DOM. */

import { grouped, milliseconds, slower } from './words.js';

const BEAT = 20; // ms that a pass lasts where all passes are given the same time

/** @typedef {import('../types').Frame} Frame */
/** @typedef {import('../types').Lane} Lane */

/** @typedef {Measured} Timing */

/** The times that were measured. The others differ from it where they must. */
class Measured {
  name = 'measured';
  says = ''; // what a reader must know of these times
  note = ''; // the same in a sentence
  mark = ''; // and in a word
  unit = 1; // ms, the smallest step of the axis
  waits = true; // for a lane that is silent

  /** The time that figures count, ms.
   * @param {Frame} frame
   * @param {Lane} lane
   */
  figure(frame, lane) { // eslint-disable-line no-unused-vars -- others ask which lane it is
    return frame.t_ms;
  }

  /** When a frame is shown, ms.
   * @param {Frame} frame
   * @param {Lane} lane
   */
  at(frame, lane) {
    return this.figure(frame, lane);
  }

  /** A time in words.
   * @param {number} time ms
   */
  moment(time) {
    return milliseconds(time);
  }

  /** A time under the axis.
   * @param {number} time ms
   */
  tick(time) {
    return time === 0 ? '0' : time < 10000 ? `${grouped(time)} ms` : `${Number((time / 1000).toFixed(1))} s`;
  }

  /** A speed in words.
   * @param {number} speed times slower than real time
   */
  pace(speed) {
    return slower(speed);
  }
}

/** Each pass of each lane takes a beat; figures keep the measured times. */
class EqualSteps extends Measured {
  name = 'equal';
  says = 'equal steps, not their true times';
  unit = BEAT;
  waits = false;

  /** @param {Frame} frame */
  at(frame) {
    return frame.i * BEAT;
  }

  /** @param {number} time ms */
  moment(time) {
    return `pass ${Math.floor(time / BEAT + 1e-6)}`;
  }

  /** @param {number} time ms */
  tick(time) {
    return `pass ${Math.round(time / BEAT)}`;
  }

  /** @param {number} speed */
  pace(speed) {
    const rate = Number((1000 / (BEAT * speed)).toFixed(1));
    return `${rate} ${rate === 1 ? 'pass' : 'passes'} a second`;
  }
}

/** The times of another model on another device, as the verdict of one run calculates them. */
export class Calculated extends Measured {
  name = 'calculated';
  mark = 'calculated';
  waits = false;

  /** @param {NonNullable<import('../types').Verdict['calculated']>} times */
  constructor({ model, device, ms_per_pass }) {
    super();
    this.ms = ms_per_pass;
    this.says = `calculated for ${model} on ${device}`;
    this.note = `These times are ${this.says}. Nobody measured them.`;
  }

  /**
   * @param {Frame} frame
   * @param {Lane} lane
   */
  figure(frame, lane) {
    return frame.i * (this.ms[lane.key] || 0);
  }

  /** @param {number} time ms */
  tick(time) {
    return time ? super.tick(time) : 'calculated: 0';
  }
}

export const MEASURED = new Measured();
export const EQUAL = new EqualSteps();
