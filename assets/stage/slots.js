/* The place of a lane in colours: one, two or three. No DOM. */

/** @typedef {'one' | 'two' | 'three'} Slot */

export const SLOTS = /** @type {Slot[]} */ (['one', 'two', 'three']);

/** As the engine says it; runs made before it did say it by kind and key.
 * @param {Pick<import('../types').Lane, 'kind' | 'key' | 'about'>} lane
 * @returns {Slot}
 */
export function slotOf({ kind, key, about }) {
  const said = SLOTS.find((slot) => slot === about.slot);
  if (said) return said;
  if (kind === 'ar') return 'two';
  return key === 'diffusion.b' ? 'three' : 'one';
}
