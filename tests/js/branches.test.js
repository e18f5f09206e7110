/* Branches: when the edits of a lane are let go, what "Run again" asks for, and whose verdict stands under the axis. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { MadeUpElement } from './made_up_dom.js';
import { cell, frame, lane, noise, record, start } from './made_up.js';
const { Branches } = await import('../../assets/stage/branches.js');
const { Clock } = await import('../../assets/stage/clock.js');
const { EditPanel } = await import('../../assets/stage/edit_panel.js');
const { Playback } = await import('../../assets/stage/playback.js');
const { Receiver } = await import('../../assets/stage/receiver.js');
const { Run } = await import('../../assets/stage/run.js');
const { Stage } = await import('../../assets/stage/stage.js');
const { StatusLine } = await import('../../assets/stage/status_line.js');
const { Calculated } = await import('../../assets/stage/timing.js');

const RACE = { line: 'Diffusion finished first.' };

/** A stage with a race of one lane at its end, as far as branches need one. */
function stageOf() {
  const run = new Run();
  const stage = {
    root: new MadeUpElement('div'), run, clock: new Clock(run), views: [], asked: [], total: 0,
    options: { onBegin: () => stage.asked.push('race'), onStop() {}, onBranch: (resume) => { stage.asked.push(resume); stage.receiver.asked(true); }, silence: 1e6, recorded: null },
    playback: { pause() {}, jump() {}, seek() {} }, meter: { note() {} }, invalidate() {},
    inspector: { forgetEdits: (one) => stage.edits.forget(one) },
    show: (records) => stage.clock.setRecords(records),
  };
  const race = record([start(), frame(1, [1, 2, 3, 4].map((at) => cell(at, 'committed')), { phase: 'final' })]);
  stage.clock.setRecords([race]);
  Object.assign(run, { header: { id: 'x' }, verdict: RACE, ended: 'done', state: 'done', opened: true, own: true });
  stage.receiver = new Receiver(stage);
  stage.status = new StatusLine(stage);
  stage.branches = new Branches(stage);
  stage.edits = new EditPanel({ pinned: { view: viewOf(race), at: 2, end: 2 }, stage, close() {} });
  return { stage, race };
}

const viewOf = (one) => ({ record: one, shown: 1, painted: one.cells(1), slots: one.cells(1).map(() => new MadeUpElement('span')) });

describe('a branch', () => {
  let stage, race, view, seq;
  const send = (message) => stage.receiver.receive({ id: 'b', seq: seq++, ...message });
  const answer = () => {
    seq = 0;
    send({ kind: 'start', run: 'b' });
  };
  const open = () => send({ kind: 'lanes', run: {}, lanes: [lane()] });
  const grow = () => {
    stage.edits.edit({ text: ' Friday' });
    stage.edits.branch();
  };
  const frames = () => {
    send({ kind: 'frames', frames: [frame(0, [cell(0, 'prompt', 5), cell(1, 'committed'), cell(2, 'pinned', 7), cell(3, 'committed'), noise(4)]), frame(1, [cell(4, 'committed', 8)], { phase: 'final' })] });
  };
  const opened = () => {
    grow();
    answer();
    open();
  };
  const growWhole = () => {
    opened();
    frames();
    send({ kind: 'end', verdict: null, ended: 'done' });
  };
  const line = () => {
    stage.status.draw();
    return stage.status.root.textContent;
  };
  const press = (words) => stage.status.root.all('button').find((button) => button.textContent === words).happens('click');

  beforeEach(() => {
    ({ stage, race } = stageOf());
    ({ view } = stage.edits.inspector.pinned);
  });

  afterEach(() => clearTimeout(stage.receiver.watchdog));

  test('that is refused leaves the edits that the slots show', () => {
    grow();
    answer();
    send({ kind: 'error', message: 'Full.' });
    assert.deepEqual([stage.edits.of(race).size, view.slots[2].dataset.edit], [1, 'Friday']);
    stage.edits.branch();
    assert.equal(stage.asked[1], stage.asked[0], 'Go on asks for the same once more');
  });

  test('that never began leaves the edits too', () => {
    grow();
    stage.receiver.failed();
    assert.equal(stage.edits.of(race).size, 1);
  });

  test('has the edits once its lanes are there', () => {
    grow();
    answer();
    assert.equal(stage.edits.of(race).size, 1);
    open();
    assert.equal(stage.edits.of(race).size, 0);
  });

  test('shows the edits that a lane still has on slots that are made anew', () => {
    stage.edits.edit({ text: ' Friday' });
    const anew = viewOf(race);
    Object.assign(anew, { grid: new MadeUpElement('div') });
    stage.edits.attach(anew);
    assert.equal(anew.slots[2].dataset.edit, 'Friday');
  });

  test('that is lost before it began is what “Run again” asks for', () => {
    grow();
    stage.receiver.failed();
    press('Run again');
    assert.deepEqual(stage.asked, [stage.asked[0], stage.asked[0]]);
    answer();
    open();
    assert.equal(stage.branches.list.length, 1, 'and what comes is the branch');
  });

  test('that is lost on its way is what “Run again” asks for, and edits made since then stay', () => {
    grow();
    answer();
    open();
    stage.receiver.lose();
    stage.edits.edit({ pin: true });
    press('Run again');
    assert.deepEqual(stage.asked, [stage.asked[0], stage.asked[0]]);
    answer();
    open();
    assert.deepEqual([stage.branches.list.length, stage.edits.of(race).size], [2, 1]);
  });

  test('is not asked for again once a race was', () => {
    grow();
    stage.receiver.asked();
    stage.receiver.failed();
    press('Run again');
    assert.deepEqual(stage.asked.slice(1), ['race']);
  });

  test('leaves it to the race to run again where that was disturbed', () => {
    growWhole();
    stage.branches.home.verdict = { ...RACE, disturbed: 'Other programs ran.' };
    stage.branches.compare(null);
    stage.clock.time = stage.clock.total;
    stage.status.draw();
    press('Run again');
    assert.equal(stage.asked.at(-1), 'race');
  });

  test('has its own verdict where it is on the stage when it ends', () => {
    growWhole();
    assert.match(stage.run.verdict.line, /^Branch 1: 1 pass/);
  });

  test('leaves the race its verdict where that is on the stage', () => {
    grow();
    answer();
    open();
    stage.branches.compare(null);
    frames();
    send({ kind: 'end', verdict: null, ended: 'limit' });
    assert.deepEqual([stage.run.verdict, stage.run.ended], [RACE, 'done']);
    stage.branches.compare(stage.branches.list[0]);
    assert.match(stage.run.verdict.line, /^Branch 1: 1 pass/);
    assert.equal(stage.run.ended, 'limit');
  });

  test('that fails leaves the race its verdict where that is on the stage', () => {
    for (const fails of [() => send({ kind: 'error', message: 'Broken.' }), () => stage.receiver.lose()]) {
      grow();
      answer();
      open();
      stage.branches.compare(null);
      fails();
      assert.equal(stage.run.verdict, RACE);
    }
  });

  test('that was stopped has no verdict, for it is no whole text', () => {
    opened();
    send({ kind: 'frames', frames: [frame(0, [cell(0, 'prompt', 5), noise(1), cell(2, 'pinned', 7), noise(3), noise(4)])] });
    send({ kind: 'end', verdict: null, ended: 'stopped' });
    assert.match(line(), /^Stopped/);
    assert.equal(stage.run.verdict, null);
  });

  test('differs from its parent where both have settled another token, not where it wrote none', () => {
    opened();
    send({ kind: 'frames', frames: [frame(0, [cell(0, 'prompt', 5), cell(1, 'committed'), cell(2, 'pinned', 7), noise(3), noise(4)]), frame(1, [], { phase: 'final' })] });
    send({ kind: 'end', verdict: null, ended: 'done' });
    assert.match(stage.run.verdict.line, /1 of 4 tokens differ/);
  });

  test('has its verdict told at its own end, also where that of the race was told before', () => {
    stage.clock.time = stage.clock.total;
    assert.equal(line(), RACE.line);
    growWhole();
    stage.clock.time = 0;
    assert.equal(line(), '');
    stage.clock.time = stage.clock.total;
    assert.match(line(), /^Branch 1/);
  });

  test('leaves no word of it under the race', () => {
    growWhole();
    stage.clock.time = stage.clock.total;
    assert.match(line(), /^Branch 1/);
    stage.clock.time = 5;
    stage.branches.compare(null);
    assert.equal(line(), '', 'the race has its verdict at its end');
  });

  test('plays at a pace of its own: the device that held the race back does not hold it', () => {
    Object.assign(stage.clock, { time: 20, wall: 9000, covered: 10 });
    opened();
    assert.deepEqual([stage.clock.held, stage.clock.wall], [false, 0]);
  });

  test('is shown at measured times, for a verdict calculates none of its own', () => {
    const nothing = () => {};
    const part = { close: nothing, attach: nothing, setLanes: nothing, show: nothing };
    Object.assign(stage, { inspector: { ...part, forgetEdits: nothing }, narrator: {}, lanes: new MadeUpElement('div'), axis: part, noise: part, map: part, layout: {} });
    stage.playback = Object.assign(new Playback(stage.clock, nothing, nothing, nothing), { jump: nothing });
    stage.show = Stage.prototype.show;
    stage.clock.setTiming(new Calculated({ model: '', device: '', ms_per_pass: { diffusion: 3 } }));
    growWhole();
    const { record: branch } = stage.branches.list[0];
    assert.deepEqual([branch.clock, branch.timing.name], [20, 'measured']);
  });

  test('that is chosen by the keyboard keeps the focus on what is chosen now', () => {
    growWhole();
    const { root } = stage.branches;
    const focused = [];
    root.replaceChildren = (...entries) => {
      root.children = entries;
      for (const entry of entries) entry.focus = () => focused.push(entry.textContent);
    };
    for (const n of [0, 1]) root.children[n].happens('click');
    assert.deepEqual(focused, ['The race', root.children[1].textContent]);
  });

  test('leaves the focus in the panel where an edit is undone', () => {
    stage.edits.edit({ text: ' Friday' });
    stage.edits.back.focus = () => { stage.edits.focused = true; };
    stage.edits.list.all('button')[0].happens('click');
    assert.ok(stage.edits.focused);
  });
});
