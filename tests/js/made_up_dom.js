/* Elements for the tests of modules that build some: they hold children, texts and listeners, and lay nothing out. */

import { mock } from 'node:test';

class ClassList extends Set {
  toggle(name, on = !this.has(name)) {
    if (on) this.add(name);
    else this.delete(name);
    return on;
  }

  contains(name) {
    return this.has(name);
  }

  remove(name) {
    this.delete(name);
  }
}

export class MadeUpElement {
  constructor(tag) {
    Object.assign(this, { tag, children: [], dataset: {}, attributes: {}, hidden: false, open: false, value: '', clientWidth: 900, offsetHeight: 500 });
    this.classList = new ClassList();
    this.style = { setProperty() {}, removeProperty() {} };
    this.listeners = {};
    this.written = '';
  }

  append(...children) {
    this.children.push(...children);
  }

  prepend(...children) {
    this.children.unshift(...children);
  }

  after() {}
  remove() {}

  replaceChildren(...children) {
    this.written = '';
    this.children = children;
  }

  get textContent() {
    return this.written + this.children.map((child) => child.textContent ?? child).join('');
  }

  set textContent(text) {
    this.written = text;
    this.children = [];
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  addEventListener(name, answer) {
    (this.listeners[name] ||= []).push(answer);
  }

  /** What a browser calls where something happens to an element. */
  happens(name, event = {}) {
    for (const answer of this.listeners[name] || []) answer(event);
  }

  /** All elements in it that have a tag. */
  all(tag) {
    return this.children.filter((child) => child.children).flatMap((child) => [...(child.tag === tag ? [child] : []), ...child.all(tag)]);
  }

  querySelector() {
    return null;
  }

  querySelectorAll() {
    return [];
  }

  getBoundingClientRect() {
    return { top: 0, left: 0, width: 900, height: 500, bottom: 500 };
  }

  showModal() {
    this.open = true;
  }

  close() {
    this.open = false;
    this.happens('close');
  }

  focus() {}
  scrollIntoView() {}
}

/** A page of one window with nothing on it. */
const page = new MadeUpElement('document');
page.createElement = (tag) => new MadeUpElement(tag);
page.createElementNS = (_, tag) => new MadeUpElement(tag);

Object.assign(globalThis, {
  document: page, window: globalThis, Element: MadeUpElement, HTMLElement: MadeUpElement, innerHeight: 800, scrollY: 0, focus: mock.fn(),
  matchMedia: () => ({ matches: false }), requestAnimationFrame: () => 1, localStorage: { getItem: () => null, setItem() {} },
});
Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true }); // newer versions of node have one that cannot be set
