/* Models with what a visitor should know of them and may do with them: in the panel and in the story's cards. */

import { elementOf, elementsOf } from './elements.js';
import { actOnModel, askModels, joinModels, modelEntry, showModels } from './model_feed.js';
import { putOnStage } from './model_menus.js';
import { pageNote } from './page_note.js';

/** @typedef {import('../types').ModelEntry} ModelEntry */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} properties
 * @param {(Node | string)[]} inside
 */
function made(tag, properties = {}, ...inside) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
}

/** What is shown of one model; nothing until the server has told of it. Its elements stay while their words change, so that a focus stays too.
 * @param {string} key
 */
function modelCard(key) {
  const name = made('h3', {});
  const facts = made('dl', {});
  const says = made('p', { className: 'model-says', role: 'status' });
  const unsure = made('p', { className: 'model-unsure' });
  const bar = made('progress', { max: 1 });
  const progress = made('span', {});
  const load = made('div', { className: 'model-load' }, bar, progress);
  const button = (/** @type {string} */ textContent, /** @type {() => void} */ onclick) => made('button', { type: 'button', textContent, onclick });
  const stage = button('Put it on the stage', () => {
    pageNote(putOnStage(key));
    elementOf(document, '.stage').scrollIntoView({ block: 'nearest' });
    elementOf(document, '#run').focus({ preventScroll: true });
  });
  const act = async (/** @type {'download_model' | 'stop_download'} */ what) => {
    await actOnModel(what, key);
    buttons.find((one) => !one.hidden)?.focus(); // the button that was pressed may be gone
  };
  const download = button('', () => act('download_model'));
  const stop = button('Stop the download', () => act('stop_download'));
  const buttons = [stage, download, stop];
  const root = made('article', { className: 'model', hidden: true }, name, facts, made('div', { className: 'model-state' }, says, load, unsure), made('div', { className: 'model-acts' }, ...buttons));
  const draw = () => {
    const entry = modelEntry(key);
    if (!entry) return;
    root.hidden = false;
    root.dataset.state = entry.state;
    write(name, `${entry.name} `, made('span', {}, entry.about));
    write(facts, ...entry.facts.map(([label, value]) => made('div', {}, made('dt', {}, label), made('dd', {}, value))));
    write(unsure, entry.unsure);
    write(says, [entry.says, entry.why].filter(Boolean).join(' '));
    load.hidden = !entry.progress;
    if (entry.share === null) bar.removeAttribute('value');
    else bar.value = entry.share;
    bar.setAttribute('aria-label', `Download of ${entry.name}`);
    write(progress, entry.progress);
    write(download, entry.size ? `Download ${entry.size}` : 'Download');
    for (const [one, shown] of /** @type {[HTMLElement, boolean][]} */ ([[stage, entry.stage], [download, entry.download], [stop, entry.stop]])) one.hidden = !shown;
    for (const one of buttons) one.setAttribute('aria-label', `${one.textContent}: ${entry.name}`);
  };
  return { root, draw };
}

/** Replace what is in an element if its words differ.
 * @param {HTMLElement} element
 * @param {(Node | string)[]} inside
 */
function write(element, ...inside) {
  const words = inside.map((one) => (typeof one === 'string' ? one : one.textContent)).join('');
  if (element.textContent !== words) element.replaceChildren(...inside);
}

/** Fill a list of models, whenever the server was asked while it is open.
 * @param {HTMLElement} list
 * @param {() => boolean} isOpen
 * @param {HTMLElement} [about] where it says what this machine has; a line of its own without it
 */
function mountList(list, isOpen, about) {
  const keys = elementsOf(list, '[data-model]').map(({ dataset }) => dataset.model || '');
  const cards = keys.map(modelCard);
  const foot = about || made('p', { className: 'models-machine', role: 'status' });
  list.replaceChildren(...cards.map(({ root }) => root), ...(about ? [] : [foot]));
  write(foot, 'Asking the server what it has …');
  showModels(() => keys, isOpen, ({ message = '', machine, off }) => {
    for (const { draw } of cards) draw();
    const absent = keys.some((key) => modelEntry(key)?.state === 'absent');
    write(foot, [message, machine, absent ? off : ''].filter(Boolean).join(' '));
  });
}

/** The panel, and every card of the story that has models.
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 * @param {import('../types').Server} server
 */
export function mountModels(element, props, server) {
  joinModels(props, server);
  const panel = elementOf(element, '#models');
  const about = elementOf(panel, '.models-machine');
  for (const list of elementsOf(element, '[data-models]')) mountList(list, () => panel.classList.contains('open'), about);
  panel.addEventListener('opened', askModels);
  document.addEventListener('toggle', ({ target }) => {
    if (!(target instanceof HTMLDetailsElement && target.matches('.card') && target.open)) return; // a fold around cards asks nothing
    const list = /** @type {HTMLElement | null} */ (target.querySelector('[data-models]'));
    if (!list) return;
    if (elementOf(list, '[data-model]')) mountList(list, () => list.isConnected && target.open && target.checkVisibility());
    askModels();
  }, true);
}
