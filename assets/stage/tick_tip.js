/* A tick of the time axis says what its pass took and did: to a mouse that rests near it, and to the keyboard at the playhead. */

import { slotOf } from './slots.js';
import { boxOf, listen, make, refill } from './dom.js';
import { nearestPass, passFacts } from './pass_facts.js';
import { playheadOf } from './playback.js';

const NEAR = 24; // px from a tick within which it is meant
const ROW = 18; // px of a lane on the axis, as time_axis.js draws it

/** @typedef {import('./record.js').LaneRecord} LaneRecord */

export class TickTip {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.field = stage.axis.range.parentElement || stage.axis.root;
    this.root = make('div', 'tick-tip');
    this.root.hidden = true;
    this.said = ''; // which pass it tells of
    this.focused = false;
    this.field.append(this.root);
    const { range } = stage.axis;
    listen(range, {
      pointermove: (event) => event.pointerType !== 'touch' && this.point(event),
      pointerleave: () => this.hide(),
      focus: () => {
        this.focused = range.matches(':focus-visible');
        this.follow();
      },
      blur: () => {
        this.focused = false;
        this.hide();
      },
    });
  }

  /** @param {PointerEvent} event */
  point({ clientX, clientY }) {
    const { axis: { span }, clock: { records } } = this.stage;
    const box = boxOf(this.field);
    const record = records[Math.min(Math.max(Math.floor((clientY - box.top - 2) / ROW), 0), records.length - 1)];
    if (!record) return;
    const wide = box.width - 2;
    const near = nearestPass(record, ((clientX - box.left - 1) / wide) * span);
    if (near && (near.off / span) * wide <= NEAR) this.tell(record, near.i);
    else this.hide();
  }

  /** With the focus on the axis, tell of the pass that the playhead reached. */
  follow() {
    if (!this.focused) return;
    const { clock } = this.stage;
    const time = playheadOf(clock);
    const reached = clock.records.map((record) => ({ record, i: record.at(time) })).filter(({ i }) => i > 0)
      .sort((one, other) => other.record.timeOf(other.record.frames[other.i]) - one.record.timeOf(one.record.frames[one.i]))[0];
    if (reached) this.tell(reached.record, reached.i);
    else this.hide();
  }

  /**
   * @param {LaneRecord} record
   * @param {number} i
   */
  tell(record, i) {
    const { axis: { span } } = this.stage;
    const said = `${record.lane.key} ${i} ${span} ${record.finished}`;
    if (said === this.said && !this.root.hidden) return;
    this.said = said;
    const [which, did] = passFacts(record, i);
    const title = record.lane.about.letter || record.lane.title;
    refill(this.root, make('b', '', `${title}, ${which}`), make('span', '', did));
    this.root.dataset.slot = slotOf(record.lane);
    this.root.hidden = false;
    const place = 1 + (record.timeOf(record.frames[i]) / span) * (this.field.clientWidth - 2);
    const left = Math.min(Math.max(place - this.root.offsetWidth / 2, 0), this.field.clientWidth - this.root.offsetWidth);
    this.root.style.left = `${left}px`;
  }

  hide() {
    this.root.hidden = true;
  }
}
