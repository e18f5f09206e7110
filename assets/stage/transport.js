/* The transport: buttons, speed and time under the axis. */

import { SPEEDS } from './clock.js';
import { icon, listen, make, makeButton, makeCheck, nameFor, refill, setAria, setText } from './dom.js';
import { playheadOf } from './playback.js';
import { SHOW } from './tempo.js';
import { Calculated } from './timing.js';
import { madeAt, slower } from './words.js';

/** A button with a picture.
 * @param {Parameters<typeof icon>[0]} name of the picture
 * @param {string} label
 * @param {() => void} action
 */
function iconButton(name, label, action) {
  const button = makeButton(`transport-${name}`, '', action);
  button.title = label;
  nameFor(button, label);
  button.append(icon(name));
  return button;
}

/**
 * @param {string} name
 * @param {string} word
 * @param {string} title
 * @param {() => void} action
 */
function wordButton(name, word, title, action) {
  const button = makeButton(`tool tool-${name}`, word, action);
  button.title = title;
  return button;
}

export class Transport {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.clock = stage.clock;
    const { playback, layout } = stage;
    this.playButton = iconButton('play', 'Play', () => playback.toggle());
    const buttons = make(
      'div', 'transport-buttons',
      iconButton('restart', 'Back to the start', () => playback.restart()),
      iconButton('back', 'One pass back', () => playback.step(-1)),
      this.playButton,
      iconButton('forward', 'One pass on', () => playback.step(1)),
    );
    this.mode = make('span', 'mode');
    this.factor = make('span', 'factor');
    this.time = make('output', 'time');
    this.mapButton = wordButton('map', 'Map', 'Map of positions and passes', () => stage.showMap(!stage.mapOpen));
    setAria(this.mapButton, 'controls', stage.map.root.id);
    setAria(this.mapButton, 'expanded', 'false');
    this.fitted = Object.assign(make('option'), { value: '' }); // the factor that fits the race
    this.select = this.speeds();
    const equalSteps = makeCheck('check', 'equal steps', false, (equal) => playback.setEqual(equal));
    equalSteps.label.title = 'Both lanes advance one pass a beat, instead of at their true times';
    this.steps = equalSteps.input;
    this.calculated = makeCheck('check', 'calculated', false, (on) => playback.setCalculated(on));
    this.calculated.label.title = 'The same race at the times of a large model on a large chip, calculated';
    this.root = make(
      'div', 'transport', buttons, this.time, this.mode, this.select, equalSteps.label, this.calculated.label, this.factor, this.mapButton,
      wordButton('present', 'Present', 'Presenter mode (F)', () => layout.present(true)),
      stage.options.loadTalk ? wordButton('talk', 'Talk', 'The story as slides', () => stage.talking.open()) : '',
      wordButton('keys', 'Keys', 'List of keys (?)', () => stage.shortcuts.open()),
      wordButton('leave', 'Esc leaves', 'Leave presenter mode', () => layout.present(false)),
    );
  }

  speeds() {
    const options = SPEEDS.map((speed) => Object.assign(make('option', '', slower(speed)), { value: String(speed) }));
    const select = make('select', 'speed', this.fitted, ...options);
    nameFor(select, 'Speed');
    select.value = String(this.clock.chosen || '');
    listen(select, { change: () => this.stage.playback.setSpeed(Number(select.value) || null) });
    return select;
  }

  draw() {
    const { clock } = this;
    const { run } = this.stage;
    const there = clock.records.length > 0;
    this.drawPlay(clock.playing ? 'pause' : 'play', clock.playing ? 'Pause' : 'Play');
    setText(this.mode, there ? clock.timing.mark || run.mode : '');
    this.calculated.label.hidden = !run.verdict?.calculated;
    this.drawFitted();
    setText(this.time, there ? `${clock.moment(playheadOf(clock))} of ${clock.moment(clock.total).replace('pass ', '')}` : '');
    if (setText(this.factor, this.paceNow())) this.factor.title = this.factor.textContent || '';
  }

  /**
   * @param {'play' | 'pause'} name
   * @param {string} title
   */
  drawPlay(name, title) {
    const { playButton } = this;
    if (playButton.dataset.icon === name) return;
    playButton.dataset.icon = name;
    refill(playButton, icon(name));
    playButton.title = title;
    nameFor(playButton, title);
  }

  /** The factor that fits the race, in words: it changes while a race grows. */
  drawFitted() {
    const { plan } = this.clock;
    setText(this.fitted, `${SHOW / 1000} s show: ${this.clock.pace(plan.factor).replace(' than real time', '')}`);
  }

  /** Speed and equal steps may have been chosen by a key or by the page. */
  showChoices() {
    this.select.value = String(this.clock.chosen || '');
    this.steps.checked = this.clock.equal;
    this.calculated.input.checked = this.clock.timing instanceof Calculated;
    for (const option of this.select.options) if (option.value) setText(option, this.clock.pace(Number(option.value)));
  }

  /** What the speed chosen does not say: the true factor, where the device holds playback back; that steps are equal. */
  paceNow() {
    const { clock, stage } = this;
    const chosen = stage.layout.presenting ? clock.pace(clock.speed) : '';
    if (clock.held) return `now ${slower(clock.wall / clock.covered)}, held back by the ${clock.holder}`;
    return [chosen, clock.timing.says || (stage.run.recorded && !isFirst(stage) ? madeAt(stage.run.header) : '')].filter(Boolean).join(', ');
  }
}

/** Whether the recorded race of the page is on the stage: the line under the axis says where that was made.
 * @param {import('./stage.js').Stage} stage
 */
const isFirst = ({ options, run }) => Boolean(options.recorded) && run.header?.id === options.recorded?.run.id;
