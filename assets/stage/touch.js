/* Touch: take a token back, put another, pin a span; then go on from the frame that is shown. */

/** The edits of each lane, kept until a branch is made of them, and the controls for the pinned token. */
class Touch {
  constructor(inspector) {
    Object.assign(this, { inspector, edits: new WeakMap() });
    this.root = make('div', 'touch');
    this.back = this.button('Take it back', () => this.edit({ remask: true }));
    this.pin = this.button('Pin', () => this.edit({ pin: true }));
    this.form = make('form', 'put');
    this.input = make('input');
    Object.assign(this.input, { type: 'text', maxLength: 200, placeholder: 'other words', autocomplete: 'off', spellcheck: false });
    this.input.setAttribute('aria-label', 'Replace it by');
    this.form.append(this.input, this.button('Replace', null));
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.input.value.trim()) this.edit({ text: this.spaced(this.input.value) });
    });
    this.list = make('ul', 'edits');
    this.go = this.button('Go on', () => this.branch());
    this.go.classList.add('go');
    this.why = make('p', 'touch-why');
    this.root.append(this.back, this.pin, this.form, this.list, this.go, this.why);
  }

  button(text, action) {
    const button = make('button', 'act', text);
    button.type = action ? 'button' : 'submit';
    if (action) button.addEventListener('click', action);
    return button;
  }

  /** A press on one slot opens it; one drawn across several pins the span. */
  attach(view) {
    const first = view.record.lane.prompt;
    const under = ({ clientX, clientY }) => {
      const slot = (document.elementFromPoint(clientX, clientY) || view.root).closest('[data-at]');
      return slot && slot.parentNode === view.grid ? Number(slot.dataset.at) : -1;
    };
    let from = -1;
    let to = -1;
    const mark = (on) => {
      for (let at = Math.min(from, to); on !== undefined && at <= Math.max(from, to); at++) view.slots[at].classList.toggle('spanned', on);
    };
    view.grid.addEventListener('pointerdown', (event) => {
      if (event.button === 0) from = to = under(event);
    });
    view.grid.addEventListener('pointermove', (event) => {
      const at = from < 0 || !event.buttons ? -1 : under(event);
      if (at < first || at === to) return;
      mark(false);
      to = at;
      mark(true);
    });
    view.grid.addEventListener('pointerup', () => {
      if (from < first) return;
      mark(false);
      this.inspector.pin(view, Math.min(from, to), Math.max(from, to));
      if (from !== to && this.inspector.view) this.edit({ pin: true }); // pinning a span that is pinned lets go of it
      from = to = -1;
    });
    for (const type of ['pointercancel', 'pointerleave']) {
      view.grid.addEventListener(type, () => {
        if (from >= first) mark(false);
        from = to = -1;
      });
    }
  }

  /** Edits of a lane: {position: edit}. */
  of(record) {
    if (!this.edits.has(record)) this.edits.set(record, new Map());
    return this.edits.get(record);
  }

  /** In order, with what stands there now. */
  sorted({ record, painted }) {
    return [...this.of(record).values()].sort((one, other) => one.position - other.position)
      .map((edit) => ({ ...edit, was: painted[edit.position] ? painted[edit.position][1] : '' }));
  }

  /** The words as they would stand there: a word begins with a space where the token it replaces does. */
  spaced(text) {
    const { view, at } = this.inspector;
    const cell = view.painted[at];
    const inside = cell && /^[^\s]/.test(cell[1]);
    return /^[\s,.;:!?'’)]/.test(text) || inside ? text : ` ${text}`;
  }

  edit(edit) {
    const { view, at, end, stage } = this.inspector;
    stage.pause(); // edits belong to a frame
    const edits = this.of(view.record);
    for (let n = at; n <= end; n++) {
      const cell = view.painted[n];
      if (!edit.pin || (cell && cell[3] !== 'noise' && cell[3] !== 'remasked')) edits.set(n, { position: n, ...edit });
    }
    this.input.value = '';
    this.paint();
  }

  paint() {
    const { view, at, end, stage } = this.inspector;
    const { record, shown } = view;
    const edits = this.sorted(view);
    const cell = view.painted[at];
    setText(this.back, at === end ? 'Take it back' : 'Take them back');
    this.back.disabled = !cell || cell[3] === 'noise' || cell[3] === 'remasked';
    this.pin.disabled = this.back.disabled || cell[3] === 'pinned';
    this.form.hidden = at !== end;
    view.slots.forEach((slot, n) => {
      const edit = this.of(record).get(n);
      if (edit) slot.dataset.edit = edit.text ? slotText(edit.text) : edit.pin ? 'pin' : '';
      else delete slot.dataset.edit;
    });
    this.list.replaceChildren(...told(edits).map(({ line, positions }) => {
      const item = make('li', '', line);
      const undo = this.button('Undo', () => {
        for (const position of positions) this.of(record).delete(position);
        this.paint();
      });
      undo.setAttribute('aria-label', `Undo: ${line}`);
      item.append(undo);
      return item;
    }));
    const open = openAt(record, shown, edits, stage.header.same_length);
    this.root.hidden = !stage.options.onBranch;
    this.go.hidden = !edits.length;
    this.go.disabled = !open.length;
    setText(this.go, `Go on from ${passOf(shown)}`);
    setText(this.why, edits.length && !open.length ? 'Nothing is open here before the end of the text: take a token back, or go to an earlier pass.' : '');
  }

  branch() {
    const { view, stage } = this.inspector;
    const edits = this.sorted(view);
    this.edits.delete(view.record);
    this.inspector.close();
    stage.branches.grow(view.record, view.shown, edits);
  }
}

/** Edits in words, neighbours that are pinned or taken back together as one. */
function told(edits) {
  const groups = [];
  for (const edit of edits) {
    const last = groups.at(-1);
    const joins = last && !edit.text && !last.text && last.pin === edit.pin && last.positions.at(-1) === edit.position - 1;
    if (joins) last.positions.push(edit.position);
    else groups.push({ ...edit, was: '', positions: [edit.position] });
    groups.at(-1).was += edit.was;
  }
  return groups.map(({ was, text, pin, positions }) => {
    const old = was.trim() ? quoted(was.trim()) : 'an open position';
    return { positions, line: text ? `${quoted(text)} for ${old}` : `${old} ${pin ? 'pinned' : 'taken back'}` };
  });
}

/** Positions that a branch from frame i would fill. An AR lane writes all behind its first edit anew. endless: the text is to have
    its full length; else nothing after its end is written. */
function openAt(record, i, edits, endless) {
  const cells = record.cells(i);
  const kept = new Set(edits.filter(({ remask }) => !remask).map(({ position }) => position));
  const taken = new Set(edits.filter(({ remask }) => remask).map(({ position }) => position));
  const cut = record.lane.kind === 'ar' && edits.length ? edits[0].position : cells.length;
  const settled = (at) => cells[at] && SETTLED.has(cells[at][3]) && (at < cut || cells[at][3] === 'pinned');
  const open = cells.map((_, at) => at).filter((at) => at >= record.lane.prompt && !kept.has(at) && (taken.has(at) || !settled(at)));
  const lastPin = cells.findLastIndex((cell, at) => kept.has(at) || (!taken.has(at) && cell?.[3] === 'pinned'));
  const isEnd = (cell, at) => cell && record.isEnd(cell) && !edits.some(({ position, text }) => text && position === at);
  const end = cells.findIndex((cell, at) => at >= lastPin && !open.includes(at) && isEnd(cell, at));
  return endless || end < 0 || open[0] < end ? open : [];
}
