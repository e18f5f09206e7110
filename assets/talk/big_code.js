/* The page's address on the wall, as a code of the whole height and in large type. */

import { listen, make, nameFor, refill, vector } from '../stage/dom.js';

const NONE = 'The server did not answer when the talk began, so there is no code. The address is:';

/** @typedef {Awaited<ReturnType<import('../types').TalkDesk['code']>>} Address */

export class BigCode {
  /** @param {Promise<Address>} address asked for when the talk begins, so that it needs no network later */
  constructor(address) {
    this.address = address;
    this.root = make('dialog', 'big-code');
    nameFor(this.root, 'The address of this page');
    listen(this.root, {
      click: () => this.root.close(),
      keydown: (event) => {
        if (event.key.toLowerCase() !== 'q') return;
        event.preventDefault(); // the stage would open it again
        this.root.close();
      },
    });
  }

  async open() {
    const { link, words, code } = await this.address;
    const square = code && vector('svg', { viewBox: `0 0 ${code.size} ${code.size}`, 'shape-rendering': 'crispEdges', role: 'img' }, vector('path', { d: code.path }));
    if (square) nameFor(square, 'QR code of the address');
    const text = make('div', 'big-code-words', ...(square ? [] : [make('p', '', NONE)]), make('p', 'big-code-link', link), make('p', '', words));
    refill(this.root, ...(square ? [square] : []), text);
    if (!this.root.open) this.root.showModal();
  }
}
