/* The controls under the stage: native inputs whose values gradio collects when a run begins. */

import { WRITING_ORDER } from '../generated/constants.js';
import { mountBlanks } from './blanks.js';
import { elementOf, elementsOf } from './elements.js';
import { mountCards } from './example_cards.js';
import { mountCount } from './prompt_count.js';
import { hear, tell } from './public.js';
import { aboutSetting } from './sampler_words.js';
import { settingOf } from './settings.js';
import { mountStop } from './stop.js';

/** A setting: its native input writes the component's value. props.value is a number, a text or a yes/no.
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 */
export function mountSetting(element, props) {
  /** @type {import('./settings.js').Field} */
  const input = elementOf(element, '[data-setting]');
  input.dataset.joined = ''; // from now on the page reacts to changes of the input
  if (input.type === 'text' || input.type === 'hidden') {
    input.addEventListener('input', () => { props.value = input.value; });
    return;
  }
  const output = elementOf(element, 'output');
  const read = () => {
    if (input.type === 'checkbox') return input.checked;
    return input.tagName === 'SELECT' || input.value === '' ? input.value : Number(input.value); // an empty field is not 0
  };
  const update = () => {
    props.value = read();
    if (output) output.textContent = input.value;
  };
  input.addEventListener('input', update);
  const dice = elementOf(element, '[data-dice]');
  if (dice) {
    dice.addEventListener('click', () => {
      input.value = String(Math.floor(Math.random() * 2 ** 31));
      input.dispatchEvent(new Event('input', { bubbles: true })); // the link holds it
    });
  }
  input.addEventListener('input', (event) => { if (event.isTrusted) input.dataset.wanted = input.value; });
  for (const name of WRITING_ORDER) {
    if (aboutSetting(name).at_most === input.dataset.setting) input.addEventListener('input', () => limit(name, Number(input.value)));
  }
  input.addEventListener('input', greyIdle);
  greyIdle();
}

/** Grey every setting that does nothing while another is 0, and say so in the place of what it does. */
function greyIdle() {
  for (const input of /** @type {HTMLInputElement[]} */ (elementsOf(document, '[data-needs]'))) {
    const needed = settingOf(input.dataset.needs);
    const note = elementOf(/** @type {Element} */ (input.closest('.setting')), 'p');
    const idle = !needed || Number(needed.value) === 0;
    input.dataset.does ||= note.textContent || '';
    input.disabled = idle;
    note.textContent = idle ? `At ${input.dataset.needs} 0 the likeliest token is taken, so this does nothing.` : input.dataset.does;
  }
}

/** A pass places at least one token and a block takes at least one pass, so the one sets the other's greatest value. What the
    visitor chose comes back as soon as it is possible again.
 * @param {string} name
 * @param {number} most
 */
function limit(name, most) {
  const input = settingOf(name);
  input.dataset.wanted ||= input.value;
  input.max = String(Math.min(most, Number(input.dataset.ceiling)));
  input.value = String(Math.min(Number(input.dataset.wanted), Number(input.max)));
  input.dispatchEvent(new Event('input'));
}

/** The row with the prompt: Enter runs, Shift+Enter breaks the line, an example fills the prompt and runs.
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 */
export function mountCommand(element, props) {
  /** @type {HTMLTextAreaElement} */
  const prompt = elementOf(element, 'textarea');
  prompt.dataset.joined = '';
  const run = () => tell('run');
  /** @param {string} text */
  const write = (text) => {
    prompt.value = text;
    props.value = text;
    blanks();
    count();
  };
  const blanks = mountBlanks(prompt, elementOf(element, '.command-row'));
  const count = mountCount(prompt, elementOf(element, '.prompt-count'));
  prompt.addEventListener('input', () => { props.value = prompt.value; });
  prompt.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    run();
  });
  elementOf(element, '#run').addEventListener('click', run);
  mountStop(elementOf(element, '#stop'));
  for (const example of elementsOf(element, '[data-example]')) {
    example.addEventListener('click', () => {
      tell('prompt', example.textContent);
      run();
    });
  }
  mountCards(element);
  hear('prompt', write);
  for (const toggle of elementsOf(element, '[aria-controls]')) mountDisclosure(toggle);
}

/** A button that opens and closes the panel it names.
 * @param {HTMLElement} toggle
 */
function mountDisclosure(toggle) {
  toggle.addEventListener('click', () => {
    const panel = document.getElementById(toggle.getAttribute('aria-controls') || '');
    if (!panel) return;
    const open = panel.classList.toggle('open');
    toggle.setAttribute('aria-expanded', String(open));
    panel.dispatchEvent(new CustomEvent(open ? 'opened' : 'closed'));
    if (open) panel.scrollIntoView({ block: 'nearest' });
  });
}

/** The frame that the next run goes on from, if any: set by the stage, gone after that run.
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 */
export function mountResume(element, props) {
  hear('resume', (frame) => { props.value = frame; });
}
