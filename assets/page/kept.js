/* What is on the page is kept over a reload, in this tab only: the prompt, the settings, and the last run. A reload comes from the
   visitor, or from gradio after a lost connection. Another address asks for something else, so nothing comes back there. No key is
   kept: keys are no settings, and no run holds one. */

import { lendAgain, lentNow } from './example_cards.js';
import { applyLink, linkAsks, presentLink } from './link.js';
import { passingNote } from './page_note.js';
import { hear, theStage } from './public.js';
import { damage } from './trace_check.js';
import { openWorkshop } from './workshops.js';

const KEPT = 'playground-kept';
const MOST = 2_000_000; // characters of a run that is kept
const OFTEN = 100; // ms between two looks for a loss

/** Whether gradio says that the connection is lost. */
function lossIsSaid() {
  const toast = document.querySelector('.toast-wrap');
  return Boolean(toast && /connection (to the server was )?lost/i.test(toast.textContent || ''));
}

/** Watch for a lost connection. Returns what tells whether it is lost now. A run that the server only refused is no loss. */
function watchForLoss() {
  let refused = false; // the last run failed, and gradio says nothing of the connection
  hear('failed', () => { refused = true; });
  hear('state', (underWay) => { if (underWay) refused = false; });
  return () => {
    if (lossIsSaid()) refused = false;
    return lossIsSaid() || (!refused && theStage()?.state === 'lost');
  };
}

/** Whether the page was opened by a reload. */
function reloaded() {
  const [entry] = performance.getEntriesByType('navigation');
  return entry instanceof PerformanceNavigationTiming && entry.type === 'reload';
}

/** The run to keep: what is there, after a loss too; of a run that the visitor cut off, the one before. Null for a recorded one.
 * @param {boolean} cut
 * @param {import('../types').Trace | null} finished
 */
function runToKeep(cut, finished) {
  const { trace, recorded } = theStage();
  if (cut) return finished;
  return recorded ? null : trace;
}

/** Keep what is there whenever the page is left. Returns what is to be called once the page is as its address says.
 * @param {import('../types').Present} present
 */
export function keepState(present) {
  const asks = () => linkAsks(presentLink(present, false));
  let start = ''; // what it asked for once it was opened
  /** @type {import('../types').Trace | null} */
  let finished = null;
  hear('state', (underWay) => { if (!underWay && theStage().own && theStage().state === 'done') finished = theStage().trace; });
  const isLost = watchForLoss();
  let seenLost = false; // a reload breaks off the connection too, and while the next page comes that loss is seen here
  /** @type {boolean | null} */
  let left = null; // whether it was lost when the page began to be left; null where the browser did not say so
  setInterval(() => { seenLost = isLost(); }, OFTEN);
  window.addEventListener('beforeunload', () => { left = seenLost; });
  window.addEventListener('pagehide', () => {
    const asked = asks();
    const lost = (left ?? seenLost) && isLost();
    const cut = !lost && theStage().underWay;
    const run = runToKeep(cut, finished);
    if (!lost && !run && !cut && (!start || JSON.stringify(asked) === start)) return; // nothing that is not there anyway
    for (const one of [run, null]) { // without the run where it is too large for the tab's storage
      const text = JSON.stringify({ address: location.href, asked, lent: lentNow(), run: one, lost, cut });
      try {
        if (text.length < MOST) return sessionStorage.setItem(KEPT, text);
      } catch { /* full, or forbidden */ }
    }
  });
  return () => { start = JSON.stringify(asks()); };
}

/** Bring back what was kept; false where nothing was. said: what else there is to tell of the address.
 * @param {string[]} said
 */
export async function restoreKept(said) {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT) || 'null');
    sessionStorage.removeItem(KEPT);
  } catch {
    return false;
  }
  if (!kept || kept.address !== location.href || !(kept.lost || reloaded())) return false;
  if (kept.asked.workshop === undefined) await applyLink(kept.asked);
  else await openWorkshop(kept.asked.workshop, [], kept.asked);
  lendAgain(kept.lent);
  if (kept.run && !damage(kept.run)) theStage().receive({ kind: 'trace', trace: kept.run });
  passingNote(whatCameBack(kept), ...said);
  return true;
}

/** What to tell of what was kept; empty where the visitor sees it.
 * @param {{ run: import('../types').Trace | null, lost: boolean, cut: boolean }} kept
 */
function whatCameBack({ run, lost, cut }) {
  const last = run ? ' and the last run' : '';
  if (cut) return `The reload ended your run. Your prompt${run ? ', your settings' : ' and your settings'}${last} are here again.`;
  if (!lost) return '';
  const words = run ? `${last}${run.ended === 'cut off' ? ', cut off where the connection was lost,' : ''}` : '';
  return `The connection to the server was lost and is back. Your settings${words} are here again; press Run to run again.`;
}
