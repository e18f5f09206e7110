/* Layout: type and room, so that the stage fills the first screen and the presenter's whole one. */

import { boxOf, listen } from './dom.js';
import { typeFor, typeForHall } from './slot.js';

const STACKED = matchMedia('(max-width: 760px)'); // as in stage.css

/** Whether the lanes stand one under the other. */
export const isStacked = () => STACKED.matches;

/** Elements of a class.
 * @param {HTMLElement} root
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
const all = (root, selector) => [...root.querySelectorAll(/** @type {'div'} */ (selector))];

export class Layout {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.presenting = false;
    this.full = false; // on the whole screen, by the browser
    this.stale = true; // what it was fitted to may have changed
    /** @type {{ records: unknown, width: number, height: number, top: number } | null} */
    this.fitted = null;
    listen(document, {
      fullscreenchange: () => {
        if (document.fullscreenElement === stage.root) this.full = true;
        else if (this.full && !stage.root.querySelector('dialog[open]')) this.present(false); // the browser's own way out
      },
    });
  }

  /** Choose the type so that the stage and the row under it fill the first screen. Between two frames nothing moves. */
  fit() {
    if (!this.stale) return;
    this.stale = false;
    if (!this.stage.lanes.children.length) return; // an exercise clears the stage; the next lanes are fitted as they come
    const { lanes, root, views, clock: { records } } = this.stage;
    const top = this.presenting ? 0 : boxOf(root).top + window.scrollY;
    const box = { width: lanes.clientWidth, height: window.innerHeight, top, records };
    const before = this.fitted;
    // A phone's address bar appears and disappears during scrolling; that must not cause a new layout of the text.
    const same = before && before.records === records && before.width === box.width && before.top === top;
    if (same && Math.abs(before.height - box.height) < 120) return;
    this.fitted = box;
    const type = this.typeFor(top);
    const { columns, size, row, reading, lines } = type;
    const lengths = { 'slot-size': size, 'slot-row': row, 'reading-size': reading, 'reading-row': Math.round(reading * 1.45) }; // px
    for (const [name, px] of Object.entries(lengths)) lanes.style.setProperty(`--${name}`, `${px}px`);
    for (const [name, number] of Object.entries({ columns, 'reading-lines': lines })) lanes.style.setProperty(`--${name}`, String(number));
    for (const view of views) view.setRoom(type.room);
    this.stage.inspector.moved();
  }

  /** The type for the room there is.
   * @param {number} top of the stage on the page, px
   */
  typeFor(top) {
    const { presenting } = this;
    const { lanes, root, status, options, clock: { records } } = this.stage;
    const lengths = records.map(({ length, served }) => (served ? Math.max(length, 64) : length));
    const grids = all(lanes, '.slots');
    const readings = all(lanes, '.reading');
    const stacked = isStacked() && !presenting;
    const shared = stacked || presenting; // picture and text share one place
    const heights = grids.map((grid, n) => grid.offsetHeight + (readings[n] && !shared ? readings[n].offsetHeight : 0));
    const flexible = stacked ? heights.reduce((sum, height) => sum + height, 0) : Math.max(...heights);
    const used = presenting ? boxOf(status.root).bottom + 16 : root.offsetHeight;
    const room = window.innerHeight - top - (used - flexible) - (presenting ? 0 : options.below);
    const length = lengths.length ? Math.max(...lengths) : 64;
    const width = grids[0].clientWidth;
    return presenting ? typeForHall(length, width, room) : typeFor(length, width, stacked ? room / grids.length : room, !stacked);
  }

  /** Discard the layout, so that the next frame computes it again. */
  refit() {
    this.fitted = null;
    this.stale = true;
    this.stage.invalidate();
  }

  /** Presenter mode: the stage alone, in large type, on the whole screen where the browser lets it.
   * @param {boolean} on
   */
  present(on) {
    const { root } = this.stage;
    this.presenting = on;
    if (on && document.activeElement instanceof HTMLElement) document.activeElement.blur(); // a focus ring would lie over the large text
    root.classList.toggle('presenting', on);
    for (let node = root; node !== document.body && node.parentElement; node = node.parentElement) {
      for (const other of node.parentElement.children) if (other !== node && other instanceof HTMLElement) other.inert = on;
    }
    if (on && root.requestFullscreen) root.requestFullscreen().catch(() => {});
    if (!on && document.fullscreenElement === root) document.exitFullscreen();
    if (!on) this.full = false;
    this.stage.talking.presented(on);
    this.refit();
  }
}
