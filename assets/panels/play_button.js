/* A button that plays something, pauses it, and plays it again. */

const STILL = '(prefers-reduced-motion: reduce)'; // such a visitor gets the end at once

/** What is played. total: its length in ms. draw(ms): shows the moment; ended(): says what came of it.
 * @typedef {{ total(): number, draw(ms: number): void, ended(): void }} Played
 */

/** Returns start, from the beginning, pause, and reset, to the beginning.
 * @param {HTMLElement} button
 * @param {Played} played
 */
export function mountPlayButton(button, played) {
  const first = button.textContent || '';
  let at = 0; // ms
  /** @type {number | null} */
  let since = null; // the time of the last frame; null while it does not play
  let next = 0; // the frame to come: one at a time
  const name = () => {
    if (since !== null) button.textContent = 'Pause';
    else if (!at) button.textContent = first;
    else button.textContent = at < played.total() ? 'Go on' : 'Again';
  };
  /** @param {number} ms */
  const show = (ms) => {
    at = Math.min(ms, played.total());
    played.draw(at);
    if (at < played.total()) return;
    since = null;
    played.ended();
    name();
  };
  /** @param {number} now */
  const frame = (now) => {
    if (since === null) return;
    const passed = Math.max(0, now - since);
    since = now;
    show(at + passed);
    if (since !== null) next = requestAnimationFrame(frame);
  };
  const goOn = () => {
    if (matchMedia(STILL).matches) { show(played.total()); return; }
    since = performance.now();
    name();
    next = requestAnimationFrame(frame);
  };
  const pause = () => {
    cancelAnimationFrame(next);
    since = null;
    name();
  };
  const reset = () => {
    at = 0;
    pause();
    played.draw(0);
  };
  const start = () => {
    reset();
    goOn();
  };
  const press = () => {
    if (since !== null) pause();
    else if (at < played.total()) goOn();
    else start();
  };
  return { press, start, pause, reset };
}
