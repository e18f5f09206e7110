/* Inspect: the life of a token. Hover or focus previews it, a click pins it open. */

import { slotOf } from './slots.js';
import { AttentionPanel } from './attention_panel.js';
import { biography, standing } from './biography.js';
import { boxOf, listen, make, makeButton, nameFor, refill } from './dom.js';
import { EditPanel } from './edit_panel.js';
import { isStacked } from './layout.js';
import { placeOf } from './lane_view.js';
import { lifeRows } from './life_rows.js';
import { quoted } from './words.js';

const BEFORE_CARD = 120; // ms a pointer rests on a token before its card appears, so that crossing the stage shows none

/** @typedef {import('./lane_view.js').LaneView} LaneView */
/** @typedef {{ view: LaneView, at: number, end: number }} Pinned a token, or a span of them, end included */

/** What a slot holds; a chunk or a word of a served lane is no token.
 * @param {import('./record.js').LaneRecord} record
 */
const partOf = ({ served }) => (served ? 'part' : 'token');

/** Hover, focus and pin. The panel of a pinned token is under the slots of its lane, in place of the reading line. */
export class Inspector {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {Pinned | null} */
    this.pinned = null; // what the panel is of
    this.painted = ''; // the frame that it shows
    /** @type {{ view: LaneView, at: number } | null} */
    this.hovered = null; // what the card is of
    this.cardShown = 0; // the frame that it shows
    this.named = ''; // the frames that the names of the cursors tell of
    this.waiting = 0;
    this.card = make('div', 'life-card');
    this.card.hidden = true;
    this.life = make('div', 'life');
    const close = makeButton('token-close', 'Close', () => this.close(true));
    this.attention = new AttentionPanel(stage);
    this.edits = new EditPanel(this);
    this.panel = make('section', 'token-panel', this.life, this.edits.root, this.attention.root, close);
    listen(this.panel, { keydown: (event) => { if (event.key !== 'Escape') event.stopPropagation(); } }); // typing is no shortcut
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.pinned || event.isComposing) return;
      event.stopPropagation();
      this.close(true);
    }, true);
  }

  /** Make the slots of a lane that comes onto the stage answer.
   * @param {LaneView} view
   */
  attach(view) {
    const hide = () => this.hide();
    listen(view.grid, {
      pointerover: ({ target, pointerType }) => pointerType !== 'touch' && this.preview(view, placeOf(target)),
      pointerleave: hide,
    });
    listen(view.reading, {
      click: ({ target }) => isStacked() && target.matches('.word') && this.pin(view, view.words.indexOf(target)),
    });
    listen(view.cursor, {
      focus: () => this.aim(view, view.at),
      blur: hide,
      click: () => this.pin(view, view.at),
      keydown: (event) => this.steer(view, event),
    });
    this.name(view);
    this.named = '';
    this.edits.attach(view);
  }

  /**
   * @param {LaneView} view
   * @param {KeyboardEvent} event
   */
  steer(view, event) {
    const columns = getComputedStyle(view.grid).gridTemplateColumns.split(' ').length;
    const { prompt } = view.record.lane;
    const last = view.record.size - 1;
    const { at } = view;
    /** @type {Record<string, number | undefined>} */
    const steps = {
      ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: prompt, End: last, Enter: at, ' ': at,
    };
    const to = steps[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return; // the browser's own, as back and forward
    event.stopPropagation();
    if (to === at) return; // the button's own click follows
    event.preventDefault();
    if (to >= prompt && to <= last) this.aim(view, to);
  }

  /** Put the keyboard's cursor on a token.
   * @param {LaneView} view
   * @param {number} at
   */
  aim(view, at) {
    view.at = at;
    this.place(view);
    this.name(view);
    this.show(view, at);
  }

  /** A lane of a server has no slots before its text comes.
   * @param {LaneView} view
   */
  place({ cursor, slots, at }) {
    const slot = slots[at];
    if (slot) Object.assign(cursor.style, { left: `${slot.offsetLeft}px`, top: `${slot.offsetTop}px`, width: `${slot.offsetWidth}px`, height: `${slot.offsetHeight}px` });
  }

  /** @param {LaneView} view */
  name(view) {
    const { cursor, record, at } = view;
    const life = biography(record, at, view.shown);
    const text = life.cell && life.cell[1] ? `${quoted(life.cell[1])}, ` : '';
    const place = record.length ? `, ${partOf(record)} ${at - record.lane.prompt + 1} of ${record.length}` : '';
    nameFor(cursor, `${record.lane.title}${place}: ${text}${standing(life)}`);
  }

  /** Cursors are named anew where other frames are shown, but not while they play: a screen reader would say each. */
  nameAll() {
    const { views, clock } = this.stage;
    const now = views.map(({ record, shown }) => `${shown}/${record.frames.length}`).join();
    if (now === this.named || clock.playing) return;
    this.named = now;
    for (const view of views) this.name(view);
  }

  /**
   * @param {LaneView} view
   * @param {number} at
   */
  preview(view, at) {
    clearTimeout(this.waiting);
    if (at < 0) return;
    if (this.hovered) this.show(view, at);
    else this.waiting = setTimeout(() => this.show(view, at), BEFORE_CARD);
  }

  /**
   * @param {LaneView} view
   * @param {number} at
   */
  show(view, at) {
    if (this.isPinned(view, at) || !view.slots[at]) return this.hide(); // its panel says it all
    this.hovered = { view, at };
    return this.paintCard(this.hovered);
  }

  hide() {
    clearTimeout(this.waiting);
    this.hovered = null;
    this.card.hidden = true;
  }

  /** @param {{ view: LaneView, at: number }} place */
  paintCard({ view, at }) {
    this.cardShown = view.shown;
    this.card.dataset.slot = slotOf(view.record.lane);
    refill(this.card, ...lifeRows(view.record, at, biography(view.record, at, view.shown)));
    this.card.hidden = false;
    const slot = boxOf(view.slots[at]);
    const root = boxOf(this.stage.root);
    const below = slot.bottom + 6 + this.card.offsetHeight < window.innerHeight;
    const left = Math.min(slot.left - root.left, root.width - this.card.offsetWidth);
    Object.assign(this.card.style, { left: `${Math.max(left, 0)}px`, top: `${(below ? slot.bottom + 6 : slot.top - 6 - this.card.offsetHeight) - root.top}px` });
  }

  /** Whether the panel is of a token, or of a span from it.
   * @param {LaneView} view
   * @param {number} at
   */
  isPinned(view, at) {
    return this.pinned !== null && this.pinned.view === view && this.pinned.at === at;
  }

  /** Pin a token open, or with an end a span of them.
   * @param {LaneView} view
   * @param {number} at
   * @param {number} [end]
   */
  pin(view, at, end = at) {
    if (this.isPinned(view, at) && this.pinned?.end === end) return this.close();
    this.close();
    if (!view.slots[at]) return undefined;
    this.pinned = { view, at, end };
    this.painted = '';
    this.hide();
    view.root.classList.add('inspecting');
    view.plate.append(this.panel);
    this.panel.dataset.slot = slotOf(view.record.lane);
    for (let n = at; n <= end; n++) view.slots[n].classList.add('chosen');
    view.at = at;
    this.name(view);
    this.paint();
    if (isStacked()) this.panel.scrollIntoView({ block: 'nearest' });
    return this.stage.invalidate();
  }

  /** Go to the end, pin the middle one of the tokens that a lane wrote, and show what it looked at; false where it wrote none.
   * @param {import('../types').Kind} kind
   */
  lookFrom(kind) {
    const view = this.stage.views.find(({ record }) => record.lane.kind === kind);
    if (!view) return false;
    const { record } = view;
    const i = record.at(this.stage.clock.limit);
    const own = record.cells(i).filter((cell) => cell && /committed|revised/.test(cell[3]) && biography(record, cell[0], i).settled);
    const middle = own[own.length >> 1];
    if (!middle) return false;
    const [at] = middle;
    this.stage.playback.pause();
    this.stage.playback.jump(this.stage.clock.limit);
    if (!this.isPinned(view, at)) this.pin(view, at);
    this.attention.wanted = true;
    this.attention.refresh();
    return true;
  }

  /** @param {boolean} [back] whether the focus goes back to the slots */
  close(back = false) {
    if (this.pinned) {
      const { view } = this.pinned;
      view.root.classList.remove('inspecting');
      for (const slot of view.slots) slot.classList.remove('chosen');
      this.panel.remove();
      this.attention.clear();
      this.pinned = null;
      if (back && view.root.isConnected) view.cursor.focus({ preventScroll: true });
    }
    this.hide(); // last: the cursor's focus shows a card
  }

  /** Follow the clock. */
  paint() {
    if (this.hovered && this.hovered.view.shown !== this.cardShown) this.paintCard(this.hovered);
    this.nameAll();
    if (!this.pinned) return;
    const { view, at, end } = this.pinned;
    if (this.painted === `${view.shown}/${view.record.frames.length}`) return;
    this.painted = `${view.shown}/${view.record.frames.length}`;
    const life = biography(view.record, at, view.shown);
    const span = view.painted.slice(at, end + 1).map((cell) => (cell ? cell[1] : ''));
    refill(this.life, ...(span.length > 1 ? [make('p', 'life-token', span.join('').trim()), make('p', 'life-state', `${span.length} tokens`)] : lifeRows(view.record, at, life)));
    nameFor(this.panel, `${view.record.lane.title}, ${partOf(view.record)} ${at - view.record.lane.prompt + 1}`);
    this.edits.paint(this.pinned);
    this.attention.paint(this.pinned, life);
  }

  /** Slots may stand elsewhere now. */
  moved() {
    for (const view of this.stage.views) this.place(view);
    this.attention.draw();
  }
}
