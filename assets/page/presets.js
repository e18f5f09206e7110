/* The menu of named samplers: it sets them, and says which one the settings are now. */

import { PRESETS, RULE_AXES, SAMPLER_SETTINGS } from '../generated/constants.js';
import { elementOf } from './elements.js';
import { unableRule } from './model_menus.js';
import { presetOf, settingsOfPreset } from './preset_match.js';
import { hear } from './public.js';
import { readSetting, settingOf, writeSettings } from './settings.js';

const OWN = 'Settings of your own. A preset sets the sampler as a paper has it.';

/** @typedef {import('../types').Preset} Preset */

const presets = /** @type {Record<string, Preset>} */ (PRESETS);

/** Why a preset cannot be used by the models that race; empty if it can.
 * @param {Preset} preset
 */
const unablePreset = ({ settings }) => Object.keys(RULE_AXES).map((axis) => (axis in settings ? unableRule(axis, settings[axis]) : '')).find(Boolean) || '';

/** @param {HTMLElement} element */
export function mountPresets(element) {
  /** @type {HTMLSelectElement} */
  const select = elementOf(element, 'select');
  const what = elementOf(element, '.what');
  const why = elementOf(element, '.why');
  const length = () => Number(settingOf('length')?.value);
  const isThere = () => ['length', ...SAMPLER_SETTINGS].every((name) => settingOf(name)?.dataset.joined !== undefined);
  const show = () => {
    if (!isThere()) return;
    const present = Object.fromEntries(SAMPLER_SETTINGS.map((name) => [name, readSetting(name)]));
    const name = presetOf(present, length());
    if (select.value !== name) select.value = name;
    const preset = presets[name];
    what.textContent = preset ? `${preset.what} ${preset.source}.` : OWN;
    for (const option of select.options) {
      const reason = option.value ? unablePreset(presets[option.value]) : '';
      option.disabled = Boolean(reason);
      option.title = reason;
    }
  };
  select.addEventListener('input', (event) => {
    event.stopPropagation(); // it is no setting
    const { value } = select;
    why.textContent = '';
    if (!value) return show();
    const refused = writeSettings(settingsOfPreset(presets[value], length()));
    show();
    if (refused.length) why.textContent = `The page cannot hold ${refused.join(', ')} of it beside its other settings.`;
    return undefined;
  });
  for (const event of ['input', 'settled']) document.addEventListener(event, () => setTimeout(show), true);
  for (const event of /** @type {const} */ (['models', 'racers'])) hear(event, show);
  show();
}
