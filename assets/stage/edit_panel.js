/* Edits: take a token back, put another, pin a span; then go on from the frame that is shown. */

import { listen, make, makeButton, nameFor, refill, setText } from './dom.js';
import { Drag, NOWHERE } from './drag.js';
import { inWords, openAt } from './edits.js';
import { placeOf } from './lane_view.js';
import { holdsToken } from './record.js';
import { slotText } from './slot.js';
import { passOf } from './words.js';

/** @typedef {import('./record.js').LaneRecord} LaneRecord */
/** @typedef {import('./lane_view.js').LaneView} LaneView */
/** @typedef {import('./inspector.js').Pinned} Pinned */
/** @typedef {import('../types').Edit} Edit */

/** The edits of each lane, kept until the branch that starts from them is there, and the controls of the pinned token. */
export class EditPanel {
  /** @param {import('./inspector.js').Inspector} inspector */
  constructor(inspector) {
    this.inspector = inspector;
    /** @type {WeakMap<LaneRecord, Map<number, Edit>>} */
    this.edits = new WeakMap(); // of each record, by position
    this.back = makeButton('act', 'Take it back', () => this.edit({ remask: true }));
    this.pin = makeButton('act', 'Pin', () => this.edit({ pin: true }));
    this.input = make('input');
    Object.assign(this.input, { type: 'text', maxLength: 200, placeholder: 'other words', autocomplete: 'off', spellcheck: false });
    nameFor(this.input, 'Replace it by');
    this.form = make('form', 'put', this.input, makeButton('act', 'Replace'));
    listen(this.form, {
      submit: (event) => {
        event.preventDefault();
        if (this.input.value.trim()) this.replace(this.input.value);
      },
    });
    this.list = make('ul', 'edits');
    this.go = makeButton('act', 'Go on', () => this.branch());
    this.go.classList.add('go');
    this.why = make('p', 'touch-why');
    this.root = make('div', 'touch', this.back, this.pin, this.form, this.list, this.go, this.why);
  }

  /** A press on one slot opens it; one drawn across several pins the span.
   * @param {LaneView} view
   */
  attach(view) {
    const { grid, slots, record } = view;
    this.mark(view);
    const drag = new Drag(record.lane.prompt);
    /** @param {PointerEvent} event */
    const under = ({ clientX, clientY }) => {
      const element = document.elementFromPoint(clientX, clientY);
      return element && grid.contains(element) ? placeOf(element) : NOWHERE;
    };
    /**
     * @param {[number, number]} span
     * @param {boolean} on
     */
    const mark = ([from, to], on) => {
      for (let at = from; at <= to; at++) slots[at].classList.toggle('spanned', on);
    };
    const leave = () => {
      const span = drag.end();
      if (span) mark(span, false);
      return span;
    };
    listen(grid, {
      pointerdown: (/** @type {PointerEvent} */ event) => {
        if (event.button === 0) drag.press(under(event));
      },
      pointermove: (/** @type {PointerEvent} */ event) => {
        const before = drag.span;
        if (!event.buttons || !drag.active || !drag.move(under(event))) return;
        mark(before, false);
        mark(drag.span, true);
      },
      pointerup: () => {
        const span = leave();
        if (!span) return;
        const [from, to] = record.served ? [span[0], span[0]] : span;
        this.inspector.pin(view, from, to);
        if (from !== to && this.inspector.pinned) this.edit({ pin: true }); // pinning a span that is pinned lets go of it
      },
      pointercancel: leave,
      pointerleave: leave,
    });
  }

  /** Edits of a lane: {position: edit}.
   * @param {LaneRecord} record
   * @returns {Map<number, Edit>}
   */
  of(record) {
    const edits = this.edits.get(record) || new Map();
    this.edits.set(record, edits);
    return edits;
  }

  /** The edits in order, with the current text of each position.
   * @param {LaneView} view
   */
  sorted({ record, painted }) {
    return [...this.of(record).values()].sort((one, other) => one.position - other.position)
      .map((edit) => ({ ...edit, was: painted[edit.position]?.[1] || '' }));
  }

  /** Put words in the place of the pinned token. A word begins with a space where the token it replaces does.
   * @param {string} text
   */
  replace(text) {
    const { pinned } = this.inspector;
    const cell = pinned && pinned.view.painted[pinned.at];
    const inside = cell && /^[^\s]/.test(cell[1]);
    this.edit({ text: /^[\s,.;:!?'’)]/.test(text) || inside ? text : ` ${text}` });
  }

  /** Edit the pinned tokens.
   * @param {Omit<Edit, 'position'>} edit
   */
  edit(edit) {
    const { pinned, stage } = this.inspector;
    if (!pinned) return;
    const { view, at, end } = pinned;
    stage.playback.pause(); // edits belong to a frame
    const edits = this.of(view.record);
    for (let n = at; n <= end; n++) {
      const cell = view.painted[n];
      if (!edit.pin || holdsToken(cell)) edits.set(n, { position: n, ...edit });
    }
    this.input.value = '';
    this.paint(pinned);
  }

  /** Show the edits of a lane on its slots.
   * @param {LaneView} view
   */
  mark({ record, slots }) {
    const edits = this.of(record);
    slots.forEach((slot, n) => {
      const edit = edits.get(n);
      if (edit) slot.dataset.edit = edit.text ? slotText(edit.text) : edit.pin ? 'pin' : '';
      else delete slot.dataset.edit;
    });
  }

  /** A branch has the edits of a lane now.
   * @param {LaneRecord} record
   */
  forget(record) {
    this.edits.delete(record);
  }

  /** @param {Pinned} pinned */
  paint(pinned) {
    const { view, at, end } = pinned;
    const { stage } = this.inspector;
    const { record, shown } = view;
    const edits = this.sorted(view);
    const cell = view.painted[at];
    setText(this.back, at === end ? 'Take it back' : 'Take them back');
    this.back.disabled = !holdsToken(cell);
    this.pin.disabled = !holdsToken(cell) || cell[3] === 'pinned';
    this.form.hidden = at !== end;
    this.mark(view);
    refill(this.list, ...inWords(edits).map(({ line, positions }) => {
      const undo = makeButton('act', 'Undo', () => {
        for (const position of positions) this.of(record).delete(position);
        this.paint(pinned);
        [this.back, this.pin, this.input].find(({ disabled }) => !disabled)?.focus(); // this button is gone
      });
      nameFor(undo, `Undo: ${line}`);
      return make('li', '', line, undo);
    }));
    const open = openAt(record, shown, edits, Boolean(stage.run.header?.same_length));
    this.root.hidden = !stage.options.onBranch || record.served;
    this.go.hidden = !edits.length;
    this.go.disabled = !open.length;
    setText(this.go, `Go on from ${passOf(shown)}`);
    setText(this.why, edits.length && !open.length ? 'Nothing is open here before the end of the text: take a token back, or go to an earlier pass.' : '');
  }

  /** Ask for the branch. The edits stay until it is there: the server may refuse it. */
  branch() {
    const { pinned, stage } = this.inspector;
    if (!pinned) return;
    const { view } = pinned;
    const edits = this.sorted(view);
    this.inspector.close();
    stage.branches.grow(view.record, view.shown, edits);
  }
}
