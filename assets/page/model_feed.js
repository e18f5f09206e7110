/* What the server says of models. It is asked when something that shows models is opened, and once a second while a download runs and
   is shown; never else, because a page may have many visitors. */

import { tell } from './public.js';

/** @typedef {import('../types').ModelEntry} ModelEntry */

const AGAIN_MS = 1000;

/** @type {Map<string, ModelEntry>} */
const entries = new Map(); // the last that the server said of each model
/** @type {Record<string, string>} */
let names = {};
/** @type {string[]} */
let menu = []; // keys of the models that a race may name
/** @type {string[]} */
let pair = []; // keys of the models that race by default
/** @type {import('../types').Server | null} */
let modelServer = null;
/** @type {{ keys: () => string[], isOpen: () => boolean, draw: (said: import('../types').Stock) => void }[]} */
const views = [];
let timer = 0;

/** What the page starts with.
 * @param {import('../types').Props} props
 * @param {import('../types').Server} server
 */
export function joinModels(props, server) {
  const models = /** @type {ModelEntry[]} */ (JSON.parse(props.menu));
  for (const model of models) entries.set(model.key, model);
  menu = models.map(({ key }) => key);
  pair = JSON.parse(props.pair);
  names = JSON.parse(props.names);
  modelServer = server;
  tell('models');
}

export const menuModels = () => /** @type {ModelEntry[]} */ (menu.map((key) => entries.get(key)));
export const defaultPair = () => pair;

/** @param {string} key */
export const modelEntry = (key) => entries.get(key);

/** Show models: draw gets what the server said, whenever it was asked and isOpen says yes.
 * @param {() => string[]} keys
 * @param {() => boolean} isOpen
 * @param {(said: import('../types').Stock) => void} draw
 */
export function showModels(keys, isOpen, draw) {
  views.push({ keys, isOpen, draw });
}

/** The models that are shown now. */
const shownKeys = () => [...new Set(views.filter(({ isOpen }) => isOpen()).flatMap(({ keys }) => keys()))];

/** Ask of all models that are shown now. */
export const askModels = () => askOf(shownKeys());

/** @param {string[]} keys */
async function askOf(keys) {
  clearTimeout(timer);
  if (keys.length) take(await answer('models_now', JSON.stringify(keys)));
}

/** The models that are shown and on their way here. */
const busyKeys = () => shownKeys().filter((key) => entries.get(key)?.stop);

/** Begin a download, or stop it.
 * @param {'download_model' | 'stop_download'} act
 * @param {string} key
 */
export async function actOnModel(act, key) {
  take(await answer(act, key));
}

/**
 * @param {string} name of the server's function
 * @param {string} question
 * @returns {Promise<import('../types').Stock>}
 */
async function answer(name, question) {
  try {
    return JSON.parse(await /** @type {import('../types').Server} */ (modelServer)[name](question));
  } catch {
    return { message: 'The server does not answer. Try again in a moment.' };
  }
}

/** @param {import('../types').Stock} said */
function take(said) {
  for (const model of said.models || []) entries.set(model.key, model);
  for (const { isOpen, draw } of views) if (isOpen()) draw(said);
  tell('models');
  clearTimeout(timer);
  if (busyKeys().length) timer = setTimeout(() => askOf(busyKeys()), AGAIN_MS);
}

/** What to tell of models that a run or a link names and that cannot race here; empty if all can.
 * @param {string[]} keys
 */
export function missingModels(keys) {
  const missing = [...new Set(keys)].filter((key) => key in names && !entries.get(key)?.stage).map((key) => names[key]);
  if (!missing.length) return '';
  return `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not ready to race here; Models tells what to do.`;
}
