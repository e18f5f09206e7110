/* The transport: buttons, speed and time under the axis. */

class Transport extends Receiver {
  transport() {
    const bar = make('div', 'transport');
    const buttons = make('div', 'transport-buttons');
    this.playButton = this.button('play', 'Play', () => this.toggle());
    buttons.append(
      this.button('restart', 'Back to the start', () => this.restart()),
      this.button('back', 'One pass back', () => this.step(-1)),
      this.playButton,
      this.button('forward', 'One pass on', () => this.step(1)),
    );
    this.select = make('select', 'speed');
    this.select.setAttribute('aria-label', 'Speed');
    this.select.append(...SPEEDS.map((speed) => Object.assign(make('option', '', slower(speed)), { value: speed })));
    this.select.value = DEFAULT_SPEED;
    this.steps = Object.assign(make('input'), { type: 'checkbox' });
    const steps = make('label', 'check');
    steps.title = 'Both lanes advance one pass a beat, instead of at their true times';
    steps.append(this.steps, make('span', '', 'equal steps'));
    this.mode = make('span', 'mode');
    this.factor = make('span', 'factor');
    this.time = make('output', 'time');
    this.mapButton = this.wordButton('map', 'Map', 'Map of positions and passes', () => this.showMap(this.map.root.hidden));
    this.mapButton.setAttribute('aria-controls', this.map.root.id);
    this.mapButton.setAttribute('aria-expanded', 'false');
    bar.append(
      buttons, this.time, this.mode, this.select, steps, this.factor, this.mapButton,
      this.wordButton('present', 'Present', 'Presenter mode (F)', () => this.present(true)),
      this.wordButton('keys', 'Keys', 'List of keys (?)', () => this.keys.open()),
      this.wordButton('leave', 'Esc leaves', 'Leave presenter mode', () => this.present(false)),
    );
    return bar;
  }

  button(name, label, action) {
    const button = make('button', `transport-${name}`);
    button.type = 'button';
    button.title = label;
    button.setAttribute('aria-label', label);
    button.append(icon(name));
    button.addEventListener('click', action);
    return button;
  }

  wordButton(name, word, title, action) {
    const button = this.textButton(word, action);
    button.className = `tool tool-${name}`;
    button.title = title;
    return button;
  }

  drawTransport() {
    const name = this.playing ? 'pause' : 'play';
    if (this.playButton.dataset.icon !== name) {
      this.playButton.dataset.icon = name;
      this.playButton.replaceChildren(icon(name));
      this.playButton.title = this.playing ? 'Pause' : 'Play';
      this.playButton.setAttribute('aria-label', this.playButton.title);
    }
    const mode = this.recorded ? 'recorded' : this.growing || this.showing ? 'live' : 'replay';
    setData(this.root, 'mode', mode);
    setData(this.root, 'state', this.state);
    if (this.told !== UNDER_WAY.has(this.state)) this.options.onState((this.told = UNDER_WAY.has(this.state)));
    setText(this.mode, this.records.length ? mode : '');
    setText(this.time, this.records.length ? `${this.moment(this.playhead)} of ${this.moment(this.total).replace('pass ', '')}` : '');
    if (setText(this.factor, this.paceNow())) this.factor.title = this.factor.textContent;
  }

  /** What the speed chosen does not say: the true factor, where the device holds playback back; that steps are equal. */
  paceNow() {
    const chosen = this.presenting ? this.pace(this.speed) : '';
    if (this.held()) return `now ${slower(this.wall / this.covered)}, held back by the device`;
    if (this.equal) return [chosen, 'equal steps, not their true times'].filter(Boolean).join(', ');
    return [chosen, this.origin()].filter(Boolean).join(', ');
  }

  /** Where and when a recorded run was made. */
  origin() {
    if (!this.recorded || !this.header || !this.header.device_name) return '';
    return `on ${this.header.device_name}${this.header.date ? `, ${this.header.date.slice(0, 10)}` : ''}`;
  }
}
