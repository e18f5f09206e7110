/* Votes: a class guesses before the run, and the result stands on the wall. A room is a code in the address (vote=). The server counts
   without names, and forgets when it ends. */

import { pageAddress } from './address.js';
import { elementOf, elementsOf } from './elements.js';
import { linkAsks } from './link.js';
import { pageNote } from './page_note.js';
import { showOnWall } from './wall.js';

const LOOK_EVERY = 2000; // ms between two looks at the counts
const VOTER = 'playground-voter';
const NOT_COUNTED = 'The server does not answer, so your guess was not counted. Try again in a moment.';
const NO_RESULT = 'The server does not answer, so these may not be all votes. Try again in a moment.';

/** @type {import('../types').Server | null} */
let voteServer = null;
/** @type {import('../types').Workshop | null} */
let exercise = null;
let voterName = '', voteTimer = 0, countsShown = false;
let unheard = false; // the visitor was told that the server does not answer
/** @type {number[]} */
let votes = []; // for each choice of the open exercise, as the server told them last

/** @param {import('../types').Server} server */
export function joinVotes(server) {
  voteServer = server;
}

/** A random name of this tab, under which its vote is counted once. */
function voter() {
  try {
    voterName ||= sessionStorage.getItem(VOTER) || '';
  } catch { /* forbidden: it holds until the page is left */ }
  if (voterName) return voterName;
  voterName = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join('');
  try {
    sessionStorage.setItem(VOTER, voterName);
  } catch { /* as above */ }
  return voterName;
}

/** Ask the server for the counts of the open exercise, after a choice where there is one. Returns whether it answered with them.
 * @param {string} lost what to tell where it does not answer; empty where nobody pressed anything
 * @param {number} [choice]
 */
async function count(lost = '', choice) {
  const { vote: room } = linkAsks();
  const { id } = /** @type {import('../types').Workshop} */ (exercise);
  try {
    const { counts, message } = JSON.parse(await /** @type {import('../types').Server} */ (voteServer).vote(JSON.stringify({ room, workshop: id, voter: voter(), choice })));
    if (lost && unheard) {
      pageNote('');
      unheard = false;
    }
    if (message) {
      clearInterval(voteTimer); // said once, so that Dismiss ends it
      pageNote(message);
    }
    if (counts && exercise?.id === id) {
      votes = counts;
      drawCounts();
    }
    return Boolean(counts);
  } catch { // the server does not answer: what was counted stays
    if (lost) {
      pageNote(lost);
      unheard = true;
    }
    return false;
  }
}

function drawCounts() {
  if (!votes.length) return;
  const all = votes.reduce((sum, each) => sum + each, 0);
  elementsOf(document, '.vote-choice').forEach((row, i) => { // in the exercise and on the wall
    const each = votes[i % votes.length];
    row.style.setProperty('--share', `${all && countsShown ? (100 * each) / all : 0}%`);
    elementOf(row, '.vote-count').textContent = countsShown ? String(each) : '';
  });
  for (const said of elementsOf(document, '.vote-all')) said.textContent = `${all} ${all === 1 ? 'vote' : 'votes'}`;
}

/** @param {boolean} shown */
function showResult(shown) {
  countsShown = shown;
  elementOf(document, '[data-result]').textContent = shown ? 'Hide the result' : 'Show the result';
  drawCounts();
}

/** Show the guess of an exercise, or none.
 * @param {import('../types').Workshop | null} workshop
 */
export function showVote(workshop) {
  exercise = workshop;
  votes = [];
  clearInterval(voteTimer);
  showResult(false);
  const room = workshop && linkAsks().vote;
  elementOf(document, '[data-vote]').textContent = room ? 'Vote on the wall' : 'Let the class vote';
  for (const vote of elementsOf(document, '.vote')) {
    vote.hidden = !room;
    if (!workshop || !room) continue;
    elementOf(vote, '.vote-guess').textContent = workshop.guess;
    elementOf(vote, '.vote-choices').replaceChildren(...workshop.choices.map((words, i) => choiceButton(words, i, vote.matches('.wall *'))));
  }
  if (!room) return;
  count();
  voteTimer = setInterval(() => { if (!document.hidden) count(); }, LOOK_EVERY);
}

/** A choice with its bar. On the wall it only shows the count.
 * @param {string} words
 * @param {number} i
 * @param {boolean} onWall
 */
function choiceButton(words, i, onWall) {
  const button = document.createElement(onWall ? 'div' : 'button');
  button.className = 'vote-choice';
  const label = Object.assign(document.createElement('span'), { textContent: words });
  button.append(label, Object.assign(document.createElement('span'), { className: 'vote-count' }));
  if (onWall) return button;
  button.setAttribute('type', 'button');
  button.setAttribute('aria-pressed', 'false');
  button.addEventListener('click', async () => {
    if (!await count(NOT_COUNTED, i)) return;
    showResult(true); // who has voted sees how the others did
    for (const other of /** @type {Element} */ (button.parentElement).children) other.setAttribute('aria-pressed', String(other === button));
  });
  return button;
}

/** Put the vote on the wall; a room is opened first where the address names none. */
async function putOnWall() {
  if (!linkAsks().vote) {
    const { room, message } = JSON.parse(await /** @type {import('../types').Server} */ (voteServer).open_vote(''));
    if (!room) return pageNote(message);
    const address = new URL(location.href);
    address.searchParams.set('vote', room);
    history.replaceState(history.state, '', address);
    showVote(exercise);
  }
  const { vote: room, show } = linkAsks();
  const query = new URLSearchParams({ workshop: exercise?.id || '', vote: room, ...(show === undefined ? {} : { show }) });
  return pageNote(await showOnWall(`${pageAddress()}?${query}`));
}

/** @param {HTMLElement} element with the exercise and the wall */
export function mountVote(element) {
  elementOf(element, '[data-vote]').addEventListener('click', () => putOnWall().catch(() => pageNote('The server does not answer, so nobody can vote. Try again in a moment.')));
  elementOf(element, '[data-result]').addEventListener('click', () => {
    showResult(!countsShown);
    count(countsShown ? NO_RESULT : '');
  });
}
