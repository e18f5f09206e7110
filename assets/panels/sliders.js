/* Panels that calculate on the server: their sliders and choices, one question at a time. */

import { elementOf, elementsOf } from '../page/elements.js';
import { hear } from '../page/public.js';
import { lastRun } from './last_run.js';

const PAUSE_MS = 120; // after the last move of a slider

/** A value with its unit, as playground/ui/calculators/sliders.py writes it.
 * @param {string} value
 * @param {string} unit
 * @param {string} one the unit of a single one
 */
const inUnit = (value, unit, one) => `${Number(value).toLocaleString('en-US', { maximumFractionDigits: 3 })} ${Number(value) === 1 ? one : unit}`;

/** @param {HTMLInputElement} input */
export function showValue(input) {
  const { unit = '', one = '' } = input.dataset;
  const text = inUnit(input.value, unit, one);
  elementOf(/** @type {Element} */ (input.closest('.slide')), 'output').textContent = text;
  input.setAttribute('aria-valuetext', text);
}

/** The values of all sliders within an element, by name.
 * @param {HTMLElement} element
 */
export const slidersIn = (element) => Object.fromEntries(/** @type {HTMLInputElement[]} */ (elementsOf(element, 'input[type="range"]')).map((input) => [input.name, Number(input.value)]));

/** The value of a choice within an element.
 * @param {HTMLElement} element
 * @param {string} name
 */
export const chosenIn = (element, name) => /** @type {HTMLInputElement} */ (elementOf(element, `[data-choice="${name}"]:checked`)).value;

/** Connect a panel to its server function. question(): the request, as an object; answer(text): a promise of JSON text.
 * @param {HTMLElement} root
 * @param {() => object} question
 * @param {(text: string) => Promise<string>} answer
 */
export function mountPanel(root, question, answer) {
  const says = elementOf(root, '.calc-says');
  let waiting = 0, busy = false, again = false;
  /** @type {ReturnType<typeof lastRun>} */
  let run = null;
  /** @param {string} text */
  const say = (text) => { if (says.textContent !== text) says.textContent = text; }; // what is heard again must be new
  const ask = async () => {
    if (busy) { again = true; return; }
    busy = true;
    run = lastRun() || run;
    try {
      const told = JSON.parse(await answer(JSON.stringify({ ...question(), run })));
      if (told.message) say(told.message);
      else if (!again) {
        elementOf(root, '.calc-result').innerHTML = told.html; // HTML from the server, which escapes foreign values
        say(told.summary);
      }
    } catch {
      say('The server does not answer. Move a slider to try again.');
    }
    busy = false;
    if (again) { again = false; ask(); }
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, PAUSE_MS); };
  elementOf(root, 'form').addEventListener('submit', (event) => event.preventDefault());
  root.addEventListener('input', (event) => {
    if (event.target instanceof HTMLInputElement && event.target.type === 'range') showValue(event.target);
    soon();
  });
  let stale = true; // a run may have come before the panel
  const renew = () => {
    if (!stale || !root.checkVisibility() || !lastRun()) return; // it waits until its page and its fold are open
    stale = false;
    soon();
  };
  hear('state', (underWay) => {
    if (underWay) return;
    stale = true;
    renew();
  });
  hear('page', renew);
  root.closest('details')?.addEventListener('toggle', renew); // it may be folded away
}
