/* The note of a claim or a figure: its status and source, shown beside its words. */

import { around, elementOf } from '../page/elements.js';

const EDGE = 8; // px between a note and the window's edge, or the text

/** Put a note where its words stay in sight: beside the column of prose, else below the words or above them.
 * @param {HTMLElement} note
 * @param {DOMRect} words
 * @param {number} right the column's right edge
 */
function place(note, words, right) {
  note.style.maxHeight = '';
  const { offsetWidth: wide, offsetHeight: high } = note;
  if (right + wide + 2 * EDGE <= innerWidth) {
    const top = Math.max(EDGE, Math.min(words.top, innerHeight - high - EDGE));
    Object.assign(note.style, { left: `${right + EDGE}px`, top: `${top}px` });
    return;
  }
  const above = words.top - 2 * EDGE;
  const under = innerHeight - words.bottom - 2 * EDGE;
  const below = high <= under || under >= above;
  const fits = Math.min(high, below ? under : above);
  const left = Math.max(EDGE, Math.min(words.left, innerWidth - wide - EDGE));
  const top = below ? words.bottom + EDGE : words.top - EDGE - fits;
  Object.assign(note.style, { left: `${left}px`, top: `${top}px`, maxHeight: fits < high ? `${fits}px` : '' });
}

/** Show the note of a claim or a figure. The note takes the focus, so that screen readers read it, and returns it on closing.
 * @param {HTMLElement} note
 */
export function mountClaimNote(note) {
  /** @type {HTMLElement | null} */
  let mark = null; // whose note is open
  document.body.append(note); // above everything, whatever page is open
  note.addEventListener('toggle', (event) => {
    const { newState } = /** @type {ToggleEvent} */ (event);
    const elsewhere = document.activeElement !== document.body && !note.contains(document.activeElement); // the visitor went on
    if (newState === 'closed' && mark && !elsewhere) mark.focus({ preventScroll: true });
  });
  document.addEventListener('click', (event) => {
    const pressed = around(event.target, 'a.claim');
    if (!pressed) return;
    event.preventDefault();
    mark = pressed;
    const { claim, note: words } = mark.dataset;
    const known = claim && document.getElementById(`claim-${claim}`);
    const copy = known ? /** @type {HTMLElement} */ (known.cloneNode(true)) : Object.assign(document.createElement('p'), { textContent: words || '' });
    copy.removeAttribute('id');
    const body = document.createElement('div');
    if (known) body.append(Object.assign(document.createElement('p'), { className: 'deck-says', textContent: 'The deck says' }));
    body.append(...(known ? copy.childNodes : [copy]));
    const close = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Close' });
    close.addEventListener('click', () => note.hidePopover());
    note.replaceChildren(body, close);
    if (!note.matches(':popover-open')) note.showPopover();
    const column = elementOf(document, '#story');
    place(note, mark.getBoundingClientRect(), column.getBoundingClientRect().right);
    note.focus({ preventScroll: true });
    const from = column.scrollTop;
    column.onscroll = () => { if (Math.abs(column.scrollTop - from) > 80) note.hidePopover(); }; // its words have gone
    note.onclick = (inside) => { if (around(inside.target, 'a.claim')) inside.stopPropagation(); };
  });
}
