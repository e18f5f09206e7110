/* The story beside the stage: its charts and the times at which they are drawn. The prose is data (assets/story). */

import { around, elementOf, elementsOf } from '../page/elements.js';
import { pageNote } from '../page/page_note.js';
import { hear, theStage } from '../page/public.js';
import { lastRun } from '../panels/last_run.js';
import { mountPlays } from '../panels/plays.js';
import { mountClaimNote } from './claim_note.js';
import { mountLights } from './lights.js';
import { mountMarks } from './marks.js';
import { openPage, storyPage } from './pages.js';

const TURNS = new Map([['n', 'next'], ['b', 'back']]); // of the story's pages, by key

/** The race on the stage in the panels' form (last_run.js); null if it did not run here, such as an opened file. */
function ownRace() {
  const stage = theStage();
  const run = stage && stage.own && lastRun();
  return run && run.verdict.lanes.diffusion && run.verdict.lanes.ar ? run : null;
}

/**
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 * @param {(detail: object) => void} draw
 */
export function mountStory(element, props, draw) {
  const runs = JSON.parse(props.runs);
  const redrawn = JSON.parse(props.redrawn);
  const drawn = new Set();
  /** @type {ReturnType<typeof lastRun>} */
  let race = null; // the last race that ran here; kept when the stage shows another run
  const last = () => (race = ownRace() || race);
  mountMarks(runs);
  mountLights();
  mountPlays();
  mountClaimNote(elementOf(element, '#claim-note'));
  elementOf(element, '[data-story-close]').addEventListener('click', () => {
    openPage('');
    elementOf(document, '#story-open').focus();
  });
  elementOf(element, '[data-story-talk]').addEventListener('click', () => theStage().talk(0));
  hear('page', (page) => {
    if (!drawn.has(page)) draw({ page, run: last() });
    drawn.add(page);
    tellWhere();
  });
  const tellWhere = () => {
    for (const line of elementsOf(document, '[data-where]')) {
      if (!Object.values(redrawn).flat().includes(line.dataset.where)) continue;
      line.dataset.shipped ||= line.textContent;
      line.textContent = last() ? 'The twins: their last race on this page.' : line.dataset.shipped;
    }
  };
  hear('state', (underWay) => {
    if (underWay) return;
    fillLive();
    last(); // also where no page is open that draws it
    const page = storyPage();
    for (const other of Object.keys(redrawn)) if (redrawn[other].length) drawn.delete(other); // its bars are of a run before
    if (!page || !last() || !redrawn[page].length) return;
    drawn.add(page);
    draw({ page, run: last(), only: redrawn[page] });
    tellWhere();
  });
  window.addEventListener('popstate', () => {
    const said = openPage(new URLSearchParams(location.search).get('page') || '', true);
    if (said) pageNote(said);
  });
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || !storyPage() || theStage().presenting) return;
    if (around(event.target, 'input, textarea, select, [contenteditable], dialog[open]')) return;
    /** @type {HTMLInputElement} */
    const single = elementOf(document, '.keys-foot input'); // the stage's list of keys, where a visitor may want none of these
    if (single && !single.checked) return;
    const turn = TURNS.get(event.key);
    const link = turn && elementOf(document, `#page-${storyPage()} [data-turn="${turn}"]`);
    if (link) link.click();
  });
  document.addEventListener('toggle', (event) => { // plots that were hidden may have another width now
    if (event.target instanceof Element && event.target.matches('details')) window.dispatchEvent(new Event('resize'));
  }, true);
}

/** Figures of the last run that stand in the prose. */
function fillLive() {
  const { trace } = theStage();
  const lane = trace?.verdict?.lanes?.diffusion;
  for (const output of elementsOf(document, '[data-live]')) {
    const value = lane && lane[output.dataset.live || ''];
    output.textContent = value === undefined || value === null ? '–' : value.toLocaleString('en');
  }
}
