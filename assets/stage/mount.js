/* The stage plays a trace: two lanes, one clock, one time axis.

   It owns the buffer, the clock and the drawing, and asks no server. `receive` takes the messages of
   playground/stream/messages.py, or a whole trace; everything on the screen comes from there and is set as text, never as markup.

     const stage = mountStage(root, {recorded, onBegin, onStop, onOffer, silence});
     stage.receive(message)

   Shared by the page and by files saved from it. All times are milliseconds. */

/** Build a stage in an element. options: recorded, a trace to play at once; onBegin(), onStop(run) and onOffer(prompt), what a
    visitor asks for; onState(underWay); onLook(question) and onBranch(frame), JSON text of Streams.attention and resume.py; silence, ms; below, px kept free under the stage. */
function mountStage(root, options = {}) {
  const stage = new Stage(root, options);
  const byLane = (read) => Object.fromEntries(stage.views.map((view) => [view.record.lane.key, read(view)]));
  const handle = {
    receive: (message) => stage.receive(message),
    asked: (branch) => stage.asked(branch),
    failed: () => stage.failed(),
    stop: () => stage.stopping(),
    play: () => { if (!stage.playing) stage.toggle(); },
    pause: () => stage.pause(),
    seek: (time) => stage.seek(time),
    showFrame: (key, i) => {
      const record = stage.records.find(({ lane }) => lane.key === key);
      if (record) stage.seek(record.timeOf(record.frames[i]));
    },
    setSpeed: (speed) => stage.setSpeed(speed),
    setEqual: (equal) => stage.setEqual(equal),
    showMap: (open) => stage.showMap(open),
    present: (on) => stage.present(on),
    look: (kind) => stage.inspector.lookFrom(kind),
    get run() { return stage.run; },
    get trace() { return stage.trace; },
    get state() { return stage.state; },
    get playing() { return stage.playing; },
    get clock() { return stage.clock; },
    get horizon() { return stage.horizon; },
    get total() { return stage.total; },
    get speed() { return stage.speed; },
    get meter() { return stage.meter; },
    get presenting() { return stage.presenting; },
    get underWay() { return UNDER_WAY.has(stage.state); },
    get branches() { return stage.branches.grafts; },
    get recorded() { return stage.recorded; },
    get own() { return stage.own; },
    get header() { return stage.header; },
    get received() { return byLane((view) => view.record.frames.length); },
    get shown() { return byLane((view) => view.shown); },
    get texts() { return byLane((view) => view.text()); },
  };
  window.__stage = handle;
  return handle;
}
