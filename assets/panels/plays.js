/* The story's panels that play a published speed (templates/panels/plays.html): two texts, stop-watches, an agent loop.
   Their figures are in the HTML, so they ask the server nothing. */

import { around, elementOf, elementsOf } from '../page/elements.js';
import { hear } from '../page/public.js';
import { arrived, duration, factorFor, loopSeconds, stepsDone } from './paces.js';
import { mountPlayButton } from './play_button.js';

const LONGEST_S = 10; // of a race of agents on the page

/** @param {ParentNode} root */
const selectsIn = (root) => /** @type {HTMLSelectElement[]} */ (elementsOf(root, 'select'));

/** The data of the option that is chosen.
 * @param {HTMLSelectElement} select
 */
const chosenOf = (select) => select.selectedOptions[0].dataset;

/** @param {number} ms */
const watch = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** The lines under the two selects: who says so. @param {HTMLElement} root */
function nameSides(root) {
  for (const select of selectsIn(root)) {
    const side = /** @type {HTMLElement} */ (select.closest('[data-lane]'));
    const { kind, says } = chosenOf(select);
    side.dataset.lane = kind;
    elementOf(side, '.side-says').textContent = says || '';
  }
}

/** Two texts that arrive at the rates chosen. @param {HTMLElement} root */
function rates(root) {
  const words = (root.dataset.text || '').split(' ').slice(0, Number(root.dataset.words));
  const tokens = Number(root.dataset.tokens);
  const sides = () => selectsIn(root).map((select) => {
    const side = /** @type {HTMLElement} */ (select.closest('[data-lane]'));
    const { rate, name = '' } = chosenOf(select);
    return { name, rate: Number(rate), text: elementOf(side, '.arriving'), count: elementOf(side, 'output') };
  });
  return {
    total: () => Math.max(...sides().map(({ rate }) => (1000 * tokens) / rate)),
    /** @param {number} ms */
    draw(ms) {
      for (const { rate, text, count } of sides()) {
        text.classList.toggle('still', !ms); // before it plays: all of it, pale, and what it takes
        const there = ms ? arrived(rate, ms, tokens) : tokens;
        const shown = words.slice(0, Math.floor((words.length * there) / tokens)).join(' ');
        if (text.textContent !== shown) {
          text.textContent = shown;
          text.scrollTop = ms ? text.scrollHeight : 0;
        }
        count.textContent = !ms ? `${tokens} tokens in ${duration(tokens / rate)}` : `${there} of ${tokens} tokens, ${watch(Math.min(ms, (1000 * tokens) / rate))}`;
      }
    },
    told: () => sides().map(({ name, rate }) => `${name}: ${duration(tokens / rate)}`).join('. '),
  };
}

/** Stop-watches that run until their published seconds. @param {HTMLElement} root */
function waits(root) {
  const watches = elementsOf(root, '[data-seconds]').map((row) => ({
    row, most: 1000 * Number(row.dataset.seconds), time: elementOf(row, 'output'), bar: elementOf(row, '.bar i'),
  }));
  const total = Math.max(...watches.map(({ most }) => most));
  return {
    total: () => total,
    /** @param {number} ms */
    draw(ms) {
      for (const { row, most, time, bar } of watches) {
        const now = Math.min(ms, most);
        row.classList.toggle('done', ms >= most);
        time.textContent = watch(now);
        bar.style.width = `${(100 * now) / total}%`;
      }
    },
    told: () => 'All three have answered.',
  };
}

/** An agent's steps as a race of two systems. @param {HTMLElement} root */
function loop(root) {
  const slider = /** @type {HTMLInputElement} */ (elementOf(root, 'input[type="range"]'));
  const step = { tokens: Number(root.dataset.tokens), tool: Number(root.dataset.tool) };
  const steps = () => Number(slider.value);
  const sides = () => selectsIn(root).map((select) => {
    const side = /** @type {HTMLElement} */ (select.closest('[data-lane]'));
    const { name = '', rate, wait, least } = chosenOf(select);
    const pace = { rate: Number(rate), wait: Number(wait) };
    const seconds = loopSeconds(pace, step, steps());
    return { name, pace, seconds, least: least ? 'at least ' : '', count: elementOf(side, 'output'), bar: elementOf(side, '.bar i') };
  });
  const longest = () => Math.max(...sides().map(({ seconds }) => seconds));
  const factor = () => factorFor(longest(), LONGEST_S);
  return {
    total: () => (1000 * longest()) / factor(),
    /** @param {number} ms */
    draw(ms) {
      const now = (ms / 1000) * factor();
      for (const { pace, seconds, count, bar } of sides()) {
        const done = stepsDone(pace, step, steps(), now);
        bar.style.width = `${(100 * done) / steps()}%`;
        bar.style.setProperty('--steps', String(steps()));
        count.textContent = now < seconds ? `step ${Math.floor(done) + 1} of ${steps()}, ${duration(now)}` : `done, ${duration(seconds)}`;
      }
      const [one, other] = sides();
      elementOf(root, '.play-big').textContent = `At these rates an agent of ${steps()} ${steps() === 1 ? 'step' : 'steps'} takes ${one.least}${duration(one.seconds)} with ${one.name}, ${other.least}${duration(other.seconds)} with ${other.name}.`;
      elementOf(root, '.play-factor').textContent = factor() > 1 ? `Played ${factor()} times as fast.` : 'Played in real time.';
    },
    told: () => sides().map(({ name, seconds }) => `${name}: ${duration(seconds)}`).join('. '),
  };
}

const PLAYS = { rates, waits, loop };

/** Let the panels play, whenever they come. */
export function mountPlays() {
  /** @type {Map<HTMLElement, ReturnType<typeof mountPlayButton>>} */
  const mounted = new Map();
  /** @param {HTMLElement} root */
  const playerOf = (root) => {
    const known = mounted.get(root);
    if (known) return known;
    const { told, ...played } = PLAYS[/** @type {keyof typeof PLAYS} */ (root.dataset.plays)](root);
    const ended = () => { elementOf(root, '.play-says').textContent = told(); };
    const player = mountPlayButton(elementOf(root, '[data-play]'), { ...played, ended });
    mounted.set(root, player);
    return player;
  };
  document.addEventListener('click', ({ target }) => {
    const root = around(target, '[data-play]') && around(target, '[data-plays]');
    if (root) playerOf(root).press();
  });
  document.addEventListener('input', ({ target }) => {
    const root = around(target, '[data-plays]');
    if (!root) return;
    nameSides(root);
    playerOf(root).reset();
    elementOf(root, '.play-says').textContent = '';
  });
  hear('page', () => { for (const player of mounted.values()) player.pause(); }); // nobody sees it now
  const pressed = (/** @type {{ points: Array<{ customdata?: string[] }> }} */ { points }) => {
    const [plays, kind, id, name, rate, says] = points[0]?.customdata || [];
    const root = plays && /** @type {HTMLElement | null} */ (document.querySelector(`.story-page.open [data-plays="${plays}"]`));
    if (!root) return;
    if (plays === 'rates') chooseRate(root, kind, { id, name, rate, says });
    playerOf(root).start();
    root.scrollIntoView({ block: 'nearest' });
  };
  document.addEventListener('pointerover', ({ target }) => { // plotly's own events, of whichever plot stands there now
    const plot = /** @type {any} */ (around(target, '.chart .js-plotly-plot'));
    plot?.removeListener?.('plotly_click', pressed);
    plot?.on?.('plotly_click', pressed);
  });
}

/** Put a rate on the side of its kind; one of this page's runs is an option of its own.
 * @param {HTMLElement} root
 * @param {string} kind
 * @param {{ id: string, name: string, rate: string, says: string }} figure
 */
function chooseRate(root, kind, { id, name, rate, says }) {
  const select = selectsIn(root)[kind === 'ar' ? 0 : 1];
  if (![...select.options].some(({ value }) => value === id)) select.append(new Option(id, id));
  select.value = id;
  if (id.startsWith('own-')) {
    const [option] = select.selectedOptions;
    option.textContent = `${name}: ${says}`;
    Object.assign(option.dataset, { kind, name, rate, says });
  }
  nameSides(root);
}
