/* The line under the axis: what goes on, what went wrong, or the verdict; and notices under it. */

import { make, makeButton, refill } from './dom.js';

const STOPPED = 'Stopped. What was made up to here stays.';
const CUT_OFF = 'Cut off: the rest of this run was never received. What came up to here stays.';

/**
 * @typedef {object} Sentence what the line says
 * @property {string[]} [offers] prompts to run instead
 * @property {(() => void) | null} [again] what a button runs again
 * @property {string} [aside] a further sentence
 * @property {string} [more] one that a button shows
 * @property {import('../types').Verdict['finish']} [finish] the text line by line
 */

const CALLED = /** @type {Record<string, string>} */ ({ fit: 'fit', looks: 'looks', here: 'clock', chip: 'large chip' }); // of finish lines

export class StatusLine {
  /** @param {import('./stage.js').Stage} stage */
  constructor({ options, run, clock, playback, receiver }) {
    this.options = options;
    this.run = run;
    this.clock = clock;
    this.playback = playback;
    this.noted = ''; // what was said of the times
    this.receiver = receiver;
    this.root = make('p', 'stage-line');
    this.notice = make('p', 'stage-notice');
    this.notice.hidden = true;
    this.forget();
  }

  /** What is said next is new, whatever it is; what was said of other lanes goes, but for an error. */
  forget() {
    if (this.line && this.line.tone !== 'error' && !this.run.underWay) this.say('calm', '');
    /** @type {{ tone: string, text: string } | null} */
    this.line = null;
    this.told = false; // once the verdict was shown it stays, also while the race plays again
  }

  /** What the state of the run has to say. */
  draw() {
    const { run, clock: { timing: { note } } } = this;
    const well = run.state !== 'error' && run.state !== 'lost';
    const over = well && run.opened && run.ended && (this.clock.atEnd || (this.told && !note));
    if (well && run.missing) {
      this.say('error', `${run.missing} of the passes were lost on the way, so the lanes are not complete.`, { again: () => this.receiver.askAgain() });
    } else if (over && run.verdict) {
      const { line, finish, more, disturbed } = run.verdict;
      this.told = true;
      this.say('verdict', line, { again: disturbed && run.own ? () => this.options.onBegin() : null, aside: disturbed, more, finish });
    } else if (over && run.ended === 'stopped') {
      this.sayStopped();
    } else if (over && run.ended === 'cut off') {
      this.say('calm', CUT_OFF);
    } else if (well && (note || this.line?.tone === 'verdict' || (this.noted && this.line?.text === this.noted))) {
      this.noted = note;
      this.say('calm', note);
    }
  }

  sayStopped() {
    this.say('calm', STOPPED);
  }

  /** Say one line.
   * @param {'calm' | 'error' | 'verdict'} tone
   * @param {string} text
   * @param {Sentence} [also]
   */
  say(tone, text, { offers = [], again = null, aside = '', more = '', finish = null } = {}) {
    if (this.line && this.line.tone === tone && this.line.text === text) return;
    this.line = { tone, text };
    const { root } = this;
    root.dataset.tone = tone;
    root.setAttribute('role', tone === 'error' ? 'alert' : 'status');
    const rows = finish?.map((one) => rowOf(one, this.run.verdict?.calculated && (() => this.playCalculated()))) || [];
    const end = rows.at(-1)?.lastElementChild || root; // buttons stand after the last words
    const [headline, rest] = tone === 'verdict' ? headlineOf(text) : [text, ''];
    refill(root, ...(rows.length ? rows : [make('span', 'headline', headline)]), ...this.offerButtons(offers));
    root.classList.remove('open');
    if (finish?.some(({ why }) => why)) end.append(makeButton('offer why', 'Why', () => root.classList.add('open')));
    if (rest && !rows.length) {
      const why = makeButton('offer why', 'Why', () => root.classList.add('open')); // shown where the screen is small
      root.append(make('span', 'detail', ` ${rest}`), why);
    }
    if (more) {
      const button = makeButton('offer', 'More', () => button.replaceWith(make('span', 'aside', ` ${more}`)));
      end.append(button);
    }
    const clock = rows.find((row) => row.dataset.name === 'here'); // whose times they are
    if (aside && clock) clock.dataset.unfair = '';
    const beside = clock?.lastElementChild || end;
    if (aside) beside.append(make('span', 'aside', ` ${aside} `));
    if (again) beside.append(makeButton('offer', 'Run again', again));
    if (tone === 'error' && this.options.recorded && !this.run.recorded) { // whatever fails, there is something to watch
      root.append(makeButton('offer', 'Play a recorded run', () => this.receiver.playRecorded()));
    }
  }

  /** Play the race from its start at the times that the verdict calculates. */
  playCalculated() {
    this.playback.setCalculated(true);
    this.playback.restart();
  }

  /** A notice that stays while the line changes.
   * @param {string} text
   * @param {string[]} offers
   */
  note(text, offers) {
    this.notice.hidden = false;
    refill(this.notice, make('span', '', text), ...this.offerButtons(offers));
  }

  /** @param {string[]} offers prompts */
  offerButtons(offers) {
    return offers.slice(0, 3).map((offer) => makeButton('offer', offer, () => this.options.onOffer(offer)));
  }
}

/** One finish line: its name, what came out, and why. The line of the clock that is played is the bold one (stage.css).
 * @param {NonNullable<import('../types').Verdict['finish']>[number]} line
 * @param {(() => void) | null} [play] plays at the times that a line tells
 */
function rowOf({ name, line, why }, play) {
  const words = make('span', '', make('span', name === 'fit' ? 'headline' : 'finish-line', `${line} `));
  if (name === 'chip' && play) words.append(makeButton('offer', 'Play it', play), ' ');
  if (why) words.append(make('span', 'detail', `${why} `));
  const row = make('span', 'finish', make('span', 'finish-name', CALLED[name] || ''), words);
  row.dataset.name = name;
  return row;
}

/** A text's first sentence, and the others.
 * @param {string} text
 */
export function headlineOf(text) {
  const [, headline, rest = ''] = text.match(/^(.*?[.!?])(?:\s+(.*))?$/s) || ['', text];
  return [headline, rest];
}
