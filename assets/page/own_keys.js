/* A visitor's own keys for models on servers. A key lives in its field and goes with a run, in the data of its event: no component of
   gradio, no link, no file and no storage of the browser holds it. */

import { elementOf, elementsOf } from './elements.js';
import { settingOf } from './settings.js';

const NAMES = /key|token|secret|password/i; // of parameters of an address that can only be a key

/** The field of one key. A page that anyone on the way can read takes none.
 * @param {HTMLElement} element
 */
export function mountOwnKey(element) {
  /** @type {HTMLInputElement} */
  const field = elementOf(element, '[data-key-for]');
  field.disabled = !window.isSecureContext;
  elementOf(element, window.isSecureContext ? '.why' : '.what').textContent = '';
}

/** Whether any field holds a key. */
export const keysAreTyped = () => /** @type {HTMLInputElement[]} */ (elementsOf(document, '[data-key-for]')).some(({ value }) => value.trim());

/** The keys for the models that the next run races, by provider, as a part of the run's question.
 * @returns {{ keys?: Record<string, string> }}
 */
export function ownKeys() {
  const lanes = (settingOf('lanes') || {}).value || '';
  /** @type {Record<string, string>} */
  const keys = {};
  for (const field of /** @type {HTMLInputElement[]} */ (elementsOf(document, '[data-key-for]'))) {
    /** @type {string[]} */
    const models = JSON.parse(field.dataset.models || '[]');
    const raced = lanes ? models.some((model) => lanes.includes(JSON.stringify(model))) : 'raced' in field.dataset;
    if (raced && field.value.trim() && !field.disabled) keys[field.dataset.keyFor || ''] = field.value.trim();
  }
  return Object.keys(keys).length ? { keys } : {};
}

/** What an address asks for, without the values of keys: they are taken out of the address too, and out of the browser's history.
 * @param {Record<string, string>} asked
 */
export function withoutKeys(asked) {
  const names = Object.keys(asked).filter((name) => NAMES.test(name));
  if (!names.length) return asked;
  const address = new URL(location.href);
  const after = new URLSearchParams(address.hash.includes('=') ? address.hash.slice(1) : '');
  for (const name of names) {
    address.searchParams.delete(name);
    if (after.has(name)) {
      after.delete(name);
      address.hash = String(after);
    }
  }
  history.replaceState(history.state, '', address);
  return { ...asked, ...Object.fromEntries(names.map((name) => [name, ''])) };
}
