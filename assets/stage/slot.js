/* Slots: what a token looks like in its own, and the size at which slots and text fill a box. No DOM. */

const CHARACTER = 0.6; // width of a character of the monospaced face, in its size
const LETTER = 0.46; // the same for the prose face, on average
const SPARE = 60; // px of the room under the stage that small type may take before it gets smaller still; half as much each, one lane under the other
const TOKEN = 4.2; // characters of a token, on average, its space included

/** A token as its slot shows it: a leading space is the slot's own edge, and what is nothing but white space gets a sign.
 * @param {string} text
 */
export function slotText(text) {
  const shown = text.replace(/\n/g, '↵').replace(/^ (?=.)/, '');
  return shown.trim() || !text ? shown : '␣';
}

/** The largest type in which the slots of a lane fill a box in a hall, and its text the same box once it has ended.
 * @param {number} length tokens
 * @param {number} width px
 * @param {number} height px
 */
export function typeForHall(length, width, height) {
  let size = 60;
  let columns;
  let row;
  do {
    size -= 0.5;
    columns = Math.max(Math.floor(width / (size * CHARACTER * 7)), 1);
    row = Math.round(size * 1.4);
  } while (size > 11 && Math.ceil(length / columns) * row > height);
  const tall = Math.min(height, Math.ceil(length / columns) * row); // the text takes the place of the slots
  let reading = 72;
  while (reading > 14 && Math.ceil((length * TOKEN * LETTER * reading) / (width - 3 * reading)) * reading * 1.45 > tall) reading--; // a line ends before a word that does not fit
  return { size, columns, row, reading, lines: 1, room: roomOf(size, columns, width) };
}

/** The largest type in which slots and reading lines of a lane fit a box, in px; small type rather than none where nothing
    fits. Eight slots a row make a full rectangle of every length on offer, so other numbers are the second choice.
 * @param {number} length tokens
 * @param {number} width px
 * @param {number} height px
 * @param {boolean} withReading whether reading lines share it
 */
export function typeFor(length, width, height, withReading) {
  const least = CHARACTER * (withReading ? 8 : 7);
  const choices = [];
  for (let size = 26; size >= 12; size -= 0.5) choices.push({ size, columns: 8 });
  for (let size = 16; size >= 11; size -= 0.5) choices.push({ size, columns: Math.floor(width / (size * least)) });
  for (let size = 12; size >= 10; size -= 0.5) choices.push({ size, columns: Math.floor(width / (size * least)), tight: true });
  const wide = choices.filter(({ size, columns }) => columns > 2 && width / columns >= size * least);
  const fitted = (wide.length ? wide : [{ size: 10, columns: 3, tight: true }]).map((choice) => filled(choice, length, width, withReading));
  return fitted.find((type) => type.height <= height + (type.tight ? SPARE / (withReading ? 1 : 2) : 0))
    || fitted.reduce((best, type) => (type.height < best.height ? type : best));
}

/** A size of slots, and what else of the box follows from it.
 * @param {{ size: number, columns: number, tight?: boolean }} choice
 * @param {number} length
 * @param {number} width
 * @param {boolean} withReading
 */
function filled({ size, columns, tight = false }, length, width, withReading) {
  const row = Math.round(size * (tight ? 1.4 : withReading ? 1.75 : 1.55));
  const reading = Math.min(Math.max(size + 1, 14), 22);
  const all = withReading ? Math.ceil((length * TOKEN * LETTER * reading) / width) : 0;
  const lines = tight ? Math.min(all, 3) : all; // it scrolls
  const height = Math.ceil(length / columns) * row + lines * Math.round(reading * 1.45);
  return { size, columns, row, reading, lines, room: roomOf(size, columns, width), tight, height };
}

/** Characters that fit a slot.
 * @param {number} size
 * @param {number} columns
 * @param {number} width
 */
function roomOf(size, columns, width) {
  return Math.floor((width / columns - 6) / (size * CHARACTER));
}
