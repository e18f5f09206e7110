/* An example before and after, in large type: the text as it was given, and what each lane has made of it so far. */

import { elementOf } from './elements.js';
import { piecesOf } from './lane_pieces.js';
import { theStage } from './public.js';

const LOOK = 150; // ms between two looks at the stage
const BOXES = 12; // of a gap; a longer one is as wide

/** @typedef {import('./lane_pieces.js').Piece} Piece */

/** @param {Piece} piece */
function drawn({ kind, text, places }) {
  const part = document.createElement(kind === 'written' ? 'mark' : 'span');
  part.textContent = text;
  if (kind !== 'open') return part;
  part.className = 'gap';
  part.style.setProperty('--places', String(Math.min(places, BOXES)));
  part.setAttribute('role', 'img');
  part.setAttribute('aria-label', places === 1 ? '1 open place' : `${places} open places`);
  return part;
}

/** A text under its title.
 * @param {string} title
 * @param {string} slot the lane's place in the palette; empty for none
 * @param {Piece[]} pieces
 */
function column(title, slot, pieces) {
  const text = document.createElement('p');
  text.dir = 'auto';
  text.append(...pieces.map(drawn));
  const whole = document.createElement('div');
  if (slot) whole.dataset.slot = slot;
  whole.append(Object.assign(document.createElement('h3'), { textContent: title }), text);
  return whole;
}

/** What the stage shows, before and now. A race that begins as noise shows the text before it.
 * @param {import('../types').Trace} trace
 * @param {Record<string, number>} shown frames by lane
 */
function columns(trace, shown) {
  const [first] = trace.lanes;
  return [
    column('Before', '', piecesOf(trace, first.key, 0)),
    ...trace.lanes.slice(0, 2).map(({ key, title, kind, about }) => column(title, about.slot || (kind === 'ar' ? 'two' : 'one'), piecesOf(trace, key, shown[key] ?? 0))),
  ];
}

/** Show columns. One that says the same stays, and with it what a reader has selected in it.
 * @param {HTMLElement} texts
 * @param {HTMLElement[]} next
 */
function setColumns(texts, next) {
  next.forEach((one, i) => {
    const now = texts.children[i];
    if (!now) texts.append(one);
    else if (!now.isEqualNode(one)) now.replaceWith(one);
  });
  while (texts.children.length > next.length) texts.lastElementChild?.remove();
}

export class BeforeAfter {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.prompt = ''; // of the example that it shows
    this.drawn = ''; // what it shows
    /** @type {string | null | undefined} */
    this.last = null; // the run that stood on the stage before
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
    elementOf(root, '[data-close]').addEventListener('click', () => this.close());
  }

  /** Show an example while it runs and after it.
   * @param {string} title
   * @param {string} watch
   * @param {string} prompt
   */
  open(title, watch, prompt) {
    Object.assign(this, { prompt, drawn: '', last: theStage()?.run });
    elementOf(this.root, 'h2').textContent = title;
    elementOf(this.root, 'header p').textContent = watch;
    elementOf(this.root, '.texts').replaceChildren();
    this.root.hidden = false;
    clearInterval(this.timer);
    this.timer = setInterval(() => this.look(), LOOK);
  }

  close() {
    clearInterval(this.timer);
    this.root.hidden = true;
  }

  /** Draw what is new on the stage; close where it shows the run of another prompt. */
  look() {
    const stage = theStage();
    const { run, header, shown, own } = stage;
    if (!own || run === this.last) return; // its run has not begun
    const now = JSON.stringify([run, shown]);
    if (header?.prompt !== this.prompt) {
      if (this.drawn) this.close(); // its own lanes may not have come yet
    } else if (now !== this.drawn && stage.trace) {
      this.drawn = now;
      setColumns(elementOf(this.root, '.texts'), columns(stage.trace, shown));
    }
  }
}
