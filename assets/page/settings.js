/* The settings of the page as one object, read and written by name: what a link holds, what a workshop sets. */

import { WRITING_ORDER } from '../generated/constants.js';
import { elementOf } from './elements.js';
import { tell, theStage } from './public.js';

/** @typedef {HTMLInputElement} Field a control of a setting; a select has what is read of it here as well */

/** The control of a setting.
 * @param {string | undefined} name
 * @returns {Field}
 */
export const settingOf = (name) => elementOf(document, `[data-setting="${name}"]`);

/** @returns {HTMLTextAreaElement} */
export const promptField = () => elementOf(document, '#prompt');

/** Whether the stage is there and every control is joined to gradio. names: of settings, as in RaceRequest.
 * @param {string[]} names
 */
export function settingsAreThere(names) {
  return promptField() && 'joined' in promptField().dataset && theStage()
    && names.every((name) => settingOf(name) && 'joined' in settingOf(name).dataset);
}

/** @param {string} name */
export function readSetting(name) {
  const input = settingOf(name);
  return input.type === 'checkbox' ? input.checked : input.value;
}

/** Write a value as if a visitor had; false where the control cannot hold it.
 * @param {string} name
 * @param {unknown} value
 */
function writeSetting(name, value) {
  const input = settingOf(name);
  const text = value === null || value === undefined ? '' : String(value);
  if (input.type === 'checkbox') input.checked = value === true;
  else input.value = text;
  input.dataset.wanted = text; // what limits it for now gives it back later
  input.dispatchEvent(new Event('input', { bubbles: true }));
  if (input.type === 'checkbox' || input.type === 'hidden') return true;
  return input.value === text || (text !== '' && Number(input.value) === Number(text));
}

/** Write many settings, each after those that limit it. Returns the names of those that the page could not set.
 * @param {import('../types').Settings} values
 */
export function writeSettings(values) {
  const order = WRITING_ORDER.filter((name) => name in values && settingOf(name));
  return order.map((name) => [name, writeSetting(name, values[name])]).filter(([, held]) => !held).map(([name]) => name);
}

/** @param {string} text */
export function writePrompt(text) {
  tell('prompt', text);
}
