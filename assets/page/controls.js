/* The controls under the stage: native inputs whose values gradio collects when a run begins. */

import { mountBlanks } from './blanks.js';
import { elementOf, elementsOf } from './elements.js';
import { hear, tell } from './public.js';

/** A setting: its native input writes the component's value. props.value is a number, a text or a yes/no. */
export function mountSetting(element, props) {
  const input = elementOf(element, '[data-setting]');
  input.dataset.joined = ''; // whoever writes to it from now on is heard
  if (input.type === 'text') {
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
      input.value = Math.floor(Math.random() * 2 ** 31);
      update();
    });
  }
  input.addEventListener('input', (event) => { if (event.isTrusted) input.dataset.wanted = input.value; });
  const bounded = { length: 'steps', steps: 'blocks' }[input.dataset.setting];
  if (bounded) input.addEventListener('input', () => limit(bounded, Number(input.value)));
  input.addEventListener('input', greyIdle);
  greyIdle();
}

/** Grey every setting that does nothing while another is 0, and say so in the place of what it does. */
function greyIdle() {
  for (const input of elementsOf(document, '[data-needs]')) {
    const needed = elementOf(document, `[data-setting="${input.dataset.needs}"]`);
    const note = elementOf(input.closest('.setting'), 'p');
    const idle = !needed || Number(needed.value) === 0;
    input.dataset.does ||= note.textContent;
    input.disabled = idle;
    note.textContent = idle ? `At ${input.dataset.needs} 0 the likeliest token is taken, so this does nothing.` : input.dataset.does;
  }
}

/** A pass places at least one token and a block takes at least one pass, so the one sets the other's greatest value. What the
    visitor chose comes back as soon as it is possible again. */
function limit(name, most) {
  const input = elementOf(document, `[data-setting="${name}"]`);
  input.dataset.wanted ||= input.value;
  input.max = Math.min(most, Number(input.dataset.ceiling));
  input.value = Math.min(Number(input.dataset.wanted), Number(input.max));
  input.dispatchEvent(new Event('input'));
}

/** The row with the prompt: Enter runs, Shift+Enter breaks the line, an example fills the prompt and runs. */
export function mountCommand(element, props) {
  const prompt = elementOf(element, 'textarea');
  prompt.dataset.joined = '';
  const run = () => tell('run');
  const write = (text) => {
    prompt.value = text;
    props.value = text;
    blanks();
  };
  const blanks = mountBlanks(prompt, elementOf(element, '.command-row'));
  prompt.addEventListener('input', () => { props.value = prompt.value; });
  prompt.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    run();
  });
  elementOf(element, '#run').addEventListener('click', run);
  const stop = elementOf(element, '#stop');
  stop.addEventListener('click', () => tell('stop'));
  hear('state', (underWay) => { stop.disabled = !underWay; });
  for (const example of elementsOf(element, '[data-example]')) {
    example.addEventListener('click', () => {
      write(example.textContent);
      run();
    });
  }
  hear('prompt', write);
  for (const toggle of elementsOf(element, '[aria-controls]')) mountDisclosure(toggle);
}

/** A button that opens and closes the panel it names. */
function mountDisclosure(toggle) {
  toggle.addEventListener('click', () => {
    const panel = document.getElementById(toggle.getAttribute('aria-controls'));
    if (!panel) return;
    const open = panel.classList.toggle('open');
    toggle.setAttribute('aria-expanded', String(open));
    panel.dispatchEvent(new CustomEvent(open ? 'opened' : 'closed'));
    if (open) panel.scrollIntoView({ block: 'nearest' });
  });
}

/** The frame that the next run goes on from, if any: set by the stage, gone after that run. */
export function mountResume(element, props) {
  hear('resume', (frame) => { props.value = frame; });
}
