import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Clock } from '../../assets/stage/clock.js';
import { Run } from '../../assets/stage/run.js';
import { lengthOf, planOf } from '../../assets/stage/tempo.js';
import { EQUAL, MEASURED } from '../../assets/stage/timing.js';
import { cell, frame, record, start } from './made_up.js';

/** A clock over a slow lane of so many passes, and a fast one of two that has ended. */
function clockOf(state, passes = 4) {
  const run = new Run();
  Object.assign(run, { state, opened: true });
  const clock = new Clock(run);
  const slow = record([start(), ...Array.from({ length: passes }, (_, i) => frame(i + 1, []))]);
  const fast = record([start(), frame(1, []), { ...frame(2, [], { phase: 'final' }), t_ms: 12 }], { key: 'ar', kind: 'ar' });
  clock.setRecords([slow, fast]);
  clock.playing = true;
  return clock;
}

describe('the clock of a run under way', () => {
  test('never passes what the slower unfinished lane has reached', () => {
    const clock = clockOf('live');
    assert.equal(clock.horizon, 40);
    clock.setSpeed(1);
    clock.advance(1000, 1000);
    assert.equal(clock.time, 40);
    assert.equal(clock.playing, true, 'it waits for the next pass');
    clock.records[0].add(frame(5, []));
    clock.advance(5, 5);
    assert.equal(clock.time, 45);
  });

  test('is not bound by a lane that has ended or gets no more frames', () => {
    const clock = clockOf('live');
    clock.records[0].over = true;
    assert.equal(clock.horizon, Infinity);
    assert.equal(clock.limit, 40);
  });

  test('says when the device holds it back by more than its speed explains', () => {
    const clock = clockOf('live');
    clock.setSpeed(10);
    clock.advance(100, 100);
    assert.equal(clock.held, false);
    clock.advance(0, 2000);
    assert.equal(clock.held, true);
    clock.setSpeed(10);
    assert.equal(clock.held, false, 'counted anew from a new speed');
  });
});

describe('the clock of a run with a served lane', () => {
  /** The served lane has sent one chunk at 10 ms, the other lane has ended at 40. */
  function clockBesideServed() {
    const run = new Run();
    Object.assign(run, { state: 'live', opened: true });
    const clock = new Clock(run);
    const served = record([frame(0, []), frame(1, [cell(1, 'committed')])], { key: 'served', kind: 'ar', about: { remote: { unit: 'chunks' } } });
    const local = record([start(), { ...frame(1, [], { phase: 'final' }), t_ms: 40 }]);
    clock.setRecords([local, served]);
    clock.setSpeed(1);
    return { clock, served, local };
  }

  test('goes on in a silence, as far as the server has told', () => {
    const { clock, served } = clockBesideServed();
    assert.equal(clock.horizon, 10);
    served.heard = 500;
    assert.deepEqual([clock.horizon, clock.total], [500, 500]);
    clock.advance(8000, 8000);
    assert.equal(clock.time, 500);
  });

  test('is at its end where a lane fails in a silence', () => {
    const { clock, served } = clockBesideServed();
    clock.playing = true;
    served.heard = 500;
    clock.advance(300, 300);
    served.over = true;
    assert.deepEqual([clock.horizon, clock.total], [Infinity, 40]);
    clock.run.state = 'done';
    clock.advance(10, 10);
    assert.deepEqual([clock.time, clock.playing], [40, false]);
  });

  test('waits for no served lane in equal steps', () => {
    const { clock, served } = clockBesideServed();
    served.heard = 500;
    clock.setTiming(EQUAL);
    assert.equal(clock.horizon, Infinity);
    assert.equal(clock.total, 20);
  });

  test('says who holds it back', () => {
    const { clock, local } = clockBesideServed();
    assert.equal(clock.holder, 'network');
    local.frames.pop();
    assert.equal(clock.holder, 'device');
  });
});

describe('the clock of a run that is all there', () => {
  test('plays at its speed and stops at the end', () => {
    const clock = clockOf('done');
    clock.run.showing = true;
    clock.setSpeed(10);
    clock.advance(100, 100);
    assert.equal(clock.time, 10);
    clock.advance(10000, 10000);
    assert.deepEqual([clock.time, clock.playing, clock.atEnd, clock.run.showing], [40, false, true, false]);
  });

  test('goes to a time within the run', () => {
    const clock = clockOf('done');
    for (const [time, stands] of [[-5, 0], [25, 25], [1e9, 40]]) {
      clock.go(time);
      assert.equal(clock.time, stands);
    }
  });

  test('goes from pass to pass of either lane', () => {
    const clock = clockOf('done');
    clock.go(10);
    assert.deepEqual([clock.nextPass(1), clock.nextPass(-1)], [12, 0]);
    clock.go(40);
    assert.deepEqual([clock.nextPass(1), clock.nextPass(-1)], [undefined, 30]);
    clock.go(25);
    assert.equal(clock.lastPass, 20);
  });

  test('keeps the frame that is shown when steps become equal, and comes back', () => {
    const clock = clockOf('done');
    clock.go(30);
    clock.setTiming(EQUAL);
    assert.deepEqual([clock.time, clock.moment(clock.time), clock.total], [60, 'pass 3', 80]);
    clock.setTiming(MEASURED);
    assert.equal(clock.time, 30);
    clock.go(40);
    clock.setTiming(EQUAL);
    assert.equal(clock.time, clock.total, 'the end stays the end');
  });

  test('words a speed', () => {
    const clock = clockOf('done');
    assert.deepEqual([1, 10].map((speed) => clock.pace(speed)), ['real time', '10× slower than real time']);
    clock.setTiming(EQUAL);
    assert.deepEqual([10, 50].map((speed) => clock.pace(speed)), ['5 passes a second', '1 pass a second']);
  });
});

describe('a run', () => {
  test('is live while it is made and while it is first shown, then a replay', () => {
    const run = new Run();
    Object.assign(run, { state: 'live', opened: true, showing: true });
    assert.deepEqual([run.underWay, run.growing, run.mode], [true, true, 'live']);
    run.state = 'done';
    assert.equal(run.mode, 'live');
    run.lookAgain(true);
    assert.equal(run.mode, 'replay');
    run.clear({}, true);
    assert.equal(run.mode, 'recorded');
  });

  test('leaves an error that was read', () => {
    const run = new Run();
    Object.assign(run, { state: 'error', ended: 'stopped' });
    run.lookAgain(false);
    assert.equal(run.state, 'error');
    run.lookAgain(true);
    assert.equal(run.state, 'stopped');
  });
});

describe('the tempo of a race', () => {
  const lengths = [2, 10, 1000]; // ms a pass: a race of 32 ms, 160 ms, 16 s
  /** A finished race of 16 passes, which comes to a new stage in its fourth and ninth. */
  const race = (ms) => record([start(), ...Array.from({ length: 16 }, (_, n) => ({ ...frame(n + 1, [], { phase: n < 3 ? 'noise' : n < 8 ? 'rough' : n < 15 ? 'clear' : 'final' }), t_ms: (n + 1) * ms }))]);

  test('makes a race of any length last nine seconds', () => {
    for (const ms of lengths) {
      const clock = clockOf('done');
      clock.setRecords([race(ms)]);
      clock.go(0);
      let wall = 0;
      for (clock.playing = true; clock.playing && wall < 60000; wall += 16) clock.advance(16, 16);
      assert.ok(Math.abs(wall - 9000) < 50, `${ms} ms a pass: ${wall}`);
    }
  });

  test('holds the noise for a second, and plays the first passes at half the speed', () => {
    const clock = clockOf('done');
    clock.setRecords([race(10)]);
    clock.go(0);
    clock.advance(1000, 1000);
    assert.equal(clock.time, 0);
    clock.advance(100, 100);
    assert.ok(Math.abs(clock.time - 50 / clock.speed) < 1e-9);
  });

  test('holds a stage when it begins', () => {
    const clock = clockOf('done');
    clock.setRecords([race(10)]);
    clock.go(39);
    clock.advance(2 * clock.speed, 0);
    assert.equal(clock.time, 40);
    clock.advance(500, 500);
    assert.equal(clock.time, 40);
    clock.advance(500, 500);
    assert.ok(clock.time > 40);
  });

  test('estimates a race that grows, and never plays faster than it is made', () => {
    const half = record([start(), { ...frame(1, []), open: 2, t_ms: 50 }]);
    assert.equal(lengthOf([half], true), 100);
    assert.equal(lengthOf([half], false), 50);
    const slow = record([start(), { ...frame(1, []), open: 2, t_ms: 50000 }]);
    assert.equal(planOf([slow], true).factor, 1);
    assert.ok(planOf([slow], false).factor < 1);
  });

  test('is left for a speed that a visitor chose', () => {
    const clock = clockOf('done');
    clock.setSpeed(25);
    clock.go(0);
    clock.advance(100, 100);
    assert.equal(clock.time, 4);
  });
});
