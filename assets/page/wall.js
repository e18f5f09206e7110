/* The wall: the code of a link as large as the screen allows, for a class that points its phones at a beamer. */

import { addressWords } from './address.js';
import { elementOf } from './elements.js';
import { codeOf, drawCode } from './qr_code.js';

/** @param {HTMLElement} element */
export function mountWall(element) {
  /** @type {HTMLDialogElement} */
  const wall = elementOf(element, '.wall');
  elementOf(wall, '[data-leave]').addEventListener('click', () => wall.close());
}

/** Show the code of a link. Returns what to tell where there is none.
 * @param {string} link
 */
export async function showOnWall(link) {
  /** @type {HTMLDialogElement} */
  const wall = elementOf(document, '.wall');
  const { code, message } = await codeOf(link);
  if (!code) return message || '';
  drawCode(elementOf(wall, 'svg'), code);
  elementOf(wall, '.wall-link').textContent = link.length > 120 ? '' : link; // nobody types a longer one
  elementOf(wall, '.wall-reach').textContent = addressWords();
  if (!wall.open) wall.showModal();
  return '';
}
