/* Numbers rounded as Python rounds them, so that the page writes the figures that the server writes. No DOM. */

/** A number with so many digits after its point. What lies just between two goes to the even one, as in Python.
 * @param {number} value
 * @param {number} digits
 */
export function rounded(value, digits) {
  const exact = value.toFixed(digits + 40);
  const [kept, rest] = [exact.slice(0, -40), exact.slice(-40)];
  const tie = /^50*$/.test(rest) && /[02468]\.?$/.test(kept);
  return tie ? kept.replace(/\.$/, '') : value.toFixed(digits);
}
