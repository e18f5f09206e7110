/* What a key does on the wall that was pressed in the speaker's window. A dialog on the wall hears the keys of its own window alone. */

/** @typedef {{ root: HTMLDialogElement, press(event: KeyboardEvent): unknown }} Dialog */

/** An open dialog has the key, and nothing under it acts. Escape closes it, as it does on the wall.
 * @param {KeyboardEvent} event
 * @param {import('../stage/shortcuts.js').Shortcuts} shortcuts keys of the stage, and the dialog that lists them
 * @param {Dialog[]} dialogs the others of the stage
 */
export function pressOnWall(event, shortcuts, dialogs) {
  const open = [shortcuts, ...dialogs].find(({ root }) => root.open);
  if (open && event.key === 'Escape') {
    event.preventDefault();
    open.root.close();
  } else if (open) open.press(event);
  else if (!document.querySelector('dialog[open]')) shortcuts.press(event); // one of the page around the stage
}
