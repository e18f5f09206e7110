/* The map: position down, passes across, colour as in the slots; under it how uncertain and how open the lane was.

   Every pass is drawn once, as a column of a hidden picture; a frame of the stage copies that picture and sets the playhead. */

import { slotOf } from './slots.js';
import { contextOf, grain, listen, make, makeRange, refill, setAria, setText } from './dom.js';
import { apply, grow, holdsToken } from './record.js';
import { stepOf } from './words.js';

const STRIP = 40; // px, of the strip under the map
const BETWEEN = 8; // px between map and strip

/** The map of one lane. A native range lies over it, so that a click, a drag or an arrow key goes to a pass. */
class LaneMap {
  /**
   * @param {import('./record.js').LaneRecord} record
   * @param {(record: import('./record.js').LaneRecord, i: number) => void} onPass
   */
  constructor(record, onPass) {
    this.record = record;
    const caption = make('figcaption', 'map-caption');
    this.said = ['', 'area', 'line'].map((sign) => {
      const words = make('span');
      caption.append(make('span', '', ...(sign ? [make('i', sign)] : []), words));
      return words;
    });
    caption.append(make('span', 'map-axes', 'positions down, passes across'));
    this.canvas = make('canvas', 'map-canvas');
    this.range = makeRange('map-range', `Pass of ${record.lane.title}`, -0.5);
    listen(this.range, { input: () => onPass(record, Math.round(Number(this.range.value))) });
    this.root = make('figure', 'map-lane', caption, make('div', 'map-field', this.canvas, this.range));
    Object.assign(this.root.dataset, { kind: record.lane.kind, slot: slotOf(record.lane) });
    this.picture = make('canvas');
    this.made = ''; // key of the picture that was drawn last
    this.drawn = ''; // what the canvas shows
    this.painted = 0; // frames that the picture shows
    /** @type {import('../types').Cell[]} */
    this.cells = []; // after them
    this.most = { open: 0, entropy: 0 }; // of the strip
    /** @type {ReturnType<typeof palette> | null} */
    this.color = null;
  }

  /** Columns there are room for: while a run grows as many as it is meant to take, so that the picture keeps its scale.
   * @param {boolean} growing
   */
  columns(growing) {
    const { lane, frames } = this.record;
    return Math.max(frames.length, growing ? (lane.kind === 'ar' ? this.record.length : lane.about.steps || 0) + 1 : 1);
  }

  /**
   * @param {number} shown
   * @param {boolean} growing
   */
  draw(shown, growing) {
    const { canvas, picture } = this;
    const { frames, length } = this.record;
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale].map(Math.round);
    if (!width || !length) return;
    const columns = this.columns(growing);
    const style = getComputedStyle(canvas);
    const made = [width, height, columns, length, style.getPropertyValue('--ground'), style.getPropertyValue('--sure')].join();
    if (made !== this.made) {
      this.made = made;
      this.color = palette(style);
      canvas.width = picture.width = width;
      canvas.height = picture.height = height;
      this.painted = 0;
      this.cells = grow([], this.record.size);
      this.most = { open: length, entropy: 0 };
    }
    const { most } = this;
    const highest = Math.max(0.01, ...frames.map((frame) => frame.entropy || 0));
    if (highest > most.entropy) { // the strip's scale grows with what is in it
      most.entropy = highest;
      this.painted = 0;
      this.cells.fill(null);
      contextOf(picture).clearRect(0, 0, width, height);
    }
    const now = [made, shown, frames.length].join();
    if (now === this.drawn || !this.color) return;
    this.drawn = now;
    /** @param {number} i */
    const x = (i) => Math.round((i * width) / columns);
    for (; this.painted < frames.length; this.painted++) this.paintPass(this.painted, x, height - (STRIP + BETWEEN) * scale, scale, this.color);
    const context = contextOf(canvas);
    context.clearRect(0, 0, width, height);
    context.globalAlpha = 0.3; // what comes after the playhead
    context.drawImage(picture, 0, 0);
    context.globalAlpha = 1;
    const end = x(shown + 1);
    if (end > 0) {
      context.clearRect(0, 0, end, height);
      context.drawImage(picture, 0, 0, end, height, 0, 0, end, height);
    }
    if (shown >= 0) {
      context.fillStyle = this.color.ink;
      context.fillRect(Math.min(end, width - scale) - scale / 2, 0, Math.max(1, Math.round(scale * 1.5)), height);
    }
    this.describe(shown, columns);
  }

  /** Draw the column of pass i, with every position as it was after the pass, and the strip.
   * @param {number} i
   * @param {(i: number) => number} x
   * @param {number} tall px
   * @param {number} scale
   * @param {ReturnType<typeof palette>} color
   */
  paintPass(i, x, tall, scale, color) {
    const { lane, frames, length } = this.record;
    const frame = frames[i];
    apply(this.cells, frame);
    const context = contextOf(this.picture);
    const left = x(i);
    const wide = x(i + 1) - left;
    const gap = wide > 6 * scale ? scale : 0;
    const changed = new Set(frame.changes.map(([at]) => at));
    for (let row = 0; row < length; row++) {
      const cell = this.cells[lane.prompt + row];
      if (!cell || this.record.isPast(i, cell[0])) continue;
      const top = Math.round((row * tall) / length);
      const high = Math.max(Math.round(((row + 1) * tall) / length) - top, 1);
      context.fillStyle = this.fill(cell, color);
      context.fillRect(left, top, wide - gap, high);
      if (changed.has(cell[0]) && (cell[3] === 'revised' || cell[3] === 'remasked')) { // a stroke of ink, whole or hollow
        context.fillStyle = context.strokeStyle = color.ink;
        if (cell[3] === 'revised') context.fillRect(left, top, Math.max(wide / 4, 2), high);
        else context.strokeRect(left + 0.5, top + 0.5, wide - gap - 1, Math.max(high - 1, 1));
      }
    }
    const bottom = tall + (STRIP + BETWEEN) * scale;
    /** @param {number} share */
    const level = (share) => bottom - Math.round(share * (STRIP - 2) * scale);
    context.fillStyle = color.open;
    const open = level(frame.open / this.most.open);
    context.fillRect(left, open, x(i + 1) - left, bottom - open);
    if (frame.entropy === null || frame.entropy === undefined) return;
    /** @param {number} at */
    const middle = (at) => (x(at) + x(at + 1)) / 2;
    /** @param {number} at */
    const height = (at) => level((frames[at].entropy || 0) / this.most.entropy);
    context.strokeStyle = color.ink;
    context.lineWidth = scale;
    context.beginPath();
    if (i > 1) context.moveTo(middle(i - 1), height(i - 1));
    context.lineTo(middle(i), height(i));
    context.stroke();
  }

  /**
   * @param {import('../types').Change} cell
   * @param {ReturnType<typeof palette>} color
   */
  fill(cell, color) {
    const [at, , confidence, state] = cell;
    if (!holdsToken(cell)) return color.grain;
    if (state === 'draft') return color.draft[Math.round((confidence || 0) * 16)];
    if (state === 'pinned' || at < this.record.lane.prompt) return color.pinned;
    return color.ramp[Math.round((confidence === null ? 1 : confidence) * 16)];
  }

  /**
   * @param {number} shown
   * @param {number} columns
   */
  describe(shown, columns) {
    const { frames, lane, length, served } = this.record;
    const frame = frames[shown];
    const label = lane.kind === 'ar' && !served ? 'token' : stepOf(lane);
    const place = `${label} ${Math.max(shown, 0)} of ${columns - 1}`;
    const entropy = frame && typeof frame.entropy === 'number' ? `${frame.entropy.toFixed(2)} nats` : '–';
    [place, `${frame ? frame.open : length} open`, `mean entropy ${entropy}`].forEach((text, n) => setText(this.said[n], text));
    this.range.max = String(columns - 0.5);
    this.range.value = String(Math.max(shown, 0));
    setAria(this.range, 'valuetext', place);
  }
}

/** The colours of a lane as canvases take them. A canvas does not know custom properties, so they are mixed here once.
 * @param {CSSStyleDeclaration} style
 */
function palette(style) {
  /** @param {string} name */
  const value = (name) => style.getPropertyValue(name).trim();
  /**
   * @param {string} from
   * @param {string} to
   * @param {number} n percent
   */
  const mix = (from, to, n) => `color-mix(in oklab, ${from}, ${to} ${n}%)`;
  const steps = Array.from({ length: 17 }, (_, n) => (n * 100) / 16);
  const ground = value('--ground');
  return {
    ink: value('--ink'), pinned: value('--quiet'), open: mix(ground, value('--lane'), 45),
    ramp: steps.map((n) => mix(value('--unsure'), value('--sure'), n)),
    draft: steps.map((n) => mix(ground, value('--lane'), 8 + n * 0.3)),
    grain: /** @type {CanvasPattern} */ (contextOf(make('canvas')).createPattern(grain(190), 'repeat')),
  };
}

/** The maps of all lanes, in the order of the lanes; closed until someone asks. */
export class PassMap {
  /** @param {(record: import('./record.js').LaneRecord, i: number) => void} onPass */
  constructor(onPass) {
    this.onPass = onPass;
    this.root = make('div', 'map');
    this.root.id = 'stage-map';
    this.root.hidden = true;
    /** @type {LaneMap[]} */
    this.maps = [];
  }

  /** @param {import('./record.js').LaneRecord[]} records */
  setLanes(records) {
    this.maps = records.map((record) => new LaneMap(record, this.onPass));
    refill(this.root, ...this.maps.map((map) => map.root));
  }

  /**
   * @param {import('./lane_view.js').LaneView[]} views
   * @param {boolean} growing
   */
  draw(views, growing) {
    if (!this.root.hidden) this.maps.forEach((map, n) => map.draw(views[n] ? views[n].shown : -1, growing));
  }
}
