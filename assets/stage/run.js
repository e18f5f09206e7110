/* The run on the stage: what it is, and how far it has come. No DOM. */

const UNDER_WAY = new Set(['starting', 'waiting', 'live', 'stopping']);

export class Run {
  constructor() {
    this.state = 'empty'; // or a state of UNDER_WAY, one of ENDINGS, recorded, lost
    this.opened = false; // its lanes are on the stage
    this.showing = false; // it is shown for the first time
    this.missing = 0; // passes lost on the way
    /** @type {import('../types').RunHeader | null} */
    this.header = null;
    this.recorded = false; // played without a model
    this.own = false; // computed by this server, unlike a file or a recorded run
    /** @type {string | null} */
    this.ended = null; // one of ENDINGS
    /** @type {import('../types').Verdict | null} */
    this.verdict = null;
  }

  /** Replace the current run with another one.
   * @param {import('../types').RunHeader} header
   * @param {boolean} recorded
   */
  clear(header, recorded) {
    Object.assign(this, { header, recorded, own: false, showing: false, ended: null, verdict: null });
  }

  get underWay() {
    return UNDER_WAY.has(this.state);
  }

  /** Whether the lanes on the screen are still running. */
  get growing() {
    return this.opened && this.underWay;
  }

  /** Recorded, live, or looked at again. */
  get mode() {
    if (this.recorded) return 'recorded';
    return this.growing || this.showing ? 'live' : 'replay';
  }

  /** Called when a visitor moves through the run. there: whether it has lanes.
   * @param {boolean} there
   */
  lookAgain(there) {
    if (this.state === 'error' && there) this.state = this.recorded ? 'recorded' : this.ended || 'done'; // the error was read
    if (!this.growing) this.showing = false;
    if (!this.underWay) this.opened = true; // the visitor looks at the finished run on the stage
  }
}
