/* Workshops: five-minute exercises. The open one sets the page and shows its question beside the stage. */

import { elementOf, elementsOf } from './elements.js';
import { applyLink } from './link.js';
import { pageNote } from './page_note.js';
import { workshopList } from './public.js';
import { saveFile } from './save.js';

/** Set the page for an exercise and show its question. said: what else there is to tell of the link that asks for it.
 * @param {string | undefined} id
 * @param {string[]} [said]
 */
export async function openWorkshop(id, said = []) {
  const index = workshopList().findIndex((workshop) => workshop.id === id);
  if (index < 0) {
    pageNote(...said, `There is no workshop called ${String(id).slice(0, 40)}. The list is under Workshops.`);
    return;
  }
  const { settings } = workshopList()[index];
  await applyLink(Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)])), said);
  showWorkshop(index);
}

/** @param {number} index */
function showWorkshop(index) {
  const bar = elementOf(document, '.workshop');
  const workshop = workshopList()[index];
  bar.hidden = false;
  elementOf(bar, 'h2').textContent = `${index + 1}. ${workshop.title}`;
  elementOf(bar, '.workshop-time').textContent = `${workshop.minutes} minutes`;
  elementOf(bar, '.workshop-question').textContent = workshop.question;
  elementOf(bar, '.workshop-do').textContent = workshop.do;
  const observe = elementOf(bar, '.workshop-observe');
  observe.hidden = true;
  observe.textContent = workshop.observe;
  const reveal = elementOf(bar, '[data-reveal]');
  reveal.setAttribute('aria-expanded', 'false');
  reveal.textContent = 'What to observe';
  elementOf(bar, '[data-next]').hidden = index + 1 >= workshopList().length;
  bar.dataset.index = String(index);
}

/** The place above the stage: a line of the page's own, and the open exercise.
 * @param {HTMLElement} element
 */
export function mountGuide(element) {
  const bar = elementOf(element, '.workshop');
  elementOf(element, '[data-dismiss]').addEventListener('click', () => pageNote(''));
  const reveal = elementOf(bar, '[data-reveal]');
  reveal.addEventListener('click', () => {
    const observe = elementOf(bar, '.workshop-observe');
    observe.hidden = !observe.hidden;
    reveal.setAttribute('aria-expanded', String(!observe.hidden));
    reveal.textContent = observe.hidden ? 'What to observe' : 'Hide';
  });
  elementOf(bar, '[data-next]').addEventListener('click', () => openWorkshop(workshopList()[Number(bar.dataset.index) + 1].id));
  elementOf(bar, '[data-close]').addEventListener('click', () => { bar.hidden = true; });
}

/** The list under the controls.
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 * @param {import('../types').Server} server
 */
export function mountWorkshops(element, props, server) {
  for (const link of elementsOf(element, '[data-workshop]')) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
      event.preventDefault();
      openWorkshop(link.dataset.workshop);
      elementOf(document, '.page-head').scrollIntoView({ block: 'nearest' });
    });
  }
  elementOf(element, '[data-sheet]').addEventListener('click', async () => {
    saveFile('workshops.html', [await server.printed(`${location.origin}${location.pathname}`)], 'text/html');
  });
}
