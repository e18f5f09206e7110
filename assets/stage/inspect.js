/* Inspect: the life of a token, read off its lane's record. Hover or focus previews it, a click pins it open. */

const BEFORE_CARD = 120; // ms a pointer rests on a token before its card appears, so that crossing the stage shows none

/** The life of a position up to frame i: what stood there and when, how sure the model was after each pass, what else it
    thought of. An open position's noise is no token. */
function biography(record, at, i) {
  const life = { cell: null, chosen: 0, seen: 0, settled: 0, held: [], backs: [], sure: [], rivals: [] };
  for (let k = 0; k <= i; k++) {
    const frame = record.frames[k];
    const change = frame.changes.find(([position]) => position === at);
    if (change) {
      const [, text, , state, id] = change;
      const before = life.cell;
      life.cell = state === 'empty' ? null : change;
      const token = life.cell && state !== 'noise' && state !== 'remasked';
      if (token && !life.seen) life.seen = k;
      if (token && (!before || before[4] !== id || before[3] === 'noise' || before[3] === 'remasked')) {
        life.chosen = k;
        if (!life.held.length || life.held.at(-1).id !== id) life.held.push({ id, text });
      }
      if (SETTLED.has(state) && !(before && SETTLED.has(before[3]) && before[4] === id)) life.settled = k;
      if (!SETTLED.has(state) && before && SETTLED.has(before[3])) life.backs.push(k);
    }
    const rivals = frame.top && frame.top[at];
    if (rivals) life.rivals = rivals;
    life.sure.push(life.cell ? life.cell[2] : null);
  }
  life.past = record.isPast(i, at);
  if (life.cell) life.rivals = life.rivals.filter(([text]) => text !== life.cell[1]);
  return life;
}

const percent = (share) => `${Math.round(share * 100)}\u202f%`;
const quoted = (text) => `“${slotText(text)}”`;
const passOf = (i) => (i ? `pass ${i}` : 'the start');

/** How a position stands, in a few words. */
function standing({ cell, past }) {
  if (past) return 'past the end of the text';
  if (!cell) return 'nothing yet';
  const words = { prompt: 'given', noise: 'noise', draft: 'a draft', committed: 'settled', revised: 'settled anew', remasked: 'taken back', pinned: 'pinned' };
  return cell[2] === null ? words[cell[3]] : `${words[cell[3]]}, ${percent(cell[2])} sure`;
}

/** A life as elements, for card and panel alike. */
function lifeRows({ lane, frames }, at, life) {
  const head = make('p', 'life-head');
  head.append(make('span', 'life-token', life.cell && life.cell[1] ? slotText(life.cell[1]) : '·'), make('span', 'life-state', standing(life)));
  const line = sparkline(life, frames.length);
  if (line) head.append(line);
  const rows = make('dl', 'life-rows');
  const row = (name, value) => value && rows.append(make('dt', '', name), make('dd', '', value));
  const settled = life.cell && SETTLED.has(life.cell[3]) && life.settled > life.seen;
  row('Seen', life.seen ? `${passOf(life.seen)}${settled ? `, settled ${passOf(life.settled)}` : ''}` : '');
  row('Taken back', life.backs.map(passOf).join(', '));
  const held = life.held.map(({ text }) => slotText(text));
  if (held.length > 1) row(`${held.length - 1} ${held.length > 2 ? 'flips' : 'flip'}`, `${held.length > 4 ? '… → ' : ''}${held.slice(-4).join(' → ')}`);
  row('Runners-up', life.rivals.slice(0, 4).map(([text, p]) => `${slotText(text)} ${percent(p)}`).join(', '));
  row('Place', `${at - lane.prompt + 1} of ${lane.length}`);
  return [head, rows];
}

/** Confidence over passes, on the width of the whole run; nothing where it never changed. */
function sparkline({ sure, settled }, passes) {
  const known = sure.map((p, i) => [i, p]).filter(([, p]) => p !== null && p !== undefined);
  if (new Set(known.map(([, p]) => p)).size < 2) return null;
  const svg = vector('svg', { class: 'spark', viewBox: '0 0 200 30', preserveAspectRatio: 'none', role: 'img' });
  svg.setAttribute('aria-label', `Confidence over passes: ${known.map(([i, p]) => `${i}: ${percent(p)}`).join(', ')}`);
  const x = (i) => ((i / Math.max(passes - 1, 1)) * 196 + 2).toFixed(1);
  const y = (p) => (28 - p * 26).toFixed(1);
  svg.append(vector('path', { class: 'spark-floor', d: 'M2 28.5H198' }), vector('path', { class: 'spark-line', d: `M${known.map(([i, p]) => `${x(i)} ${y(p)}`).join('L')}` }));
  if (settled && sure[settled] != null) svg.append(vector('path', { class: 'spark-settled', d: `M${x(settled)} ${y(sure[settled])}V28.5` }));
  return svg;
}

/** Hover, focus and pin. A pinned token's panel stands under the slots of its lane, where the reading line was. */
class Inspector {
  constructor(stage) {
    this.stage = stage;
    this.card = make('div', 'life-card');
    this.card.hidden = true;
    this.life = make('div', 'life');
    this.panel = make('section', 'token-panel');
    const close = make('button', 'token-close', 'Close');
    close.type = 'button';
    close.addEventListener('click', () => this.close(true));
    this.look = new Look(stage, this);
    this.touch = new Touch(this);
    this.panel.append(this.life, this.touch.root, this.look.root, close);
    this.panel.addEventListener('keydown', (event) => { if (event.key !== 'Escape') event.stopPropagation(); }); // typing is no shortcut
    stage.root.append(this.card);
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.view) return;
      event.stopPropagation();
      this.close(true);
    }, true);
  }

  /** Make the slots of a lane that comes onto the stage answer. */
  attach(view) {
    const { grid, reading, record } = view;
    const first = record.lane.prompt;
    view.cursor = make('button', 'cursor'); // the slots themselves are hidden from screen readers, which read the text below
    view.cursor.type = 'button';
    view.cursor.at = first;
    grid.after(view.cursor);
    const placeOf = (event) => {
      const slot = event.target.closest('[data-at]');
      return slot ? Number(slot.dataset.at) : -1;
    };
    grid.addEventListener('pointerover', (event) => event.pointerType !== 'touch' && this.preview(view, placeOf(event)));
    grid.addEventListener('pointerleave', () => this.hide());
    reading.addEventListener('click', ({ target }) => STACKED.matches && target.matches('.word') && this.pin(view, view.words.indexOf(target)));
    view.cursor.addEventListener('focus', () => this.aim(view, view.cursor.at));
    view.cursor.addEventListener('blur', () => this.hide());
    view.cursor.addEventListener('click', () => this.pin(view, view.cursor.at));
    view.cursor.addEventListener('keydown', (event) => this.steer(view, event));
    this.name(view);
    this.touch.attach(view);
  }

  steer(view, event) {
    const columns = getComputedStyle(view.grid).gridTemplateColumns.split(' ').length;
    const { prompt } = view.record.lane;
    const last = view.record.size - 1;
    const { at } = view.cursor;
    const to = {
      ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: prompt, End: last, Enter: at, ' ': at,
    }[event.key];
    if (to === undefined) return;
    event.stopPropagation();
    if (to === at) return; // the button's own click follows
    event.preventDefault();
    if (to >= prompt && to <= last) this.aim(view, to);
  }

  /** Put the keyboard's cursor on a token. */
  aim(view, at) {
    view.cursor.at = at;
    this.place(view);
    this.name(view);
    this.show(view, at);
  }

  place({ cursor, slots }) {
    const slot = slots[cursor.at];
    Object.assign(cursor.style, { left: `${slot.offsetLeft}px`, top: `${slot.offsetTop}px`, width: `${slot.offsetWidth}px`, height: `${slot.offsetHeight}px` });
  }

  name(view) {
    const { cursor, record } = view;
    const life = biography(record, cursor.at, view.shown);
    const text = life.cell && life.cell[1] ? `${quoted(life.cell[1])}, ` : '';
    cursor.setAttribute('aria-label', `${record.lane.title}, token ${cursor.at - record.lane.prompt + 1} of ${record.lane.length}: ${text}${standing(life)}`);
  }

  preview(view, at) {
    clearTimeout(this.waiting);
    if (at < 0) return;
    if (this.hovered) this.show(view, at);
    else this.waiting = setTimeout(() => this.show(view, at), BEFORE_CARD);
  }

  show(view, at) {
    if (this.view === view && this.at === at) return this.hide(); // its panel says it all
    this.hovered = { view, at };
    return this.paintCard();
  }

  hide() {
    clearTimeout(this.waiting);
    this.hovered = null;
    this.card.hidden = true;
  }

  paintCard() {
    const { view, at } = this.hovered;
    this.card.dataset.kind = view.record.lane.kind;
    this.card.replaceChildren(...lifeRows(view.record, at, biography(view.record, at, view.shown)));
    this.card.hidden = false;
    const slot = view.slots[at].getBoundingClientRect();
    const root = this.stage.root.getBoundingClientRect();
    const below = slot.bottom + 6 + this.card.offsetHeight < window.innerHeight;
    const left = Math.min(slot.left - root.left, root.width - this.card.offsetWidth);
    Object.assign(this.card.style, { left: `${Math.max(left, 0)}px`, top: `${(below ? slot.bottom + 6 : slot.top - 6 - this.card.offsetHeight) - root.top}px` });
  }

  /** Pin a token open, or with an end a span of them. */
  pin(view, at, end = at) {
    if (this.view === view && this.at === at && this.end === end) return this.close();
    this.close();
    Object.assign(this, { view, at, end, painted: null });
    this.hide();
    view.root.classList.add('inspecting');
    view.grid.parentNode.append(this.panel);
    this.panel.dataset.kind = view.record.lane.kind;
    for (let n = at; n <= end; n++) view.slots[n].classList.add('chosen');
    view.cursor.at = at;
    this.name(view);
    this.paint();
    if (STACKED.matches) this.panel.scrollIntoView({ block: 'nearest' });
    return this.stage.invalidate();
  }

  /** Go to the end, pin the middle one of the tokens that a lane wrote, and show what it looked at; false where it wrote none. */
  lookFrom(kind) {
    const view = this.stage.views.find(({ record }) => record.lane.kind === kind);
    if (!view) return false;
    const { record } = view;
    const i = record.at(this.stage.limit);
    const own = record.cells(i).filter((cell) => cell && /committed|revised/.test(cell[3]) && biography(record, cell[0], i).settled);
    if (!own.length) return false;
    const [at] = own[own.length >> 1];
    this.stage.pause();
    this.stage.jump(this.stage.limit);
    if (this.view !== view || this.at !== at) this.pin(view, at);
    this.look.wanted = true;
    return this.look.refresh();
  }

  close(back = false) {
    this.hide();
    if (!this.view) return;
    const { view } = this;
    view.root.classList.remove('inspecting');
    for (const slot of view.slots) slot.classList.remove('chosen');
    this.panel.remove();
    this.look.clear();
    this.view = null;
    if (back && view.root.isConnected) view.cursor.focus({ preventScroll: true });
    this.hide();
  }

  /** Follow the clock. */
  paint() {
    if (this.hovered && this.hovered.view.shown !== this.cardShown) {
      this.cardShown = this.hovered.view.shown;
      this.paintCard();
    }
    if (!this.view) return;
    const { view, at } = this;
    if (this.painted === `${view.shown}/${view.record.frames.length}`) return;
    this.painted = `${view.shown}/${view.record.frames.length}`;
    const life = biography(view.record, at, view.shown);
    const span = view.painted.slice(at, this.end + 1).map((cell) => (cell ? cell[1] : ''));
    this.life.replaceChildren(...(span.length > 1 ? [make('p', 'life-token', span.join('').trim()), make('p', 'life-state', `${span.length} tokens`)] : lifeRows(view.record, at, life)));
    this.panel.setAttribute('aria-label', `${view.record.lane.title}, token ${at - view.record.lane.prompt + 1}`);
    this.touch.paint();
    this.look.paint(life);
  }

  /** Slots may stand elsewhere now. */
  moved() {
    for (const view of this.stage.views) this.place(view);
    this.look.draw();
  }
}
