/* Keys that are pressed in the speaker's window: what they do on the wall; and a key whose answer comes late. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import './made_up_dom.js';
const { Shortcuts } = await import('../../assets/stage/shortcuts.js');
const { Talk } = await import('../../assets/talk/talk.js');
const { AskField } = await import('../../assets/talk/ask_field.js');
const { BigCode } = await import('../../assets/talk/big_code.js');
const { pressOnWall } = await import('../../assets/talk/wall_keys.js');

describe('a key in the notes', () => {
  let did, shortcuts, code, field;
  const press = async (...keys) => {
    for (const key of keys) {
      pressOnWall({ key, target: {}, preventDefault() {}, stopPropagation() {} }, shortcuts, [code, field]); // of another window: its target is no Element of this one
      await new Promise((done) => setTimeout(done)); // the code waits for its address
    }
  };

  beforeEach(() => {
    did = [];
    globalThis.focus.mock.resetCalls();
    globalThis.document.querySelector = () => [shortcuts, code, field].map(({ root }) => root).find(({ open }) => open) || null;
    shortcuts = new Shortcuts({ playback: { toggle: () => did.push('play') }, layout: { presenting: true, present: (on) => did.push(`present ${on}`) }, talking: { load() {} } });
    shortcuts.stage.shortcuts = shortcuts;
    code = new BigCode(Promise.resolve({ link: 'http://here/', words: '', code: undefined, onlyHere: false }));
    field = new AskField(async () => true);
    shortcuts.add([
      { shown: [], names: ['PageDown', 'n'], does: '', act: () => did.push('on') },
      { shown: [], names: ['PageUp', 'b'], does: '', act: () => did.push('back') },
      { shown: [], names: ['r'], does: '', act: () => did.push('run') },
      { shown: [], names: ['q', 'Q'], does: '', act: () => code.open() },
      { shown: [], names: ['/'], does: '', act: () => field.open() },
    ]);
  });

  test('is one of the stage where no dialog is open', async () => {
    await press('PageDown', ' ', 'Escape');
    assert.deepEqual(did, ['on', 'play', 'present false']);
  });

  for (const closes of ['q', 'PageUp', 'PageDown', 'Escape']) {
    test(`closes the code and does nothing else: ${closes}`, async () => {
      await press('q');
      assert.equal(code.root.open, true);
      await press('r', ' ', closes);
      assert.deepEqual([code.root.open, did], [false, []]);
    });
  }

  test('shows the code after its warning, as on the wall', async () => {
    code.address = Promise.resolve({ link: 'http://here/', words: 'mine alone', code: undefined, onlyHere: true });
    await press('q');
    assert.equal(code.warns, true);
    await press('q');
    assert.deepEqual([code.warns, code.root.open], [false, true]);
    await press('q');
    assert.equal(code.root.open, false);
  });

  for (const closes of ['PageUp', 'PageDown', 'Escape']) {
    test(`opens the field on the wall, to which the keyboard goes, and letters run nothing until it is closed: ${closes}`, async () => {
      await press('/');
      assert.equal(field.root.open, true);
      assert.equal(globalThis.focus.mock.callCount(), 1, 'the window of the wall has the keyboard');
      await press('b', 'o', 'r', 'n', ' ', closes);
      assert.deepEqual([field.root.open, did], [false, []]);
    });
  }

  test('closes the list of keys', async () => {
    for (const closes of ['?', 'PageDown', 'Escape']) {
      await press('?');
      assert.equal(shortcuts.root.open, true);
      await press('r', closes);
      assert.deepEqual([shortcuts.root.open, did], [false, []]);
    }
  });

  test('does nothing while a dialog of the page is open', async () => {
    globalThis.document.querySelector = () => ({});
    await press('PageDown', ' ');
    assert.deepEqual(did, []);
  });
});

test('R runs nothing once the speaker went on to another slide before the server was reached', async () => {
  let reached;
  const slides = [{ trace: { run: {} } }, { trace: { run: {} } }];
  const ran = [];
  const stage = { run: { header: slides[0].trace.run }, options: { onBegin: () => ran.push('run') } };
  const desk = { reachable: () => new Promise((done) => { reached = done; }), set: () => ran.push('set') };
  const talk = Object.assign(Object.create(Talk.prototype), { slides, at: 0, stage, desk, closing: { show() {} }, say() {} });
  const first = talk.run();
  talk.at = 1;
  reached(true);
  assert.deepEqual([await first, ran], [false, []]);
  talk.at = 0;
  const second = talk.run();
  reached(true);
  assert.deepEqual([await second, ran], [true, ['set', 'run']]);
});
