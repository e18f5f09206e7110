import assert from 'node:assert/strict';
import { test } from 'node:test';

globalThis.matchMedia = () => ({ matches: false });
const { scrambled } = await import('../../assets/stage/noise.js');
const { sharesOf } = await import('../../assets/stage/stages.js');

test('each stage takes the axis from where it begins to where the next one does', () => {
  assert.deepEqual(sharesOf({ noise: 0, rough: 10, clear: 60, final: 80 }, 100), [0.1, 0.5, 0.2, 0.2]);
  assert.deepEqual(sharesOf({ noise: 0, final: 100 }, 100), [1, 0, 0, 0], 'a stage that never came takes nothing');
  assert.deepEqual(sharesOf({}, 0), [0, 0, 0, 0]);
});

test('a position has other signs in another turn, and the same ones in the same turn', () => {
  const all = Array.from({ length: 64 }, (_, at) => scrambled(at, 3));
  assert.deepEqual(all, Array.from({ length: 64 }, (_, at) => scrambled(at, 3)));
  assert.ok(all.every((signs) => /^\S{2,5}$/.test(signs)));
  assert.ok(all.filter((signs, at) => signs !== scrambled(at, 4)).length > 60);
  assert.ok(new Set(all).size > 50);
});
