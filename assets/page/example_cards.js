/* Examples as cards: a press sets the page as the card says, runs it, and shows the text before and after. */

import { BeforeAfter } from './before_after.js';
import { elementOf, elementsOf } from './elements.js';
import { applyLink, settingsOf } from './link.js';
import { promptField, readSetting, writeSettings } from './settings.js';

/** The passes before a card set as many as its gap needs; null where no card did.
 * @type {{ prompt: string, card: string, before: string } | null}
 */
let lent = null;

/** A prompt of the visitor's own gets back the passes that there were, unless they chose others meanwhile. */
function giveBack() {
  if (!lent || promptField().value === lent.prompt) return;
  const { card, before } = lent;
  lent = null;
  if (String(readSetting('steps')) === card) writeSettings({ steps: before });
}

/** @param {HTMLElement} element */
export function mountCards(element) {
  const texts = new BeforeAfter(elementOf(element, '.before-after'));
  elementOf(element, '#prompt').addEventListener('input', giveBack);
  for (const card of elementsOf(element, '[data-card]')) {
    card.addEventListener('click', () => {
      const settings = JSON.parse(card.dataset.card || '{}');
      const before = lent?.before ?? String(readSetting('steps'));
      lent = settings.steps ? { prompt: settings.prompt, card: String(settings.steps), before } : null;
      texts.open(elementOf(card, 'strong').textContent || '', elementOf(card, '.card-watch').textContent || '', settings.prompt);
      return applyLink({ ...settingsOf({ settings }), run: '1' });
    });
  }
}
