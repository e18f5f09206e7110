/* The note of a claim or a figure: its status and source, shown beside its words. */

import { around, elementOf } from '../page/elements.js';

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
    const box = mark.getClientRects()[0];
    const left = Math.min(Math.max(box.left, 8), innerWidth - note.offsetWidth - 8);
    const below = box.bottom + 6 + note.offsetHeight < innerHeight;
    Object.assign(note.style, { left: `${left}px`, top: `${Math.max(8, below ? box.bottom + 6 : box.top - 6 - note.offsetHeight)}px` });
    note.focus({ preventScroll: true });
    const column = elementOf(document, '#story');
    const from = column.scrollTop;
    column.onscroll = () => { if (Math.abs(column.scrollTop - from) > 80) note.hidePopover(); }; // its words have gone
    note.onclick = (inside) => { if (around(inside.target, 'a.claim')) inside.stopPropagation(); };
  });
}
