/* The marks of the story: links that turn its pages, act on the stage, or run something. */

import { around, elementOf } from '../page/elements.js';
import { applyLink } from '../page/link.js';
import { passingNote } from '../page/page_note.js';
import { theStage } from '../page/public.js';
import { BESIDE, openPage, storyPage } from './pages.js';

/** What a click on a mark does.
 * @param {Record<string, import('../types').Settings>} runs
 */
export function mountMarks(runs) {
  /** @type {Record<string, (what: string, mark: HTMLElement) => void>} */
  const acts = {
    page: (name, mark) => openPage(mark.id === 'story-open' && storyPage() ? '' : name),
    stage: (what, mark) => showOnStage(what, mark),
    try: (name, mark) => tryRun(runs[name], mark),
  };
  document.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const copy = around(event.target, '[data-copy-code]');
    if (copy) copyCode(copy);
    for (const [kind, act] of Object.entries(acts)) {
      const mark = around(event.target, `[data-${kind}]`);
      if (!mark || mark === document.body) continue;
      event.preventDefault();
      act(mark.dataset[kind] || '', mark);
      return;
    }
  });
  document.addEventListener('keydown', (event) => { // a link that is a button answers to Space as well
    const { key, target } = event;
    if (key !== ' ' || !(target instanceof HTMLElement) || !target.matches('a[role="button"]')) return;
    event.preventDefault();
    target.click();
  });
  document.addEventListener('submit', (event) => {
    const form = around(event.target, '[data-sentence]');
    if (!form?.dataset.sentence || form !== event.target) return;
    const { sentence } = form.dataset;
    event.preventDefault();
    /** @type {HTMLTextAreaElement} */
    const field = elementOf(form, 'textarea');
    if (field.value.trim()) tryRun({ ...runs[sentence], prompt: field.value.trim() }, field);
    else field.focus();
  });
}

/** Copy code to the clipboard; where that is not allowed, select it.
 * @param {HTMLElement} button
 */
async function copyCode(button) {
  const code = elementOf(/** @type {Element} */ (button.parentElement), 'code');
  try {
    await navigator.clipboard.writeText(code.textContent || '');
    button.textContent = 'Copied';
  } catch { // no permission, or no secure address
    getSelection()?.selectAllChildren(code);
    button.textContent = 'Press Ctrl+C';
  }
}

/** Set the page as a mark says, and run.
 * @param {import('../types').Settings | undefined} settings
 * @param {HTMLElement} mark
 */
function tryRun(settings, mark) {
  if (!settings) return;
  /** @param {unknown} value */
  const text = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  applyLink({ ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, text(value)])), run: '1' });
  toStage(mark);
}

/** Bring the stage to where a mark points.
 * @param {string} what
 * @param {HTMLElement} mark
 */
function showOnStage(what, mark) {
  const stage = theStage();
  if (!stage || !stage.trace) return;
  if (what === 'map') stage.showMap(true);
  else if (what === 'equal') stage.setEqual(true);
  else if (what === 'arcs') lookOnStage('diffusion');
  else if (what === 'arcs-ar') lookOnStage('ar');
  else {
    stage.pause();
    const frame = stage.trace.frames.find(({ lane, phase }) => lane === 'diffusion' && phase === what);
    if (frame) stage.showFrame('diffusion', frame.i);
    else passingNote(`This run has no pass that is ${what}: it went past that stage in one. Run it with more passes to see it.`);
  }
  toStage(mark);
}

/** Draw what a word of a lane looked at, where there is one.
 * @param {import('../types').Kind} kind
 */
async function lookOnStage(kind) {
  if (await theStage().look(kind)) return;
  passingNote(`The ${kind === 'ar' ? 'AR' : kind} lane has no word to look from now. Run both twins on a prompt, and try again.`);
}

function backButton() {
  const back = document.createElement('button');
  Object.assign(back, { type: 'button', className: 'story-back', textContent: 'Back to the text' });
  elementOf(document, '.stage').before(back); // in a row of its own, where it covers nothing
  return back;
}

/** If the story is above the stage, scroll to the stage; a button leads back to the mark.
 * @param {HTMLElement} mark
 */
function toStage(mark) {
  if (BESIDE.matches) return;
  const back = elementOf(document, '.story-back') || backButton();
  back.hidden = false;
  theStage().refit(); // a row less for the lanes
  back.scrollIntoView({ block: 'start' });
  back.onclick = () => {
    mark.scrollIntoView({ block: 'center' });
    back.hidden = true;
  };
}
