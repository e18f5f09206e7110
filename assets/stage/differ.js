/* Where two lanes that write the same text differ: a branch and its parent, or two samplers with one seed. */

/** Marks the positions that both lanes have settled with another token each, in their slots and in their texts. */
class Differences {
  constructor() {
    this.painted = '';
  }

  /** Two lanes are compared place by place only where the places mean the same. */
  static between(records) {
    const [one, other] = records.map(({ lane }) => lane);
    return records.length === 2 && one.kind === other.kind && one.prompt === other.prompt && one.length === other.length;
  }

  /** True where any position differs now. */
  paint(views) {
    const now = views.map(({ record, shown }) => `${record.lane.key} ${shown} ${record.frames.length}`).join();
    if (now === this.painted) return this.any;
    this.painted = now;
    this.any = false;
    if (!Differences.between(views.map(({ record }) => record))) return false;
    const [one, other] = views;
    for (let at = one.record.lane.prompt; at < one.record.size; at++) {
      const differs = differ(one.painted[at], other.painted[at]);
      this.any ||= differs;
      for (const view of views) for (const place of [view.slots[at], view.words[at]]) place.classList.toggle('differs', differs);
    }
    return this.any;
  }
}

function differ(one, other) {
  return Boolean(one && other) && SETTLED.has(one[3]) && SETTLED.has(other[3]) && one[4] !== other[4];
}
