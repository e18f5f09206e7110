/* The menus of models: what they mean as settings, what they say, and what a race's models cannot do. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CAPABILITIES, NEED_OF_RULE, SETTINGS, WRITING_ORDER } from '../../assets/generated/constants.js';
import { menusOf, optionText, partnerOf, raceKeys, reasonsBelow, settingsOfMenus, unable } from '../../assets/page/lanes_text.js';

const PAIR = ['twin-d', 'twin-a'];
const model = (key, kind, more = {}) => ({ key, name: key, kind, partner: '', about: kind === 'ar' ? 'autoregressive' : 'diffusion', state: 'loaded', stage: true, size: '', why: '', can: Object.keys(CAPABILITIES), ...more });
const MODELS = [
  model('twin-d', 'diffusion', { partner: 'twin-a' }), model('twin-a', 'ar', { partner: 'twin-d' }),
  model('big-d', 'diffusion', { partner: 'big-a' }), model('big-a', 'ar', { partner: 'big-d' }),
  model('lonely', 'diffusion', { partner: 'not on this page' }),
];
const settings = (key, rival, sampler = '') => settingsOfMenus({ model: key, rival, sampler }, MODELS, PAIR);

describe('menus and settings', () => {
  test('the default pair needs no setting, and another sampler of its diffusion model keeps versus', () => {
    assert.deepEqual(settings('twin-d', ''), { lanes: '', versus: '' });
    assert.deepEqual(settings('twin-d', 'twin-a'), { lanes: '', versus: '' });
    assert.deepEqual(settings('twin-d', 'sampler', '{"steps":4}'), { lanes: '', versus: '{"steps":4}' });
  });

  test('every other choice names its lanes, and the menus show what they wrote', () => {
    const choices = [
      ['twin-d', '', ''], ['twin-d', 'sampler', '{"steps":4}'], ['twin-d', 'nothing', ''], ['twin-d', 'big-d', ''], ['big-d', '', ''],
      ['big-d', 'twin-a', ''], ['big-d', 'sampler', '{"steps":4,"commit":"threshold"}'], ['big-a', 'nothing', ''], ['lonely', '', ''],
      ['twin-a', 'sampler', '{"temperature":1}'],
    ];
    for (const [key, rival, sampler] of choices) {
      const { lanes, versus } = settings(key, rival, sampler);
      assert.deepEqual(menusOf(lanes, versus, MODELS, PAIR), { model: key, rival, sampler }, `${key} against ${rival}`);
    }
    assert.equal(settings('big-d', '').lanes, '[{"model":"big-d"},{"model":"big-a"}]');
    assert.equal(settings('twin-d', 'nothing').lanes, '[{"model":"twin-d"}]');
  });

  test('a race of a link that they cannot show stays as it is', () => {
    const three = [{ model: 'twin-d' }, { model: 'twin-a' }, { model: 'twin-d', steps: 2 }];
    for (const lanes of [three, [{ model: 'unknown' }], [{ model: 'twin-d', steps: 4 }], [{ model: 'twin-d' }, { model: 'twin-a', temperature: 1 }]]) {
      assert.equal(menusOf(JSON.stringify(lanes), '', MODELS, PAIR), null);
    }
  });

  test('a model without a partner here meets the model of the pair of the other kind', () => {
    assert.equal(partnerOf('lonely', MODELS, PAIR), 'twin-a');
    assert.equal(partnerOf('big-d', MODELS, PAIR), 'big-a');
    assert.equal(partnerOf('twin-d', MODELS.slice(0, 1), ['twin-d']), '');
  });

  test('the models of a race', () => {
    assert.deepEqual(raceKeys('', '', PAIR), PAIR);
    assert.deepEqual(raceKeys('', '{"steps":4}', PAIR), ['twin-d']);
    assert.deepEqual(raceKeys('[{"model":"a"},{"model":"b"}]', '', PAIR), ['a', 'b']);
  });
});

test('a menu names models with their kind, and says what a choice would take', () => {
  assert.equal(optionText(model('Dream 7B', 'diffusion')), 'Dream 7B (diffusion)');
  assert.equal(optionText(model('AR twin', 'ar')), 'AR twin');
  assert.equal(optionText(model('Qwen3 diffusion', 'diffusion', { state: 'here', size: '1.5 GB' })), 'Qwen3 diffusion: 1.5 GB, loads on Run');
  assert.equal(optionText(model('LLaDA', 'diffusion', { state: 'absent', stage: false })), 'LLaDA (diffusion): not here');
  assert.equal(optionText(model('LLaDA', 'diffusion', { state: 'here', stage: false, why: 'It needs more.' })), 'LLaDA (diffusion): too large now');
});

test('why models cannot race is told in short', () => {
  const absent = (key) => model(key, 'diffusion', { state: 'absent', stage: false });
  const large = model('Huge', 'diffusion', { state: 'here', stage: false, why: 'It needs more.' });
  assert.equal(reasonsBelow([model('a', 'ar')]), '');
  assert.equal(reasonsBelow([large, absent('One')]), 'Huge needs more memory than is free. One is not on this machine. Models tells more.');
  assert.equal(reasonsBelow(['a', 'b', 'c'].map(absent)), '3 models are not on this machine. Models tells more.');
});

test('a setting is greyed where a model of the race that it addresses cannot do it', () => {
  const blocks = model('Blocks', 'diffusion', { can: ['branch'] });
  const ar = model('AR', 'ar', { can: ['places', 'score'] });
  assert.equal(unable([blocks, ar], ['diffusion'], 'guidance', CAPABILITIES), 'Blocks cannot be guided by its prompt.');
  assert.equal(unable([ar], ['diffusion'], 'guidance', CAPABILITIES), 'No diffusion model is in this race, so this does nothing.');
  assert.equal(unable([ar, MODELS[0]], undefined, 'places', CAPABILITIES), '');
  assert.equal(unable([], ['diffusion'], 'guidance', CAPABILITIES), '', 'nothing is known of its models');
  assert.deepEqual([NEED_OF_RULE.noise.mask, NEED_OF_RULE.noise.tokens, NEED_OF_RULE.cache.prefix], [undefined, 'random', 'whole']);
  assert.ok(WRITING_ORDER.indexOf('lanes') < WRITING_ORDER.indexOf('length'), 'a text must fit the contexts of the models');
  assert.deepEqual(SETTINGS.guidance.lanes, ['diffusion']);
});
