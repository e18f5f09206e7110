/* After a lost connection, gradio reloads the page. This keeps the page's state across the reload, in this tab only. */

import { applyLink, linkAsks, presentLink } from './link.js';
import { pageNote } from './page_note.js';
import { theStage } from './public.js';
import { damage } from './trace_check.js';
import { openWorkshop } from './workshops.js';

const KEPT = 'playground-kept';

/** Whether the page is being left because the connection was lost, not because the visitor wants it. */
function leftByLoss() {
  const toast = document.querySelector('.toast-wrap');
  const { state } = theStage() || {};
  return state === 'lost' || Boolean(toast && /connection (to the server was )?lost/i.test(toast.textContent || ''));
}

/** @param {import('../types').Present} present */
export function keepOnLoss(present) {
  window.addEventListener('pagehide', () => {
    if (!leftByLoss()) return;
    const { trace, recorded } = theStage();
    const asked = linkAsks(presentLink(present, false));
    for (const run of [recorded ? null : trace, null]) { // without the run where it is too large for the tab's storage
      try {
        sessionStorage.setItem(KEPT, JSON.stringify({ asked, run }));
        return;
      } catch { /* full, or forbidden */ }
    }
  });
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
  if (!kept) return false;
  if (kept.asked.workshop === undefined) await applyLink(kept.asked);
  else await openWorkshop(kept.asked.workshop, [], kept.asked);
  if (kept.run && !damage(kept.run)) theStage().receive({ kind: 'trace', trace: kept.run });
  const run = kept.run ? ` and the last run${kept.run.ended === 'cut off' ? ', cut off where the connection was lost,' : ''}` : '';
  pageNote(...said, `The connection to the server was lost and is back. Your settings${run} are here again; press Run to run again.`);
  return true;
}
