/* What is drawn only where it changes is drawn again where other lanes are on the stage, however alike they are. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { MadeUpElement } from './made_up_dom.js';
import { cell, frame, lane, record, start } from './made_up.js';
const { Clock } = await import('../../assets/stage/clock.js');
const { Differences } = await import('../../assets/stage/differences.js');
const { Figures } = await import('../../assets/stage/figures.js');
const { Layout } = await import('../../assets/stage/layout.js');
const { Run } = await import('../../assets/stage/run.js');
const { Stages } = await import('../../assets/stage/stages.js');
const { Tempo } = await import('../../assets/stage/tempo.js');
const { TimeAxis } = await import('../../assets/stage/time_axis.js');

const settled = (id, options) => record([start(), frame(1, [cell(1, 'committed', id)], { phase: 'final' })], options);

test('the same branch pressed twice is marked where it differs', () => {
  const differences = new Differences();
  /** A view as the stage makes it anew each time that it shows records. */
  const view = (key, id) => ({ record: settled(id, { key }), shown: 1, painted: [undefined, cell(1, 'committed', id)], slots: [0, 1].map(() => new MadeUpElement('span')), words: [] });
  for (let pressed = 0; pressed < 2; pressed++) {
    const views = [view('diffusion', 7), view('diffusion.1', 8)];
    assert.equal(differences.paint(views), true);
    assert.ok(views[0].slots[1].classList.contains('differs'), `after press ${pressed + 1}`);
  }
});

describe('an open drawer of figures', () => {
  const race = { line: '', lanes: { diffusion: { ms: 1, passes: 1 }, ar: { ms: 2, passes: 2 } } };
  const branch = { line: 'Branch 1' };
  const lanesOf = (...keys) => keys.map((key) => settled(7, { key }));
  /** A stage at the end of a race, with its drawer open. */
  const drawer = () => {
    const run = Object.assign(new Run(), { header: { id: 'x' }, state: 'done', opened: true, verdict: race });
    const clock = new Clock(run);
    clock.setRecords(lanesOf('diffusion', 'ar'));
    clock.time = clock.total;
    const figures = new Figures({ run, clock, transport: { mapButton: new MadeUpElement('button'), root: new MadeUpElement('div') } });
    figures.open(true);
    return { run, clock, figures, tables: () => figures.root.all('table').length };
  };

  test('shows no figures of the race under a branch', () => {
    const { run, clock, figures, tables } = drawer();
    assert.equal(tables(), 1);
    run.verdict = branch;
    clock.setRecords(lanesOf('diffusion', 'diffusion.1'));
    figures.draw();
    assert.equal(tables(), 0);
  });

  test('shows those of another run that has the same lanes and names itself no other', () => {
    const { run, clock, figures } = drawer();
    const before = figures.root.textContent;
    run.verdict = { ...race, lanes: { diffusion: { ms: 1234, passes: 9 }, ar: { ms: 2, passes: 2 } } };
    clock.setRecords(lanesOf('diffusion', 'ar'));
    figures.draw();
    assert.notEqual(figures.root.textContent, before);
  });
});

describe('in equal steps another race of as many passes', () => {
  const race = (phases) => record([start(), ...phases.map((phase, i) => frame(i + 1, [cell(1, 'committed', i)], { phase }))]);
  const [late, early] = [race(['rough', 'rough', 'clear', 'final']), race(['rough', 'clear', 'clear', 'final'])];

  test('has its own stages', () => {
    const stages = new Stages({ seek() {} });
    const begins = [late, early].map((one) => {
      stages.draw({ records: [one], time: 40, total: 40 });
      return stages.begins.clear;
    });
    assert.deepEqual(begins, [30, 20]);
  });

  test('is held at its own stages', () => {
    const tempo = new Tempo();
    const stops = [late, early].map((one) => {
      tempo.reset(0);
      return tempo.plan([one], false).stops;
    });
    assert.deepEqual(stops, [[10, 30], [10, 20]]);
  });

  test('has its own ticks', () => {
    const axis = new TimeAxis();
    axis.setLanes([late]);
    axis.drawn = 'the ticks of it';
    axis.setLanes([early]);
    assert.equal(axis.drawn, '');
  });
});

test('a stage without lanes, as an exercise leaves it, is fitted without a fault, and its next lanes are', () => {
  const stage = { root: new MadeUpElement('div'), lanes: new MadeUpElement('div'), views: [], clock: { records: [] }, options: { below: 128 }, status: { root: new MadeUpElement('p') }, inspector: { moved() {} } };
  const layout = new Layout(stage);
  layout.fit();
  assert.equal(layout.fitted, null);
  const grid = new MadeUpElement('div');
  stage.lanes.append(grid);
  stage.lanes.querySelectorAll = (selector) => (selector === '.slots' ? [grid] : []);
  stage.clock.records = [record([start()], lane())];
  layout.stale = true;
  layout.fit();
  assert.equal(layout.fitted.width, 900);
});
