/* The marks of the story: links that turn its pages, act on the stage, or run something. */

import { elementOf } from '../page/elements.js';
import { applyLink } from '../page/link.js';
import { pageNote } from '../page/page_note.js';
import { theStage } from '../page/public.js';
import { BESIDE, openPage, storyPage } from './pages.js';

/** What a click on a mark does. */
export function mountMarks(runs) {
  const acts = {
    page: (name, mark) => openPage(mark.id === 'story-open' && storyPage() ? '' : name),
    stage: (what, mark) => showOnStage(what, mark),
    try: (name, mark) => tryRun(runs[name], mark),
  };
  document.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !(event.target instanceof Element)) return;
    for (const [kind, act] of Object.entries(acts)) {
      const mark = event.target.closest(`[data-${kind}]`);
      if (!mark || mark === document.body) continue;
      event.preventDefault();
      act(mark.dataset[kind], mark);
      return;
    }
  });
  document.addEventListener('keydown', (event) => { // a link that is a button answers to Space as well
    if (event.key !== ' ' || !(event.target instanceof Element) || !event.target.matches('a[role="button"]')) return;
    event.preventDefault();
    event.target.click();
  });
  document.addEventListener('submit', (event) => {
    const { sentence } = event.target.dataset;
    if (!sentence) return;
    event.preventDefault();
    const field = elementOf(event.target, 'textarea');
    if (field.value.trim()) tryRun({ ...runs[sentence], prompt: field.value.trim() }, field);
    else field.focus();
  });
}

/** Set the page as a mark says, and run. */
function tryRun(settings, mark) {
  if (!settings) return;
  const text = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  applyLink({ ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, text(value)])), run: '1' });
  toStage(mark);
}

/** Bring the stage to where a mark points. */
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
    else pageNote(`This run has no pass that is ${what}: it went past that stage in one. Run it with more passes to see it.`);
  }
  toStage(mark);
}

/** Draw what a word of a lane looked at, where there is one. */
function lookOnStage(kind) {
  if (theStage().look(kind) !== false) return;
  pageNote(`The ${{ diffusion: 'diffusion', ar: 'AR' }[kind]} lane has no word to look from now. Run both twins on a prompt, and try again.`);
}

/** Where the story stands above the stage, go there; a button leads back to the mark. */
function toStage(mark) {
  if (BESIDE.matches) return;
  elementOf(document, '.stage').scrollIntoView({ block: 'start' });
  let back = document.querySelector('.story-back');
  if (!back) {
    back = document.createElement('button');
    Object.assign(back, { type: 'button', className: 'story-back', textContent: 'Back to the text' });
    document.body.append(back);
  }
  back.hidden = false;
  back.onclick = () => {
    mark.scrollIntoView({ block: 'center' });
    back.hidden = true;
  };
}
