/* A run in a file, dropped on the page or chosen: played without a model. A file that breaks a rule is refused in words, and what
   was on the stage stays. */

import { TRACE_SCHEMA } from '../generated/constants.js';
import { elementOf } from './elements.js';
import { missingModels } from './model_feed.js';
import { theStage } from './public.js';
import { readRun } from './run_text.js';

let lastOpened = 0; // the number of the last that was opened: a large file may be read after a small one that came later

/** Play a run file. say: called with a sentence if the file cannot be played.
 * @param {File} file
 * @param {(text: string) => void} say
 */
export async function openRunFile(file, say) {
  const mine = ++lastOpened;
  try {
    if (file.size > TRACE_SCHEMA['x-bytes']) throw new Error('This file is larger than any run. Open a run saved by this playground.');
    const bytes = await file.arrayBuffer();
    if (mine !== lastOpened) return;
    const trace = readRun(bytes);
    const made = [trace.run.date ? `made ${trace.run.date.slice(0, 10)}` : '', trace.run.device_name ? `on ${trace.run.device_name}` : ''].filter(Boolean).join(' ');
    const missing = missingModels(trace.lanes.map(({ about }) => String(about?.model)));
    const words = `Opened from ${file.name}${made ? `, ${made}` : ''}. No model is needed to play it.${missing && ` ${missing}`}`;
    theStage().receive({ kind: 'trace', trace, words });
    say('');
    elementOf(document, '.stage').scrollIntoView({ block: 'nearest' });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

/** Let files be dropped anywhere on the page.
 * @param {(text: string) => void} say
 */
export function mountRunDrop(say) {
  /** @param {DragEvent} event */
  const holdsFiles = ({ dataTransfer }) => Boolean(dataTransfer && [...dataTransfer.types].includes('Files'));
  document.addEventListener('dragover', (event) => { if (holdsFiles(event)) event.preventDefault(); });
  document.addEventListener('drop', (event) => {
    const file = event.dataTransfer?.files[0];
    if (!holdsFiles(event) || !file) return;
    event.preventDefault();
    openRunFile(file, say);
  });
}
