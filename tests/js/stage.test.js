/* What else of the stage is pure: where texts differ, slots, drags, lives of tokens, edits, words. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { biography, standing } from '../../assets/stage/biography.js';
import { areComparable, differ } from '../../assets/stage/diff.js';
import { Drag, NOWHERE } from '../../assets/stage/drag.js';
import { inWords, openAt } from '../../assets/stage/edits.js';
import { slotText, typeFor, typeForHall } from '../../assets/stage/slot.js';
import { headlineOf } from '../../assets/stage/status_line.js';
import { niceAbove } from '../../assets/stage/time_axis.js';
import { milliseconds, passOf, percent, short, slower, stepOf, unitOf } from '../../assets/stage/words.js';
import { END, MASK, cell, frame, lane, noise, record, start } from './made_up.js';

describe('where two texts differ', () => {
  test('is asked of two lanes whose places mean the same', () => {
    assert.equal(areComparable([lane(), lane({ key: 'diffusion.b' })]), true);
    assert.equal(areComparable([lane(), lane({ kind: 'ar' })]), false);
    assert.equal(areComparable([lane(), lane({ prompt: 2 })]), false);
    assert.equal(areComparable([lane()]), false);
    const cut = (tokenizer, parent) => lane({ about: { tokenizer, parent } });
    assert.equal(areComparable([cut('one'), cut('one')]), true);
    assert.equal(areComparable([cut('one'), cut('two')]), false, 'the same number is another token');
    assert.equal(areComparable([cut('one'), lane()]), false);
    const served = () => lane({ about: { remote: { unit: 'chunks' } } });
    assert.equal(areComparable([served(), served()]), false, 'who knows how a server cuts its text');
    assert.equal(areComparable([lane(), cut('one', { lane: 'diffusion', frame: 1, edits: [] })]), true, 'a branch of an older run');
  });

  test('is told of tokens that both have settled', () => {
    const settled = cell(1, 'committed', 7);
    assert.equal(differ(settled, cell(1, 'revised', 8)), true);
    assert.equal(differ(settled, cell(1, 'pinned', 7)), false);
    assert.equal(differ(settled, cell(1, 'draft', 8)), false);
    assert.equal(differ(settled, null), false);
  });
});

describe('a slot', () => {
  test('shows a token without its leading space, and white space by a sign', () => {
    assert.deepEqual([' cat', 'cat', ' ', '\n', '  ', ''].map(slotText), ['cat', 'cat', '␣', '↵', '␣', '']);
  });

  test('gets the largest type with which slots and text fit their box', () => {
    for (const [length, width, height, columns] of [[64, 600, 420, 8], [32, 400, 300, 5], [128, 700, 500, 8]]) {
      const type = typeFor(length, width, height, true);
      assert.ok(type.height <= height && type.columns === columns, JSON.stringify(type));
      const larger = typeFor(length, width, height + 200, true);
      assert.ok(larger.size >= type.size);
    }
  });

  test('gets small type rather than none where nothing fits', () => {
    assert.ok(typeFor(64, 80, 400, true).size >= 10, "a lane narrower than three words still has a type");
    const type = typeFor(512, 300, 50, true);
    assert.ok(type.size >= 10 && type.columns > 2);
  });

  test('is set for a hall in a larger one', () => {
    const [hall, page] = [typeForHall(64, 1200, 700), typeFor(64, 600, 420, true)];
    assert.ok(hall.size > page.size && Math.ceil(64 / hall.columns) * hall.row <= 700);
  });
});

describe('a drag', () => {
  test('spans slots in either direction', () => {
    const drag = new Drag(3);
    drag.press(6);
    assert.equal(drag.move(8), true);
    assert.equal(drag.move(8), false, 'it lies over the same');
    assert.equal(drag.move(4), true);
    assert.deepEqual(drag.end(), [4, 6]);
    assert.equal(drag.end(), null, 'once');
  });

  test('that begins beside the slots is none, and one that leaves them keeps its span', () => {
    const drag = new Drag(3);
    drag.press(NOWHERE);
    assert.deepEqual([drag.active, drag.move(5), drag.end()], [false, false, null]);
    drag.press(5);
    assert.equal(drag.move(NOWHERE), false);
    assert.deepEqual(drag.end(), [5, 5]);
  });
});

describe('the life of a token', () => {
  const lived = record([
    start(),
    frame(1, [cell(1, 'draft', 7, ' cat', 0.2)], { top: { 1: [[' cat', 0.2], [' dog', 0.1]] } }),
    frame(2, [cell(1, 'committed', 8, ' dog', 0.6)]),
    frame(3, [cell(1, 'remasked', MASK, '', 0.1)]),
    frame(4, [cell(1, 'revised', 9, ' cow', 0.9)], { phase: 'final' }),
  ]);

  test('tells what stood there and when', () => {
    const life = biography(lived, 1, 4);
    assert.deepEqual(life.held.map(({ text }) => text), [' cat', ' dog', ' cow']);
    assert.deepEqual([life.seen, life.chosen, life.settled, life.backs], [1, 4, 4, [3]]);
    assert.deepEqual(life.sure, [null, 0.2, 0.6, 0.1, 0.9]);
    assert.deepEqual(biography(lived, 1, 1).rivals, [[' dog', 0.1]], 'what it thought of besides');
  });

  test('is worded as it stands', () => {
    assert.deepEqual([0, 1, 2, 3, 4].map((i) => standing(biography(lived, 1, i))), [
      'noise', 'a draft, 20\u202f% sure', 'settled, 60\u202f% sure', 'taken back, 10\u202f% sure', 'settled again, 90\u202f% sure',
    ]);
    assert.equal(standing({ cell: null, past: false }), 'nothing yet');
    assert.equal(standing({ cell: null, past: true }), 'past the end of the text');
  });
});

describe('edits', () => {
  const settled = () => record([start(), frame(1, [1, 2, 3, 4].map((at) => cell(at, 'committed')), { phase: 'final' })]);

  test('are worded together where neighbours are pinned or taken back', () => {
    const edits = [
      { position: 1, pin: true, was: ' a' }, { position: 2, pin: true, was: ' b' }, { position: 3, remask: true, was: ' c' },
      { position: 4, text: ' x', was: '' },
    ];
    assert.deepEqual(inWords(edits).map(({ line }) => line), ['“a b” pinned', '“c” taken back', '“x” for an open position']);
    assert.deepEqual(inWords(edits)[0].positions, [1, 2]);
  });

  test('leave open what was taken back', () => {
    assert.deepEqual(openAt(settled(), 1, [{ position: 2, remask: true }], false), [2]);
    assert.deepEqual(openAt(settled(), 1, [{ position: 2, text: ' x' }], false), []);
  });

  test('open all that follows in a lane that writes from left to right', () => {
    const lived = record(settled().frames, { kind: 'ar' });
    assert.deepEqual(openAt(lived, 1, [{ position: 2, text: ' x' }], false), [3, 4]);
  });

  test('leave nothing to write after the end of the text, unless its length is fixed', () => {
    const ended = record([start(), frame(1, [cell(1, 'committed'), cell(2, 'committed', END), noise(3), cell(4, 'committed')])]);
    assert.deepEqual(openAt(ended, 1, [], false), []);
    assert.deepEqual(openAt(ended, 1, [], true), [3]);
  });
});

test('numbers in words', () => {
  assert.deepEqual([0, 999.6, 12345].map(milliseconds), ['0 ms', '1,000 ms', '12.3 s']);
  assert.deepEqual([3.14159, 1234].map(short), ['3.1', '1,234']);
  assert.deepEqual([1, 2, 2.5, 12.4].map(slower), ['real time', '2× slower than real time', '2.5× slower than real time', '12× slower than real time']);
  assert.deepEqual([percent(0.256), passOf(0), passOf(3)], ['26\u202f%', 'the start', 'pass 3']);
});

test('ticks stand at round numbers', () => {
  assert.deepEqual([0.7, 1, 3, 42, 1001].map((value) => niceAbove(value)), [1, 1, 5, 50, 2000]);
});

test('a verdict has a headline', () => {
  assert.deepEqual(headlineOf('Diffusion won. It took 8 passes. So.'), ['Diffusion won.', 'It took 8 passes. So.']);
  assert.deepEqual(headlineOf('No stop'), ['No stop', '']);
});

describe('a frame of a lane', () => {
  test('is called what it is', () => {
    const served = (unit) => lane({ about: { remote: { unit } } });
    const lanes = [lane(), ...['chunks', 'snapshots', 'blocks', null].map(served)];
    assert.deepEqual(lanes.map(unitOf), ['passes', 'chunks', 'snapshots', 'blocks', 'chunks']);
    assert.deepEqual(lanes.map(stepOf), ['pass', 'chunk', 'snapshot', 'block', 'chunk']);
    assert.deepEqual([passOf(3), passOf(3, served('blocks')), passOf(0, lane())], ['pass 3', 'block 3', 'the start']);
  });
});
