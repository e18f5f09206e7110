/* The rival of a race: the model's partner, another model, a sampler with the settings at the time of the choice, or nothing. */

import { SAMPLER_SETTINGS } from '../generated/constants.js';
import { elementOf } from './elements.js';
import { NOTHING, optionText, PARTNER, partnerOf, SAMPLER } from './lanes_text.js';
import { defaultPair, menuModels, modelEntry } from './model_feed.js';
import { fillMenu, presentMenus, writeMenus } from './model_menus.js';
import { hear } from './public.js';
import { aboutSetting, samplerInWords } from './sampler_words.js';
import { readSetting } from './settings.js';

/** The sampler on the page now, typed as RaceRequest reads it. */
function presentSampler() {
  return Object.fromEntries(SAMPLER_SETTINGS.map((name) => {
    const value = readSetting(name);
    const { type } = aboutSetting(name);
    if (type === 'level' && value === '') return [name, null];
    return [name, ['choice', 'text', 'yesno'].includes(type) ? value : Number(value)];
  }));
}

/** The settings of B. Those that it does not name are A's, also after A changes (playground/request/rival.py).
 * @param {import('../types').Settings} named
 */
function rivalInWords(named) {
  const follows = SAMPLER_SETTINGS.every((name) => name in named) ? '' : ' What B does not name follows A.';
  return `B is ${samplerInWords({ ...presentSampler(), ...named })}.${follows} A is what the settings say now: change them, and run.`;
}

/**
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 */
export function mountCompare(element, props) {
  /** @type {HTMLSelectElement} */
  const select = elementOf(element, 'select');
  const what = elementOf(element, '.what');
  const button = elementOf(element, '[data-snapshot]');
  const field = Object.assign(document.createElement('input'), { type: 'hidden' }); // what links read and write
  Object.assign(field.dataset, { setting: 'versus', joined: '' });
  element.append(field);
  const ofDefault = { name: select.options[0].text, what: what.textContent }; // the partner of the page's first model
  const show = () => {
    props.value = field.value;
    const menus = presentMenus();
    const models = menuModels();
    const model = menus ? menus.model : defaultPair()[0]; // another choice takes the place of a link's race
    const partner = modelEntry(partnerOf(model, models, defaultPair()));
    const named = model === defaultPair()[0] ? ofDefault.name : partner ? optionText(partner) : '';
    const fixed = [
      ...(menus ? [] : [new Option('The models of the link', 'link')]),
      ...(partner ? [Object.assign(new Option(named, PARTNER), { disabled: !partner.stage })] : []),
      new Option('Another sampler', SAMPLER),
      new Option('Nothing', NOTHING),
    ];
    fillMenu(select, fixed, models.filter((one) => one !== partner && one.key !== model));
    select.value = menus ? menus.rival : 'link';
    button.classList.toggle('not-shown', menus?.rival !== SAMPLER);
    describe();
  };
  const describe = () => {
    const menus = presentMenus();
    const words = menus ? rivalWords(menus, ofDefault.what || '') : 'The link names the models of this race.';
    if (what.textContent !== words) what.textContent = words;
  };
  const write = (/** @type {string} */ rival, sampler = '') => writeMenus({ model: presentMenus()?.model || defaultPair()[0], rival, sampler });
  const snapshot = () => write(SAMPLER, JSON.stringify(presentSampler()));
  document.addEventListener('input', ({ target }) => {
    if (target instanceof HTMLElement && target.dataset.setting === 'lanes') show();
  });
  select.addEventListener('input', (event) => {
    event.stopPropagation();
    const { value } = select;
    if (value === SAMPLER) snapshot();
    else write(value);
  });
  button.addEventListener('click', snapshot);
  field.addEventListener('input', show);
  hear('models', show);
  for (const event of ['input', 'settled']) document.addEventListener(event, () => setTimeout(describe), true); // A may be what B follows
}

/** The rival in a sentence.
 * @param {import('./lanes_text.js').Menus} menus
 * @param {string} ofDefault of the partner of the page's first model
 */
function rivalWords({ model, rival, sampler }, ofDefault) {
  if (rival === SAMPLER) return rivalInWords(JSON.parse(sampler));
  if (rival === NOTHING) return 'It runs alone.';
  if (rival === PARTNER && model === defaultPair()[0]) return ofDefault;
  const entry = modelEntry(rival === PARTNER ? partnerOf(model, menuModels(), defaultPair()) : rival);
  if (!entry) return 'It runs alone.';
  const words = `${entry.about}.${entry.state === 'loaded' ? '' : ` ${entry.says}`}`;
  return `${words[0].toUpperCase()}${words.slice(1)}`;
}
