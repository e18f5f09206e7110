/* Whatever is pressed last is what the page shows, in whichever order the answers come. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { lane, start } from './made_up.js';
import { answered, browser, field, noted, Piece } from './small_dom.js';

const steps = field('steps', '8');
const question = new Piece();
const bar = new Piece({ parts: { '.workshop-question': question } });
const exercise = (id) => ({ id, track: 'one', title: id, question: `What is ${id}?`, settings: { prompt: id, steps: id.length }, choices: [], needs: [] });

browser('http://host/', { '#prompt': new Piece(), '[data-setting="steps"]': steps, '.workshop': bar, '[data-result]': new Piece(), '[data-vote]': new Piece(), '.stage': new Piece({ scrollIntoView() {} }) });
const { applyLink, joinLinks } = await import('../../assets/page/link.js');
const { openRunFile } = await import('../../assets/page/run_file.js');
const { openWorkshop } = await import('../../assets/page/workshops.js');

globalThis.window.playgroundWorkshops = ['long', 'longest'].map(exercise);
const played = [];
globalThis.window.__stage = { receive: ({ words = '' }) => played.push(words) };
const runs = noted('playground:run');

/** Answers that have not come yet, by the prompt that was asked of. */
const waiting = new Map();
joinLinks({
  read_link: (text) => new Promise((answer) => {
    const { prompt, steps: wanted } = JSON.parse(text);
    waiting.set(prompt, () => answer(JSON.stringify({ settings: { steps: Number(wanted) } })));
  }),
});
const answer = async (...prompts) => {
  for (const prompt of prompts) {
    waiting.get(prompt)();
    await answered();
  }
};

beforeEach(() => {
  runs.length = played.length = 0;
  steps.value = '8';
});

describe('of two presses', () => {
  for (const order of [['one', 'two'], ['two', 'one']]) {
    test(`the last sets the page and runs, the other does neither: answers to ${order.join(', then ')}`, async () => {
      applyLink({ prompt: 'one', steps: '1', run: '1' });
      applyLink({ prompt: 'two', steps: '2', run: '1' });
      await answer(...order);
      assert.deepEqual([steps.value, runs.length], ['2', 1]);
    });
  }

  test('on exercises the last has its question and its settings', async () => {
    openWorkshop('long');
    openWorkshop('longest');
    await answer('longest', 'long');
    assert.deepEqual([question.textContent, steps.value], ['What is longest?', '7']);
  });

  test('on run files the last plays, however long the other takes to be read', async () => {
    const text = new TextEncoder().encode(JSON.stringify({ version: 1, run: {}, lanes: [lane()], frames: [start()], verdict: null, ended: 'done' }));
    let read;
    const large = { name: 'large.json', size: 9, arrayBuffer: () => new Promise((done) => { read = () => done(text.buffer); }) };
    openRunFile(large, () => {});
    await openRunFile({ name: 'small.json', size: 1, arrayBuffer: async () => text.buffer }, (said) => assert.equal(said, ''));
    read();
    await answered();
    assert.deepEqual(played.map((words) => words.slice(0, 22)), ['Opened from small.json']);
  });
});
