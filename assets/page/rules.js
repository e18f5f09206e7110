/* The sampler's rules: an earlier axis (noise, revise, commit, cache) limits the later ones. What does not go with the present
   choice is greyed out and says why; a choice that has become impossible moves to the first possible one, and comes back. */

import { RULE_AXES, RULE_CONFLICTS } from '../generated/constants.js';
import { elementOf } from './elements.js';
import { unableRule, unableSetting } from './model_menus.js';
import { hear, tell } from './public.js';

const AXES = Object.keys(RULE_AXES);

/** The control of an axis.
 * @param {string} axis
 * @returns {HTMLSelectElement}
 */
const ruleSelect = (axis) => elementOf(document, `select[data-setting="${axis}"][data-axis]`);

/** Why a rule does not go with what is chosen on earlier axes; undefined where it does.
 * @param {string} axis
 * @param {string} name
 */
function ruleConflict(axis, name) {
  const earlier = AXES.slice(0, AXES.indexOf(axis));
  for (const { axis: one, values, other, others, why } of RULE_CONFLICTS) {
    const sides = [{ axis: one, names: values }, { axis: other, names: others }];
    for (const [mine, theirs] of [sides, [sides[1], sides[0]]]) {
      const chosen = ruleSelect(theirs.axis);
      if (mine.axis === axis && mine.names.includes(name) && earlier.includes(theirs.axis) && chosen && theirs.names.includes(chosen.value)) return why;
    }
  }
  return undefined;
}

/** Bring every axis in line with those before it. */
function settleRules() {
  for (const axis of AXES) {
    const select = ruleSelect(axis);
    if (!select) continue;
    let why;
    for (const option of select.options) {
      const reason = ruleConflict(axis, option.value) || unableRule(axis, option.value) || undefined;
      option.disabled = reason !== undefined;
      option.title = reason || '';
      if (option.value === select.dataset.wanted) why = reason;
    }
    const possible = [...select.options].filter((option) => !option.disabled).map((option) => option.value);
    const { wanted } = select.dataset;
    const next = wanted && possible.includes(wanted) ? wanted : preferred(axis, possible);
    if (select.value !== next) select.value = next;
    const idle = unableSetting(axis);
    select.disabled = Boolean(idle);
    const { label } = /** @type {Record<string, import('../types').Rule>} */ (RULE_AXES[/** @type {keyof typeof RULE_AXES} */ (axis)])[wanted || next];
    select.dispatchEvent(new CustomEvent('settled', { detail: idle || (why ? `${label} does not go here: ${why}` : '') }));
  }
}

/** On a canvas of random tokens re-noise is what its authors use; elsewhere the first that goes.
 * @param {string} axis
 * @param {string[]} possible
 */
function preferred(axis, possible) {
  return axis === 'revise' && !possible.includes('none') && possible.includes('renoise') ? 'renoise' : possible[0];
}

/**
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 */
export function mountRule(element, props) {
  /** @type {HTMLSelectElement} */
  const select = elementOf(element, 'select');
  const axis = select.dataset.setting || '';
  /** @type {Record<string, import('../types').Rule>} */
  const rules = RULE_AXES[/** @type {keyof typeof RULE_AXES} */ (axis)];
  Object.assign(select.dataset, { wanted: select.value, joined: '' });
  select.addEventListener('input', () => {
    select.dataset.wanted = select.value;
    settleRules();
  });
  select.addEventListener('settled', (event) => {
    const why = /** @type {CustomEvent<string>} */ (event).detail;
    props.value = select.value;
    elementOf(element, '.what').textContent = `${rules[select.value].what} ${rules[select.value].paper}.`;
    elementOf(element, '.why').textContent = why;
    tell('rule', { axis, rule: rules[select.value] });
  });
  if (axis === AXES[0]) hear('racers', settleRules);
  settleRules();
}

/** The number that tunes a rule: named, bounded and filled in by the rule; empty means the rule's own. A rule that comes back has the
    number that it had. What sets all of the sampler, as a link does, ends what other rules had.
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 */
export function mountLevel(element, props) {
  /** @type {HTMLInputElement} */
  const input = elementOf(element, 'input');
  const label = elementOf(element, 'label');
  const note = elementOf(element, 'p');
  let of = ''; // the label of the rule
  input.dataset.joined = '';
  /** @type {Map<string, string>} */
  const levels = new Map(); // by the label of their rule
  input.addEventListener('input', (event) => {
    if (!event.isTrusted) levels.clear();
    levels.set(of, input.value);
    props.value = input.value;
  });
  /** @param {import('../types').Rule} rule */
  const follow = (rule) => {
    if (rule.label === of) return;
    of = rule.label;
    input.value = props.value = levels.get(of) || '';
    input.disabled = !rule.level;
    label.textContent = rule.level ? rule.level.label : 'Level';
    input.placeholder = rule.level ? String(rule.level.default) : '';
    note.textContent = rule.level ? `${rule.label}, from ${rule.level.low} to ${rule.level.high}.` : `${rule.label} has nothing to tune.`;
    if (rule.level) Object.assign(input, { min: rule.level.low, max: rule.level.high });
  };
  hear('rule', ({ axis, rule }) => { if (axis === input.dataset.levelOf) follow(rule); });
  settleRules();
}
