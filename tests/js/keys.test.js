/* Keys: whose they are, and which of them stay the browser's. */

import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';

import { MadeUpElement } from './made_up_dom.js';
import { lane, record, start } from './made_up.js';
const { Inspector } = await import('../../assets/stage/inspector.js');
const { Shortcuts } = await import('../../assets/stage/shortcuts.js');
const { TimeAxis } = await import('../../assets/stage/time_axis.js');

/** A key that was pressed. */
const pressed = (key, more) => ({ key, preventDefault: mock.fn(), stopPropagation() {}, ...more });

describe('a slider of the stage', () => {
  const slider = Object.assign(new MadeUpElement('input'), { closest: () => null, matches: (selector) => selector.startsWith('.axis-range') });
  /** The steps that keys on it make. */
  const steps = (presenting, ...events) => {
    globalThis.document.activeElement = slider;
    const made = [];
    const shortcuts = new Shortcuts({ playback: { step: (by) => made.push(by) }, layout: { presenting } });
    for (const event of events) shortcuts.press({ ...event, target: slider });
    return made;
  };

  test('takes a pass back or on, along either axis', () => {
    assert.deepEqual(steps(false, ...['ArrowLeft', 'ArrowDown', 'ArrowRight', 'ArrowUp'].map((key) => pressed(key))), [-1, -1, 1, 1]);
  });

  test('leaves up and down to the slides in presenter mode', () => {
    assert.deepEqual(steps(true, pressed('ArrowDown'), pressed('ArrowUp')), []);
  });

  test('leaves the browser its way back and on', () => {
    const back = pressed('ArrowLeft', { altKey: true });
    assert.deepEqual(steps(false, back), []);
    const axis = new TimeAxis();
    axis.listen({ step() {} });
    axis.range.happens('keydown', back);
    assert.equal(back.preventDefault.mock.callCount(), 0);
  });
});

test('a token that has the focus leaves the browser its way back and on', () => {
  globalThis.getComputedStyle = () => ({ gridTemplateColumns: '1px 1px' });
  const inspector = Object.assign(Object.create(Inspector.prototype), { aim: mock.fn() });
  const view = { grid: null, record: record([start()], lane()), at: 2 };
  for (const more of [{ altKey: true }, { metaKey: true }]) inspector.steer(view, pressed('ArrowLeft', more));
  assert.equal(inspector.aim.mock.callCount(), 0);
  inspector.steer(view, pressed('ArrowLeft'));
  assert.deepEqual(inspector.aim.mock.calls[0].arguments, [view, 1]);
});
