/* The line above the stage for what the page has to say. */

import { elementOf } from './elements.js';
import { hear } from './public.js';

let lasting = ''; // what of the line stays when a run begins

/** @param {string} text */
function show(text) {
  const note = elementOf(document, '.guide .page-note');
  if (!note) return;
  note.hidden = !text;
  elementOf(note, 'span').textContent = text;
}

/** One line above the stage for what the page has to say about a link or a file: sentences, empty ones left out. Set as text.
 * @param {string[]} sentences
 */
export function pageNote(...sentences) {
  lasting = sentences.filter(Boolean).join(' ');
  show(lasting);
}

/** A sentence that the next run makes stale, after what is to stay.
 * @param {string} sentence
 * @param {string[]} stays
 */
export function passingNote(sentence, ...stays) {
  pageNote(...stays);
  show([lasting, sentence].filter(Boolean).join(' '));
}

/** The line can be put away, and a run puts away what it makes stale.
 * @param {HTMLElement} element
 */
export function mountNote(element) {
  elementOf(element, '[data-dismiss]').addEventListener('click', () => pageNote(''));
  hear('run', () => show(lasting));
}
