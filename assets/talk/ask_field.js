/* A prompt in large type on the wall: what the audience calls out. */

import { listen, make, nameFor, setText } from '../stage/dom.js';

const CLICKER = ['PageUp', 'PageDown']; // the keys of a clicker

/** Chrome gives Escape to the page while it is locked, so that it closes the field and not the whole screen.
 * @typedef {{ lock?(keys: string[]): Promise<void>, unlock?(): void }} KeyLock
 */
const keyLock = () => /** @type {KeyLock} */ (/** @type {any} */ (navigator).keyboard || {});

export class AskField {
  /** @param {(prompt: string) => Promise<boolean>} run whether the server was there */
  constructor(run) {
    this.field = make('input', 'ask-prompt');
    Object.assign(this.field, { type: 'text', maxLength: 400, autocomplete: 'off', spellcheck: false });
    nameFor(this.field, 'Prompt');
    this.said = make('p', 'ask-said');
    this.said.setAttribute('role', 'alert');
    const form = make('form', '', this.field, make('p', 'ask-hint', 'Enter runs it. Esc, PageUp or PageDown closes.'), this.said);
    this.root = make('dialog', 'ask', form);
    nameFor(this.root, 'A prompt');
    listen(form, {
      submit: async (event) => {
        event.preventDefault();
        const prompt = this.field.value.trim();
        if (!prompt) return;
        this.say('');
        if (await run(prompt)) this.root.close();
      },
    });
    listen(this.root, {
      close: () => keyLock().unlock?.(),
      keydown: (event) => this.press(event),
    });
    listen(document, { fullscreenchange: () => this.root.close() }); // a browser without that lock took Escape for itself
  }

  /** Whoever holds a clicker has no Escape.
   * @param {KeyboardEvent} event
   */
  press(event) {
    if (!CLICKER.includes(event.key)) return;
    event.preventDefault();
    this.root.close();
  }

  open() {
    keyLock().lock?.(['Escape']).catch(() => {});
    this.say('');
    this.field.value = '';
    this.root.showModal();
    window.focus(); // the key may have been pressed in the notes
    this.field.focus();
  }

  /** @param {string} text */
  say(text) {
    setText(this.said, text);
  }
}
