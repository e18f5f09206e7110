/* The text of a lane after a frame, in pieces: what was given, what the model wrote, what is still open. No DOM. */

/** @typedef {import('../types').Trace} Trace */
/** @typedef {{ kind: 'given' | 'written' | 'open', text: string, places: number }} Piece text of none or more tokens; places: their number */

const GIVEN = new Set(['prompt', 'pinned']);
const OPEN = new Set(['noise', 'draft', 'remasked']);
const NEXT_TURN = /\sUser:/;

/** Each position of a lane after frame i: its last change, or undefined where there is none.
 * @param {Trace} trace
 * @param {Trace['lanes'][number]} lane
 * @param {number} i
 */
function cellsAfter(trace, { key, prompt, length }, i) {
  /** @type {(import('../types').Change | undefined)[]} */
  const cells = Array(prompt + length).fill(undefined);
  for (const frame of trace.frames) {
    if (frame.lane === key && frame.i <= i) for (const change of frame.changes) cells[change[0]] = change;
  }
  return cells;
}

/** The pieces of a lane after frame i. Neighbours of one kind are one piece; a reply ends where it ends, or with its turn.
 * @param {Trace} trace
 * @param {string} key of the lane
 * @param {number} i
 * @returns {Piece[]}
 */
export function piecesOf(trace, key, i) {
  const lane = trace.lanes.find((one) => one.key === key);
  if (!lane) return [];
  /** @type {Piece[]} */
  const pieces = [];
  const cells = cellsAfter(trace, lane, i);
  const ends = [lane.about.end_id, ...(lane.about.end_ids || [])];
  const pin = cells.findLastIndex((cell) => cell?.[3] === 'pinned'); // a text goes on to its last pin (playground/trace/ends.py)
  for (const [at, cell] of cells.entries()) {
    const state = cell?.[3] || 'noise';
    const kind = GIVEN.has(state) ? 'given' : OPEN.has(state) ? 'open' : 'written';
    const ended = kind === 'written' && ends.includes(cell?.[4]);
    if (ended && at > pin) break;
    const text = kind === 'open' || ended ? '' : cell?.[1] || '';
    const last = pieces.at(-1);
    if (last?.kind === kind) Object.assign(last, { text: last.text + text, places: last.places + 1 });
    else pieces.push({ kind, text, places: 1 });
  }
  return pin < 0 ? firstTurn(pieces) : pieces;
}

/** Pieces up to the next user's turn, where the model went on to write one.
 * @param {Piece[]} pieces
 */
function firstTurn(pieces) {
  const at = pieces.findIndex(({ kind, text }) => kind === 'written' && NEXT_TURN.test(text));
  return at < 0 ? pieces : [...pieces.slice(0, at), { ...pieces[at], text: pieces[at].text.split(NEXT_TURN)[0] }];
}
