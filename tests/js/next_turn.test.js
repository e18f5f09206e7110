import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { nextTurn } from '../../assets/stage/next_turn.js';

/** Cells of texts; those in brackets are drafts. */
const cells = (...texts) => texts.map((text, at) => (text.startsWith('[') ? [at, text.slice(1), 0.5, 'draft', 0] : [at, text, 1, 'committed', 0]));

describe('a turn that nobody asked for', () => {
  const asked = ['User', ':', ' Hi', '\n', 'Assistant', ':'];
  test('begins at a settled "User:", whatever tokens it is of', () => {
    assert.equal(nextTurn(cells(...asked, ' Hello', '.', '\n', '\n', 'User', ':', ' And'), 6), 8, 'with the line breaks before it');
    assert.equal(nextTurn(cells(...asked, ' Hello', '.', '\nUs', 'er:', ' And'), 6), 8);
    assert.equal(nextTurn(cells(...asked, '[ Hello', 'User', ':'), 6), 7, 'after a position that is open');
  });
  test('is none while it is a draft, within a word, or where no dialogue was sent', () => {
    for (const reply of [[' Hello', '\n', 'User', '[:'], [' Superb', 'User', ':'], [' A', ' user', ':'], []]) assert.equal(nextTurn(cells(...asked, ...reply), 6), Infinity);
    assert.equal(nextTurn(cells('Once', ' upon', '\n', 'User', ':'), 1), Infinity);
  });
});
