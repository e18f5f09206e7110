/* What it looked at: arcs from a pinned token to the positions that the model attended to in the pass that chose it. */

import { boxOf, make, makeButton, setAria, setText, vector } from './dom.js';
import { hasSettled, holdsToken } from './record.js';
import { percent } from './words.js';

const ARCS = 14; // the strongest; the sentence under them counts all

/** @typedef {import('../types').Lane} Lane */
/** @typedef {{ weights?: number[], message?: string }} Answer neither while it is awaited; weights: of each position, their sum is 1 */

/**
 * @typedef {object} Question
 * @property {import('./lane_view.js').LaneView} view
 * @property {Lane} lane
 * @property {number} at
 * @property {number} chosen the pass
 * @property {string} key of it among those of its lane
 */

/** Requests attention weights from the server and draws them over the slots. Answers are cached. */
export class AttentionPanel {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {WeakMap<import('./record.js').LaneRecord, Map<string, Answer>>} */
    this.answers = new WeakMap(); // of each record, by the key of their question: two runs may say the same of themselves
    this.wanted = false;
    /** @type {Question | null} */
    this.question = null;
    this.button = makeButton('act', 'What it looked at', () => {
      this.wanted = !this.wanted;
      this.refresh();
    });
    setAria(this.button, 'pressed', 'false');
    this.words = make('p', 'look-words');
    this.words.setAttribute('role', 'status');
    this.root = make('div', 'look', this.button, this.words);
    this.svg = vector('svg', { class: 'arcs', 'aria-hidden': 'true' });
  }

  /** Follow the clock. The weights are those of the pass that settled or drafted the shown token.
   * @param {import('./inspector.js').Pinned} pinned
   * @param {import('./biography.js').Life} life
   */
  paint({ view, at, end }, { cell, ...life }) {
    const { options } = this.stage;
    const { lane } = view.record;
    const chosen = hasSettled(cell) ? life.settled : life.chosen;
    const asks = options.onLook && !view.record.served && at === end && holdsToken(cell) && chosen > 0 && cell[3] !== 'pinned';
    this.root.hidden = !asks;
    this.question = asks ? { view, lane, at, chosen, key: `${at}/${chosen}` } : null;
    this.refresh();
  }

  /** The answers about a record.
   * @param {import('./record.js').LaneRecord} record
   * @returns {Map<string, Answer>}
   */
  of(record) {
    const answers = this.answers.get(record) || new Map();
    this.answers.set(record, answers);
    return answers;
  }

  /** The answer to the present question; undefined where it was never asked. */
  get known() {
    return this.question ? this.of(this.question.view.record).get(this.question.key) : undefined;
  }

  refresh() {
    setAria(this.button, 'pressed', this.wanted);
    if (!this.question || !this.wanted) {
      this.fade();
      setText(this.words, '');
      return;
    }
    if (!this.known) this.ask(this.question);
    this.draw();
  }

  /** @param {Question} question */
  async ask({ view, lane, at, chosen, key }) {
    const answers = this.of(view.record);
    answers.set(key, {});
    const ids = view.record.ids(chosen - 1);
    /** @type {Answer} */
    let answer;
    try {
      answer = JSON.parse(await this.stage.options.onLook?.(JSON.stringify({ model: lane.about.model, kind: lane.kind, ids, position: at, checkpoint: this.madeWith(lane) })) || '');
    } catch {
      answer = { message: 'The server did not answer. Ask again when the connection is back.' };
    }
    if (answer.weights) answers.set(key, answer);
    else answers.delete(key); // a failed request is sent again next time
    const { question, wanted } = this;
    if (wanted && question?.view.record === view.record && question.key === key) this.draw(answer);
  }

  /** The hash of the weights that wrote a lane; empty where its run does not tell.
   * @param {Lane} lane
   */
  madeWith({ about }) {
    return this.stage.run.header?.checkpoints?.[about.model || ''] || '';
  }

  /** What the arcs leave out of the pass as it was: they are of a plain pass of the loaded weights.
   * @param {Lane} lane
   */
  provisos(lane) {
    const { header } = this.stage.run;
    const { cache, guidance } = /** @type {import('../types').Settings} */ ({ ...header, ...lane.about.settings }); // of two samplers each has its own
    const used = lane.kind === 'ar' ? [] : [cache && cache !== 'none' && 'cache', guidance > 0 && 'guidance'].filter(Boolean);
    return [
      used.length ? ` The run used ${used.join(' and ')}; this is the exact pass without.` : '',
      this.madeWith(lane) ? '' : ' The run does not name its weights; these are the ones loaded here.',
    ].join('');
  }

  /** @param {Answer | null} [answer] */
  draw(answer = this.wanted ? this.known : null) {
    const { question } = this;
    if (!answer || !question) return;
    const { weights, message } = answer;
    this.root.dataset.tone = message ? 'error' : '';
    setText(this.words, message || (weights ? this.sentence(question, weights) : 'Looking, when it is its turn.'));
    this.fade();
    if (weights) this.trace(question, weights);
  }

  /**
   * @param {Question} question
   * @param {number[]} weights
   */
  sentence({ lane, at, chosen }, weights) {
    /**
     * @param {number} from
     * @param {number} [to]
     */
    const sum = (from, to) => percent(weights.slice(from, to).reduce((total, weight) => total + weight, 0));
    const ar = lane.kind === 'ar';
    const parts = [`${sum(0, lane.prompt)} prompt`, `${sum(lane.prompt, at)} left`];
    parts.push(...(ar ? ['it cannot look right'] : [`${sum(at, at + 1)} itself`, `${sum(at + 1)} right`]));
    return `Pass ${chosen}: ${parts.join(', ')}. Mean of all heads and layers.${this.provisos(lane)}`;
  }

  /**
   * @param {Question} question
   * @param {number[]} weights
   */
  trace({ view, at }, weights) {
    const { plate } = view;
    const box = boxOf(plate);
    const prompt = boxOf(view.prompt);
    /** @param {number} n */
    const middle = (n) => {
      const slot = boxOf(view.slots[n]);
      if (!slot.width) return null; // the prompt of a second lane on a phone
      const top = n < view.record.lane.prompt ? Math.min(Math.max(slot.top, prompt.top), prompt.bottom - slot.height) : slot.top;
      return { x: slot.left - box.left + slot.width / 2, y: top - box.top + slot.height / 2, width: slot.width, height: slot.height };
    };
    const end = middle(at);
    if (!end) return;
    const strongest = weights.map((weight, n) => [weight, n]).filter(([weight, n]) => n !== at && weight > 0.004)
      .sort(([one], [other]) => other - one).slice(0, ARCS);
    const most = strongest.length ? strongest[0][0] : 1;
    this.svg.replaceChildren();
    for (const [weight, n] of strongest) {
      const from = middle(n);
      if (!from) continue;
      const share = weight / most;
      const rise = Math.min(18 + Math.abs(end.x - from.x) * 0.16, 60);
      this.svg.append(
        vector('rect', { x: from.x - from.width / 2, y: from.y - from.height / 2, width: from.width, height: from.height, 'fill-opacity': (share * 0.3).toFixed(2) }),
        vector('path', {
          d: `M${end.x} ${end.y}Q${(end.x + from.x) / 2} ${Math.max(Math.min(end.y, from.y) - rise, 1)} ${from.x} ${from.y}`,
          'stroke-width': (0.75 + share * 2).toFixed(2), 'stroke-opacity': (0.25 + share * 0.6).toFixed(2),
        }),
      );
    }
    plate.append(this.svg);
    plate.classList.add('looking'); // only arcs have a colour behind them now
  }

  fade() {
    this.svg.parentElement?.classList.remove('looking');
    this.svg.remove();
  }

  clear() {
    this.fade();
    this.question = null;
  }
}
