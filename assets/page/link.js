/* Links: the address that brings the page to where it is, and the page brought to where an address says. */

import { pageAddress } from './address.js';
import { pageNote } from './page_note.js';
import { tell, workshopList } from './public.js';
import { promptField, readSetting, settingOf, writePrompt, writeSettings } from './settings.js';

const LONG_LINK = 1500; // characters; longer links put the settings after the #, which servers and proxies never see
const MAIL_LINK = 2000; // characters; mail programs and messengers cut longer ones

const VIEW = ['page', 'show', 'vote']; // what an address says of the page itself

/** What an address of this page asks for: after its ? and, in a long link, after its #. */
export function linkAsks(address = location.href) {
  const { search, hash } = new URL(address);
  const after = hash.includes('=') ? hash.slice(1) : ''; // other fragments are places on the page
  return Object.fromEntries([...new URLSearchParams(search), ...new URLSearchParams(after)]);
}

/** The exercise that the address names; undefined where it names none of ours. */
const openExercise = () => workshopList().find(({ id }) => id === linkAsks().workshop);

/** The settings of an exercise or an example as a link writes them.
 * @param {Pick<import('../types').Workshop, 'settings'> | undefined} exercise
 * @returns {Record<string, string>}
 */
export function settingsOf(exercise) {
  return Object.fromEntries(Object.entries(exercise?.settings || {}).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]));
}

/** Make the address name an exercise, or none, without what it asked for before. A reload then brings back what is seen.
 * @param {string} [id]
 */
export function nameExercise(id) {
  const query = viewNow();
  if (id) query.set('workshop', id);
  history.replaceState(history.state, '', `${location.pathname}${query.size ? `?${query}` : ''}`);
}

/** What the address says of the page itself. */
function viewNow() {
  const here = new URLSearchParams(location.search);
  return new URLSearchParams(VIEW.flatMap((name) => here.getAll(name).filter(Boolean).slice(0, 1).map((value) => [name, value])));
}

/** The address that brings this page to where it is: only what differs from what it starts with, or from its open exercise.
 * @param {import('../types').Present} present
 * @param {boolean} atOnce whether it runs when it is opened
 */
export function presentLink({ defaults, weights, device, made }, atOnce) {
  const query = new URLSearchParams();
  const prompt = promptField().value;
  if (prompt) query.set('prompt', prompt);
  const exercise = openExercise();
  for (const [name, start] of Object.entries({ ...defaults, ...settingsOf(exercise) })) {
    if (!settingOf(name)) continue;
    const value = readSetting(name);
    const same = String(value) === String(start === null ? '' : start) || (value !== '' && start !== '' && Number(value) === start);
    if (!same && name !== 'prompt') query.set(name, String(value));
  }
  if (weights) query.set('weights', weights);
  if (device) query.set('device', device);
  for (const [name, value] of Object.entries(made)) query.set(name, value);
  if (atOnce) query.set('run', '1');
  const view = viewNow();
  if (exercise) view.set('workshop', exercise.id);
  const page = pageAddress();
  const short = `${page}?${new URLSearchParams([...query, ...view])}`;
  return short.length <= LONG_LINK ? short : `${page}${`${view}` && `?${view}`}#${query}`;
}

/** What to tell of a link that is too long for some ways to send it; empty where it is not.
 * @param {string} link
 */
export function tooLong(link) {
  return link.length > MAIL_LINK ? `This link is ${link.length.toLocaleString('en')} characters long. Mail programs may cut it after about 2,000, so save the run as a file to send it.` : '';
}

/** What checks a link, once the page has joined it.
 * @type {import('../types').Server | null}
 */
let linkServer = null;

/** @param {import('../types').Server} server */
export function joinLinks(server) {
  linkServer = server;
}

let lastApplied = 0; // the number of the last that was applied: the server may answer one before it later

/** Apply the settings of a link or an exercise to the page. said: further sentences to show. Returns false where another came meanwhile.
 * @param {Record<string, string>} asked
 * @param {string[]} [said]
 */
export async function applyLink(asked, said = []) {
  const mine = ++lastApplied;
  let answer;
  try {
    answer = JSON.parse(await /** @type {import('../types').Server} */ (linkServer).read_link(JSON.stringify(asked)));
  } catch {
    answer = { message: 'The link could not be read, because the server does not answer. Load the page again.' };
  }
  if (mine !== lastApplied) return false;
  const notes = [...said, answer.message, answer.problem, answer.differs];
  if (answer.settings) {
    const { prompt, ...settings } = answer.settings;
    if (prompt !== undefined) writePrompt(prompt); // first: it gives back what an example set, and the link's settings stand
    const refused = writeSettings(settings);
    if (refused.length) notes.push(`The page cannot hold ${refused.join(', ')} of this link beside its other settings; it shows the nearest.`);
    if (asked.run === '1' && !answer.problem) tell('run'); // with a problem, the remaining settings may be another race
    else if (!['0', '1', undefined].includes(asked.run)) notes.push('In a link, run must be 1 (run at once) or 0.');
  }
  pageNote(...notes);
  return true;
}
