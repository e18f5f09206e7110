/* Blanks in the text of a prompt. No DOM. */

import { BLANK, BLANK_TOKENS } from '../generated/constants.js';

const EVERY_BLANK = new RegExp(BLANK, 'g');

/** The text between blanks, and the size of each blank.
 * @param {string} text
 * @returns {{ text?: string, size?: number }[]}
 */
export function blanksOf(text) {
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(EVERY_BLANK)) {
    pieces.push({ text: text.slice(from, match.index) }, { size: Number(match[1] || BLANK_TOKENS) });
    from = match.index + match[0].length;
  }
  return [...pieces, { text: text.slice(from) }];
}

/** The same text with another size for its n-th blank.
 * @param {string} text
 * @param {number} n
 * @param {number} size
 */
export function resizeBlank(text, n, size) {
  let at = 0;
  return text.replace(EVERY_BLANK, (blank) => (at++ === n ? `${blank.replace(/\{.*/, '')}{${size}}` : blank));
}
