/* Panels that play a published speed: what has arrived when, and the button that plays it. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { arrived, duration, factorFor, loopSeconds, stepsDone } from '../../assets/panels/paces.js';
import { mountPlayButton } from '../../assets/panels/play_button.js';

describe('a pace', () => {
  test('hands over whole tokens, and no more than the text has', () => {
    assert.equal(arrived(59, 0, 300), 0);
    assert.equal(arrived(59, 1000, 300), 59);
    assert.equal(arrived(1009, 100, 300), 100);
    assert.equal(arrived(1009, 5000, 300), 300);
  });

  test('makes an agent that writes, waits for a tool, and writes again', () => {
    const pace = { rate: 100, wait: 1 };
    const step = { tokens: 300, tool: 2 }; // writes for 4 s, tool for 2 s
    assert.equal(loopSeconds(pace, step, 3), 3 * 4 + 2 * 2);
    assert.deepEqual([0, 2, 4, 5, 6, 8, 16, 99].map((seconds) => stepsDone(pace, step, 3, seconds)), [0, 0.5, 1, 1, 1, 1.5, 3, 3]);
    assert.equal(loopSeconds(pace, step, 1), 4);
  });

  test('is sped up by a whole number, and never slowed down', () => {
    assert.deepEqual([0.4, 10, 10.1, 60].map((seconds) => factorFor(seconds, 10)), [1, 1, 2, 6]);
  });

  test('is said as the calculator says it', () => {
    const said = [0.0042, 0.085, 1.42, 51.2, 192, 9000].map((seconds) => duration(seconds).replace('\u00a0', ' '));
    assert.deepEqual(said, ['4.2 ms', '85 ms', '1.4 s', '51 s', '3.2 min', '2.5 h']);
  });

  test('goes to the even digit where it lies just between two, as the calculator’s does', () => {
    const said = [0.00425, 0.0105, 1.25, 1.75, 10.5, 11.5, 195, 225, 8100, 3645000].map((seconds) => duration(seconds).replace('\u00a0', ' '));
    assert.deepEqual(said, ['4.2 ms', '10 ms', '1.2 s', '1.8 s', '10 s', '12 s', '3.2 min', '3.8 min', '2.2 h', '1,012.5 h']);
  });
});

describe('a play button', () => {
  let now, frames, still, drawn, ended;
  const button = () => ({ textContent: 'Play' });
  const played = () => ({ total: () => 1000, draw: (ms) => drawn.push(ms), ended: () => { ended += 1; } });
  const pass = (ms) => {
    now += ms;
    const due = [...frames.values()];
    frames.clear();
    for (const frame of due) frame(now);
  };

  beforeEach(() => {
    [now, frames, still, drawn, ended] = [0, new Map(), false, [], 0];
    Object.defineProperty(globalThis, 'performance', { value: { now: () => now }, configurable: true });
    let count = 0;
    globalThis.requestAnimationFrame = (frame) => { frames.set(count += 1, frame); return count; };
    globalThis.cancelAnimationFrame = (one) => frames.delete(one);
    globalThis.matchMedia = () => ({ matches: still });
  });

  test('plays to the end, says so once, and plays again from the start', () => {
    const one = button();
    const player = mountPlayButton(one, played());
    player.press();
    assert.equal(one.textContent, 'Pause');
    pass(400);
    pass(900);
    assert.deepEqual([drawn.at(-1), ended, one.textContent, frames.size], [1000, 1, 'Again', 0]);
    player.press();
    pass(100);
    assert.equal(drawn.at(-1), 100);
  });

  test('stands still while it pauses, and goes on from there', () => {
    const one = button();
    const player = mountPlayButton(one, played());
    player.press();
    pass(400);
    player.press();
    pass(5000);
    assert.deepEqual([drawn.at(-1), one.textContent, ended], [400, 'Go on', 0]);
    player.press();
    pass(100);
    assert.equal(drawn.at(-1), 500);
  });

  test('runs one clock only, however often it is started', () => {
    const player = mountPlayButton(button(), played());
    player.start();
    player.start();
    pass(100);
    assert.equal(drawn.at(-1), 100);
    pass(100);
    assert.equal(drawn.at(-1), 200);
    assert.equal(frames.size, 1);
  });

  test('shows the end at once where motion is not wanted', () => {
    still = true;
    const one = button();
    mountPlayButton(one, played()).press();
    assert.deepEqual([drawn.at(-1), ended, one.textContent, frames.size], [1000, 1, 'Again', 0]);
  });
});
