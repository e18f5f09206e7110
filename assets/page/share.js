/* Share: the link of the present state, its QR code, the run as a file; and what a link that was opened asks for. */

import { storyIsThere } from '../story/pages.js';
import { findAddress, isOnlyHere } from './address.js';
import { elementOf, elementsOf } from './elements.js';
import { mountEmbed } from './embed.js';
import { keepState } from './kept.js';
import { joinLinks, presentLink, tooLong } from './link.js';
import { openLink } from './open_link.js';
import { pageNote } from './page_note.js';
import { notInLink } from './picture.js';
import { hear, tell } from './public.js';
import { codeOf, drawCode, joinCodes } from './qr_code.js';
import { mountRunDrop, openRunFile } from './run_file.js';
import { saveRun } from './save.js';
import { settingsAreThere } from './settings.js';
import { showOnWall } from './wall.js';

const ONLY_HERE = 'Only this machine can open this link and its code. To show the run to others, send them a file.';
const COPIED_HERE = 'Copied. Only this machine can open it; to others, send the HTML replay or the picture card.';

/**
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 * @param {import('../types').Server} server
 */
export function mountShare(element, props, server) {
  joinLinks(server);
  joinCodes(server);
  const reach = findAddress(server).catch(() => ''); // before anybody asks for a link
  const present = { defaults: JSON.parse(props.defaults), weights: props.weights, device: props.device, made: JSON.parse(props.made) };
  const panel = elementOf(element, '#share-panel');
  /** @type {HTMLInputElement} */
  const url = elementOf(element, '#share-url');
  /** @type {HTMLInputElement} */
  const atOnce = elementOf(element, '[data-at-once]');
  const said = elementOf(element, '.said');
  /** @param {string} text */
  const say = (text) => { said.textContent = text; };
  const unreachable = () => say('The server does not answer, so only JSON can be saved. Try again in a moment.');
  let drawn = '', warned = '';

  const draw = async () => {
    const link = url.value;
    const figure = elementOf(element, '.share-code');
    const warning = [notInLink(), tooLong(link)].filter(Boolean).join(' ');
    if (link === drawn && warning === warned) return;
    if (warned) say('');
    drawn = link;
    warned = warning;
    if (warned) say(warned);
    try {
      const answer = await codeOf(link);
      if (link !== url.value) return;
      figure.hidden = !answer.code;
      if (answer.code) drawCode(elementOf(figure, 'svg'), answer.code);
      else say(warned = `${answer.message} ${warned}`);
    } catch {
      figure.hidden = true; // the link itself is there to copy
    }
  };
  let waiting = 0;
  const refresh = () => {
    if (!panel.classList.contains('open')) return;
    url.value = presentLink(present, atOnce.checked);
    clearTimeout(waiting);
    waiting = setTimeout(draw, 250); // not a code for each letter typed
  };
  panel.addEventListener('opened', refresh);
  reach.then((words) => {
    const local = isOnlyHere();
    elementOf(element, '.share-reach').textContent = local ? ONLY_HERE : words;
    elementOf(element, '.share-host').hidden = !local;
    panel.classList.toggle('local', local);
    refresh();
  });
  elementOf(element, '[data-full-size]').addEventListener('click', () => {
    refresh();
    showOnWall(url.value).then(say, unreachable);
  });
  const soon = () => { setTimeout(refresh); };
  for (const event of ['input', 'settled', 'click']) document.addEventListener(event, soon, true); // a click may change the address alone
  for (const event of /** @type {const} */ (['prompt', 'page'])) hear(event, soon);

  elementOf(element, '[data-copy]').addEventListener('click', async () => {
    refresh();
    try {
      await navigator.clipboard.writeText(url.value);
      say([isOnlyHere() ? COPIED_HERE : 'Copied.', notInLink()].filter(Boolean).join(' '));
    } catch { // no permission, or no secure address
      url.select();
      say('Press Ctrl+C to copy the link.');
    }
  });
  for (const button of elementsOf(element, '[data-save]')) {
    const label = button.textContent;
    /** @type {AbortController | null} */
    let making = null;
    button.addEventListener('click', async () => {
      if (making) return making.abort();
      making = new AbortController();
      say('Making the file.');
      button.textContent = 'Stop';
      await saveRun(button.dataset.save || '', server, say, making.signal).then(say, unreachable);
      button.textContent = label;
      making = null;
      return undefined;
    });
  }
  mountEmbed(element, say);
  /** @type {HTMLInputElement} */
  const chooser = elementOf(element, 'input[type=file]');
  elementOf(element, '[data-open]').addEventListener('click', () => chooser.click());
  chooser.addEventListener('change', () => {
    if (chooser.files?.length) openRunFile(chooser.files[0], say);
    chooser.value = '';
  });
  mountRunDrop((text) => pageNote(text));
  const opened = keepState(present);
  addEventListener('hashchange', () => { if (location.hash.includes('=')) openLink(true); }); // a link opened in this tab reloads nothing
  const names = Object.keys(present.defaults);
  const start = () => {
    if (!storyIsThere() || !settingsAreThere(names)) return requestAnimationFrame(start);
    tell('models'); // all controls are there that models concern
    return openLink().finally(() => {
      opened();
      document.body.dataset.linked = '';
    }); // the page is where its address says
  };
  start();
}
