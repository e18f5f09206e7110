/* A page with some of its controls, as a link may ask for: a class sees what its exercise needs. */

import { elementOf, elementsOf } from './elements.js';

/** Hide every control that a class is not to see. names: of settings, and prompt, settings (all), models, workshops, link; comma-separated.
    needed: further controls to show, those that the open exercise asks to change. Returns what to tell the visitor, if anything.
 * @param {string | undefined} names
 * @param {string[]} [needed]
 */
export function showOnly(names, needed = []) {
  if (names === undefined) return '';
  const wanted = new Set([...names.split(',').map((name) => name.trim()).filter(Boolean), ...needed]);
  const all = ['prompt', 'settings', 'models', 'workshops', 'link', ...elementsOf(document, '[data-setting]').map((input) => input.dataset.setting)];
  const strange = [...wanted].filter((name) => !all.includes(name));
  const every = wanted.has('settings');
  const panel = elementOf(document, '#settings');
  panel.classList.toggle('chosen', !every); // headings too, also those that come later
  let shown = 0;
  for (const block of panel.children) {
    const input = elementOf(block, '[data-setting]');
    const hide = !every && (!input || !wanted.has(input.dataset.setting || ''));
    block.classList.toggle('not-shown', hide);
    if (!hide) shown++;
  }
  const root = elementOf(document, '.command');
  root.classList.toggle('without-prompt', !wanted.has('prompt'));
  elementOf(document, '#models-toggle').classList.toggle('not-shown', !wanted.has('models'));
  elementOf(document, '#workshops-toggle').classList.toggle('not-shown', !wanted.has('workshops'));
  elementOf(document, '#share-toggle').classList.toggle('not-shown', !wanted.has('link'));
  elementOf(document, '#settings-toggle').classList.toggle('not-shown', !every);
  if (shown && !every) panel.classList.add('open'); // a class should not have to look for them
  if (!strange.length) return '';
  return `There is no control called ${strange[0].slice(0, 40)} to show. There are prompt, settings, models, workshops, link, and every setting by its name, such as steps.`;
}
