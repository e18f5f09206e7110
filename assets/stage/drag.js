/* A press on slots, drawn across some of them or not. No DOM. */

export const NOWHERE = -1; // not on a slot

/** Recognises a span of slots from presses and moves. first: the least position that can be drawn from or to. */
export class Drag {
  /** @param {number} first */
  constructor(first) {
    this.first = first;
    this.from = this.to = NOWHERE;
  }

  /** Whether it began on a slot. */
  get active() {
    return this.from >= this.first;
  }

  /** The slots that it lies over, both ends included.
   * @returns {[number, number]}
   */
  get span() {
    return [Math.min(this.from, this.to), Math.max(this.from, this.to)];
  }

  /** @param {number} at */
  press(at) {
    this.from = this.to = at;
  }

  /** True where it lies over other slots now.
   * @param {number} at
   */
  move(at) {
    if (!this.active || at < this.first || at === this.to) return false;
    this.to = at;
    return true;
  }

  /** Let go. Returns its span, or null where it did not begin on a slot. */
  end() {
    const span = this.active ? this.span : null;
    this.press(NOWHERE);
    return span;
  }
}
