/* How much room a prompt has left, in words, once it comes near what fits. */

import { promptRoom } from './model_menus.js';

const NEAR = 0.8; // of what fits
const CHARACTERS = 4; // of a token of English, about; nothing here can count tokens

const inCharacters = (/** @type {number} */ n) => `${n.toLocaleString('en')} ${n === 1 ? 'character' : 'characters'}`;

/** What to say of a prompt; empty where all is well.
 * @param {number} written characters
 * @param {number} most characters that the page takes
 * @param {number} tokens that the models read of a prompt
 */
function roomWords(written, most, tokens) {
  if (written > most) return `${inCharacters(written - most)} too many: at most ${inCharacters(most)} fit.`;
  if (written > tokens * CHARACTERS) return `Perhaps too long: beside a text of this length the models read ${tokens} tokens of prompt, about ${inCharacters(tokens * CHARACTERS)}.`;
  return written > most * NEAR ? `${inCharacters(most - written)} left of ${most.toLocaleString('en')}.` : '';
}

/** Say it under a prompt. Returns a function that says it anew.
 * @param {HTMLTextAreaElement} prompt
 * @param {HTMLElement} place
 */
export function mountCount(prompt, place) {
  const most = Number(prompt.dataset.most);
  const say = () => {
    const words = roomWords([...prompt.value].length, most, promptRoom());
    if (place.textContent !== words) place.textContent = words;
  };
  document.addEventListener('input', say); // other models, or another length of the text
  say();
  return say;
}
