/* A sampler in words. No DOM. */

import { RULE_AXES } from '../generated/constants.js';

/** @param {keyof typeof RULE_AXES} axis */
const rulesOf = (axis) => /** @type {Record<string, import('../types').Rule>} */ (RULE_AXES[axis]);

/** A sampler's settings in a few words, without those that do nothing.
 * @param {import('../types').Settings} settings
 */
export function samplerInWords(settings) {
  const parts = [`${settings.steps} ${settings.steps === 1 ? 'pass' : 'passes'}`];
  if (settings.commit) parts.push(rulesOf('commit')[settings.commit].label);
  if (settings.noise && settings.noise !== 'mask') parts.push(rulesOf('noise')[settings.noise].label);
  if (settings.revise && settings.revise !== 'none') parts.push(rulesOf('revise')[settings.revise].label);
  if (settings.blocks > 1) parts.push(`${settings.blocks} blocks`);
  if (settings.cache && settings.cache !== 'none') parts.push(`${settings.cache} cache`);
  for (const name of ['temperature', 'guidance']) if (settings[name]) parts.push(`${name} ${settings[name]}`);
  if (settings.temperature && settings.top_p < 1) parts.push(`top-p ${settings.top_p}`);
  if (settings.temperature && settings.top_k) parts.push(`top-k ${settings.top_k}`);
  return parts.join(', ');
}
