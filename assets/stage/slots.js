/* The place of a lane in colours: one, two or three. No DOM. */

/** @typedef {'one' | 'two' | 'three'} Slot */

export const SLOTS = /** @type {Slot[]} */ (['one', 'two', 'three']);

/** The lane's slot of the palette, from the engine. For older runs, which lack it, it follows from kind and key.
 * @param {Pick<import('../types').Lane, 'kind' | 'key' | 'about'>} lane
 * @returns {Slot}
 */
export function slotOf({ kind, key, about }) {
  const said = SLOTS.find((slot) => slot === about.slot);
  if (said) return said;
  if (kind === 'ar') return 'two';
  return key === 'diffusion.b' ? 'three' : 'one';
}
