/* A rule that had to give way comes back with the number that tuned it. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { RULE_AXES } from '../../assets/generated/constants.js';
import { browser, Piece } from './small_dom.js';

const START = { noise: 'mask', revise: 'none', commit: 'confidence', cache: 'none' };
const selects = Object.fromEntries(Object.entries(RULE_AXES).map(([axis, rules]) => [axis, new Piece({
  value: START[axis],
  dataset: { setting: axis, axis },
  options: Object.keys(rules).map((value) => ({ value, disabled: false, title: '' })),
})]));
browser('http://host/', Object.fromEntries(Object.entries(selects).map(([axis, select]) => [`select[data-setting="${axis}"][data-axis]`, select])));
const { mountLevel, mountRule } = await import('../../assets/page/rules.js');

for (const select of Object.values(selects)) mountRule(new Piece({ parts: { select } }), {});
const level = new Piece({ dataset: { levelOf: 'revise' } });
const props = {};
mountLevel(new Piece({ parts: { input: level } }), props);

/** An input event as the browser makes it for a visitor. */
function typed(words) {
  level.value = words;
  const event = new Event('input');
  Object.defineProperty(event, 'isTrusted', { value: true });
  level.dispatchEvent(event);
}

describe('the level of a revision rule', () => {
  beforeEach(() => {
    for (const [axis, value] of Object.entries(START)) selects[axis].write(value);
    level.write('');
    selects.revise.write('remdm_cap');
  });

  for (const [how, write] of [['typed', typed], ['set by a link', (words) => level.write(words)]]) {
    test(`${how} is back with its rule`, () => {
      write('0.2');
      selects.noise.write('tokens');
      assert.notEqual(selects.revise.value, 'remdm_cap');
      assert.equal(level.value + props.value, '', 'another rule, another number');
      selects.noise.write('mask');
      assert.deepEqual([selects.revise.value, level.value, props.value], ['remdm_cap', '0.2', '0.2']);
    });
  }

  test('is each rule\'s own', () => {
    typed('0.2');
    selects.revise.write('wino');
    typed('0.6');
    selects.revise.write('remdm_cap');
    assert.equal(level.value, '0.2');
    selects.revise.write('wino');
    assert.equal(level.value, '0.6');
  });

  test('does not outlive what sets all of the sampler', () => {
    typed('0.2');
    selects.revise.write('none');
    level.write(''); // as a link writes it
    selects.revise.write('remdm_cap');
    assert.equal(level.value, '');
  });
});
