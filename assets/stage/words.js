/* Numbers, tokens and passes in words. No DOM. */

import { slotText } from './slot.js';

const thousands = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** @param {number} value */
export const grouped = (value) => thousands.format(value);
/** @param {number} share of 1 */
export const percent = (share) => `${Math.round(share * 100)}\u202f%`;
/** @param {string} text of a token */
export const quoted = (text) => `“${slotText(text)}”`;
/** What a frame of a lane is, in the plural.
 * @param {import('../types').Lane} lane
 */
export const unitOf = ({ about: { remote } }) => (remote ? remote.unit || 'chunks' : 'passes');
/** The same for one.
 * @param {import('../types').Lane} lane
 */
export const stepOf = (lane) => unitOf(lane).replace(/(?<=ss)es$|s$/, '');
/** How many of these frame i shows: the last frame of a served lane may bring no text, and its server counted.
 * @param {import('../types').Lane} lane
 * @param {number} i
 */
export const arrivalsOf = ({ about: { remote } }, i) => Math.min(i, remote?.arrivals ?? i);
/** A frame in words; without a lane it is a pass.
 * @param {number} i
 * @param {import('../types').Lane} [lane]
 */
export const passOf = (i, lane) => (i ? `${lane ? stepOf(lane) : 'pass'} ${i}` : 'the start');

/** @param {number} ms */
export function milliseconds(ms) {
  return ms < 10000 ? `${grouped(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** @param {number} value */
export function short(value) {
  return value >= 100 ? grouped(value) : value.toFixed(1);
}

/** @param {number} factor */
const times = (factor) => `${factor < 9.95 ? factor.toFixed(1).replace(/\.0$/, '') : Math.round(factor)}×`;

/** How many times slower than real time.
 * @param {number} factor
 */
export function slower(factor) {
  if (factor < 0.95) return `${times(1 / factor)} faster than real time`;
  return factor < 1.05 ? 'real time' : `${times(factor)} slower than real time`;
}

/** The device and the date of a run.
 * @param {import('../types').RunHeader | null} header
 */
export const madeAt = (header) => (header?.device_name ? `on ${header.device_name}${header.date ? `, ${header.date.slice(0, 10)}` : ''}` : '');
