/* The life of a token as elements, for card and panel alike. */

import { standing } from './biography.js';
import { make, nameFor, vector } from './dom.js';
import { hasSettled } from './record.js';
import { slotText } from './slot.js';
import { passOf, percent } from './words.js';

/** Head and rows of a life.
 * @param {import('./record.js').LaneRecord} record
 * @param {number} at
 * @param {import('./biography.js').Life} life
 */
export function lifeRows({ lane, frames, length }, at, life) {
  const token = life.cell && life.cell[1] ? slotText(life.cell[1]) : '·';
  const head = make('p', 'life-head', make('span', 'life-token', token), make('span', 'life-state', standing(life)));
  const line = sparkline(life, frames.length);
  if (line) head.append(line);
  const rows = make('dl', 'life-rows');
  /**
   * @param {string} name
   * @param {string} value
   */
  const row = (name, value) => value && rows.append(make('dt', '', name), make('dd', '', value));
  const settled = hasSettled(life.cell) && life.settled > life.seen;
  row('Seen', life.seen ? `${passOf(life.seen, lane)}${settled ? `, settled ${passOf(life.settled, lane)}` : ''}` : '');
  row('Taken back', life.backs.map((i) => passOf(i, lane)).join(', '));
  const held = life.held.map(({ text }) => slotText(text));
  if (held.length > 1) row(`${held.length - 1} ${held.length > 2 ? 'flips' : 'flip'}`, `${held.length > 4 ? '… → ' : ''}${held.slice(-4).join(' → ')}`);
  row('Runners-up', life.rivals.slice(0, 4).map(([text, p]) => `${slotText(text)} ${percent(p)}`).join(', '));
  row('Place', `${at - lane.prompt + 1} of ${length}`);
  return [head, rows];
}

/** Confidence over passes, on the width of the whole run; nothing where it never changed.
 * @param {import('./biography.js').Life} life
 * @param {number} passes of the whole run
 */
function sparkline({ sure, settled }, passes) {
  const known = sure.flatMap((p, i) => (p === null ? [] : [{ i, p }]));
  if (new Set(known.map(({ p }) => p)).size < 2) return null;
  const svg = vector('svg', { class: 'spark', viewBox: '0 0 200 30', preserveAspectRatio: 'none', role: 'img' });
  nameFor(svg, `Confidence over passes: ${known.map(({ i, p }) => `${i}: ${percent(p)}`).join(', ')}`);
  /** @param {number} i */
  const x = (i) => ((i / Math.max(passes - 1, 1)) * 196 + 2).toFixed(1);
  /** @param {number} p */
  const y = (p) => (28 - p * 26).toFixed(1);
  svg.append(vector('path', { class: 'spark-floor', d: 'M2 28.5H198' }), vector('path', { class: 'spark-line', d: `M${known.map(({ i, p }) => `${x(i)} ${y(p)}`).join('L')}` }));
  const then = known.find(({ i }) => settled && i === settled);
  if (then) svg.append(vector('path', { class: 'spark-settled', d: `M${x(then.i)} ${y(then.p)}V28.5` }));
  return svg;
}
