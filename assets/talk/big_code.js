/* The page's address on the wall, as a code of the whole height and in large type. An address that nobody else can open is warned of
   before the room sees it. */

import { listen, make, nameFor, refill, vector } from '../stage/dom.js';

const NONE = 'The server did not answer when the talk began, so there is no code. The address is:';
export const ONLY_HERE = 'The room cannot open this address: it is this machine’s alone.';
const AGAIN = 'Q again shows its code all the same. PageUp or PageDown closes.';
const CLOSING = ['q', 'Q', 'PageUp', 'PageDown'];

/** @typedef {Awaited<ReturnType<import('../types').TalkDesk['code']>>} Address */

/** The code of an address, where there is one, and its words.
 * @param {Pick<Address, 'link' | 'words' | 'code'>} address
 * @returns {Element[]}
 */
export function addressParts({ link, words, code }) {
  const text = make('div', 'big-code-words', make('p', 'big-code-link', link), make('p', '', words));
  if (!code) return [text];
  const square = vector('svg', { viewBox: `0 0 ${code.size} ${code.size}`, 'shape-rendering': 'crispEdges', role: 'img' }, vector('path', { d: code.path }));
  nameFor(square, 'QR code of the address');
  return [square, text];
}

export class BigCode {
  /** @param {Promise<Address>} address asked for when the talk begins, so that it needs no network later */
  constructor(address) {
    this.address = address;
    this.warns = false; // it shows the warning, not yet the code
    this.root = make('dialog', 'big-code');
    nameFor(this.root, 'The address of this page');
    listen(this.root, { click: () => this.root.close(), close: () => { this.warns = false; } });
    document.addEventListener('keydown', (event) => this.press(event), true); // before the stage, wherever the focus is
  }

  /** While it is open: Q shows the code after the warning, and then closes; so do the keys of a clicker, which has no Escape.
   * @param {KeyboardEvent} event
   */
  press(event) {
    if (!this.root.open || !CLOSING.includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.warns && event.key.toLowerCase() === 'q') this.show();
    else this.root.close();
  }

  async open() {
    const { onlyHere, words } = await this.address;
    if (onlyHere) this.warn(words);
    else await this.show();
    if (!this.root.open) this.root.showModal();
  }

  /** @param {string} words how others could reach the page */
  warn(words) {
    this.warns = true;
    refill(this.root, make('div', 'big-code-words', make('p', 'big-code-warning', ONLY_HERE), make('p', '', words), make('p', '', AGAIN)));
  }

  async show() {
    this.warns = false;
    const parts = addressParts(await this.address);
    if (parts.length === 1) parts[0].prepend(make('p', '', NONE));
    refill(this.root, ...parts);
  }
}
