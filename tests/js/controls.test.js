/* What presses on the page change: cards lend their settings, dice and examples tell what they write. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { answered, browser, field, noted, Piece } from './small_dom.js';

const OWN = 'Find me a bus to Sacramento.';
const START = { steps: '8', share: '0' };
const fields = { steps: field('steps', START.steps), share: field('share', START.share), seed: field('seed', '0') };
const prompt = new Piece({ value: 'the first' });
const byName = Object.fromEntries(Object.entries(fields).map(([name, one]) => [`[data-setting="${name}"]`, one]));

browser('http://host/', { '#prompt': prompt, ...byName });
const { mountCommand, mountSetting } = await import('../../assets/page/controls.js');
const { lendAgain, lentNow } = await import('../../assets/page/example_cards.js');
const { applyLink, joinLinks } = await import('../../assets/page/link.js');
const { tell } = await import('../../assets/page/public.js');
const { talkDesk } = await import('../../assets/page/talk_desk.js');

joinLinks({ // as the server does: what a link does not name is set to its default
  read_link: async (question) => {
    const { prompt: words, steps = START.steps, share = START.share } = JSON.parse(question);
    return JSON.stringify({ settings: { prompt: words, steps: Number(steps), share: Number(share) }, message: '', problem: '', differs: '' });
  },
});
const card = (settings) => new Piece({ dataset: { card: JSON.stringify(settings) } });
const mend = card({ prompt: 'I would like to book a table', share: 0.25 });
const gap = card({ prompt: 'Please book a ___', steps: 2 });
const example = new Piece({ textContent: OWN });
const props = {};
mountCommand(new Piece({
  parts: { textarea: prompt, '#prompt': prompt },
  lists: { '[data-card]': [mend, gap], '[data-example]': [example] },
}), props);

const seen = () => ({ steps: fields.steps.value, share: fields.share.value });
const press = (one) => {
  one.press();
  return answered();
};

beforeEach(() => {
  lendAgain(null);
  for (const [name, value] of Object.entries(START)) fields[name].value = value;
});

describe('a prompt of one\'s own gets back all that a card has set', () => {
  for (const [name, one, set] of [['share', mend, '0.25'], ['steps', gap, '2']]) {
    test(`${name}, where it is typed, an example, an offer of the stage, or asked in the talk`, async () => {
      for (const write of [() => prompt.write(OWN), () => example.press(), () => tell('prompt', OWN), () => talkDesk('').ask(OWN)]) {
        await press(one);
        assert.equal(seen()[name], set);
        write();
        assert.deepEqual(seen(), START, String(write));
      }
    });
  }

  test('after one card and another, and as the visitor had it', async () => {
    for (const cards of [[mend, gap], [gap, mend], [mend, mend], [gap]]) {
      Object.assign(fields.share, { value: '0.4' });
      for (const one of cards) await press(one);
      prompt.write(OWN);
      assert.deepEqual(seen(), { steps: '8', share: '0.4' });
    }
  });

  test('but for what the visitor has changed since', async () => {
    await press(mend);
    fields.share.write('0.5');
    prompt.write(OWN);
    assert.equal(fields.share.value, '0.5');
  });

  test('and a card has its own settings while its prompt stands there', async () => {
    await press(gap);
    prompt.dispatchEvent(new Event('input'));
    assert.equal(fields.steps.value, '2');
    await press(gap);
    assert.equal(fields.steps.value, '2', 'pressed again');
  });

  test('also after a reload', async () => {
    await press(mend);
    const kept = JSON.parse(JSON.stringify(lentNow()));
    const { value } = prompt;
    prompt.write(OWN);
    Object.assign(prompt, { value });
    fields.share.value = '0.25'; // as the reload brings it back
    lendAgain(kept);
    prompt.write(OWN);
    assert.deepEqual(seen(), START);
  });
});

test('the settings of a link and of a slide stand, whatever a card has set before', async () => {
  fields.steps.value = '16';
  await press(gap);
  await applyLink({ prompt: OWN, steps: '2' });
  assert.equal(fields.steps.value, '2');
  fields.steps.value = '16';
  await press(gap);
  talkDesk('').set({ steps: 2 }, OWN);
  assert.equal(fields.steps.value, '2');
});

describe('who shows the link hears of', () => {
  test('an example, before it runs', () => {
    const heard = noted('playground:prompt', 'playground:run');
    example.press();
    assert.deepEqual(heard, ['playground:prompt', 'playground:run']);
    assert.equal(props.value, OWN);
  });

  test('the dice', () => {
    const values = {};
    const dice = new Piece();
    mountSetting(new Piece({ parts: { '[data-setting]': fields.seed, '[data-dice]': dice } }), values);
    const heard = noted('input');
    dice.press();
    assert.deepEqual(heard, ['input']);
    assert.equal(values.value, Number(fields.seed.value));
  });
});
