/* What of the page's scripts is pure: blanks, samplers in words, run files. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { LONGEST_BLANK, RULE_AXES } from '../../assets/generated/constants.js';
import { blanksOf, resizeBlank } from '../../assets/page/blank_text.js';
import { piecesOf } from '../../assets/page/lane_pieces.js';
import { readRun } from '../../assets/page/run_text.js';
import { samplerInWords } from '../../assets/page/sampler_words.js';
import { damage } from '../../assets/page/trace_check.js';
import { END, cell, frame, lane, start } from './made_up.js';

describe('blanks', () => {
  test('are the places of three or more underscores, with their sizes', () => {
    assert.deepEqual(blanksOf('The cat ___ on ____{12} mat'), [{ text: 'The cat' }, { size: 3 }, { text: ' on' }, { size: 12 }, { text: ' mat' }]);
    assert.deepEqual(blanksOf('no __ blank'), [{ text: 'no __ blank' }]);
  });

  test('change their size one at a time, and mean the same after it', () => {
    const text = resizeBlank('a ___ b ___{5} c', 1, LONGEST_BLANK);
    assert.equal(text, 'a ___ b ___{64} c');
    assert.deepEqual(blanksOf(resizeBlank(text, 0, 4)).filter(({ size }) => size).map(({ size }) => size), [4, 64]);
  });
});

test('a sampler is worded without what does nothing', () => {
  const plain = { steps: 1, noise: 'mask', commit: 'confidence', revise: 'none', blocks: 1, cache: 'none', temperature: 0, guidance: 0, top_p: 0.5, top_k: 9 };
  const { label } = RULE_AXES.commit.confidence;
  assert.equal(samplerInWords(plain), `1 pass, ${label}`);
  assert.equal(samplerInWords({ ...plain, steps: 8, blocks: 2, temperature: 0.7 }), `8 passes, ${label}, 2 blocks, temperature 0.7, top-p 0.5, top-k 9`);
  assert.equal(samplerInWords({ ...plain, revise: 'wino', revise_level: 0.3, cache: 'dual' }), `1 pass, ${label}, ${RULE_AXES.revise.wino.label}, dual cache`);
});

describe('the text of a lane in pieces', () => {
  const textOf = (about, ...cells) => piecesOf({ lanes: [lane({ about })], frames: [frame(0, [cell(0, 'prompt', 5, 'Say:'), ...cells])] }, 'diffusion', 0).map(({ text }) => text).join('');

  test('ends at any end token of its model', () => {
    assert.equal(textOf({ end_ids: [END, 98] }, cell(1, 'committed', 11), cell(2, 'committed', 98), cell(3, 'committed', 13)), 'Say: w11');
  });

  test('goes on to its last pin, past an end that stands in a gap before it', () => {
    assert.equal(textOf({}, cell(1, 'committed', 11), cell(2, 'committed', END), cell(3, 'pinned', 13), cell(4, 'committed', END)), 'Say: w11 w13');
  });
});

describe('a run file', () => {
  const run = (change = {}) => ({ version: 1, run: {}, lanes: [lane()], frames: [start(), frame(1, [])], verdict: null, ended: 'done', ...change });
  const bytes = (text) => new TextEncoder().encode(text).buffer;

  test('is read where it holds together', () => {
    assert.equal(damage(run()), '');
    assert.deepEqual(readRun(bytes(JSON.stringify(run()))), run());
  });

  test('is refused with its place and the rule it breaks', () => {
    assert.equal(damage(run({ frames: [start(), frame(2, [])] })), 'frames[1] is out of order, or a frame before it is missing.');
    assert.equal(damage(run({ lanes: [lane(), lane()] })), 'two lanes share a key.');
    assert.equal(damage(run({ ended: 'won' })), 'ended must be one of done, stopped, limit, error, cut off, nothing.');
    assert.equal(damage(run({ frames: [{ ...start(), open: -1 }] })), 'frames[0].open must be from 0 to 4096.');
  });

  test('says what else it may be', () => {
    assert.throws(() => readRun(bytes('{')), /is not JSON/);
    assert.throws(() => readRun(bytes('{"version": 2}')), /not a run file of version 1/);
    assert.throws(() => readRun(new Uint8Array([0xc3]).buffer), /is not text/);
  });
});

test('a link waits until the story can open a page', async () => {
  const there = new Set(['#story-open', '#page-one h2', '#page-two h2']);
  globalThis.window = { playgroundStory: ['one', 'two'] };
  globalThis.document = { querySelector: (selector) => (there.has(selector) ? {} : null) };
  globalThis.matchMedia = () => ({ matches: true });
  const { storyIsThere } = await import('../../assets/story/pages.js');
  assert.equal(Boolean(storyIsThere()), false, 'its note is not in its place');
  there.add('body > #claim-note');
  assert.equal(storyIsThere(), true);
  there.delete('#page-two h2');
  assert.equal(storyIsThere(), false);
  globalThis.window = {};
  assert.equal(storyIsThere(), true, 'it was left out');
});
