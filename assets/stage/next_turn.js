/* Where a reply is over and its model goes on with a turn that nobody asked for, since every lane writes a text of one length. No DOM. */

import { hasSettled } from './record.js';

const OPEN = '\u0000'; // stands for a position that is open
const TURN = /(?<=[\s\0])(?:User|Assistant)*User:/; // said twice or more by a model that stumbles

/** The first position of the next turn: of a settled "User:" after a prompt that was sent as a dialogue, or of the line breaks before
 * it; Infinity without one.
 * @param {(import('../types').Cell | undefined)[]} cells
 * @param {number} prompt positions of it
 */
export function nextTurn(cells, prompt) {
  const texts = cells.map((cell) => (hasSettled(cell) ? cell[1] : OPEN));
  if (!texts.slice(0, prompt).join('').includes('User:')) return Infinity;
  const found = TURN.exec(texts.slice(prompt).join(''));
  if (!found) return Infinity;
  let read = 0;
  let at = texts.findIndex((text, place) => place >= prompt && (read += text.length) > found.index);
  while (at > prompt && !texts[at - 1].trim()) at--;
  return at;
}
