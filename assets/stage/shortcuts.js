/* The keys of the stage, and the dialog that lists them. None acts while someone types. */

import { SPEEDS } from './clock.js';
import { listen, make, makeButton, makeCheck, setAria } from './dom.js';
import { keepWish, wishOf } from './wishes.js';

/**
 * @typedef {import('./stage.js').Stage} Stage
 *
 * @typedef {object} Shortcut
 * @property {string[]} shown what is pressed, as shown
 * @property {string[]} names the events' names of it
 * @property {string} does
 * @property {(stage: Stage, key: string) => void} [act]
 * @property {(stage: Stage, key: string) => boolean} [when]
 */

/** @type {Shortcut[]} */
const KEYS = [
  { shown: ['Space'], names: [' '], does: 'play or pause', act: (stage) => stage.playback.toggle() },
  {
    shown: ['←', '→'], names: ['ArrowLeft', 'ArrowRight', 'ArrowDown', 'ArrowUp'], does: 'one pass back or on',
    act: (stage, key) => stage.playback.step(/Left|Down/.test(key) ? -1 : 1), when: (stage, key) => !/Down|Up/.test(key) || onSlider(stage),
  },
  { shown: ['Home', 'End'], names: ['Home', 'End'], does: 'to the noise, to the end', act: (stage, key) => stage.playback.seek(key === 'Home' ? 0 : stage.clock.total) },
  { shown: ['1', '…', '6'], names: SPEEDS.map((_, n) => String(n + 1)), does: 'speed, from real time to slowest', act: (stage, key) => stage.playback.setSpeed(SPEEDS[Number(key) - 1]) },
  { shown: ['0'], names: ['0'], does: 'the speed that fits the race', act: (stage) => stage.playback.setSpeed(null) },
  { shown: ['E'], names: ['e', 'E'], does: 'equal steps: both lanes a pass a beat', act: (stage) => stage.playback.setEqual(!stage.clock.equal) },
  { shown: ['M'], names: ['m', 'M'], does: 'map of positions and passes', act: (stage) => stage.showMap(!stage.mapOpen) },
  { shown: ['F'], names: ['f', 'F'], does: 'presenter mode: full screen, large type', act: (stage) => stage.layout.present(!stage.layout.presenting) },
  { shown: ['Tab', 'Enter'], names: [], does: 'to the tokens of a lane, arrows between them; open one' },
  { shown: ['Drag'], names: [], does: 'along the head of a lane, or a sideways wheel over its words: time' },
  { shown: ['B', 'N'], names: [], does: 'a page of the story back or on' },
  { shown: ['?'], names: ['?'], does: 'this list', act: (stage) => stage.shortcuts.open() },
  { shown: ['Esc'], names: ['Escape'], does: 'leave presenter mode', act: (stage) => stage.layout.present(false), when: (stage) => stage.layout.presenting },
];
const SINGLE = 'single-keys'; // a visitor's wish to have no letters and digits as keys

export class Shortcuts {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {Shortcut[]} */
    this.keys = [];
    const title = make('h2', '', 'Keys');
    title.id = 'keys-title';
    this.lists = make('div', 'keys-lists');
    this.add(KEYS);
    const single = makeCheck('check', 'letters and digits are keys', wishOf(SINGLE) !== 'off', (checked) => keepWish(SINGLE, checked ? 'on' : 'off'));
    this.single = single.input;
    const close = makeButton('offer', 'Close', () => this.root.close());
    this.root = make('dialog', 'keys', title, this.lists, make('p', 'keys-foot', single.label, close));
    setAria(this.root, 'labelledby', 'keys-title');
    listen(document, { keydown: (event) => this.press(event) });
  }

  /** Returns the list that names them.
   * @param {Shortcut[]} keys
   */
  add(keys) {
    this.keys.push(...keys);
    const list = make('dl', '', ...keys.flatMap(({ shown, does }) => [
      make('dt', '', ...shown.map((key) => make(key === '…' ? 'span' : 'kbd', '', key))), make('dd', '', does),
    ]));
    this.lists.append(list);
    return list;
  }

  open() {
    this.root.showModal();
    this.stage.talking.load(); // it lists its own
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { key, target } = event;
    if (this.root.open && ['?', 'PageUp', 'PageDown'].includes(key)) {
      event.preventDefault();
      return this.root.close();
    }
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || this.root.open) return;
    const entry = this.keys.find(({ names, when }) => names.includes(key) && (!when || when(this.stage, key)));
    if (!entry || isTyping(target, key)) return;
    if (key.length === 1 && key !== ' ' && !this.single.checked && key !== '?') return;
    event.preventDefault();
    return entry.act?.(this.stage, key);
  }
}

/** Whether up and down are a slider's of the stage; in presenter mode they turn slides.
 * @param {Stage} stage
 */
const onSlider = ({ layout }) => !layout.presenting && Boolean(document.activeElement?.matches('.axis-range, .map-range'));

/** Whether a key belongs to what has the focus: text, a choice, a slider that is not the stage's, or a button under Space.
 * @param {EventTarget | null} target
 * @param {string} key
 */
function isTyping(target, key) {
  if (!(target instanceof Element)) return false;
  if ((target instanceof HTMLElement && target.isContentEditable) || target.closest('textarea, select, dialog[open]')) return true;
  if (key === ' ' && target.closest('button, a[href], summary, [type="checkbox"], [role="button"]')) return true;
  return target.matches('input:not([type="checkbox"], .axis-range, .map-range)');
}
