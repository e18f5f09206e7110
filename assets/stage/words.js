/* Words: the line under the axis, notices, and what a screen reader hears. */

const STOPPED = 'Stopped. What was made up to here stays.';
const CUT_OFF = 'Cut off: the rest of this run was never received. What came up to here stays.';

class Words extends Clock {
  drawLine() {
    const well = this.state !== 'error' && this.state !== 'lost';
    const over = well && this.opened && this.ended && this.atEnd;
    if (well && this.missing) {
      this.say('error', `${this.missing} of the passes were lost on the way, so the lanes are not complete.`, [], true);
    } else if (over && this.verdict) {
      const { line, more, disturbed } = this.verdict;
      this.say('verdict', line, [], Boolean(disturbed) && this.own, disturbed, more);
    } else if (over && this.ended === 'stopped') {
      this.say('calm', STOPPED);
    } else if (over && this.ended === 'cut off') {
      this.say('calm', CUT_OFF);
    } else if (this.line && this.line.tone === 'verdict') {
      this.say('calm', '');
    }
  }

  /** The one line of words under the axis: what goes on, what went wrong, or the verdict. */
  say(tone, text, offers = [], again = false, aside = '', more = '') {
    if (this.line && this.line.tone === tone && this.line.text === text) return;
    this.line = { tone, text };
    this.message.dataset.tone = tone;
    this.message.setAttribute('role', tone === 'error' ? 'alert' : 'status');
    const [, headline, rest] = tone === 'verdict' ? text.match(/^(.*?[.!?])(?:\s+(.*))?$/s) || [null, text] : [null, text];
    this.message.replaceChildren(make('span', 'headline', headline), ...this.offerButtons(offers));
    this.message.classList.remove('open');
    if (rest) {
      const why = this.textButton('Why', () => this.message.classList.add('open')); // shown where the screen is small
      why.classList.add('why');
      this.message.append(make('span', 'detail', ` ${rest}`), why);
    }
    if (more) {
      const button = this.textButton('More', () => button.replaceWith(make('span', 'aside', ` ${more}`)));
      this.message.append(button);
    }
    if (aside) this.message.append(make('span', 'aside', ` ${aside}`));
    if (again) this.message.append(this.textButton('Run again', () => this.options.onBegin()));
    const { recorded } = this.options; // whatever fails, there is something to watch
    if (tone === 'error' && recorded && !this.recorded) {
      this.message.append(this.textButton('Play a recorded run', () => this.receive({ kind: 'trace', trace: recorded, recorded: true })));
    }
  }

  note(text, offers) {
    this.notice.hidden = false;
    this.notice.replaceChildren(make('span', '', text), ...this.offerButtons(offers));
  }

  offerButtons(offers) {
    return offers.slice(0, 3).map((offer) => this.textButton(offer, () => this.options.onOffer(offer)));
  }

  textButton(text, action) {
    const button = make('button', 'offer', text);
    button.type = 'button';
    button.addEventListener('click', action);
    return button;
  }

  spoken() {
    const lanes = this.views.map(({ record, shown }) => `${record.lane.title} ${shown > 0 ? `pass ${shown}` : 'at the start'}`);
    return [this.moment(this.playhead), ...lanes].join(', ');
  }

  /** A reader hears each lane come into a phase while it plays. */
  sayPhases() {
    const news = this.views.filter((view) => view.root.dataset.phase !== view.heard);
    for (const view of news) view.heard = view.root.dataset.phase;
    if (this.playing && news.length) {
      setText(this.mirror, news.map((view) => `${view.record.lane.title}, ${view.heard}: ${view.text() || 'nothing yet'}`).join('. '));
    }
  }

  announce(what) {
    const lanes = this.views.map((view) => `${view.record.lane.title}: ${view.text() || 'nothing yet'}`);
    setText(this.mirror, [what.replace(/\.$/, ''), this.spoken(), ...lanes].join('. '));
  }
}
