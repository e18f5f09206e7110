/* The rival of a race: the first model's partner, or a sampler with the settings at the time of the choice. */

import { SAMPLER_SETTINGS } from '../generated/constants.js';
import { elementOf } from './elements.js';
import { aboutSetting, samplerInWords } from './sampler_words.js';
import { readSetting, settingOf } from './settings.js';

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
  const partner = what.textContent || '';
  const button = elementOf(element, '[data-snapshot]');
  const field = Object.assign(document.createElement('input'), { type: 'hidden' }); // what links read and write
  Object.assign(field.dataset, { setting: 'versus', joined: '' });
  element.append(field);
  const byLink = new Option('The models of the link', 'lanes'); // while a link names them (playground/request/lanes.py)
  const named = () => settingOf('lanes')?.value;
  const show = () => {
    props.value = field.value;
    if (named()) select.append(byLink);
    else byLink.remove();
    select.value = named() ? 'lanes' : field.value ? 'sampler' : '';
    button.classList.toggle('not-shown', !field.value);
    describe();
  };
  const describe = () => {
    const words = named() ? 'The link names the models of this race.' : field.value ? rivalInWords(JSON.parse(field.value)) : partner;
    if (what.textContent !== words) what.textContent = words;
  };
  const snapshot = () => {
    field.value = JSON.stringify(presentSampler());
    show();
  };
  document.addEventListener('input', ({ target }) => {
    if (target === settingOf('lanes')) show();
  });
  select.addEventListener('input', () => {
    const { value } = select;
    if (named()) { // another rival was chosen in their place
      Object.assign(settingOf('lanes'), { value: '' }).dispatchEvent(new Event('input', { bubbles: true }));
      select.value = value;
    }
    if (value) snapshot();
    else {
      field.value = '';
      show();
    }
  });
  button.addEventListener('click', snapshot);
  field.addEventListener('input', show);
  for (const event of ['input', 'settled']) document.addEventListener(event, () => setTimeout(describe), true); // A may be what B follows
}
