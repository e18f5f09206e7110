/* What a published speed means after some time: tokens that have arrived, steps that are done. No DOM. */

import { rounded } from '../stage/rounded.js';

/** A system that a product calls, as playground/estimates/products.py has it.
 * @typedef {{ rate: number, wait: number }} Pace rate in tokens/s; wait in s before the text starts
 * @typedef {{ tokens: number, tool: number }} Step what a step of an agent writes, in tokens, and how long a tool takes after it, in s
 */

/** Whole tokens that have arrived after some ms.
 * @param {number} rate tokens/s
 * @param {number} ms
 * @param {number} most tokens of the text
 */
export const arrived = (rate, ms, most) => Math.min(most, Math.floor((rate * ms) / 1000));

/** Seconds of an agent's steps, one after the other: agent_loop of products.py.
 * @param {Pace} pace
 * @param {Step} step
 * @param {number} steps
 */
export const loopSeconds = ({ rate, wait }, { tokens, tool }, steps) => steps * (wait + tokens / rate) + Math.max(0, steps - 1) * tool;

/** Steps that an agent has done after some seconds; the part of a step counts while it writes, and a tool adds nothing.
 * @param {Pace} pace
 * @param {Step} step
 * @param {number} steps
 * @param {number} seconds
 */
export function stepsDone({ rate, wait }, { tokens, tool }, steps, seconds) {
  const writes = wait + tokens / rate;
  const whole = Math.floor(seconds / (writes + tool));
  return Math.min(steps, whole + Math.min(1, (seconds - whole * (writes + tool)) / writes));
}

/** A whole number of times as fast, so that a play takes no longer than some seconds.
 * @param {number} seconds
 * @param {number} longest
 */
export const factorFor = (seconds, longest) => Math.max(1, Math.ceil(seconds / longest));

/** A time with its unit, as duration of playground/estimates/scenarios.py writes it.
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 0.9995) return `${rounded(1000 * seconds, seconds < 0.00995 ? 1 : 0)}\u00a0ms`;
  if (seconds < 99.5) return `${rounded(seconds, seconds < 9.95 ? 1 : 0)}\u00a0s`;
  const [long, unit] = seconds < 7200 ? [seconds / 60, 'min'] : [seconds / 3600, 'h'];
  return `${Number(rounded(long, 1)).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })}\u00a0${unit}`;
}
