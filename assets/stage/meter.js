/* What the stage knows of its own speed. Benchmarks and tests read it as `__stage.meter`; nothing else does. */

const VALUES_KEPT = 2000; // of the latest values

export class Meter {
  constructor() {
    this.drawn = 0;
    /** @type {number[]} */
    this.gaps = []; // ms between two frames drawn on end
    /** @type {number[]} */
    this.lags = []; // ms from the receipt of a message to the end of the next drawing
    this.received = 0;
  }

  note() {
    this.received ||= performance.now();
  }

  /** @param {number} ms */
  gap(ms) {
    this.gaps.push(ms);
    if (this.gaps.length > VALUES_KEPT) this.gaps.shift();
  }

  draw() {
    this.drawn++;
    if (!this.received) return;
    this.lags.push(performance.now() - this.received);
    if (this.lags.length > VALUES_KEPT) this.lags.shift();
    this.received = 0;
  }
}
