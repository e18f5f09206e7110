/* The bytes of a run file, read and checked. No DOM. */

import { TRACE_VERSION } from '../generated/constants.js';
import { damage } from './trace_check.js';

/** @param {unknown} value */
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** The text of a file: by its byte order mark, or else UTF-8. Throws where it is no text.
 * @param {ArrayBuffer} bytes
 */
function textOf(bytes) {
  const [first, second] = new Uint8Array(bytes);
  const encoding = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding, { fatal: true }).decode(bytes); // which takes the mark away
}

/** The trace in a file's bytes. Throws an Error whose message is a sentence.
 * @param {ArrayBuffer} bytes
 * @returns {import('../types').Trace}
 */
export function readRun(bytes) {
  let text;
  let run;
  try {
    text = textOf(bytes);
  } catch {
    throw new Error('This file is not text. Open a run saved by this playground.');
  }
  try {
    run = JSON.parse(text);
  } catch {
    throw new Error('This file is not JSON. Open a run saved by this playground.');
  }
  if (!isObject(run) || run.version !== TRACE_VERSION) throw new Error(`This is not a run file of version ${TRACE_VERSION}. Open one saved by this playground.`);
  const damaged = damage(run);
  if (damaged) throw new Error(`This run file is damaged: ${damaged} Save the run again as JSON.`);
  return run;
}
