import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { count, holdsToken, isNews, isSettled } from '../../assets/stage/record.js';
import { EQUAL } from '../../assets/stage/timing.js';
import { arrivalsOf } from '../../assets/stage/words.js';
import { END, MASK, cell, frame, noise, record, start } from './made_up.js';

describe('a record', () => {
  test('takes frames in order and no others', () => {
    const lane = record([start()]);
    assert.equal(lane.add(frame(2, [])), false);
    assert.equal(lane.add(frame(1, [])), true);
    assert.equal(lane.frames.length, 2);
  });

  test('knows its canvas after any frame, across what it keeps whole', () => {
    const frames = [start(), ...Array.from({ length: 40 }, (_, i) => frame(i + 1, [cell(1 + (i % 4), 'draft', i + 1)]))];
    const lane = record(frames);
    assert.deepEqual(lane.cells(-1), [null, null, null, null, null]);
    for (const i of [0, 1, 15, 16, 17, 31, 32, 40]) {
      const canvas = new Array(5).fill(null);
      for (const { changes } of frames.slice(0, i + 1)) for (const change of changes) canvas[change[0]] = change;
      assert.deepEqual(lane.cells(i), canvas, `after frame ${i}`);
    }
  });

  test('of a served lane has as many places as its text so far', () => {
    const about = { remote: { unit: 'chunks' } };
    const lane = record([frame(0, [cell(0, 'prompt')])], { length: 4000, about });
    assert.deepEqual([lane.size, lane.length], [1, 0]);
    lane.add(frame(1, [cell(1, 'committed'), cell(2, 'committed')]));
    lane.add(frame(2, [cell(3, 'draft')]));
    assert.deepEqual([lane.size, lane.length], [4, 3]);
    assert.deepEqual(lane.cells(0).slice(1), [null, null, null], 'earlier canvases have the places too');
    assert.equal(lane.cells(1).filter(Boolean).length, 3);
    assert.equal(record([start()]).length, 4, 'that of any other lane is its canvas');
  });

  test('an empty change clears a place', () => {
    const lane = record([start(), frame(1, [[1, '', null, 'empty', -1]])]);
    assert.equal(lane.cells(1)[1], null);
    assert.deepEqual(lane.cells(0)[1], noise(1));
  });

  test('finds the last frame at or before a time, by its clock or in equal steps', () => {
    const lane = record([start(), frame(1, []), frame(2, [])]);
    assert.deepEqual([-1, 0, 9.9, 10, 25].map((time) => lane.at(time)), [-1, 0, 0, 1, 2]);
    assert.equal(lane.clock, 20);
    lane.timing = EQUAL;
    assert.deepEqual([0, 19, 20, 40].map((time) => lane.at(time)), [0, 0, 1, 2]);
    assert.equal(lane.clock, 40);
  });

  test('counts what is taken back and what is replaced, up to each frame', () => {
    const lane = record([
      start(),
      frame(1, [cell(1, 'committed', 7)]),
      frame(2, [cell(1, 'remasked', MASK)]), // taken back
      frame(3, [cell(1, 'committed', 7)]), // the same again: no replacement
      frame(4, [cell(1, 'revised', 8)]), // another
    ]);
    assert.deepEqual(lane.mending.map(({ remasks, replacements }) => [remasks, replacements]), [[0, 0], [0, 0], [1, 0], [1, 0], [1, 1]]);
  });

  test('counts no end that was put for the model, but one that a rule revised', () => {
    const lane = record([
      start(),
      frame(1, [cell(1, 'committed', 7), cell(2, 'committed', 8)]),
      frame(2, [cell(1, 'committed', END)]), // the model wrote its end in other tokens
      frame(3, [cell(2, 'revised', END)]),
    ]);
    assert.deepEqual(lane.mending.map(({ replacements }) => replacements), [0, 0, 0, 1]);
  });

  test('ends its text at the first settled end token, and knows what nobody wrote after it', () => {
    const lane = record([start(), frame(1, [cell(2, 'committed', END), cell(1, 'draft', 3)], { phase: 'final' })]);
    assert.equal(lane.endOf(lane.tip), 2);
    assert.equal(lane.finished, true);
    assert.deepEqual([1, 2, 3].map((at) => lane.isPast(1, at)), [false, false, true]);
    assert.equal(lane.isPast(0, 3), false, 'said once the lane has ended');
    assert.equal(lane.endOf(lane.cells(0)), 5);
  });

  test('goes on after an end token to a pin behind it', () => {
    const lane = record([start(), frame(1, [cell(1, 'committed', END), cell(2, 'pinned', 4), cell(3, 'committed', END)])]);
    assert.equal(lane.endOf(lane.tip), 3);
    lane.add(frame(2, [cell(3, 'pinned', END)]));
    assert.equal(lane.endOf(lane.tip), 3, 'a pinned end ends it');
  });

  test('gives the ids that the model reads: a draft on a mask is a mask to it', () => {
    const lane = record([start(), frame(1, [cell(1, 'draft', 7), cell(2, 'committed', 8)]), frame(2, [cell(1, 'committed', 9)])]);
    assert.deepEqual(lane.ids(1), [5, MASK, 8, MASK, MASK]);
    assert.deepEqual(lane.ids(2), [5, 9, 8, MASK, MASK]);
  });

  test('remembers every state its own positions were in', () => {
    assert.deepEqual([...record([start(), frame(1, [cell(1, 'draft')])]).states].sort(), ['draft', 'noise']);
  });
});

test('which states are settled is what Python says', () => {
  assert.deepEqual(['prompt', 'committed', 'revised', 'pinned', 'noise', 'draft', 'remasked'].map(isSettled), [true, true, true, true, false, false, false]);
});

test('noise and an opened place hold no token, a draft does', () => {
  assert.deepEqual([null, noise(1), cell(1, 'remasked'), cell(1, 'draft'), cell(1, 'pinned')].map(holdsToken), [false, false, false, true, true]);
});

test('only another token or another standing is news', () => {
  const before = cell(1, 'committed', 7);
  assert.equal(isNews(cell(1, 'committed', 7, ' w7', 0.9), before), false);
  assert.equal(isNews(cell(1, 'revised', 8), before), true);
  assert.equal(isNews(cell(1, 'remasked', 7), before), true);
  assert.equal(isNews(cell(1, 'draft', 8), before), false);
  assert.equal(isNews(before, null), true);
});

test('tokens are counted that a pass wrote before the end', () => {
  const given = [cell(0, 'prompt'), cell(1, 'pinned', 4), noise(2), noise(3), noise(4)];
  const cells = [given[0], given[1], cell(2, 'committed', 12, ' a🙂b'), cell(3, 'committed', END), cell(4, 'draft')];
  assert.deepEqual(count(cells, 1, 3, given), { tokens: 1, characters: 4, settled: 3 });
});

test('noise in a given text that no pass touched is not counted', () => {
  const given = [cell(0, 'prompt'), cell(1, 'noise', 7), cell(2, 'noise', 8)];
  const cells = [given[0], cell(1, 'committed', 7, ' abc'), cell(2, 'committed', 9, ' d')];
  assert.deepEqual(count(cells, 1, 3, given, true), { tokens: 1, characters: 2, settled: 2 });
  assert.deepEqual(count(cells, 1, 3, given), { tokens: 2, characters: 6, settled: 2 }, 'a pass may write what its noise was');
});

describe('arrivals of a served lane', () => {
  /** @param {any} remote */
  const lane = (remote) => /** @type {any} */ ({ about: { remote } });

  test('are its frames while it runs, and what it counted itself at its end', () => {
    assert.equal(arrivalsOf(lane({ arrivals: null }), 4), 4);
    assert.equal(arrivalsOf(lane({ arrivals: 3 }), 4), 3);
    assert.equal(arrivalsOf(lane({ arrivals: 3 }), 2), 2);
    assert.equal(arrivalsOf(lane(undefined), 16), 16);
  });
});
