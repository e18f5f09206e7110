/* Inspecting, which nobody does in the first seconds: its script comes when the page is idle, or when a token is first used. */

import { listen, nameFor } from './dom.js';
import { placeOf } from './lane_view.js';
import { Later } from './later.js';

const FAILED = 'What shows the life of a token did not load. Check the connection, then press the token again.';

/** @typedef {import('./lane_view.js').LaneView} LaneView */

/** Stands for the inspector until its script is there; a script that failed to load is asked for again at the next press. */
export class Inspecting {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {import('./inspector.js').Inspector | null} */
    this.inspector = null;
    this.later = new Later((tries) => this.fetch(tries));
    const idle = window.requestIdleCallback || setTimeout; // Safari has no idle callbacks
    idle(() => this.load());
  }

  /** The inspector; null where its script cannot be had now. */
  load() {
    return this.later.load();
  }

  /** @param {number} tries */
  async fetch(tries) {
    const { stage } = this;
    const { Inspector, Hands } = await stage.options.loadInspector(tries);
    this.hands = new Hands(stage);
    this.inspector = new Inspector(stage);
    stage.root.append(this.inspector.card);
    for (const view of stage.views) this.inspector.attach(view);
    return this.inspector;
  }

  /** @param {LaneView} view */
  attach(view) {
    if (this.inspector) return this.inspector.attach(view);
    const { cursor, plate, record, words } = view;
    nameFor(cursor, `${record.lane.title}, its tokens`);
    return listen(plate, {
      focusin: () => this.load(),
      click: ({ target }) => {
        const at = target === cursor ? view.at : target.matches('.word') ? words.indexOf(target) : placeOf(target);
        if (!this.inspector && at >= record.lane.prompt) this.pinLate(view, at);
      },
    });
  }

  /** Pin a token that was pressed before the inspector was there.
   * @param {LaneView} view
   * @param {number} at
   */
  async pinLate(view, at) {
    const inspector = await this.load();
    if (!inspector) this.stage.status.say('error', FAILED);
    else if (view.root.isConnected) inspector.pin(view, at);
  }

  /** @param {import('../types').Kind} kind */
  async lookFrom(kind) {
    return Boolean((await this.load())?.lookFrom(kind));
  }

  close() {
    this.inspector?.close();
  }

  /** A branch has the edits of a lane now.
   * @param {import('./record.js').LaneRecord} record
   */
  forgetEdits(record) {
    this.inspector?.edits.forget(record);
  }

  paint() {
    this.inspector?.paint();
    this.hands?.paint();
  }

  moved() {
    this.inspector?.moved();
  }
}
