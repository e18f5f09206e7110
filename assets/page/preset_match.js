/* Named samplers and the settings they stand for. No DOM. */

import { PRESETS, RULE_AXES, SAMPLER_SETTINGS } from '../generated/constants.js';
import { aboutSetting } from './sampler_words.js';

/** @typedef {import('../types').Preset} Preset */
/** @typedef {import('../types').Settings} Settings */

/** All sampler settings of a preset for a text of so many tokens, as playground/request/presets.py has them.
 * @param {Preset} preset
 * @param {number} length
 * @returns {Settings}
 */
export function settingsOfPreset({ settings, passes_per_token: each, block }, length) {
  const start = Object.fromEntries(SAMPLER_SETTINGS.map((name) => [name, aboutSetting(name).default]));
  const made = /** @type {Settings} */ ({ ...start, ...settings });
  const steps = each ? Math.max(1, Math.round(length * each)) : Math.min(made.steps, length);
  return { ...made, steps, blocks: block ? Math.min(16, steps, Math.max(1, Math.floor(length / block))) : 1 };
}

/** A setting as the sampler will read it: an empty level is the rule's own.
 * @param {string} name
 * @param {Settings} settings
 */
function meant(name, settings) {
  const value = settings[name];
  const { type } = aboutSetting(name);
  if (type === 'choice') return value;
  if (type !== 'level' || !(value === null || value === undefined || value === '')) return Number(value);
  const axis = name.replace('_level', '');
  const rules = /** @type {Record<string, import('../types').Rule>} */ (RULE_AXES[/** @type {keyof typeof RULE_AXES} */ (axis)]);
  return rules[settings[axis]]?.level?.default ?? null;
}

/** The name of the preset that some settings equal; empty where they equal none.
 * @param {Settings} present
 * @param {number} length
 */
export function presetOf(present, length) {
  const found = Object.entries(/** @type {Record<string, Preset>} */ (PRESETS)).find(([, preset]) => {
    const wanted = settingsOfPreset(preset, length);
    const idle = Number(present.temperature) === 0 ? ['top_p', 'top_k'] : []; // at temperature 0 they do nothing
    return SAMPLER_SETTINGS.every((name) => idle.includes(name) || meant(name, present) === meant(name, wanted));
  });
  return found ? found[0] : '';
}
