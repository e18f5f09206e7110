/* Examples as cards: a press sets the page as the card says, runs it, and shows the text before and after. */

import { WRITING_ORDER } from '../generated/constants.js';
import { BeforeAfter } from './before_after.js';
import { elementOf, elementsOf } from './elements.js';
import { applyLink, settingsOf } from './link.js';
import { hear } from './public.js';
import { promptField, readSetting, settingOf, writeSettings } from './settings.js';

/**
 * @typedef {object} Lent what a card set, for its own prompt alone
 * @property {string} prompt
 * @property {import('../types').Settings} set what it changed; it sets to its default whatever it does not name
 * @property {import('../types').Settings} before the same settings, as they were before
 */

/** @type {Lent | null} */
let lent = null;

/** What a card has set, for what is kept over a reload; null where no card has. */
export const lentNow = () => lent;

/** What a card had set before the reload is lent still.
 * @param {Lent | null} kept
 */
export function lendAgain(kept) {
  lent = kept;
}

/** Give back what a card has set, but for what the visitor has changed since. */
function giveBack() {
  if (!lent) return;
  const { set, before } = lent;
  lent = null;
  writeSettings(Object.fromEntries(Object.entries(before).filter(([name]) => readSetting(name) === set[name])));
}

/** All settings of the page, the prompt aside. */
const settingsNow = () => Object.fromEntries(WRITING_ORDER.filter(settingOf).map((name) => [name, readSetting(name)]));

/** Set the page as a card says, and run. What that changes is lent to the card's prompt.
 * @param {import('../types').Settings} settings
 */
async function runCard(settings) {
  giveBack();
  const old = settingsNow();
  if (!await applyLink({ ...settingsOf({ settings }), run: '1' })) return;
  const set = Object.fromEntries(Object.entries(settingsNow()).filter(([name, value]) => value !== old[name]));
  const before = Object.fromEntries(Object.keys(set).map((name) => [name, old[name]]));
  lent = { prompt: promptField().value, set, before };
}

/** @param {HTMLElement} element */
export function mountCards(element) {
  const texts = new BeforeAfter(elementOf(element, '.before-after'));
  elementOf(element, '#prompt').addEventListener('input', () => { if (promptField().value !== lent?.prompt) giveBack(); });
  hear('prompt', giveBack); // an example, an offer of the stage, or a link
  for (const card of elementsOf(element, '[data-card]')) {
    card.addEventListener('click', () => {
      const settings = JSON.parse(card.dataset.card || '{}');
      texts.open(elementOf(card, 'strong').textContent || '', elementOf(card, '.card-watch').textContent || '', settings.prompt);
      return runCard(settings);
    });
  }
}
