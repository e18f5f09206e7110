/* The stage plays a trace: two lanes, one clock, one time axis.

   It owns the buffer, the clock and the drawing, and asks no server. `receive` takes the messages of playground/stream/messages.py, or a
   whole trace; everything on the screen comes from there and is set as text, never as markup. Shared by the page and by files saved
   from it. All times are milliseconds. What it takes and gives is typed in assets/types.d.ts. */

import { Stage } from './stage.js';

/** Build a stage in an element.
 * @param {HTMLElement} root
 * @param {Partial<import('../types').StageOptions>} options
 * @returns {import('../types').StageHandle}
 */
export function mountStage(root, options = {}) {
  const stage = new Stage(root, options);
  const { clock, playback, receiver, run } = stage;
  /** @param {(view: import('./lane_view.js').LaneView) => any} read */
  const byLane = (read) => Object.fromEntries(stage.views.map((view) => [view.record.lane.key, read(view)]));
  /** @type {import('../types').StageHandle} */
  const handle = {
    receive: (message) => receiver.receive(message),
    asked: (branch) => receiver.asked(branch),
    failed: () => receiver.failed(),
    stop: () => receiver.stop(),
    play: () => { if (!clock.playing) playback.toggle(); },
    pause: () => playback.pause(),
    seek: (time) => playback.seek(time),
    showFrame: (key, i) => {
      const record = clock.records.find(({ lane }) => lane.key === key);
      if (record) playback.seek(record.timeOf(record.frames[i]));
    },
    setSpeed: (speed) => playback.setSpeed(speed),
    setEqual: (equal) => playback.setEqual(equal),
    showMap: (open) => stage.showMap(open),
    present: (on) => stage.layout.present(on),
    talk: (at) => stage.talking.open(at),
    refit: () => stage.layout.refit(),
    look: (kind) => stage.inspector.lookFrom(kind),
    get run() { return receiver.latest; },
    get trace() { return receiver.trace; },
    get state() { return run.state; },
    get playing() { return clock.playing; },
    get clock() { return clock.time; },
    get horizon() { return clock.horizon; },
    get total() { return clock.total; },
    get speed() { return clock.speed; },
    get meter() { return stage.meter; },
    get presenting() { return stage.layout.presenting; },
    get underWay() { return run.underWay; },
    get branches() { return stage.branches.grafts; },
    get recorded() { return run.recorded; },
    get own() { return run.own; },
    get header() { return run.header; },
    get received() { return byLane((view) => view.record.frames.length); },
    get shown() { return byLane((view) => view.shown); },
    get texts() { return byLane((view) => view.text()); },
  };
  for (const act of /** @type {const} */ (['receive', 'asked', 'play', 'pause', 'seek', 'showFrame', 'setEqual', 'present', 'talk', 'look'])) {
    const done = /** @type {(...given: any[]) => any} */ (handle[act]);
    Object.assign(handle, { [act]: (/** @type {any[]} */ ...given) => { stage.overture?.end(); return done(...given); } });
  }
  window.__stage = handle;
  return handle;
}
