/* The figures of a finished race as a table, in a drawer under the row of buttons. */

import { slotOf } from './slots.js';
import { shareTokenizer } from './diff.js';
import { make, makeButton, nameFor, refill, setAria } from './dom.js';
import { figureRows, peakLine } from './figures_table.js';

const UNTIL_THE_END = 'Let the race run to its end to see its figures.';
const NO_FIGURES = 'This run has no figures: it did not end, or its file holds none.';
const NOTE = 'An arrival is a pass that settles at least one token. Times are on each lane’s own clock. Point at a tick of the time axis for the figures of one pass.';

export class Figures {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {unknown[]} */
    this.shown = []; // what the drawer shows: a verdict, the lanes, and whether they are at their end
    this.root = make('section', 'figures-drawer');
    this.root.id = 'stage-figures';
    this.root.hidden = true;
    nameFor(this.root, 'Figures of the race');
    this.button = makeButton('tool tool-figures', 'Figures', () => this.open(this.root.hidden));
    this.button.title = 'Times to the first token, between arrivals, work and share of the peak';
    setAria(this.button, 'controls', this.root.id);
    setAria(this.button, 'expanded', 'false');
    stage.transport.mapButton.after(this.button);
    stage.transport.root.after(this.root);
  }

  /** @param {boolean} open */
  open(open) {
    this.root.hidden = !open;
    setAria(this.button, 'expanded', open);
    this.draw();
    if (open) requestAnimationFrame(() => this.root.scrollIntoView({ block: 'nearest' }));
  }

  /** Follow the run. */
  draw() {
    if (this.root.hidden) return;
    const { run, clock } = this.stage;
    const over = clock.atEnd;
    const now = [run.verdict, clock.records, over];
    if (now.every((part, n) => part === this.shown[n])) return;
    this.shown = now;
    refill(this.root, ...(over && run.verdict ? this.table(run.verdict) : [make('p', '', over ? NO_FIGURES : UNTIL_THE_END)]));
  }

  /** @param {import('../types').Verdict} verdict */
  table({ lanes, scorer, peak }) {
    if (!lanes) return [make('p', '', NO_FIGURES)];
    const there = this.stage.clock.records.map(({ lane }) => lane).filter(({ key }) => lanes[key]);
    if (!there.length) return [make('p', '', NO_FIGURES)];
    const heads = there.map((lane) => {
      const head = make('th', '', lane.title);
      head.scope = 'col';
      head.dataset.slot = slotOf(lane);
      return head;
    });
    const body = make('tbody');
    for (const [label, texts] of figureRows(there.map(({ key }) => lanes[key]), shareTokenizer(there), scorer || undefined)) {
      const name = make('th', '', label);
      name.scope = 'row';
      body.append(make('tr', '', name, ...texts.map((text) => make('td', '', text))));
    }
    const note = [NOTE, peak ? peakLine(peak) : ''].filter(Boolean).join(' ');
    return [make('table', '', make('thead', '', make('tr', '', make('td'), ...heads)), body), make('p', '', note)];
  }
}
