/* Enough of a browser for the page's modules under node: elements with values and events, and a document that finds those of a test. */

/** An element. It has every part that is asked for, and of a list of parts those that a test gives it. */
export class Piece extends EventTarget {
  constructor(given = {}) {
    super();
    Object.assign(this, { dataset: {}, value: '', textContent: '', parts: {}, lists: {}, ...given });
  }

  querySelector(selector) {
    return (this.parts[selector] ??= new Piece());
  }

  querySelectorAll(selector) {
    return this.lists[selector] || [];
  }

  /** An event reaches this element, and the document where it bubbles. */
  dispatchEvent(event) {
    super.dispatchEvent(event);
    if (event.bubbles) globalThis.document.dispatchEvent(event);
    return true;
  }

  /** Press it. */
  press() {
    this.dispatchEvent(new Event('click', { bubbles: true }));
  }

  /** Write a value into it. */
  write(value) {
    this.value = value;
    this.dispatchEvent(new Event('input', { bubbles: true }));
  }

  after() {}
  append() {}
  replaceChildren() {}
  setAttribute() {}
}

/** What is to be called now and then, in place of timers: an open timer would keep a test from its end. */
export const everyNow = [];

/** Be a browser at an address, with elements by their selectors. */
export function browser(address, found = {}) {
  const stored = new Map();
  globalThis.window = Object.assign(new EventTarget(), { playgroundStory: [], __stage: {} });
  globalThis.document = Object.assign(new EventTarget(), {
    querySelector: (selector) => found[selector] ?? null,
    querySelectorAll: () => [],
    createElement: () => new Piece(),
  });
  globalThis.sessionStorage = {
    getItem: (name) => stored.get(name) ?? null,
    setItem: (name, text) => stored.set(name, text),
    removeItem: (name) => stored.delete(name),
  };
  globalThis.CustomEvent ??= class extends Event { // node 18 has none
    constructor(name, { detail } = {}) {
      super(name);
      this.detail = detail;
    }
  };
  globalThis.matchMedia = () => ({ matches: false });
  globalThis.setInterval = (look) => everyNow.push(look);
  globalThis.PerformanceNavigationTiming = class {};
  goTo(address);
}

/** Be at another address. how: as the browser calls the way there. */
export function goTo(address, how = 'navigate') {
  globalThis.location = new URL(address);
  performance.getEntriesByType = () => [Object.assign(new globalThis.PerformanceNavigationTiming(), { type: how })];
}

/** A control of a setting. */
export const field = (name, value) => new Piece({ type: 'number', value, dataset: { setting: name, joined: '' } });

/** Let all that waits for an answer go on. */
export const answered = () => new Promise((done) => { setTimeout(done); });

/** Note each event of the document of some names, in a list that is returned. */
export function noted(...names) {
  const list = [];
  for (const name of names) globalThis.document.addEventListener(name, () => list.push(name));
  return list;
}
