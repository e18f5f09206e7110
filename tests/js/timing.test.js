/* When passes are shown: as measured, a beat apart, or as calculated for another model on another device. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Clock } from '../../assets/stage/clock.js';
import { Run } from '../../assets/stage/run.js';
import { Calculated, EQUAL, MEASURED } from '../../assets/stage/timing.js';
import { frame, lane, record, start } from './made_up.js';

const TIMES = { model: 'an 8B model', device: 'one H100', ms_per_pass: { diffusion: 4, ar: 5 } };
const FINAL = { phase: 'final' };

/** Two lanes of ten ms a pass: two passes of diffusion, four of AR. */
function clockOf() {
  const run = new Run();
  run.opened = true;
  run.state = 'done';
  const clock = new Clock(run);
  const frames = (key, passes) => [start(), ...Array.from({ length: passes }, (_, n) => frame(n + 1, [], n + 1 === passes ? { lane: key, ...FINAL } : { lane: key }))];
  clock.setRecords([record(frames('diffusion', 2)), record(frames('ar', 4), { key: 'ar', kind: 'ar' })]);
  return clock;
}

describe('a timing', () => {
  test('says when a pass is shown, and what figures count', () => {
    const calculated = new Calculated(TIMES);
    const third = frame(3, []);
    const at = (timing, of = lane()) => [timing.at(third, of), timing.figure(third, of)];
    assert.deepEqual(at(MEASURED), [30, 30]);
    assert.deepEqual(at(EQUAL), [60, 30], 'figures keep the measured times');
    assert.deepEqual(at(calculated), [12, 12]);
    assert.deepEqual(at(calculated, lane({ key: 'ar', kind: 'ar' })), [15, 15]);
  });

  test('says what a reader must know of it', () => {
    const calculated = new Calculated(TIMES);
    assert.deepEqual([MEASURED.says, MEASURED.mark, EQUAL.says], ['', '', 'equal steps, not their true times']);
    assert.deepEqual([calculated.says, calculated.mark], ['calculated for an 8B model on one H100', 'calculated']);
  });

  test('words a time, a tick and a speed', () => {
    const calculated = new Calculated(TIMES);
    assert.deepEqual([MEASURED, EQUAL, calculated].map((timing) => timing.moment(40)), ['40 ms', 'pass 2', '40 ms']);
    assert.deepEqual([MEASURED, EQUAL, calculated].map((timing) => timing.tick(0)), ['0', 'pass 0', 'calculated: 0']);
    assert.deepEqual([MEASURED, EQUAL, calculated].map((timing) => timing.tick(20000)), ['20 s', 'pass 1000', '20 s']);
    assert.deepEqual([10000, 10500, 11000].map((time) => MEASURED.tick(time)), ['10 s', '10.5 s', '11 s'], 'on a wide screen they stand close');
    assert.deepEqual([MEASURED, EQUAL, calculated].map((timing) => timing.pace(10)), ['10× slower than real time', '5 passes a second', '10× slower than real time']);
  });
});

describe('a clock that changes its timing', () => {
  test('keeps the frame that is shown, and is as long as the slower lane', () => {
    const clock = clockOf();
    clock.go(10);
    clock.setTiming(new Calculated(TIMES));
    assert.deepEqual([clock.time, clock.total, clock.equal], [4, 20, false]);
    assert.deepEqual(clock.records.map((each) => each.clock), [8, 20]);
    clock.setTiming(MEASURED);
    assert.deepEqual([clock.time, clock.total], [10, 40]);
  });

  test('stays at the end, and plays the same show in less time', () => {
    const clock = clockOf();
    clock.go(40);
    const { speed } = clock;
    clock.setTiming(new Calculated(TIMES));
    assert.deepEqual([clock.time, clock.atEnd], [20, true]);
    assert.ok(clock.speed > speed * 1.5, 'a shorter race plays slower');
  });

  test('gives equal steps as before', () => {
    const clock = clockOf();
    clock.setTiming(new Calculated(TIMES));
    clock.setTiming(EQUAL);
    assert.deepEqual([clock.equal, clock.timing, clock.total], [true, EQUAL, 80]);
    clock.setTiming(MEASURED);
    assert.equal(clock.timing, MEASURED);
  });
});
