/* The address of the page, when it is opened: a link, an exercise, a page of the story, or what was kept over a lost connection. */

import { openPage } from '../story/pages.js';
import { restoreKept } from './kept.js';
import { applyLink, linkAsks } from './link.js';
import { keysAreTyped, withoutKeys } from './own_keys.js';
import { pageNote } from './page_note.js';
import { storyPages, theStage } from './public.js';
import { showOnly } from './show_only.js';
import { openWorkshop } from './workshops.js';

/** A sentence for the host if a proxy serves the page below a path that the server does not know; empty if all is well. */
function wrongRoot() {
  const told = new URL(window.gradio_config?.root || '/', location.href).pathname.replace(/\/+$/, '');
  const here = location.pathname.replace(/\/+$/, '');
  return told === here || !here ? '' : `This page stands below ${here}, and its server was not told, so nothing can be run here. Its host must start it with --root-path ${here}.`;
}

/** Bring the page to where its address says. What cannot be is said; nothing runs unless the address says so.
 * @param {boolean} [changed] whether the address changed under an open page: a page that opened this one can do that, and must not spend
 *   a key that somebody has typed here meanwhile
 */
export async function openLink(changed = false) {
  const asked = withoutKeys(linkAsks());
  const said = [wrongRoot(), showOnly(asked.show)];
  if (changed && asked.run === '1' && keysAreTyped()) {
    delete asked.run;
    said.push('This link would run with the key that you typed. Press Run if you want that.');
  }
  if (asked.page !== undefined && storyPages().length) said.push(openPage(asked.page, true));
  if (asked.talk !== undefined) theStage().talk(Math.max(Math.trunc(Number(asked.talk)) || 1, 1) - 1);
  if (await restoreKept(said)) return undefined;
  if (asked.workshop !== undefined) return openWorkshop(asked.workshop, said, asked);
  if (!Object.keys(asked).some((name) => !['show', 'page', 'vote', 'talk'].includes(name))) return pageNote(...said);
  return applyLink(asked, said);
}
