/* Where the texts of two lanes differ. No DOM. */

import { hasSettled } from './record.js';

/** Whether lanes cut text into the same tokens, as playground/trace/tokenizers.py has it.
 * @param {import('../types').Lane[]} lanes
 */
export function shareTokenizer(lanes) {
  return lanes.every(({ about }) => about.parent || (!about.remote && about.tokenizer === lanes[0].about.tokenizer));
}

/** Two lanes are compared place by place only where the places mean the same.
 * @param {import('../types').Lane[]} lanes
 */
export function areComparable(lanes) {
  const [one, other] = lanes;
  return lanes.length === 2 && one.kind === other.kind && one.prompt === other.prompt && one.length === other.length && shareTokenizer(lanes);
}

/** Whether two cells are settled with another token each.
 * @param {import('../types').Cell | undefined} one
 * @param {import('../types').Cell | undefined} other
 */
export function differ(one, other) {
  return hasSettled(one) && hasSettled(other) && one[4] !== other[4];
}
