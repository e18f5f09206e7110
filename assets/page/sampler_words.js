/* Settings in words: of a sampler, what a visitor should know of it. No DOM. */

import { RULE_AXES, SAMPLER_SETTINGS, SETTINGS } from '../generated/constants.js';

/** What the table of settings says of one (playground/request/settings_table.py).
 * @param {string} name
 */
export const aboutSetting = (name) => /** @type {Record<string, import('../types').Setting>} */ (SETTINGS)[name];

/** @param {string} axis */
const rulesOf = (axis) => RULE_AXES[/** @type {keyof typeof RULE_AXES} */ (axis)];

/** The value of one setting in a few words.
 * @param {string} name
 * @param {any} value
 */
function settingInWords(name, value) {
  const { type, unit, words } = aboutSetting(name);
  const spelled = name.replaceAll('_', '-');
  if (type === 'choice') return words?.[value] || /** @type {Record<string, import('../types').Rule>} */ (rulesOf(name))[value].label;
  if (unit) return `${value} ${unit[Number(value) === 1 ? 0 : 1]}`;
  return type === 'yesno' ? `${value ? '' : 'no '}${spelled}` : `${spelled} ${value}`;
}

/** A sampler in a few words: its passes and its order, then what differs from what the page starts with and does something. The levels
    of its rules are left out.
 * @param {import('../types').Settings} settings
 */
export function samplerInWords(settings) {
  const says = (/** @type {string} */ name) => {
    const { type, needs, default: start } = aboutSetting(name);
    const differs = name in settings && String(settings[name]) !== String(start);
    return differs && type !== 'level' && (!needs || Number(settings[needs]) > 0);
  };
  const first = ['steps', 'commit'].filter((name) => name in settings);
  const others = SAMPLER_SETTINGS.filter((name) => !first.includes(name) && says(name));
  return [...first, ...others].map((name) => settingInWords(name, settings[name])).join(', ');
}
