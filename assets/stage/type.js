/* Type: what a token looks like in its slot, and the size at which slots and text fill a box. */

const CHARACTER = 0.6; // width of a character of the monospaced face, in its size
const LETTER = 0.46; // the same for the prose face, on average
const SPARE = 60; // px of the room under the stage that small type may take before it gets smaller still
const TOKEN = 4.2; // characters of a token, on average, its space included

/** A token as its slot shows it: a leading space is the slot's own edge, and what is nothing but white space gets a sign. */
function slotText(text) {
  const shown = text.replace(/\n/g, '↵').replace(/^ (?=.)/, '');
  return shown.trim() || !text ? shown : '␣';
}

/** The largest type in which the slots of a lane fill a box in a hall, and its text the same box once it has ended. */
function typeForHall(length, width, height) {
  let size = 60;
  let columns;
  let row;
  do {
    size -= 0.5;
    columns = Math.max(Math.floor(width / (size * CHARACTER * 7)), 1);
    row = Math.round(size * 1.4);
  } while (size > 11 && Math.ceil(length / columns) * row > height);
  let reading = 60;
  while (reading > 14 && Math.ceil((length * TOKEN * LETTER * reading) / width) * reading * 1.45 > height) reading--;
  return { size, columns, row, reading, lines: 1, room: Math.floor((width / columns - 6) / (size * CHARACTER)) };
}

/** The largest type in which slots and reading lines of a lane fit a box, in px; small type rather than none where nothing
    fits. Eight slots a row make a full rectangle of every length on offer, so other numbers are the second choice. */
function typeFor(length, width, height, withReading) {
  const least = CHARACTER * (withReading ? 8 : 7);
  const choices = [];
  for (let size = 26; size >= 12; size -= 0.5) choices.push({ size, columns: 8 });
  for (let size = 16; size >= 11; size -= 0.5) choices.push({ size, columns: Math.floor(width / (size * least)) });
  for (let size = 12; size >= 10; size -= 0.5) choices.push({ size, columns: Math.floor(width / (size * least)), tight: true });
  const fitted = choices.filter(({ size, columns }) => columns > 2 && width / columns >= size * least);
  for (const choice of fitted) {
    const { size, columns, tight } = choice;
    choice.room = Math.floor((width / columns - 6) / (size * CHARACTER));
    choice.row = Math.round(size * (tight ? 1.4 : withReading ? 1.75 : 1.55));
    choice.reading = Math.min(Math.max(size + 1, 14), 22);
    choice.lines = withReading ? Math.ceil((length * TOKEN * LETTER * choice.reading) / width) : 0;
    if (tight) choice.lines = Math.min(choice.lines, 3); // it scrolls
    choice.height = Math.ceil(length / columns) * choice.row + choice.lines * Math.round(choice.reading * 1.45);
    if (choice.height <= height + (tight ? SPARE : 0)) return choice;
  }
  return fitted.reduce((least, choice) => (choice.height < least.height ? choice : least));
}
