/* A visitor's edits of a frame: their words, and the positions that a branch with them would fill. No DOM. */

import { hasSettled } from './record.js';
import { quoted } from './words.js';

/** @typedef {import('../types').Edit & { was: string }} EditInPlace an edit, and the text that it replaces */

/** Edits in words, neighbours that are pinned or taken back together as one.
 * @param {EditInPlace[]} edits
 */
export function inWords(edits) {
  /** @type {(EditInPlace & { positions: number[] })[]} */
  const groups = [];
  for (const edit of edits) {
    const last = groups.at(-1);
    if (last && !edit.text && !last.text && last.pin === edit.pin && last.positions.at(-1) === edit.position - 1) {
      last.positions.push(edit.position);
      last.was += edit.was;
    } else groups.push({ ...edit, positions: [edit.position] });
  }
  return groups.map(({ was, text, pin, positions }) => {
    const old = was.trim() ? quoted(was.trim()) : 'an open position';
    return { positions, line: text ? `${quoted(text)} for ${old}` : `${old} ${pin ? 'pinned' : 'taken back'}` };
  });
}

/** The positions that a branch from frame i would fill. An AR lane rewrites every position after its first edit.
 * endless: whether the text has its full length; otherwise positions after its end are not filled.
 * @param {import('./record.js').LaneRecord} record
 * @param {number} i
 * @param {import('../types').Edit[]} edits
 * @param {boolean} endless
 */
export function openAt(record, i, edits, endless) {
  const cells = record.cells(i);
  const kept = new Set(edits.filter(({ remask }) => !remask).map(({ position }) => position));
  const taken = new Set(edits.filter(({ remask }) => remask).map(({ position }) => position));
  const cut = record.lane.kind === 'ar' && edits.length ? edits[0].position : cells.length;
  /** @param {number} at */
  const settled = (at) => hasSettled(cells[at]) && (at < cut || cells[at][3] === 'pinned');
  const open = cells.map((_, at) => at).filter((at) => at >= record.lane.prompt && !kept.has(at) && (taken.has(at) || !settled(at)));
  const lastPin = cells.findLastIndex((cell, at) => kept.has(at) || (!taken.has(at) && cell?.[3] === 'pinned'));
  /**
   * @param {import('../types').Cell} cell
   * @param {number} at
   */
  const isEnd = (cell, at) => cell && record.isEnd(cell) && !edits.some(({ position, text }) => text && position === at);
  const end = cells.findIndex((cell, at) => at >= lastPin && !open.includes(at) && isEnd(cell, at));
  return endless || end < 0 || open[0] < end ? open : [];
}
