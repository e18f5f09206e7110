/* Talk mode: the story as slides, one sentence and one race each, and the keys of presenter mode. A slide is a scene with its sentence:
   its race was recorded, so it needs no server, and R runs the same one live. */

import { listen, make, setText } from '../stage/dom.js';
import { STILL } from '../stage/playback.js';
import { AskField } from './ask_field.js';
import { hasGap, showAsked } from './asked_line.js';
import { BigCode, ONLY_HERE } from './big_code.js';
import { Closing } from './closing.js';
import { Notes } from './notes.js';
import { pressOnWall } from './wall_keys.js';

/** @typedef {import('../types').Slide} Slide */
/** @typedef {import('../stage/shortcuts.js').Shortcut} Shortcut */

const RECORDED = 'A recorded race, with its own times. R runs the same race live.';
const UNREACHED = 'The server cannot be reached, so nothing runs live. The recorded races still play.';
const CALLED_OUT = 'From the audience';

/** Keys of presenter mode. PageUp, PageDown and the arrows are what clickers send.
 * @param {Talk} talk
 * @returns {Shortcut[]}
 */
const keysOf = (talk) => [
  { shown: [']', 'PgDn', '↓'], names: [']', 'PageDown', 'ArrowDown', 'n', 'N'], does: 'a slide on', act: () => talk.show(talk.at + 1) },
  { shown: ['[', 'PgUp', '↑'], names: ['[', 'PageUp', 'ArrowUp', 'b', 'B'], does: 'a slide back', act: () => talk.show(talk.at - 1) },
  { shown: ['R'], names: ['r', 'R'], does: 'run live, the slide’s race or the prompt', act: () => talk.run() },
  { shown: ['/'], names: ['/'], does: 'type a prompt in large type, and run it', act: () => talk.field.open() },
  { shown: ['S'], names: ['s', 'S'], does: 'speaker notes in a second window', act: () => talk.openNotes() },
  { shown: ['Q'], names: ['q', 'Q'], does: 'the page’s address as a QR code', act: () => talk.code.open() },
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
    this.at = -1; // the slide that is shown; -1 for none; after the last one the end
    this.left = 0; // the slide on which the talk was left
    const address = desk.code();
    this.field = new AskField((prompt) => this.run(prompt));
    this.code = new BigCode(address);
    this.closing = new Closing(address);
    this.notes = new Notes(style, (event) => pressOnWall(event, stage.shortcuts, [this.code, this.field]));
    address.then(({ onlyHere, words }) => this.notes.warn(onlyHere ? `${ONLY_HERE} ${words}` : ''));
    this.sentence = make('h2', 'slide-sentence');
    this.look = make('p', 'slide-look');
    this.asked = make('p', 'slide-asked');
    this.place = make('span', 'slide-place');
    this.said = make('p', 'talk-said');
    this.said.setAttribute('role', 'alert');
    this.card = make('header', 'slide', this.sentence, this.place, this.look, this.asked, this.said);
    this.card.hidden = true;
    stage.root.prepend(this.card);
    stage.root.append(this.closing.root, this.field.root, this.code.root, make('style', '', style));
    this.addKeys();
    this.keepRoom();
    listen(window, { online: () => this.say('') });
    listen(stage.root, { pointermove: ({ movementX, movementY }) => { if (movementX || movementY) stage.root.classList.remove('mouse-rests'); } });
  }

  addKeys() {
    const { shortcuts, layout } = this.stage;
    const keys = keysOf(this);
    for (const key of keys) key.when = () => layout.presenting;
    shortcuts.lists.append(make('section', 'keys-talk', make('h3', '', 'Talk'), shortcuts.add(keys)));
  }

  /** What stands around the lanes grows and shrinks while a race plays: the lanes take what it leaves. */
  keepRoom() {
    const { layout, status } = this.stage;
    const around = new ResizeObserver(() => { if (layout.presenting) layout.refit(); });
    around.observe(status.root);
    around.observe(this.card);
  }

  /** The slide that is shown; undefined for none. */
  get slide() {
    return this.slides[this.at];
  }

  /** Show a slide, and play its race; the first where there is no such slide, and the end after the last.
   * @param {number} at from 0
   */
  show(at) {
    const { slides } = this;
    this.say('');
    if (!slides.length) return;
    this.stage.root.classList.add('mouse-rests'); // whatever comes to lie under it shows nothing
    this.at = Math.min(Math.max(at, 0), slides.length);
    if (this.slide) this.play(this.slide);
    else this.stage.playback.pause();
    this.closing.show(!this.slide);
    this.desk.place(this.at + 1);
    this.tell();
  }

  /** @param {Slide} slide */
  play({ sentence, look, show, trace }) {
    const { receiver, playback, clock, layout } = this.stage;
    this.write(sentence, look, String(trace.run.prompt));
    setText(this.place, `${this.at + 1} of ${this.slides.length}`);
    this.setView(show);
    receiver.receive({ kind: 'trace', trace, recorded: true, words: RECORDED });
    if (STILL.matches) playback.seek(clock.total); // nothing plays by itself
    layout.refit();
  }

  /** The words over the race.
   * @param {string} sentence
   * @param {string} look
   * @param {string} prompt
   */
  write(sentence, look, prompt) {
    setText(this.sentence, sentence);
    setText(this.look, look);
    showAsked(this.asked, prompt);
    this.card.hidden = !sentence;
    const { classList } = this.stage.root;
    classList.toggle('on-slide', Boolean(sentence));
    classList.toggle('on-gap', hasGap(prompt));
  }

  /** How the race is shown.
   * @param {Slide['show']} show
   */
  setView(show) {
    this.stage.playback.setEqual(show === 'equal');
    this.stage.showMap(show === 'map');
  }

  /** Presenter mode has ended. */
  leave() {
    if (this.at >= 0) {
      this.left = this.slide ? this.at : 0;
      this.setView('');
      this.desk.place(0);
    }
    this.at = -1;
    this.write('', '', '');
    this.say('');
    this.closing.show(false);
    this.tell();
  }

  /** Run live: the slide's race, what is on the page, or a prompt. Returns whether the server was there.
   * @param {string} [prompt]
   */
  async run(prompt) {
    const { slide, stage, desk } = this;
    if (!prompt && this.closing.shown) return false; // no race is on the wall
    const reached = await desk.reachable();
    if (this.slide !== slide) return false; // the speaker went on meanwhile
    if (!reached) {
      this.say(UNREACHED);
      return false;
    }
    this.say('');
    if (prompt && slide) desk.set({}, prompt); // a slide may write too few words for it
    else if (prompt) desk.ask(prompt);
    else if (slide && stage.run.header === slide.trace.run) desk.set(slide.trace.run, String(slide.trace.run.prompt));
    if (prompt && this.at >= 0) {
      this.write(CALLED_OUT, '', prompt);
      this.setView('');
    }
    this.closing.show(false);
    stage.options.onBegin();
    return true;
  }

  /** Say something on the wall until the next key, or until the browser is online again. It stands over what was asked, never over what
   * a race ends with.
   * @param {string} text
   */
  say(text) {
    setText(this.said, text);
    this.field.say(text);
    this.card.hidden = !text && !this.sentence.textContent;
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
