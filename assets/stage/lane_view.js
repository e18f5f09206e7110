/* A lane on the screen: heading, figures, slots and reading line. */

import { slotOf } from './slots.js';
import { PHASE_RULES } from '../generated/constants.js';
import { make, nameFor, setAria, setText } from './dom.js';
import { NOWHERE } from './drag.js';
import { nextTurn } from './next_turn.js';
import { count, hasSettled, isNews, isSettled } from './record.js';
import { slotText } from './slot.js';
import { EQUAL } from './timing.js';
import { arrivalsOf, milliseconds, short, stepOf, unitOf } from './words.js';

const FIGURES = [
  ['elapsed'], ['speed', 'characters/s'], ['rate', 'tok/s'], ['passes'], ['each', 'tokens per pass'], ['remasks', 'taken back'], ['replacements', 'replaced'],
];

/** A figure and its name.
 * @param {string} key
 * @param {string} [label]
 */
function figure(key, label = key) {
  const name = make('dt', '', label);
  const value = make('dd', '', '–');
  return { name, value, item: make('div', `figure figure-${key}`, name, value) };
}

/** The position of the slot that an element lies in; NOWHERE where it lies in none.
 * @param {Element} target
 */
export function placeOf(target) {
  const slot = target.closest('[data-at]');
  return slot instanceof HTMLElement ? Number(slot.dataset.at) : NOWHERE;
}

/** @typedef {import('../types').Cell} Cell */

/** Fixed slots, a reading line and figures for one lane. Only slots whose cell changed are touched. */
export class LaneView {
  /**
   * @param {import('./record.js').LaneRecord} record
   * @param {boolean} showDrafts
   */
  constructor(record, showDrafts) {
    this.record = record;
    this.showDrafts = showDrafts;
    this.shown = -2;
    this.timing = record.timing; // of the figures
    /** @type {(Cell | undefined)[]} */
    this.painted = []; // what each slot shows
    /** @type {Set<number>} */
    this.fresh = new Set();
    this.flip = false;
    this.turn = Infinity; // where its reply is over, and a next turn begins
    this.room = 8; // characters that fit a slot
    this.end = record.size; // the position at which the text ends
    this.over = false; // what is shown is the lane's last frame
    /** @type {string | undefined} */
    this.heardPhase = undefined; // the phase that a screen reader has heard of
    this.phase = make('span', 'phase-name');
    this.rule = make('span', 'phase-rule');
    /** @type {Record<string, { name: HTMLElement, value: HTMLElement, item: HTMLElement }>} */
    this.figures = Object.fromEntries(FIGURES.map(([key, label]) => [key, figure(key, label)]));
    this.figures.each.item.hidden = record.served;
    this.prompt = make('p', record.lane.about.prompt_text ? 'prompt own' : 'prompt'); // its own text, or that of the lane above
    this.grid = make('div', 'slots');
    setAria(this.grid, 'hidden', 'true');
    this.cursor = make('button', 'cursor'); // the slots are hidden from screen readers, which read the text below
    this.cursor.type = 'button';
    this.at = record.lane.prompt; // the position of the cursor
    this.reading = make('p', 'reading');
    this.reading.tabIndex = 0; // a long text scrolls
    this.prompt.dir = this.reading.dir = 'auto';
    /** @type {HTMLElement[]} */
    this.slots = [];
    /** @type {(HTMLElement | null)[]} */
    this.words = []; // none of the prompt
    this.fillPlate();
    const { kind, key, title, about } = record.lane;
    this.plate = make('div', 'plate', this.prompt, this.grid, this.cursor, this.reading);
    this.note = make('p', 'lane-note');
    if (about.note) this.plate.append(this.note);
    const figures = make('dl', 'figures', ...Object.values(this.figures).map(({ item }) => item));
    this.root = make('section', 'lane', this.heading(), figures, this.plate);
    Object.assign(this.root.dataset, { kind, key, slot: slotOf(record.lane) });
    nameFor(this.root, title);
  }

  heading() {
    const { title: name, about } = this.record.lane;
    const title = make('h2', 'lane-title', name);
    title.title = name; // where it is cut
    if (about.approximate) {
      const label = make('span', 'approximate', 'approximate');
      label.title = 'A cache keeps what was computed before other tokens changed, so tokens may differ from those of an exact run.';
      title.append(label);
    }
    return make('header', 'lane-head', title, make('p', 'phase', this.phase, this.rule));
  }

  /** A slot for each token, and a word for each that the lane writes. That of a served lane grows. */
  fillPlate() {
    const { prompt, about } = this.record.lane;
    for (let at = this.slots.length; at < this.record.size; at++) {
      const slot = make('span', at === about.picture ? 'slot picture' : 'slot');
      const word = at < prompt ? null : make('span', 'word');
      slot.dataset.at = String(at);
      this.slots.push(slot);
      this.words.push(word);
      (word ? this.grid : this.prompt).append(slot);
      if (word) this.reading.append(word);
    }
  }

  /** Show frame i. What settled since the frame shown before is fresh; after a jump, what frame i settled.
   * @param {number} i
   * @param {boolean} playing
   */
  paint(i, playing) {
    if (i === this.shown) return this.retime(i);
    this.fillPlate();
    const from = Math.max(playing && this.shown >= 0 && i > this.shown ? this.shown + 1 : i, 1);
    const cells = this.record.cells(i);
    this.moveEnd(cells, i);
    /** @type {Set<number>} */
    const fresh = new Set();
    const before = this.record.cells(Math.min(from - 1, i)); // nothing has come yet where i is -1
    for (const { changes } of this.record.frames.slice(from, i + 1)) {
      for (const change of changes) if (isNews(change, before[change[0]])) fresh.add(change[0]);
    }
    this.flip = !this.flip;
    for (const at of new Set([...this.fresh, ...fresh])) {
      const { classList } = this.slots[at];
      classList.toggle('fresh', fresh.has(at));
      classList.toggle('again', this.flip && fresh.has(at)); // two names for one animation, so that it restarts
    }
    this.fresh = fresh;
    for (let at = 0; at < cells.length; at++) {
      if (cells[at] !== this.painted[at]) this.paintCell(at, cells[at]);
    }
    this.painted = cells;
    this.shown = i;
    this.markNextTurn(cells);
    this.paintFigures(i, cells);
  }

  /** Set what follows the reply apart: where it goes on, nobody asked.
   * @param {Cell[]} cells
   */
  markNextTurn(cells) {
    const turn = nextTurn(cells, this.record.lane.prompt);
    if (turn === this.turn) return;
    this.turn = turn;
    this.words.forEach((word, at) => {
      for (const place of word ? [word, this.slots[at]] : []) place.classList.toggle('next-turn', at >= turn);
    });
  }

  /** Find the end token that ends the text. Positions after it are not part of the text.
   * @param {Cell[]} cells
   * @param {number} i
   */
  moveEnd(cells, i) {
    const { prompt } = this.record.lane;
    const end = this.record.endOf(cells);
    const over = this.record.finished && i === this.record.frames.length - 1;
    if (end === this.end && over === this.over) return;
    const from = Math.min(end, this.end);
    Object.assign(this, { end, over });
    for (let at = Math.max(from, prompt); at < cells.length; at++) {
      this.slots[at].classList.toggle('past', at > end);
      this.painted[at] = undefined; // its word appears or goes
    }
  }

  /**
   * @param {number} at
   * @param {Cell} cell
   */
  paintCell(at, cell) {
    const slot = this.slots[at];
    if (this.over && at > this.end && !hasSettled(cell)) cell = null; // the text ended before this position
    const state = cell ? cell[3] : 'empty';
    const hidden = state === 'draft' && !this.showDrafts;
    const end = cell !== null && this.record.isEnd(cell);
    const text = !cell || hidden ? '' : end ? 'end' : slotText(cell[1]);
    slot.dataset.state = hidden ? 'noise' : state;
    slot.classList.toggle('end', end);
    setText(slot, this.words[at] ? text : (cell?.[1] || '').replace(/\n/g, '↵'));
    this.fitSlot(at);
    if (cell && cell[2] !== null) slot.style.setProperty('--confidence', `${Math.round(cell[2] * 100)}%`);
    else slot.style.removeProperty('--confidence');
    this.paintWord(at, cell, hidden);
  }

  /** A token longer than its slot is set in the narrower face (stage.css), and smaller where that is not enough.
   * @param {number} at
   */
  fitSlot(at) {
    if (!this.words[at]) return;
    const characters = (this.slots[at].textContent || '').length;
    this.slots[at].style.fontSize = characters > this.room ? `max(10px,${Math.min(1, 1.2 * this.room / characters).toFixed(2)}em)` : '';
  }

  /** @param {number} room characters that fit a slot */
  setRoom(room) {
    if (room === this.room) return;
    this.room = room;
    this.slots.forEach((_, at) => this.fitSlot(at));
  }

  /**
   * @param {number} at
   * @param {Cell} cell
   * @param {boolean} hidden
   */
  paintWord(at, cell, hidden) {
    const word = this.words[at];
    if (!word) return;
    const state = cell ? cell[3] : 'empty';
    word.dataset.state = hidden ? 'noise' : state;
    if (!cell || at >= this.end || this.record.isEnd(cell)) setText(word, '');
    else if (hidden || (!cell[1] && !isSettled(state))) setText(word, ' ·');
    else setText(word, cell[1].replace(/\n/g, at < this.record.size - 1 ? ' ↵ ' : '')); // a line that nothing follows needs no sign
  }

  /**
   * @param {number} i
   * @param {Cell[]} cells
   */
  paintFigures(i, cells) {
    const { lane, frames, served, fault } = this.record;
    const frame = frames[i];
    const { tokens, characters, settled } = count(cells, lane.prompt, this.end, this.record.keyframes[0] || [], Boolean(lane.about.share));
    const phase = frame ? frame.phase : 'noise';
    const failed = fault && i === frames.length - 1;
    const types = lane.kind === 'ar' && phase !== 'final'; // it has no noise, and no draft of what comes
    const waits = this.record.thinking ? 'thinking' : 'sent';
    const said = failed ? 'failed' : served && phase !== 'final' ? (i > 0 ? 'arriving' : waits) : types ? 'typing' : phase;
    this.root.dataset.phase = said === 'typing' ? phase : said;
    setText(this.phase, said);
    const numbers = `${settled} of ${lane.length}`;
    const rule = types ? numbers : PHASE_RULES[phase] + (/rough|clear/.test(phase) ? `, ${numbers} settled` : '');
    setText(this.rule, served ? 'wall clock, network included' : rule);
    setText(this.note, `${failed ? `${fault} ` : ''}${lane.about.note || ''}`);
    this.paintMending(i);
    const { speed, rate, passes, each } = this.figures;
    const time = this.record.figureOf(i);
    this.timing = this.record.timing;
    /** @param {number} written */
    const perSecond = (written) => (time > 0 ? short((written * 1000) / time) : '–');
    setText(speed.value, perSecond(characters));
    const usage = phase === 'final' && lane.about.remote?.usage;
    const counted = served ? usage && !usage.reasoning_tokens && usage.completion_tokens : tokens; // a chunk is no token, thinking no text
    setText(rate.value, typeof counted === 'number' ? perSecond(counted) : '–');
    const arrived = frame ? arrivalsOf(lane, frame.i) : 0;
    setText(passes.value, frame ? String(arrived) : '–');
    setText(passes.name, arrived === 1 ? stepOf(lane) : unitOf(lane));
    setText(each.value, frame && frame.i > 0 ? (tokens / frame.i).toFixed(tokens / frame.i < 10 ? 2 : 1) : '–');
  }

  /** Tokens taken back and tokens replaced, shown for a lane that does either.
   * @param {number} i
   */
  paintMending(i) {
    const none = { remasks: 0, replacements: 0 };
    const last = this.record.mending.at(-1) || none;
    const now = this.record.mending[i] || none;
    const { remasks, replacements } = this.figures;
    remasks.item.hidden = !last.remasks;
    replacements.item.hidden = !last.replacements;
    setText(remasks.value, String(now.remasks));
    setText(replacements.value, String(now.replacements));
  }

  /** Figures count another time where passes are shown at other times.
   * @param {number} i
   */
  retime(i) {
    if (this.timing !== this.record.timing) this.paintFigures(i, this.record.cells(i));
  }

  /** @param {number} clock ms */
  paintElapsed(clock) {
    const { record } = this;
    const { timing } = record;
    setText(this.figures.elapsed.value, timing === EQUAL ? milliseconds(record.figureOf(this.shown)) : `${timing.moment(Math.min(clock, record.reached))} ${timing.mark}`.trim());
  }

  /** @param {boolean} showDrafts */
  setDrafts(showDrafts) {
    this.showDrafts = showDrafts;
    this.painted.forEach((cell, at) => { if (cell && cell[3] === 'draft') this.paintCell(at, cell); });
  }

  text() {
    return (this.reading.textContent || '').trim();
  }
}
