/* Fitting: type and room, so that the stage fills the first screen and the presenter's whole one. */

const STACKED = matchMedia('(max-width: 760px)'); // as in stage.css

class Fitted extends Transport {
  /** Choose the type so that the stage and the row under it fill the first screen. Between two frames nothing moves. */
  fit() {
    this.unfitted = false;
    const { presenting } = this;
    const top = presenting ? 0 : this.root.getBoundingClientRect().top + window.scrollY;
    const size = { width: this.lanes.clientWidth, height: window.innerHeight, top, records: this.records };
    const before = this.fitted;
    // A phone's address bar comes and goes while one scrolls: that is no reason to set the text anew.
    const same = before && before.records === size.records && before.width === size.width && before.top === top;
    if (same && Math.abs(before.height - size.height) < 120) return;
    this.fitted = size;
    const lengths = this.records.map(({ lane }) => lane.length);
    const grids = [...this.lanes.querySelectorAll('.slots')];
    const readings = [...this.lanes.querySelectorAll('.reading')];
    const stacked = STACKED.matches && !presenting;
    const shared = stacked || presenting; // picture and text share one place
    const heights = grids.map((grid, n) => grid.offsetHeight + (readings[n] && !shared ? readings[n].offsetHeight : 0));
    const flexible = stacked ? heights.reduce((sum, height) => sum + height, 0) : Math.max(...heights);
    const used = presenting ? this.message.getBoundingClientRect().bottom + 16 : this.root.offsetHeight;
    const room = window.innerHeight - top - (used - flexible) - (presenting ? 0 : this.options.below);
    const length = lengths.length ? Math.max(...lengths) : 64;
    const type = presenting ? typeForHall(length, grids[0].clientWidth, room) : typeFor(length, grids[0].clientWidth, stacked ? room / grids.length : room, !stacked);
    const style = this.lanes.style;
    style.setProperty('--columns', type.columns);
    style.setProperty('--slot-size', `${type.size}px`);
    style.setProperty('--slot-row', `${type.row}px`);
    style.setProperty('--reading-size', `${type.reading}px`);
    style.setProperty('--reading-row', `${Math.round(type.reading * 1.45)}px`);
    style.setProperty('--reading-lines', type.lines);
    for (const view of this.views) view.setRoom(type.room);
    this.inspector.moved();
  }

  refit() {
    this.fitted = null;
    this.unfitted = true;
    this.invalidate();
  }

  /** Presenter mode: the stage alone, in large type, on the whole screen where the browser lets it. */
  present(on) {
    this.presenting = on;
    if (on) document.activeElement?.blur(); // a token's focus ring would lie over the large text
    this.root.classList.toggle('presenting', on);
    for (let node = this.root; node !== document.body; node = node.parentNode) {
      for (const other of node.parentNode.children) if (other !== node) other.inert = on;
    }
    if (on && this.root.requestFullscreen) this.root.requestFullscreen().catch(() => {});
    if (!on && document.fullscreenElement === this.root) document.exitFullscreen();
    if (!on) this.full = false;
    this.refit();
  }
}
