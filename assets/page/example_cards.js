/* Examples as cards: a press sets the page as the card says, runs it, and shows the text before and after. */

import { BeforeAfter } from './before_after.js';
import { elementOf, elementsOf } from './elements.js';
import { applyLink, settingsOf } from './link.js';

/** @param {HTMLElement} element */
export function mountCards(element) {
  const texts = new BeforeAfter(elementOf(element, '.before-after'));
  for (const card of elementsOf(element, '[data-card]')) {
    card.addEventListener('click', () => {
      const settings = JSON.parse(card.dataset.card || '{}');
      texts.open(elementOf(card, 'strong').textContent || '', elementOf(card, '.card-watch').textContent || '', settings.prompt);
      return applyLink({ ...settingsOf({ settings }), run: '1' });
    });
  }
}
