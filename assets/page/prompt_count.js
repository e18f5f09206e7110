/* How much room a prompt has left, in words, once it comes near what fits. */

const NEAR = 0.8; // of what fits

/** @param {number} written @param {number} most characters */
function roomWords(written, most) {
  const over = written - most;
  const number = (/** @type {number} */ n) => `${n.toLocaleString('en')} ${n === 1 ? 'character' : 'characters'}`;
  if (over > 0) return `${number(over)} too many: at most ${number(most)} fit.`;
  return written > most * NEAR ? `${number(-over)} left of ${most.toLocaleString('en')}.` : '';
}

/** Say it under a prompt. Returns a function that says it anew.
 * @param {HTMLTextAreaElement} prompt
 * @param {HTMLElement} place
 */
export function mountCount(prompt, place) {
  const most = Number(prompt.dataset.most);
  const say = () => {
    const words = roomWords([...prompt.value].length, most);
    if (place.textContent !== words) place.textContent = words;
  };
  prompt.addEventListener('input', say);
  say();
  return say;
}
