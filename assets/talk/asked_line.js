/* The line under a slide's sentence that says what was asked, with a block for each gap. */

import { make, nameFor, refill } from '../stage/dom.js';

const GAP = /___+(?:\{(\d+)\})?/; // as playground/request/race_request.py reads it
const USUAL = 3; // tokens of a gap that names no number
const WIDEST = 16; // tokens
const LONG = 150; // characters; a longer prompt is set smaller

/** Whether a prompt has a gap.
 * @param {string} prompt
 */
export const hasGap = (prompt) => GAP.test(prompt);

/** A block as wide as its gap.
 * @param {number} tokens
 */
function block(tokens) {
  const gap = make('span', 'slide-gap');
  gap.setAttribute('role', 'img');
  nameFor(gap, 'a gap');
  gap.style.width = `${(0.8 + 0.7 * Math.min(tokens, WIDEST)).toFixed(1)}em`;
  return gap;
}

/** Show a prompt in a line.
 * @param {HTMLElement} line
 * @param {string} prompt
 */
export function showAsked(line, prompt) {
  const parts = prompt.replaceAll('\n', ' · ').split(GAP); // words and numbers of tokens in turn
  refill(line, ...parts.map((part, n) => (n % 2 ? block(Number(part || USUAL)) : document.createTextNode(part))));
  line.classList.toggle('long', prompt.length > LONG);
}
