/* The mouse scrubs: a drag along a lane's head moves time, and so does a sideways wheel over its picture. A drag over the tokens
   themselves stays what it was, a span of them. */

import { listen } from './dom.js';

const LINE = 30; // px of a line, for a wheel that counts lines
const STILL_A_PRESS = 4; // px that a press moves before it is a drag
const OF_WHEEL = 0.5; // how much slower a wheel is than a drag

/** The time that a movement leads to: across the whole width lies the whole race.
 * @param {number} from ms
 * @param {number} px that it went to the right
 * @param {number} width px
 * @param {number} total ms
 */
export function scrubbed(from, px, width, total) {
  return Math.min(Math.max(from + (px / Math.max(width, 1)) * total, 0), total);
}

/** How far a wheel turned sideways, px; 0 where it scrolls the page.
 * @param {Pick<WheelEvent, 'deltaX' | 'deltaY' | 'deltaMode' | 'shiftKey'>} event
 */
export function sideways({ deltaX, deltaY, deltaMode, shiftKey }) {
  const x = shiftKey && !deltaX ? deltaY : deltaX;
  if (!shiftKey && Math.abs(deltaX) <= Math.abs(deltaY)) return 0;
  return deltaMode ? x * LINE : x;
}

export class Scrub {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    const { clock, playback, lanes } = stage;
    /** @type {{ id: number, x: number, time: number, moved: boolean } | null} */
    let held = null;
    /** @param {Event} event */
    const laneOf = ({ target }) => (target instanceof Element ? target.closest('.lane') : null);
    /** @param {Element} lane */
    const widthOf = (lane) => lane.clientWidth;
    const go = (/** @type {number} */ time) => {
      stage.overture?.end();
      playback.seek(time);
    };
    listen(lanes, {
      wheel: (/** @type {WheelEvent} */ event) => {
        const lane = laneOf(event);
        const px = sideways(event);
        if (!px || !lane || !clock.records.length) return;
        event.preventDefault(); // nor does the browser go back a page
        go(scrubbed(clock.time, px * OF_WHEEL, widthOf(lane), clock.total));
      },
      pointerdown: (/** @type {PointerEvent} */ event) => {
        const { target } = event;
        if (event.button || event.pointerType === 'touch' || !(target instanceof Element) || !clock.records.length) return;
        if (target.closest('.lane-head, .figures')) held = { id: event.pointerId, x: event.clientX, time: clock.time, moved: false };
      },
      pointermove: (/** @type {PointerEvent} */ event) => {
        if (!event.buttons) held = null; // it was let go outside of the lanes
        const lane = laneOf(event) || lanes.querySelector('.lane');
        if (!held || event.pointerId !== held.id || !lane) return;
        const px = event.clientX - held.x;
        if (!held.moved && Math.abs(px) < STILL_A_PRESS) return;
        if (!held.moved) lanes.setPointerCapture(held.id);
        held.moved = true;
        go(scrubbed(held.time, px, widthOf(lane), clock.total));
      },
      pointerup: () => { held = null; },
      pointercancel: () => { held = null; },
    });
  }
}
