/* Workshops: five-minute exercises. The open one sets the page and shows its question beside the stage. */

import { pageAddress } from './address.js';
import { elementOf, elementsOf } from './elements.js';
import { applyLink, linkAsks, nameExercise, settingsOf } from './link.js';
import { mountOffline } from './offline.js';
import { mountNote, pageNote } from './page_note.js';
import { theStage, workshopList } from './public.js';
import { saveFile } from './save.js';
import { showOnly } from './show_only.js';
import { joinVotes, mountVote, showVote } from './vote.js';
import { mountWall } from './wall.js';

const GUESS = 'Guess first. Then press Run.';
const NO_SHEET = 'The server does not answer, so no sheet can be saved. Try again in a moment.';

/** Set the page for an exercise, clear the stage, and show the question. said: what else there is to tell of the link that asks
    for it; asked: settings of that link, which come before the exercise's.
 * @param {string | undefined} id
 * @param {string[]} [said]
 * @param {Record<string, string>} [asked]
 */
export async function openWorkshop(id, said = [], asked = {}) {
  const index = workshopList().findIndex((workshop) => workshop.id === id);
  if (index < 0) {
    pageNote(...said, `There is no workshop called ${String(id).slice(0, 40)}. The list is under Workshops.`);
    return;
  }
  const exercise = workshopList()[index];
  showOnly(linkAsks().show, exercise.needs); // what is wrong with its names has been said
  theStage().receive({ kind: 'trace', trace: { version: 1, run: {}, lanes: [], frames: [] }, words: GUESS });
  if (await applyLink({ ...settingsOf(exercise), ...asked }, said)) showWorkshop(index);
}

/** Open an exercise that a visitor chose: the address names it, and nothing of what it asked for before.
 * @param {string | undefined} id
 */
function choose(id) {
  nameExercise(id);
  return openWorkshop(id);
}

/** @param {number} index */
function showWorkshop(index) {
  const bar = elementOf(document, '.workshop');
  const workshop = workshopList()[index];
  const track = workshopList().filter((one) => one.track === workshop.track);
  bar.hidden = false;
  elementOf(bar, 'h2').textContent = `${track.indexOf(workshop) + 1}. ${workshop.title}`;
  elementOf(bar, '.workshop-time').textContent = `${workshop.minutes} minutes`;
  elementOf(bar, '.workshop-question').textContent = workshop.question;
  elementOf(bar, '.workshop-do').textContent = workshop.do;
  const observe = elementOf(bar, '.workshop-observe');
  observe.hidden = true;
  observe.textContent = workshop.observe;
  const reveal = elementOf(bar, '[data-reveal]');
  reveal.setAttribute('aria-expanded', 'false');
  reveal.textContent = 'What to observe';
  elementOf(bar, '[data-next]').hidden = workshop === track.at(-1);
  bar.dataset.index = String(index);
  showVote(workshop);
}

/** The place above the stage: a line of the page's own, and the open exercise.
 * @param {HTMLElement} element
 */
export function mountGuide(element) {
  const bar = elementOf(element, '.workshop');
  mountNote(element);
  mountOffline();
  mountWall(element);
  mountVote(element);
  const reveal = elementOf(bar, '[data-reveal]');
  reveal.addEventListener('click', () => {
    const observe = elementOf(bar, '.workshop-observe');
    observe.hidden = !observe.hidden;
    reveal.setAttribute('aria-expanded', String(!observe.hidden));
    reveal.textContent = observe.hidden ? 'What to observe' : 'Hide';
  });
  elementOf(bar, '[data-next]').addEventListener('click', () => choose(workshopList()[Number(bar.dataset.index) + 1].id));
  elementOf(bar, '[data-close]').addEventListener('click', () => {
    bar.hidden = true;
    showVote(null);
    nameExercise();
    showOnly(linkAsks().show);
  });
}

/** Save a sheet of all exercises. Returns what to tell where there is none. Throws where the server does not answer.
 * @param {string} sheet the server's function
 * @param {import('../types').Server} server
 */
async function saveSheet(sheet, server) {
  const text = await server[sheet](pageAddress());
  if (text.startsWith('{')) return String(JSON.parse(text).message); // a sheet is HTML
  saveFile(sheet === 'printed' ? 'workshops.html' : 'workshops-students.html', [text], 'text/html');
  return '';
}

/** The list under the controls.
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 * @param {import('../types').Server} server
 */
export function mountWorkshops(element, props, server) {
  joinVotes(server);
  for (const link of elementsOf(element, '[data-workshop]')) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
      event.preventDefault();
      choose(link.dataset.workshop);
      elementOf(document, '.page-head').scrollIntoView({ block: 'nearest' });
    });
  }
  for (const button of elementsOf(element, '[data-sheet]')) {
    button.addEventListener('click', async () => pageNote(await saveSheet(button.dataset.sheet || '', server).catch(() => NO_SHEET)));
  }
}
