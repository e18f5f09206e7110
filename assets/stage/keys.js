/* The keys of the stage, and the dialog that lists them. None acts while someone types. */

const KEYS = [ // what is pressed, as shown; the events' names of it; what it does
  { shown: ['Space'], names: [' '], does: 'play or pause', act: (stage) => stage.toggle() },
  { shown: ['←', '→'], names: ['ArrowLeft', 'ArrowRight'], does: 'one pass back or on', act: (stage, key) => stage.step(key === 'ArrowLeft' ? -1 : 1) },
  { shown: ['Home', 'End'], names: ['Home', 'End'], does: 'to the noise, to the end', act: (stage, key) => stage.seek(key === 'Home' ? 0 : stage.total) },
  { shown: ['1', '…', '6'], names: SPEEDS.map((_, n) => String(n + 1)), does: 'speed, from real time to slowest', act: (stage, key) => stage.setSpeed(SPEEDS[key - 1]) },
  { shown: ['E'], names: ['e', 'E'], does: 'equal steps: both lanes a pass a beat', act: (stage) => stage.setEqual(!stage.equal) },
  { shown: ['M'], names: ['m', 'M'], does: 'map of positions and passes', act: (stage) => stage.showMap(stage.map.root.hidden) },
  { shown: ['F'], names: ['f', 'F'], does: 'presenter mode: full screen, large type', act: (stage) => stage.present(!stage.presenting) },
  { shown: ['Tab', 'Enter'], names: [], does: 'to the tokens of a lane, arrows between them; open one' },
  { shown: ['B', 'N'], names: [], does: 'a page of the story back or on' },
  { shown: ['?'], names: ['?'], does: 'this list', act: (stage) => stage.keys.open() },
  { shown: ['Esc'], names: ['Escape'], does: 'leave presenter mode', act: (stage) => stage.present(false), when: (stage) => stage.presenting },
];
const SINGLE = 'playground-single-keys'; // where a visitor's wish to have no letters and digits as keys is kept

/** Keep a wish, where one is given, and read it; undefined where a browser keeps nothing. */
function wish(value) {
  try {
    if (value) localStorage.setItem(SINGLE, value);
    return localStorage.getItem(SINGLE);
  } catch { return value; }
}

class Keys {
  constructor(stage) {
    this.stage = stage;
    this.root = make('dialog', 'keys');
    this.root.setAttribute('aria-labelledby', 'keys-title');
    const title = make('h2', '', 'Keys');
    title.id = 'keys-title';
    const list = make('dl');
    for (const { shown, does } of KEYS) {
      const keys = make('dt');
      keys.append(...shown.map((key) => make(key === '…' ? 'span' : 'kbd', '', key)));
      list.append(keys, make('dd', '', does));
    }
    this.single = make('input');
    Object.assign(this.single, { type: 'checkbox', checked: wish() !== 'off' });
    this.single.addEventListener('change', () => wish(this.single.checked ? 'on' : 'off'));
    const single = make('label', 'check');
    single.append(this.single, make('span', '', 'letters and digits are keys'));
    const close = make('button', 'offer', 'Close');
    close.type = 'button';
    close.addEventListener('click', () => this.root.close());
    const foot = make('p', 'keys-foot');
    foot.append(single, close);
    this.root.append(title, list, foot);
    document.addEventListener('keydown', (event) => this.press(event));
  }

  open() {
    this.root.showModal();
  }

  press(event) {
    const { key, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || this.root.open) return;
    const entry = KEYS.find(({ names }) => names.includes(key));
    if (!entry || (entry.when && !entry.when(this.stage)) || isTyping(target, key)) return;
    if (key.length === 1 && key !== ' ' && !this.single.checked && key !== '?') return;
    event.preventDefault();
    entry.act(this.stage, key);
  }
}

/** Whether a key belongs to what has the focus: text, a choice, a slider that is not the stage's, or a button under Space. */
function isTyping(target, key) {
  if (!(target instanceof Element)) return false;
  if (target.isContentEditable || target.closest('textarea, select, dialog[open]')) return true;
  if (key === ' ' && target.closest('button, a[href], summary, [type="checkbox"], [role="button"]')) return true;
  return target.matches('input:not([type="checkbox"], .axis-range, .map-range)');
}
