/* The legend: each state is named in its own look, and only where it occurs. */

const STATES = [ // state, name, what it means
  ['noise', 'noise', 'Still a mask, or random noise'],
  ['draft', 'draft', 'What the model would write here now; the position is still open'],
  ['committed', 'settled', 'Settled and not changed since: the lighter or darker, the surer'],
  ['revised', 'revised', 'Settled anew, with another token than before'],
  ['remasked', 'taken back', 'Was settled and is open again (remasked)'],
  ['pinned', 'pinned', 'Given and kept, not written by the model'],
];

class Legend {
  constructor(onDrafts) {
    this.root = make('div', 'legend');
    this.states = make('span', 'legend-states');
    this.drafts = make('input');
    Object.assign(this.drafts, { type: 'checkbox', checked: true });
    this.drafts.addEventListener('change', () => onDrafts(this.drafts.checked));
    const drafts = make('label', 'legend-drafts');
    drafts.append(this.drafts, make('span', '', 'drafts'));
    drafts.title = 'What the diffusion model would write now at positions that are still open';
    this.root.append(this.ramp(), this.states, drafts);
  }

  ramp() {
    const ramp = make('span', 'legend-ramp');
    ramp.append(make('span', '', 'unsure'));
    this.ramps = [];
    for (const kind of ['diffusion', 'ar']) {
      const steps = make('span', 'legend-steps');
      steps.dataset.kind = kind;
      this.ramps.push(steps);
      for (let i = 0; i <= 4; i++) {
        const step = make('i');
        step.style.setProperty('--confidence', `${i * 25}%`);
        steps.append(step);
      }
      ramp.append(steps);
    }
    ramp.append(make('span', '', 'sure'));
    return ramp;
  }

  /** Name the states that have occurred; one that occurs later joins them. differing: whether lanes are marked where they differ. */
  show(records, differing) {
    this.ramps.forEach((steps, n) => { // in the colours of the lanes that are there
      const { kind, key } = (records[n] || { lane: { kind: n ? 'ar' : 'diffusion' } }).lane;
      setData(steps, 'kind', kind);
      setData(steps, 'key', key || '');
      steps.hidden = n > 0 && records.length > 1 && records[0].lane.kind === kind && key !== 'diffusion.b'; // a branch and its parent share one
    });
    const found = STATES.map(([state]) => records.find((record) => record.states.has(state)));
    const now = found.map((record) => (record ? record.lane.kind : '')).join() + differing;
    if (now === this.shown) return;
    this.shown = now;
    this.states.replaceChildren(...STATES.flatMap(([state, name, title], n) => {
      if (!found[n]) return [];
      const item = make('span', 'legend-state', name);
      Object.assign(item.dataset, { state, kind: found[n].lane.kind });
      item.title = title;
      return [item];
    }));
    if (differing) this.states.append(Object.assign(make('span', 'legend-state differs', 'differs'), { title: 'Both lanes settled this place, each with another token' }));
  }
}
