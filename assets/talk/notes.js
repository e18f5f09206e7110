/* The speaker's window: this slide's note, the next sentence, and a clock. It stands on the speaker's own screen, and its keys act on
   the wall. The page writes into it, so it needs no address of its own and no network. */

import { listen, make, refill, setText } from '../stage/dom.js';

const FEATURES = 'popup,width=960,height=640';

/** A time span in minutes and seconds.
 * @param {number} ms
 */
export function span(ms) {
  const seconds = Math.max(Math.floor(ms / 1000), 0);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export class Notes {
  /**
   * @param {string} style
   * @param {(event: KeyboardEvent) => void} press what a key in this window does on the wall
   */
  constructor(style, press) {
    this.style = style;
    this.press = press;
    /** @type {Window | null} */
    this.window = null;
    this.began = 0; // when the first slide was shown, ms; 0 before
    this.timer = 0;
    this.place = make('span', 'note-place');
    this.clock = make('span', 'note-clock');
    this.sentence = make('h1', 'note-sentence');
    this.note = make('p', 'note-text');
    this.next = make('p', 'note-next');
    this.warning = make('p', 'note-warning');
  }

  /** Open the window, or bring it forward; false where the browser lets none be opened. */
  open() {
    if (this.window && !this.window.closed) {
      this.window.focus();
      return true;
    }
    this.window = window.open('', 'playground-notes', FEATURES);
    if (!this.window) return false;
    const { document: sheet } = this.window;
    sheet.title = 'Speaker notes';
    sheet.documentElement.lang = 'en';
    sheet.documentElement.className = 'notes';
    refill(sheet.head, make('style', '', this.style));
    refill(sheet.body, make('header', '', this.place, this.clock), make('main', '', this.sentence, this.note, this.next, this.warning));
    listen(sheet, { keydown: (event) => this.press(event) });
    clearInterval(this.timer);
    this.timer = window.setInterval(() => this.tick(), 1000);
    this.tick();
    return true;
  }

  tick() {
    if (!this.window || this.window.closed) clearInterval(this.timer);
    const now = new Date();
    const time = now.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
    setText(this.clock, this.began ? `${span(now.getTime() - this.began)} of the talk, ${time}` : time);
  }

  /** What the speaker should know before the room sees it.
   * @param {string} text
   */
  warn(text) {
    setText(this.warning, text);
  }

  /** @param {import('../types').Slide[]} slides
   * @param {number} at the slide on the wall; -1 for none, and after the last one for the end
   */
  show(slides, at) {
    const slide = slides[at];
    const next = slides[at + 1];
    if (slide) this.began ||= Date.now();
    const ended = at > 0 && at >= slides.length;
    setText(this.place, slide ? `Slide ${at + 1} of ${slides.length}` : ended ? 'The end is on the wall' : 'No slide is on the wall');
    setText(this.sentence, slide ? slide.sentence : '');
    setText(this.note, slide ? slide.note : ended ? 'Page Up, or the clicker, goes back. / types a prompt.' : 'Page Down, or the clicker, shows the next slide.');
    setText(this.next, next ? `Next: ${next.sentence}` : slide ? 'This is the last slide. The end comes next.' : '');
  }
}
