/* The menu of the first model, and what the choice of models means for the other settings. The rival's menu is compare.js. */

import { CAPABILITIES, NEED_OF_RULE, NEED_OF_SETTING, SAMPLER_SETTINGS, SETTINGS } from '../generated/constants.js';
import { elementOf } from './elements.js';
import { menusOf, NOTHING, optionText, PARTNER, partnerOf, raceKeys, reasonsBelow, settingsOfMenus, unable } from './lanes_text.js';
import { askModels, defaultPair, menuModels, modelEntry, showModels } from './model_feed.js';
import { hear, tell } from './public.js';
import { aboutSetting, samplerInWords } from './sampler_words.js';
import { settingOf, writeSettings } from './settings.js';

/** @typedef {import('../types').ModelEntry} ModelEntry */

const valueOf = (/** @type {string} */ name) => settingOf(name)?.value || '';

/** The menus as they stand; null where a link names a race that they cannot show. */
export const presentMenus = () => menusOf(valueOf('lanes'), valueOf('versus'), menuModels(), defaultPair());

/** Set the race's models.
 * @param {import('./lanes_text.js').Menus} menus
 */
export function writeMenus(menus) {
  const { lanes, versus } = settingsOfMenus(menus, menuModels(), defaultPair());
  for (const [name, value] of Object.entries({ versus: '', lanes, ...(versus && { versus }) })) {
    Object.assign(settingOf(name), { value }).dispatchEvent(new Event('input', { bubbles: true }));
  }
}

/** The models that race, as far as the page knows them. */
const racing = () => /** @type {ModelEntry[]} */ (raceKeys(valueOf('lanes'), valueOf('versus'), defaultPair()).map(modelEntry).filter(Boolean));

/** How many tokens of prompt fit beside the text, by the model that reads the least; Infinity where none is known. */
export const promptRoom = () => Math.min(...racing().map(({ context }) => context)) - Number(valueOf('length'));

/** Put a model on the stage beside its partner, or alone if none can race now. Returns what to tell the visitor.
 * @param {string} key
 */
export function putOnStage(key) {
  const models = menuModels();
  const model = /** @type {ModelEntry} */ (modelEntry(key));
  const other = models.find((one) => one.stage && one.key === model.partner) || models.find((one) => one.stage && one.partner === key);
  const [first, second] = other && model.kind === 'ar' ? [other, model] : [model, other];
  const rival = !second ? NOTHING : second.key === partnerOf(first.key, models, defaultPair()) ? PARTNER : second.key;
  writeMenus({ model: first.key, rival, sampler: '' });
  const load = [first, second].some((one) => one && one.state !== 'loaded') ? ' Loading takes a while, once.' : '';
  return `${second ? `${first.name} and ${second.name} are` : `${first.name} is`} chosen: press Run.${load}`;
}

/** Fill a menu with models, those that can race first, by kind. fixed: options before them.
 * @param {HTMLSelectElement} select
 * @param {HTMLOptionElement[]} fixed
 * @param {ModelEntry[]} models
 */
export function fillMenu(select, fixed, models) {
  /** @param {string} label @param {ModelEntry[]} members @param {boolean} disabled */
  const group = (label, members, disabled) => {
    if (!members.length) return [];
    const box = Object.assign(document.createElement('optgroup'), { label });
    box.append(...members.map((model) => Object.assign(new Option(optionText(model), model.key), { disabled, title: disabled ? model.why || model.says : '' })));
    return [box];
  };
  const ready = models.filter(({ stage }) => stage);
  select.replaceChildren(
    ...fixed,
    ...group('Diffusion', ready.filter(({ kind }) => kind === 'diffusion'), false),
    ...group('Autoregressive', ready.filter(({ kind }) => kind === 'ar'), false),
    ...group('Cannot race now', models.filter(({ stage }) => !stage), true),
  );
}

/**
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 */
export function mountModel(element, props) {
  /** @type {HTMLSelectElement} */
  const select = elementOf(element, 'select');
  /** @type {HTMLInputElement} */
  const field = elementOf(element, '[data-setting]');
  const what = elementOf(element, '.what');
  const why = elementOf(element, '.why');
  const others = elementOf(element, '.others');
  const authors = elementOf(element, '[data-authors]');
  const named = () => racing().find(({ sampler }) => Object.keys(sampler).length);
  const show = () => {
    const menus = presentMenus();
    const byLink = new Option('The models of the link', '');
    fillMenu(select, menus ? [] : [byLink], menuModels());
    select.value = menus ? menus.model : '';
    const chosen = menus && modelEntry(menus.model);
    const theirs = named();
    const loads = chosen && chosen.state !== 'loaded' && chosen.stage ? ` ${chosen.says}` : '';
    const says = chosen ? `${chosen.about}.${loads}` : 'The link names the models of this race.';
    what.textContent = [
      `${says[0].toUpperCase()}${says.slice(1)}`,
      theirs ? `${theirs === chosen ? 'Its' : `${theirs.name}'s`} authors take ${samplerInWords(theirs.sampler)}.` : '',
    ].filter(Boolean).join(' ');
    const refused = racing().filter(({ stage }) => !stage).map((model) => `${model.name} cannot race now: ${model.why || model.says}`);
    why.textContent = refused.join(' ');
    others.textContent = reasonsBelow(menuModels().filter((model) => !racing().includes(model)));
    authors.classList.toggle('not-shown', !theirs);
    greyUnable();
    boundLength();
  };
  field.addEventListener('input', () => {
    props.value = field.value;
    show();
  });
  select.addEventListener('input', (event) => {
    event.stopPropagation();
    const menus = presentMenus() || { rival: PARTNER, sampler: '' };
    const rival = menus.rival === select.value ? PARTNER : menus.rival; // a model does not race itself
    writeMenus({ ...menus, rival, model: select.value });
  });
  authors.addEventListener('click', () => {
    const { sampler = {} } = named() || {};
    const length = Number(settingOf('length').value);
    const start = Object.fromEntries(SAMPLER_SETTINGS.map((name) => [name, aboutSetting(name).default]));
    writeSettings({ ...start, ...sampler, ...(sampler.steps && { steps: Math.min(sampler.steps, length) }) });
    why.textContent = sampler.steps > length ? `Set. Their ${sampler.steps} passes are limited to the length, ${length}.` : 'Set.';
  });
  document.addEventListener('input', ({ target }) => { if (target === settingOf('versus')) show(); });
  const join = () => {
    if (!menuModels().length) return;
    field.dataset.joined = ''; // a link can name models from now on
    show();
  };
  hear('models', join);
  join();
  askWhenOpen();
}

/** Models that are not loaded may come and go, so the menus ask when the settings are opened, and after a run. */
function askWhenOpen() {
  const panel = elementOf(document, '#settings');
  const isOpen = () => panel.classList.contains('open') && menuModels().some(({ state }) => state !== 'loaded');
  const ask = () => { if (isOpen()) askModels(); };
  showModels(() => menuModels().map(({ key }) => key), isOpen, () => {});
  panel.addEventListener('opened', ask);
  hear('state', (underWay) => { if (!underWay) ask(); });
}

/** Why a setting cannot be used by the models that race; empty if it can.
 * @param {string} name
 */
export const unableSetting = (name) => unable(racing(), aboutSetting(name).lanes, /** @type {Record<string, string>} */ (NEED_OF_SETTING)[name], CAPABILITIES);

/** Why a rule cannot be used by the models that race; empty if it can.
 * @param {string} axis
 * @param {string} rule
 */
export function unableRule(axis, rule) {
  const { lanes } = aboutSetting(axis);
  const need = /** @type {Record<string, Record<string, string>>} */ (NEED_OF_RULE)[axis]?.[rule];
  return unable(racing().filter(({ kind }) => !lanes || lanes.includes(kind)), lanes, need, CAPABILITIES);
}

/** Grey what the models of the race cannot do, and say so in the place of what it does. What would stop the run goes to its default,
    and comes back. Rules are greyed where their conflicts are (rules.js). */
function greyUnable() {
  for (const name of Object.keys(SETTINGS)) {
    const input = settingOf(name);
    const note = input?.closest('.setting')?.querySelector('p');
    const { type, needs, default: start } = aboutSetting(name);
    if (!input || !note || needs || input.tagName === 'SELECT' || ['lanes', 'rival', 'level'].includes(type)) continue;
    const reason = unableSetting(name);
    if (Boolean(reason) === input.disabled && !reason) continue;
    input.dataset.says ||= note.textContent || '';
    note.textContent = reason || input.dataset.says;
    const was = input.disabled;
    input.disabled = Boolean(reason);
    if (!(name in NEED_OF_SETTING) || was === input.disabled) continue;
    if (reason) input.dataset.before = input.value;
    input.value = reason ? String(start) : input.dataset.before || String(start);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }
  tell('racers');
}

/** A text can be as long as every model of the race reads. */
function boundLength() {
  const length = settingOf('length');
  const steps = settingOf('steps');
  const most = Math.min(...racing().map(({ longest }) => longest));
  if (!length || !steps || !Number.isFinite(most) || Number(length.max) === most) return;
  for (const input of [length, steps]) input.dataset.ceiling = String(most);
  const wanted = Number(length.dataset.wanted || length.value);
  length.dataset.wanted = String(wanted);
  length.max = String(most);
  length.value = String(Math.min(wanted, most));
  length.dispatchEvent(new Event('input'));
}
