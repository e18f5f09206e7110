/* Hands on the picture, as far as it is pure: scrubbing, what a pass did, which preset the settings are. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { PRESETS } from '../../assets/generated/constants.js';
import { presetOf, settingsOfPreset } from '../../assets/page/preset_match.js';
import { countPass, nearestPass, passFacts } from '../../assets/stage/pass_facts.js';
import { Scrub, scrubbed, sideways } from '../../assets/stage/scrub.js';
import { Calculated, EQUAL } from '../../assets/stage/timing.js';
import { MASK, cell, frame, record, start } from './made_up.js';
import { MadeUpElement } from './made_up_dom.js';

describe('scrubbing', () => {
  test('crosses the race with the width of the lane, and stays within it', () => {
    assert.equal(scrubbed(20, 50, 200, 100), 45);
    assert.equal(scrubbed(20, -50, 200, 100), 0);
    assert.equal(scrubbed(90, 50, 200, 100), 100);
    assert.equal(scrubbed(10, 5, 0, 100), 100, 'a lane without width divides by nothing');
  });

  test('leaves the wheel that scrolls the page alone', () => {
    const wheel = (more) => sideways({ deltaX: 0, deltaY: 0, deltaMode: 0, shiftKey: false, ...more });
    assert.equal(wheel({ deltaY: 100 }), 0);
    assert.equal(wheel({ deltaX: 9, deltaY: 10 }), 0, 'an oblique swipe scrolls');
    assert.equal(wheel({ deltaX: -40, deltaY: 3 }), -40);
    assert.equal(wheel({ deltaY: 100, shiftKey: true }), 100, 'a browser that does not turn it itself');
    assert.equal(wheel({ deltaX: 3, deltaMode: 1 }), 90, 'in lines');
  });
});

test('a press on the head of a lane that is let go outside of the lanes moves no time when the mouse comes back', () => {
  const lanes = new MadeUpElement('div');
  const went = [];
  new Scrub({ lanes, clock: { records: [1], time: 50, total: 100 }, playback: { seek: (time) => went.push(time) } });
  const head = Object.assign(new MadeUpElement('header'), { closest: () => head, clientWidth: 100 });
  Object.assign(lanes, { setPointerCapture() {} });
  const mouse = (clientX, buttons) => ({ target: head, button: 0, buttons, pointerId: 1, clientX });
  lanes.happens('pointerdown', mouse(10, 1));
  lanes.happens('pointermove', mouse(20, 1));
  assert.deepEqual(went, [60], 'while it is held it does');
  lanes.happens('pointerdown', mouse(10, 1));
  lanes.happens('pointermove', mouse(70, 0));
  lanes.happens('pointermove', mouse(80, 0));
  assert.deepEqual(went, [60]);
});

describe('a pass', () => {
  const made = () => record([
    start(),
    frame(1, [cell(1, 'committed', 11), cell(2, 'committed', 12), cell(3, 'draft', 13)]),
    frame(2, [cell(1, 'remasked', MASK, ''), cell(3, 'committed', 13)]),
    frame(3, [cell(1, 'committed', 21), cell(2, 'revised', 22), cell(4, 'pinned', 9)], { phase: 'final' }),
  ]);

  test('is told by what it settled, took back and replaced', () => {
    const counts = [1, 2, 3].map((i) => countPass(made(), i));
    assert.deepEqual(counts[0], { committed: 2, takenBack: 0, replaced: 0 });
    assert.deepEqual(counts[1], { committed: 1, takenBack: 1, replaced: 0 });
    assert.deepEqual(counts[2], { committed: 1, takenBack: 0, replaced: 2 });
    assert.deepEqual(passFacts(made(), 2), ['pass 2 of 3, 20.0 ms', 'took 10.0 ms, 1 settled, 1 taken back']);
  });

  test('is told with the times that are played, and that nobody measured calculated ones', () => {
    const told = made();
    told.timing = new Calculated({ model: '', device: '', ms_per_pass: { diffusion: 4 } });
    assert.deepEqual(passFacts(told, 2), ['pass 2 of 3, 8.0 ms calculated', 'took 4.0 ms, 1 settled, 1 taken back']);
    told.timing = EQUAL;
    assert.deepEqual(passFacts(told, 2), passFacts(made(), 2), 'equal steps are no times');
  });

  test('is found by its time', () => {
    assert.equal(nearestPass(made(), 14).i, 1);
    assert.equal(nearestPass(made(), 16).i, 2);
    assert.deepEqual(nearestPass(made(), 2), { i: 1, off: 8 }, 'the start is no pass');
    assert.equal(nearestPass(made(), 999).i, 3);
    assert.equal(nearestPass(record([start()]), 5), undefined);
  });
});

describe('a preset', () => {
  test('is known again by its settings, at any length', () => {
    for (const [name, preset] of Object.entries(PRESETS)) {
      for (const length of [8, 64, 192]) assert.equal(presetOf(settingsOfPreset(preset, length), length), name);
    }
  });

  test('is one as the page writes it: numbers as text, an empty level as the rule’s own', () => {
    const wanted = settingsOfPreset(PRESETS.fast_dllm, 64);
    const written = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, value === null ? '' : String(value)]));
    assert.equal(presetOf({ ...written, commit_level: '' }, 64), 'fast_dllm');
    assert.equal(presetOf({ ...written, commit_level: '0.8' }, 64), '');
    assert.equal(presetOf({ ...written, blocks: '3' }, 64), '');
    assert.equal(presetOf({ ...written, top_p: '0.5' }, 64), 'fast_dllm', 'at temperature 0 it does nothing');
  });
});
