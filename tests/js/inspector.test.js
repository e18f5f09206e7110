/* The inspector: what it says is of the frame, the lane and the run that are shown, and of what a visitor asked for last. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { MadeUpElement } from './made_up_dom.js';
import { cell, frame, record, start } from './made_up.js';
const { AttentionPanel } = await import('../../assets/stage/attention_panel.js');
const { Inspector } = await import('../../assets/stage/inspector.js');

globalThis.window.innerHeight = 800;

const race = (options) => record([start(), frame(1, [cell(1, 'draft')]), frame(2, [cell(1, 'committed')], { phase: 'final' })], options);
const span = () => Object.assign(new MadeUpElement('span'), { style: {} });

/** A view of a record at a frame, with as many slots as it has places. */
function viewOf(one, shown) {
  const slots = one.tip.map(span);
  const view = { record: one, shown, slots, words: [], painted: one.cells(shown), at: one.lane.prompt, end: one.size };
  for (const part of ['grid', 'reading', 'cursor', 'plate', 'root', 'prompt']) view[part] = span();
  return view;
}

/** An inspector of a stage with views. */
function inspectorOf(...views) {
  const stage = { root: span(), views, options: {}, run: { header: { id: 'x' } }, clock: { playing: false }, playback: { pause() {} }, invalidate() {} };
  const inspector = new Inspector(stage);
  for (const view of views) inspector.attach(view);
  inspector.card.style = {};
  return inspector;
}

describe('a lane of a server that has no text yet', () => {
  let inspector, view;
  beforeEach(() => {
    view = viewOf(record([], { about: { remote: {} } }), -1);
    inspector = inspectorOf(view);
  });

  test('is laid out', () => inspector.moved());

  test('has a cursor that can have the focus, and a name without a place', () => {
    view.cursor.happens('focus');
    assert.equal(inspector.card.hidden, true);
    assert.equal(view.cursor.attributes['aria-label'], 'diffusion: nothing yet');
  });

  test('has nothing to pin', () => {
    view.cursor.happens('click');
    assert.equal(inspector.pinned, null);
  });
});

describe('the frame that is shown', () => {
  test('is that of the card, also where it was that of a card before', () => {
    const view = viewOf(race(), 2);
    const inspector = inspectorOf(view);
    inspector.show(view, 1);
    inspector.paint();
    inspector.hide();
    view.shown = 1;
    inspector.show(view, 1);
    view.shown = 2;
    inspector.paint();
    assert.match(inspector.card.textContent, /settled/);
  });

  test('is that of the name that a screen reader reads, once it stands', () => {
    const view = viewOf(race(), 0);
    const inspector = inspectorOf(view);
    const name = () => view.cursor.attributes['aria-label'];
    inspector.stage.clock.playing = true;
    view.shown = 2;
    inspector.paint();
    assert.match(name(), /noise$/);
    inspector.stage.clock.playing = false;
    inspector.paint();
    assert.match(name(), /settled, 50/);
  });
});

test('the key that ends the writing of a sign by an input method closes nothing', () => {
  const view = viewOf(race(), 2);
  const inspector = inspectorOf(view);
  inspector.pinned = { view, at: 1, end: 1 };
  globalThis.document.happens('keydown', { key: 'Escape', isComposing: true, stopPropagation() {} });
  assert.ok(inspector.pinned);
});

describe('what a token looked at', () => {
  /** A panel, and what it was told and asked. */
  function panelOf() {
    const asked = [];
    const panel = new AttentionPanel({ options: { onLook: () => new Promise((answer) => { asked.push(answer); }) }, run: { header: {} } });
    panel.trace = (question) => { panel.arcsOf = question; };
    return { panel, asked, look: (one) => panel.paint({ view: viewOf(one, 2), at: 1, end: 1 }, { cell: one.cells(2)[1], settled: 2, chosen: 1 }) };
  }
  const answers = async (asked) => {
    asked.pop()(JSON.stringify({ weights: [1, 0] }));
    await new Promise((done) => { setTimeout(done); });
  };

  test('is not drawn where nobody wants it any more when the answer comes', async () => {
    const { panel, asked, look } = panelOf();
    look(race());
    panel.button.happens('click');
    panel.button.happens('click');
    await answers(asked);
    assert.equal(panel.arcsOf, undefined);
    panel.button.happens('click');
    assert.ok(panel.arcsOf, 'but it is kept');
  });

  test('is asked anew of another run that says the same of itself', async () => {
    const { panel, asked, look } = panelOf();
    const one = race();
    look(one);
    panel.button.happens('click');
    await answers(asked);
    look(one);
    assert.equal(asked.length, 0);
    look(race());
    assert.equal(asked.length, 1);
  });
});
