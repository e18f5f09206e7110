/* Files for the visitor: the run on the stage, as it is or as the server draws it. */

import { theStage } from './public.js';

/** data: parts of it.
 * @param {string} name
 * @param {BlobPart[]} data
 * @param {string} type
 */
export function saveFile(name, data, type) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(data, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000); // the browser may still be reading it
}

/** @type {Record<string, { type: string, make?: string }>} */
const SAVED_AS = {
  json: { type: 'application/json' },
  html: { type: 'text/html', make: 'make_html' },
  gif: { type: 'image/gif', make: 'make_gif' },
  png: { type: 'image/png', make: 'make_png' },
};

/** The name of a run's file. A run that was opened may say anything of itself, so only plain signs stay.
 * @param {import('../types').Trace} trace
 * @param {string} kind
 */
export function fileName({ run }, kind) {
  const name = ['diffusion-run', String(run.date || '').slice(0, 10), String(run.id || '').slice(0, 40)].filter(Boolean).join('-');
  return `${name.replace(/[^\w-]/g, '')}.${kind}`;
}

const LOOK_MS = 400; // between two questions how far a file is; without them the server takes it that the visitor has left

/** A sentence of the server, which says why it cannot. */
class Refusal extends Error {}

/** What the server answers to a question. Throws a Refusal.
 * @param {Promise<string>} promise
 */
async function answerOf(promise) {
  const answer = JSON.parse(await promise);
  if (answer.message) throw new Refusal(answer.message);
  return answer;
}

/** A file of a run, made by the server, as parts of its bytes. say: called with the progress; signal: stops it.
 * @param {string} make the server's function
 * @param {string} run
 * @param {import('../types').Server} server
 * @param {(text: string) => void} say
 * @param {AbortSignal} signal
 */
async function madeFile(make, run, server, say, signal) {
  const { file } = await answerOf(server[make](run));
  const parts = [];
  try {
    let size;
    while (size === undefined) {
      signal.throwIfAborted();
      const now = await answerOf(server.file_state(file));
      size = now.size;
      if (now.ahead) say(`Waiting: ${now.ahead === 1 ? 'one file is' : `${now.ahead} files are`} made before yours.`);
      else if (now.all) say(`Making the file: picture ${now.done} of ${now.all}.`);
      if (size === undefined) await new Promise((go) => setTimeout(go, LOOK_MS));
    }
    for (let at = 0; at < size;) {
      signal.throwIfAborted();
      const { base64 } = await answerOf(server.file_part(JSON.stringify({ name: file, at })));
      const part = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      parts.push(part);
      at += part.length;
    }
  } finally {
    server.stop_file(file);
  }
  return parts;
}

/** Save the run on the stage as a file of a kind. Returns what to tell the visitor.
 * @param {string} kind
 * @param {import('../types').Server} server
 * @param {(text: string) => void} say
 * @param {AbortSignal} signal
 */
export async function saveRun(kind, server, say, signal) {
  const { trace } = theStage();
  if (!trace) return 'There is no run on the stage yet. Press Run first.';
  const { type, make } = SAVED_AS[kind];
  const name = fileName(trace, kind);
  const text = JSON.stringify(trace);
  try {
    saveFile(name, make ? await madeFile(make, text, server, say, signal) : [text], type);
  } catch (error) {
    if (signal.aborted) return 'Stopped. No file was made.';
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return `Saved as ${name}.`;
}
