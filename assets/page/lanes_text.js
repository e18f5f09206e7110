/* The menus of a race's models and the settings that they mean: lanes and versus of a request (playground/request/lanes.py). No DOM. */

export const SAMPLER = 'sampler'; // the rival is the same model with another sampler
export const NOTHING = 'nothing'; // there is no rival
export const PARTNER = ''; // the rival is the model's own partner

/**
 * @typedef {import('../types').ModelEntry} ModelEntry
 * @typedef {object} Menus
 * @property {string} model the key of lane 1
 * @property {string} rival a key, or one of the three above
 * @property {string} sampler of the rival: JSON text of the settings in which it differs; empty unless rival is SAMPLER
 */

/** The key of a model's partner: the default one for the page's first model, else its record's, else the model of the default pair of
    the other kind. Empty where there is none.
 * @param {string} key
 * @param {ModelEntry[]} models
 * @param {string[]} pair keys of the models that race by default
 */
export function partnerOf(key, models, pair) {
  if (key === pair[0]) return pair[1] || '';
  const model = models.find((one) => one.key === key);
  if (!model) return '';
  if (models.some((one) => one.key === model.partner)) return model.partner;
  return pair.find((other) => models.some((one) => one.key === other && one.kind !== model.kind)) || '';
}

/** The menus that show a race; null where they cannot.
 * @param {string} lanes
 * @param {string} versus
 * @param {ModelEntry[]} models
 * @param {string[]} pair
 * @returns {Menus | null}
 */
export function menusOf(lanes, versus, models, pair) {
  if (!lanes) return { model: pair[0], rival: versus ? SAMPLER : PARTNER, sampler: versus };
  const [first, second, third] = JSON.parse(lanes);
  const knows = (/** @type {{ model: string }} */ lane) => models.some(({ key }) => key === lane.model);
  if (third || !knows(first) || Object.keys(first).length > 1 || (second && !knows(second))) return null;
  const { model } = first;
  if (!second) return { model, rival: NOTHING, sampler: '' };
  const { model: rival, ...changes } = second;
  if (rival === model) return { model, rival: SAMPLER, sampler: JSON.stringify(changes) };
  if (Object.keys(changes).length) return null;
  return { model, rival: rival === partnerOf(model, models, pair) ? PARTNER : rival, sampler: '' };
}

/** The settings that menus mean. The default pair needs none of them, so its links stay short.
 * @param {Menus} menus
 * @param {ModelEntry[]} models
 * @param {string[]} pair
 */
export function settingsOfMenus({ model, rival, sampler }, models, pair) {
  const isFirst = model === pair[0] && models.some(({ key, kind }) => key === model && kind === 'diffusion');
  if (rival === SAMPLER && isFirst) return { lanes: '', versus: sampler };
  const others = rival === SAMPLER ? [{ model, ...JSON.parse(sampler) }]
    : [rival === PARTNER ? partnerOf(model, models, pair) : rival].filter((key) => key && key !== NOTHING).map((key) => ({ model: key }));
  const lanes = [{ model }, ...others];
  const isPair = lanes.length === pair.length && lanes.every((lane, n) => lane.model === pair[n] && Object.keys(lane).length === 1);
  return { lanes: isPair ? '' : JSON.stringify(lanes), versus: '' };
}

/** The keys of the models that race.
 * @param {string} lanes
 * @param {string} versus
 * @param {string[]} pair
 */
export function raceKeys(lanes, versus, pair) {
  if (lanes) return /** @type {{ model: string }[]} */ (JSON.parse(lanes)).map(({ model }) => model);
  return versus ? [pair[0]] : pair;
}

/** A model in a menu: its name and kind, and what its choice would take.
 * @param {ModelEntry} model
 */
export function optionText({ name, about, state, stage, size, why }) {
  const [kind] = about.split(', ');
  const named = new RegExp(`\\b(${kind}|AR)\\b`, 'i').test(name) ? name : `${name} (${kind})`;
  if (state === 'loaded') return named;
  if (stage) return `${named}: ${size ? `${size}, ` : ''}loads on Run`;
  return `${named}: ${state === 'here' && why ? 'too large now' : 'not here'}`;
}

/** Why models of a menu cannot race, in short; Models tells of each.
 * @param {ModelEntry[]} models
 */
export function reasonsBelow(models) {
  const isHere = (/** @type {ModelEntry} */ { state }) => ['loaded', 'here'].includes(state);
  const unfit = models.filter((model) => isHere(model) && !model.stage).map(({ name }) => name);
  const absent = models.filter((model) => !isHere(model)).map(({ name }) => name);
  const some = (/** @type {string[]} */ listed) => (listed.length > 2 ? `${listed.length} models` : listed.join(' and '));
  return [
    unfit.length && `${some(unfit)} need${unfit.length > 1 ? '' : 's'} more memory than is free.`,
    absent.length && `${some(absent)} ${absent.length > 1 ? 'are' : 'is'} not on this machine.`,
    unfit.length + absent.length && 'Models tells more.',
  ].filter(Boolean).join(' ');
}

/** Why a setting does nothing, or must not be used, in a race of these models; empty where it can.
 * @param {ModelEntry[]} racing
 * @param {string[] | undefined} kinds of lanes that the setting addresses; undefined for all
 * @param {string | undefined} need a key of CAPABILITIES
 * @param {Record<string, string>} words what CAPABILITIES says
 */
export function unable(racing, kinds, need, words) {
  const addressed = racing.filter(({ kind }) => !kinds || kinds.includes(kind));
  if (racing.length && !addressed.length) return 'No diffusion model is in this race, so this does nothing.';
  const who = need && addressed.find(({ can }) => !can.includes(need));
  return who ? `${who.name} cannot ${words[/** @type {string} */ (need)]}.` : '';
}
