/* A part of the stage whose script comes after the first seconds. */

/** What came is kept; what failed is asked for again at the next use.
 * @template Part
 */
export class Later {
  /** @param {(tries: number) => Promise<Part | null>} fetch tries: how often it failed */
  constructor(fetch) {
    this.fetch = fetch;
    /** @type {Promise<Part | null> | null} */
    this.coming = null;
    this.tries = 0;
  }

  /** The part; null where it cannot be had now. */
  load() {
    this.coming ||= this.fetch(this.tries++).catch(() => this.coming = null);
    return this.coming;
  }
}
