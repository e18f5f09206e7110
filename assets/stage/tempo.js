/* The tempo of a race: whatever its length, it plays in about ten seconds. The noise is held, the first passes are slower, each named
   stage is held a beat; between these, one factor holds, which is printed. No DOM. */

export const SHOW = 9000; // ms of the wall that a whole race takes
const NOISE = 1000; // ms that the noise stands
const STAGE = 600; // ms that each further stage is held when it begins
const FIRST = 3; // passes that play slower
const SLOWER = 2; // times, than the others
const NOTHING = 1e-6; // ms; less does not move a time

/** @typedef {import('./record.js').LaneRecord} LaneRecord */
/** @typedef {{ factor: number, slow: number, stops: number[] }} Plan times slower than real time; until when it is slower still; when it is held */

/** The lane whose stages are shown: the first of this device that begins as noise.
 * @param {LaneRecord[]} records
 */
export const leadOf = (records) => records.find(({ lane, served }) => lane.kind !== 'ar' && !served);

/** When each stage of a lane begins, in ms of its clock, without those that it never came to.
 * @param {LaneRecord | undefined} record
 */
export function stagesOf(record) {
  /** @type {Partial<Record<import('../types').Phase, number>>} */
  const begins = {};
  if (record) for (const frame of record.frames) begins[frame.phase] ??= record.timeOf(frame);
  return begins;
}

/** How long a race will be, in ms of its clock: while it grows, the written share of its slowest lane tells.
 * @param {LaneRecord[]} records
 * @param {boolean} growing
 */
export function lengthOf(records, growing) {
  return Math.max(1, ...records.map(({ frames, clock, reached, finished, over, lane }) => {
    const written = lane.length - (frames.at(-1)?.open ?? lane.length);
    return growing && !finished && !over && written > 0 ? (clock * lane.length) / written : reached;
  }));
}

/** The plan of a race.
 * @param {LaneRecord[]} records
 * @param {boolean} growing a race that is still made cannot play faster than it is made
 * @returns {Plan}
 */
export function planOf(records, growing) {
  const lead = leadOf(records);
  const { rough = 0, clear = 0 } = stagesOf(lead);
  const stops = [...new Set([rough, clear])].filter((time) => time > 0);
  const third = lead?.frames[Math.min(FIRST, lead.frames.length - 1)];
  const slow = lead && third ? lead.timeOf(third) : 0;
  const factor = (SHOW - NOISE - STAGE * stops.length) / (lengthOf(records, growing) + (SLOWER - 1) * slow);
  return { factor: growing ? Math.max(factor, 1) : factor, slow, stops };
}

/** Moves a time at the tempo of a plan. */
export class Tempo {
  constructor() {
    this.rest = NOISE; // ms for which the time still stands
    this.of = ''; // what the plan is of
    /** @type {Plan} */
    this.made = { factor: 10, slow: 0, stops: [] };
  }

  /** Begin anew at a time.
   * @param {number} time
   */
  reset(time) {
    this.of = ''; // another race may be as long
    this.rest = time > 0 ? 0 : NOISE;
  }

  /** The plan of a race, made again only where more of it has come.
   * @param {LaneRecord[]} records
   * @param {boolean} growing
   */
  plan(records, growing) {
    const now = [growing, ...records.flatMap(({ lane, frames, clock, over }) => [lane.key, frames.length, clock, over])].join();
    if (now !== this.of) this.made = planOf(records, growing);
    this.of = now;
    return this.made;
  }

  /** Where a time stands after some ms of the wall.
   * @param {number} time
   * @param {number} passed ms
   * @param {Plan} plan
   * @param {number} limit how far it may go
   */
  after(time, passed, { factor, slow, stops }, limit) {
    let left = passed;
    while (left > NOTHING && time < limit) {
      const waited = Math.min(this.rest, left);
      this.rest -= waited;
      left -= waited;
      const pace = time < slow ? factor * SLOWER : factor;
      const next = Math.min(limit, ...[slow, ...stops].filter((mark) => mark > time));
      const to = Math.min(time + left / pace, next);
      left -= (to - time) * pace;
      if (to !== time && stops.includes(to)) this.rest = STAGE;
      time = to;
    }
    return time;
  }
}
