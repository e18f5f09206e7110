/* The line above the stage for what the page has to say. */

import { elementOf } from './elements.js';

/** One line above the stage for what the page has to say about a link or a file: sentences, empty ones left out. Set as text.
 * @param {string[]} sentences
 */
export function pageNote(...sentences) {
  const text = sentences.filter(Boolean).join(' ');
  const note = elementOf(document, '.page-note');
  if (!note) return;
  note.hidden = !text;
  elementOf(note, 'span').textContent = text;
}
