/* What is kept over a reload, and what an address asks for instead. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { answered, browser, everyNow, goTo, noted, Piece } from './small_dom.js';

const HERE = 'http://host/?prompt=first';
const ANOTHER = 'http://host/?prompt=another&run=1';
const PRESENT = { defaults: {}, weights: '', device: '', made: {} };
const toast = new Piece();

browser(HERE, { '#prompt': new Piece({ value: 'half a thought' }), '.toast-wrap': toast });
const { lendAgain, lentNow } = await import('../../assets/page/example_cards.js');
const { keepState } = await import('../../assets/page/kept.js');
const { joinLinks } = await import('../../assets/page/link.js');
const { openLink } = await import('../../assets/page/open_link.js');
const { tell } = await import('../../assets/page/public.js');

const asked = [];
joinLinks({
  read_link: async (question) => {
    asked.push(JSON.parse(question).prompt);
    return JSON.stringify({ settings: {}, message: '', problem: '', differs: '' });
  },
});
const runs = noted('playground:run');
keepState(PRESENT);

/** Leave the page, as it is now. */
function leave() {
  for (const look of everyNow) look();
  globalThis.window.dispatchEvent(new Event('beforeunload'));
  globalThis.window.dispatchEvent(new Event('pagehide'));
}

/** Open an address. Returns the prompts that the page takes over. */
async function open(address, how) {
  asked.length = runs.length = 0;
  goTo(address, how);
  await openLink();
  await answered();
  return [...asked];
}

beforeEach(() => {
  goTo(HERE);
  toast.textContent = '';
  globalThis.window.__stage = { state: 'starting', underWay: true, trace: null, receive() {} };
  tell('state', true);
});

describe('after a lost connection', () => {
  beforeEach(() => {
    globalThis.window.__stage.state = 'lost';
    globalThis.window.__stage.underWay = false;
    leave();
  });

  test('what was there is back at the same address', async () => {
    assert.deepEqual(await open(HERE), ['half a thought']);
    assert.deepEqual(await open(HERE), ['first'], 'once');
  });

  test('another link is read, and runs where it says so', async () => {
    assert.deepEqual(await open(ANOTHER), ['another']);
    assert.equal(runs.length, 1);
  });

  test('another link is read too where its own loading failed first, and was tried again', async () => {
    assert.deepEqual(await open(ANOTHER, 'reload'), ['another']);
  });
});

describe('a run that failed', () => {
  const fail = () => {
    Object.assign(globalThis.window.__stage, { state: 'lost', underWay: false });
    tell('failed');
  };

  test('is no lost connection where the server refused it: its link is read again', async () => {
    fail();
    leave();
    assert.deepEqual(await open(HERE), ['first']);
  });

  test('is one where the connection was lost, also after gradio has ceased to say so', async () => {
    fail();
    toast.textContent = 'Connection to the server was lost.';
    for (const look of everyNow) look();
    toast.textContent = '';
    leave();
    assert.deepEqual(await open(HERE), ['half a thought']);
  });

  test('says nothing of the next run', async () => {
    fail();
    tell('state', true);
    leave();
    assert.deepEqual(await open(HERE), ['half a thought'], 'that one was lost');
  });
});

test('a reload brings back what was there, and what a card has lent', async () => {
  const lent = { prompt: 'of the card', set: { share: '0.25' }, before: { share: '0' } };
  Object.assign(globalThis.window.__stage, { state: 'done', underWay: false, trace: { version: 1 } });
  lendAgain(lent);
  leave();
  lendAgain(null);
  assert.deepEqual(await open(HERE, 'reload'), ['half a thought']);
  assert.deepEqual(lentNow(), lent);
});
