/* The blanks (___) of the prompt, shown as slots whose number of tokens can be set. */

import { LONGEST_BLANK } from '../generated/constants.js';
import { blanksOf, resizeBlank } from './blank_text.js';
import { elementOf } from './elements.js';

const SLOTS_SHOWN = 12; // of a blank; the number tells the rest

/** Show the template of a prompt under its row if it holds a blank. Returns a function that updates it.
 * @param {HTMLTextAreaElement} prompt
 * @param {HTMLElement} row
 */
export function mountBlanks(prompt, row) {
  const template = document.createElement('div');
  template.className = 'blanks';
  template.setAttribute('role', 'group');
  template.setAttribute('aria-label', 'Tokens in each blank');
  row.after(template);
  /**
   * @template {keyof HTMLElementTagNameMap} T
   * @param {T} tag
   * @param {string} className
   * @param {string} text
   */
  const part = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });
  /**
   * @param {number} n
   * @param {number} size
   * @param {number} by
   */
  const stepper = (n, size, by) => {
    const button = part('button', 'blank-step', by < 0 ? '−' : '+');
    button.type = 'button';
    button.disabled = size + by < 1 || size + by > LONGEST_BLANK;
    button.dataset.step = `${n}/${by}`;
    button.setAttribute('aria-label', `Blank ${n + 1}: ${size + by} tokens`);
    button.addEventListener('click', () => {
      prompt.value = resizeBlank(prompt.value, n, size + by);
      prompt.dispatchEvent(new Event('input', { bubbles: true }));
      const again = elementOf(template, `[data-step="${button.dataset.step}"]`);
      again?.focus();
    });
    return button;
  };
  const show = () => {
    const pieces = blanksOf(prompt.value);
    template.hidden = pieces.length < 2;
    let n = 0;
    template.replaceChildren(...pieces.flatMap(({ text, size }) => {
      if (size === undefined) return text?.trim() ? [part('span', 'blank-text', text.trim())] : [];
      const slots = part('span', 'blank-slots', '');
      slots.append(...Array.from({ length: Math.min(size, SLOTS_SHOWN) }, () => part('i', '', '')));
      const blank = part('span', 'blank', '');
      blank.append(slots, stepper(n, size, -1), part('span', 'blank-size', String(size)), stepper(n, size, 1));
      n++;
      return [blank];
    }));
  };
  prompt.addEventListener('input', show);
  show();
  return show;
}
