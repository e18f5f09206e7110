/* The passes as a slider on the stage: what it is let go at, the next run takes, and runs at once. It is the page's own setting, seen
   from another place: both always say the same. */

import { elementOf } from './elements.js';
import { hear, tell, theStage } from './public.js';
import { settingOf, writeSettings } from './settings.js';

const BETWEEN_KEYS = 600; // ms without a further arrow key before it runs
const OFFLINE = 'There is no connection, so nothing can run.';

/** Put the slider into the row under the time axis.
 * @param {HTMLElement} root of the stage
 */
export function mountPasses(root) {
  const range = Object.assign(document.createElement('input'), { type: 'range', id: 'stage-passes', step: 1 });
  const output = document.createElement('output');
  const label = Object.assign(document.createElement('label'), { htmlFor: range.id, textContent: 'Passes' });
  const box = Object.assign(document.createElement('span'), { className: 'passes' });
  box.append(label, range, output);
  elementOf(root, '.transport .check').before(box);
  let offered = ''; // the value that the last run was asked for with, or that a visitor let go at
  let waiting = 0;
  let keyed = false; // the last change came by a key

  const show = () => {
    const steps = settingOf('steps');
    const before = box.hidden;
    box.hidden = !steps || Boolean(steps.closest('.not-shown')) || !('joined' in steps.dataset);
    if (box.hidden !== before) theStage().refit(); // on a phone it takes a row
    if (box.hidden) return;
    const { min, max, value, disabled } = steps;
    Object.assign(range, { min, max, value, disabled: disabled || !navigator.onLine });
    output.textContent = value;
    box.title = !navigator.onLine ? OFFLINE : disabled ? elementOf(/** @type {Element} */ (steps.closest('.setting')), 'p').textContent || '' : 'How often diffusion looks at the text. Let go, and it runs again.';
  };
  const run = () => {
    clearTimeout(waiting);
    if (range.value === offered || range.disabled) return;
    offered = range.value;
    tell('run'); // a run under way is stopped by it
  };
  range.addEventListener('keydown', () => { keyed = true; });
  range.addEventListener('pointerdown', () => {
    keyed = false;
    offered = range.value;
  });
  range.addEventListener('input', (event) => {
    event.stopPropagation(); // the setting itself says that it changed
    writeSettings({ steps: range.value });
  });
  range.addEventListener('change', () => {
    clearTimeout(waiting);
    waiting = setTimeout(run, keyed ? BETWEEN_KEYS : 0);
  });
  hear('run', () => {
    clearTimeout(waiting);
    offered = range.value;
  });
  const join = () => {
    const steps = settingOf('steps');
    if (!steps || !('joined' in steps.dataset)) return requestAnimationFrame(join);
    offered = steps.value;
    steps.addEventListener('input', show);
    new MutationObserver(show).observe(steps, { attributeFilter: ['max', 'disabled'] });
    new MutationObserver(show).observe(elementOf(document, '#settings'), { attributeFilter: ['class'], subtree: true }); // a link may hide it
    return show();
  };
  for (const event of ['online', 'offline']) addEventListener(event, show);
  hear('racers', show);
  join();
  show();
}
