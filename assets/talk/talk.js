/* Talk mode: the story as slides, one sentence and one race each, and the keys of presenter mode. A slide is a scene with its sentence:
   its race was recorded, so it needs no server, and R runs the same one live. */

import { make, setText } from '../stage/dom.js';
import { STILL } from '../stage/playback.js';
import { AskField } from './ask_field.js';
import { BigCode } from './big_code.js';
import { Notes } from './notes.js';

/** @typedef {import('../types').Slide} Slide */
/** @typedef {import('../stage/shortcuts.js').Shortcut} Shortcut */

const RECORDED = 'A recorded race, with its own times. R runs the same race live.';
const UNREACHED = 'The server cannot be reached, so nothing runs live. The recorded races still play.';

/** Keys of presenter mode. PageUp, PageDown and the arrows are what clickers send.
 * @param {Talk} talk
 * @returns {Shortcut[]}
 */
const keysOf = (talk) => [
  { shown: ['R'], names: ['r', 'R'], does: 'presenting: run live, the slide’s race or the prompt', act: () => talk.run() },
  { shown: ['/'], names: ['/'], does: 'presenting: type a prompt in large type, and run it', act: () => talk.field.open() },
  { shown: ['[', 'PgUp', '↑'], names: ['[', 'PageUp', 'ArrowUp', 'b', 'B'], does: 'presenting: a slide back', act: () => talk.show(talk.at - 1) },
  { shown: [']', 'PgDn', '↓'], names: [']', 'PageDown', 'ArrowDown', 'n', 'N'], does: 'presenting: a slide on', act: () => talk.show(talk.at + 1) },
  { shown: ['S'], names: ['s', 'S'], does: 'presenting: speaker notes in a second window', act: () => talk.openNotes() },
  { shown: ['Q'], names: ['q', 'Q'], does: 'presenting: the page’s address as a QR code', act: () => talk.code.open() },
];

export class Talk {
  /**
   * @param {import('../stage/stage.js').Stage} stage
   * @param {Slide[]} slides
   * @param {string} style
   * @param {import('../types').TalkDesk} desk the page around the stage
   */
  constructor(stage, slides, style, desk) {
    this.stage = stage;
    this.slides = slides;
    this.desk = desk;
    this.at = -1; // the slide that is shown; -1 for none
    this.field = new AskField((prompt) => this.run(prompt));
    this.code = new BigCode(desk.code());
    this.notes = new Notes(style, (event) => stage.shortcuts.press(event));
    this.sentence = make('h2', 'slide-sentence');
    this.asked = make('p', 'slide-asked');
    this.place = make('span', 'slide-place');
    this.card = make('header', 'slide', this.sentence, this.place, this.asked);
    this.card.hidden = true;
    this.said = make('p', 'talk-said');
    this.said.setAttribute('role', 'alert');
    stage.root.prepend(this.card);
    stage.root.append(this.said, this.field.root, this.code.root, make('style', '', style));
    const keys = keysOf(this);
    for (const key of keys) key.when = () => stage.layout.presenting;
    stage.shortcuts.add(keys);
  }

  /** The slide that is shown; undefined for none. */
  get slide() {
    return this.slides[this.at];
  }

  /** Show a slide, and play its race; the first or the last where there is no such slide.
   * @param {number} at from 0
   */
  show(at) {
    const { stage: { receiver, playback, clock, layout, root }, slides } = this;
    this.say('');
    if (!slides.length) return;
    this.at = Math.min(Math.max(at, 0), slides.length - 1);
    const { sentence, show, trace } = slides[this.at];
    setText(this.sentence, sentence);
    setText(this.place, `${this.at + 1} of ${slides.length}`);
    setText(this.asked, String(trace.run.prompt).replaceAll(/___(\{\d+\})?/g, '▢▢▢').replaceAll('\n', ' · '));
    this.card.hidden = false;
    root.classList.add('on-slide');
    playback.setEqual(show === 'equal');
    this.stage.showMap(show === 'map');
    receiver.receive({ kind: 'trace', trace, recorded: true, words: RECORDED });
    if (STILL.matches) playback.seek(clock.total); // nothing plays by itself
    layout.refit();
    this.desk.place(this.at + 1);
    this.tell();
  }

  /** Presenter mode has ended. */
  leave() {
    this.say('');
    if (this.slide) {
      this.stage.playback.setEqual(false);
      this.stage.showMap(false);
      this.desk.place(0);
    }
    this.at = -1;
    this.card.hidden = true;
    this.stage.root.classList.remove('on-slide');
    this.tell();
  }

  /** Run live: the slide's race, what is on the page, or a prompt with the settings of either. Returns whether the server was there.
   * @param {string} [prompt]
   */
  async run(prompt) {
    const { slide, stage, desk } = this;
    if (!(await desk.reachable())) {
      this.say(UNREACHED);
      return false;
    }
    this.say('');
    if (slide && stage.run.header === slide.trace.run) desk.set(slide.trace.run, prompt || String(slide.trace.run.prompt));
    else if (prompt) desk.ask(prompt);
    if (prompt) setText(this.asked, prompt);
    stage.options.onBegin();
    return true;
  }

  /** Say something on the wall until the next key.
   * @param {string} text
   */
  say(text) {
    setText(this.said, text);
    this.field.say(text);
  }

  openNotes() {
    if (this.notes.open()) this.tell();
    else this.say('The browser did not open a second window. Allow this page to open windows, then press S again.');
  }

  /** Bring the notes in step. */
  tell() {
    this.notes.show(this.slides, this.at);
  }
}

