/* The time axis: a tick per pass of every lane on common time. */

import { slotOf } from './slots.js';
import { contextOf, listen, make, makeRange, refill, setAria } from './dom.js';
import { unitOf } from './words.js';

/** @typedef {import('./record.js').LaneRecord} LaneRecord */
/** @typedef {(time: number) => number} Place where a time is drawn, px */

const AXIS_COLORS = ['rule', 'faint', 'prose', 'ar', 'diffusion', 'rival'];
const COLOR_OF = { one: 'diffusion', two: 'ar', three: 'rival' }; // by slot

/** The smallest of some round steps times a power of ten that is not under a value.
 * @param {number} value
 * @param {number[]} [steps]
 */
export function niceAbove(value, steps = [1, 2, 5, 10]) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return steps.map((step) => step * power).find((step) => step >= value * 0.999999) || 10 * power;
}

/** A tick per pass of every lane on common time. A native range lies over it: its thumb is the playhead. */
export class TimeAxis {
  constructor() {
    this.names = make('div', 'axis-names');
    this.canvas = make('canvas', 'axis-canvas');
    this.range = makeRange('axis-range', 'Time', 0);
    Object.assign(this.range, { max: '1', value: '0' });
    this.root = make('div', 'axis', this.names, make('div', 'axis-field', this.canvas, this.range));
    this.span = 1;
    this.drawn = ''; // what the canvas shows
    /** @type {{ font: number, width: number, height: number, scale: number, color: Record<string, string> } | null} */
    this.size = null;
  }

  /** Let the range input control playback. Its keys are the stage's (shortcuts.js).
   * @param {import('./playback.js').Playback} playback
   */
  listen(playback) {
    const { range } = this;
    listen(range, { input: () => playback.seek(Number(range.value)) });
  }

  /** Size and colours are read again: they may have changed. Reading them in every frame would lay the page out in every frame. */
  refresh() {
    this.size = null;
  }

  measure() {
    const { canvas } = this;
    const style = getComputedStyle(canvas);
    const scale = window.devicePixelRatio || 1;
    /** @type {Record<string, string>} */
    const color = Object.fromEntries(AXIS_COLORS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    const size = { font: parseFloat(style.fontSize), width: canvas.clientWidth, height: canvas.clientHeight, scale, color };
    canvas.width = Math.round(size.width * scale);
    canvas.height = Math.round(size.height * scale);
    this.drawn = '';
    return size;
  }

  /** @param {LaneRecord[]} records */
  setLanes(records) {
    this.drawn = ''; // other lanes of as many passes have other ticks
    refill(this.names, ...records.map(({ lane }) => {
      const name = make('span', 'axis-name', lane.mark || (lane.kind === 'ar' && !lane.about.remote ? 'tokens' : `${lane.about.letter || ''} ${unitOf(lane)}`.trim()));
      name.dataset.slot = slotOf(lane);
      return name;
    }));
  }

  /** While a run grows the axis moves in a few wide steps; when all is known it fits.
   * @param {number} total ms
   * @param {boolean} complete
   */
  fit(total, complete) {
    const span = complete ? Math.max(total, 1) : Math.max(niceAbove(total * 1.05, [1, 1.5, 2, 3, 4, 6, 8, 10]), 50);
    if (span === this.span) return;
    this.span = span;
    this.range.max = String(span);
  }

  /** Move the playhead to a time. spoken: the words for a screen reader; empty leaves the previous ones.
   * @param {number} clock ms
   * @param {boolean} there
   * @param {string} spoken
   */
  point(clock, there, spoken) {
    const { range } = this;
    range.value = String(clock);
    if (range.disabled === there) range.disabled = !there;
    if (spoken) setAria(range, 'valuetext', spoken);
  }

  /** Drawn only where a pass was reached or came, not in every frame: the playhead is the range's.
   * @param {LaneRecord[]} records
   * @param {number} clock ms
   * @param {number} horizon ms
   * @param {import('./timing.js').Timing} timing
   */
  draw(records, clock, horizon, timing) {
    this.size ||= this.measure();
    const { font, width, height, scale, color } = this.size;
    const passed = records.map((record) => `${record.lane.key} ${record.frames.length} ${record.at(clock)} ${record.finished}`);
    const now = [this.span, horizon, timing.name, ...passed].join();
    if (now === this.drawn) return;
    this.drawn = now;
    const context = contextOf(this.canvas);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    /** @type {Place} */
    const x = (time) => 1 + (time / this.span) * (width - 2);
    const row = 18;
    records.forEach((record, n) => {
      const top = 4 + n * row;
      const last = record.clock;
      context.fillStyle = color.rule;
      context.fillRect(0, top + 12, width, 1);
      context.fillStyle = color[COLOR_OF[slotOf(record.lane)]];
      context.globalAlpha = 0.4;
      if (last > 0) context.fillRect(1, top + 12, x(last) - 1, 1);
      for (const frame of record.frames) {
        if (frame.i === 0) continue;
        const time = record.timeOf(frame);
        context.globalAlpha = time <= clock + 1e-6 ? 1 : 0.35;
        context.fillRect(Math.round(x(time)) - 1, top + 2, record.frames.length > 200 ? 1 : 1.5, 10);
      }
      context.globalAlpha = 1;
      if (record.finished) context.fillRect(Math.round(x(last)) - 1, top - 1, 3, 14);
    });
    if (Number.isFinite(horizon) && horizon < this.span) {
      context.fillStyle = color.rule;
      context.fillRect(Math.round(x(horizon)), 2, 1, records.length * row + 2);
    }
    context.font = `${font}px ${color.prose}`;
    this.label(context, color, x, width, records.length * row + font + 5, timing);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Record<string, string>} color
   * @param {Place} x
   * @param {number} width px
   * @param {number} baseline px
   * @param {import('./timing.js').Timing} timing
   */
  label(context, color, x, width, baseline, timing) {
    const { unit } = timing;
    const step = niceAbove(Math.max(this.span / unit / Math.max(Math.floor(width / 110), 2), unit > 1 ? 1 : 0)) * unit;
    context.fillStyle = color.faint;
    for (let time = 0; time <= this.span * 1.0001; time += step) {
      const text = timing.tick(time);
      const half = context.measureText(text).width / 2;
      context.fillText(text, Math.min(Math.max(x(time) - half, 0), width - 2 * half), baseline);
    }
  }
}
