/* The story beside the stage: which page is open, and what its marks do. The prose itself is data (assets/story). */

const storyPage = () => document.body.dataset.page || '';
const storyPages = () => window.playgroundStory || []; // names in order; none where the story was left out
const storyIsThere = () => !storyPages().length
  || (document.querySelector('#story-open') && document.querySelector('body > #claim-note') // mountStory has put it there
    && storyPages().every((name) => document.querySelector(`#page-${name} h2`)));
const BESIDE = matchMedia('(min-width: 1100px)'); // as in story.css: the story stands beside the stage

/** A page by its name or number; what a link says. Undefined where there is none. */
function pageNamed(name) {
  const pages = storyPages();
  return pages.includes(name) ? name : pages[Number(name) - 1];
}

/** Open a page, or with '' close the story. kept: the address says so already. Returns what to tell the visitor, if anything. */
function openPage(name, kept = false) {
  const slug = name === '' ? '' : pageNamed(name);
  if (slug === undefined) {
    openPage(storyPages()[0], kept);
    return `The story has no page ${String(name).slice(0, 40)}. Its first is open.`;
  }
  if (slug === storyPage()) return '';
  const back = document.querySelector('.story-back');
  if (back) back.hidden = true;
  document.querySelector('#claim-note').hidePopover();
  if (slug) document.body.dataset.page = slug;
  else delete document.body.dataset.page;
  for (const page of document.querySelectorAll('.story-page')) page.classList.toggle('open', page.id === `page-${slug}`);
  for (const link of document.querySelectorAll('.story-nav a')) {
    if (link.dataset.page === slug) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.querySelector('#story-open').setAttribute('aria-expanded', String(Boolean(slug)));
  if (!kept) {
    const address = new URL(location.href);
    if (slug) address.searchParams.set('page', slug);
    else address.searchParams.delete('page');
    history.pushState(null, '', address);
  }
  if (!slug) return '';
  const title = document.querySelector(`#page-${slug} h2`);
  title.focus({ preventScroll: true });
  document.querySelector('#story').scrollTop = 0;
  if (!BESIDE.matches) document.querySelector('#story').scrollIntoView({ block: 'start' });
  document.dispatchEvent(new CustomEvent('playground:page', { detail: slug }));
  return '';
}

/** The race on the stage as the panels read it (sliders.js), if it was made here; null for all else, such as an opened file. */
function ownRace() {
  const stage = window.__stage;
  const run = stage && stage.own && lastRun();
  return run && run.verdict.lanes.diffusion && run.verdict.lanes.ar ? run : null;
}

function mountStory(element, props, draw) {
  const runs = JSON.parse(props.runs);
  const redrawn = JSON.parse(props.redrawn);
  const drawn = new Set();
  let race = null; // the last one made here: it stays, whatever the stage shows after it
  const last = () => (race = ownRace() || race);
  mountMarks(runs);
  mountLights();
  mountClaimNote(element.querySelector('#claim-note'));
  element.querySelector('[data-story-close]').addEventListener('click', () => {
    openPage('');
    document.querySelector('#story-open').focus();
  });
  document.addEventListener('playground:page', ({ detail: page }) => {
    if (!drawn.has(page)) draw({ page, run: last() });
    drawn.add(page);
    tellWhere();
  });
  const tellWhere = () => {
    for (const line of document.querySelectorAll('[data-where]')) {
      if (!Object.values(redrawn).flat().includes(line.dataset.where)) continue;
      line.dataset.shipped ||= line.textContent;
      line.textContent = last() ? 'The twins: their last race on this page.' : line.dataset.shipped;
    }
  };
  document.addEventListener('playground:state', ({ detail: underWay }) => {
    if (underWay) return;
    fillLive();
    last(); // also where no page is open that draws it
    const page = storyPage();
    for (const other of Object.keys(redrawn)) if (redrawn[other].length) drawn.delete(other); // its bars are of a run before
    if (!page || !last() || !redrawn[page].length) return;
    drawn.add(page);
    draw({ page, run: last(), only: redrawn[page] });
    tellWhere();
  });
  window.addEventListener('popstate', () => {
    const said = openPage(new URLSearchParams(location.search).get('page') || '', true);
    if (said) pageNote(said);
  });
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || !storyPage() || window.__stage.presenting) return;
    if (event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable], dialog[open]')) return;
    const single = document.querySelector('.keys-foot input'); // the stage's list of keys, where a visitor may want none of these
    if (single && !single.checked) return;
    const turn = { n: 'next', b: 'back' }[event.key];
    const link = turn && document.querySelector(`#page-${storyPage()} [data-turn="${turn}"]`);
    if (link) link.click();
  });
}

/** Figures of the last run that stand in the prose. */
function fillLive() {
  const { trace } = window.__stage;
  const lane = trace && trace.verdict && trace.verdict.lanes && trace.verdict.lanes.diffusion;
  for (const output of document.querySelectorAll('[data-live]')) {
    output.textContent = lane && lane[output.dataset.live] !== undefined ? lane[output.dataset.live].toLocaleString('en') : '–';
  }
}

/** What a click on a mark does. */
function mountMarks(runs) {
  const acts = {
    page: (name, mark) => openPage(mark.id === 'story-open' && storyPage() ? '' : name),
    stage: (what, mark) => showOnStage(what, mark),
    try: (name, mark) => tryRun(runs[name], mark),
  };
  document.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !(event.target instanceof Element)) return;
    for (const [kind, act] of Object.entries(acts)) {
      const mark = event.target.closest(`[data-${kind}]`);
      if (!mark || mark === document.body) continue;
      event.preventDefault();
      act(mark.dataset[kind], mark);
      return;
    }
  });
  document.addEventListener('keydown', (event) => { // a link that is a button answers to Space as well
    if (event.key !== ' ' || !(event.target instanceof Element) || !event.target.matches('a[role="button"]')) return;
    event.preventDefault();
    event.target.click();
  });
  document.addEventListener('submit', (event) => {
    const { sentence } = event.target.dataset;
    if (!sentence) return;
    event.preventDefault();
    const field = event.target.querySelector('textarea');
    if (field.value.trim()) tryRun({ ...runs[sentence], prompt: field.value.trim() }, field);
    else field.focus();
  });
}

/** Set the page as a mark says, and run. */
function tryRun(settings, mark) {
  if (!settings) return;
  const text = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  applyLink({ ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, text(value)])), run: '1' });
  toStage(mark);
}

/** Bring the stage to where a mark points. */
function showOnStage(what, mark) {
  const stage = window.__stage;
  if (!stage || !stage.trace) return;
  if (what === 'map') stage.showMap(true);
  else if (what === 'equal') stage.setEqual(true);
  else if (what === 'arcs') lookOnStage('diffusion');
  else if (what === 'arcs-ar') lookOnStage('ar');
  else {
    stage.pause();
    const frame = stage.trace.frames.find(({ lane, phase }) => lane === 'diffusion' && phase === what);
    if (frame) stage.showFrame('diffusion', frame.i);
    else pageNote(`This run has no pass that is ${what}: it went past that stage in one. Run it with more passes to see it.`);
  }
  toStage(mark);
}

/** Draw what a word of a lane looked at, where there is one. */
function lookOnStage(kind) {
  if (window.__stage.look(kind) !== false) return;
  pageNote(`The ${{ diffusion: 'diffusion', ar: 'AR' }[kind]} lane has no word to look from now. Run both twins on a prompt, and try again.`);
}

/** Where the story stands above the stage, go there; a button leads back to the mark. */
function toStage(mark) {
  if (BESIDE.matches) return;
  document.querySelector('.stage').scrollIntoView({ block: 'start' });
  let back = document.querySelector('.story-back');
  if (!back) {
    back = document.createElement('button');
    Object.assign(back, { type: 'button', className: 'story-back', textContent: 'Back to the text' });
    document.body.append(back);
  }
  back.hidden = false;
  back.onclick = () => {
    mark.scrollIntoView({ block: 'center' });
    back.hidden = true;
  };
}

/** Words light a lane, and a lane lights its words. */
function mountLights() {
  const light = (kind, by) => {
    if (kind) Object.assign(document.body.dataset, { lit: kind, litBy: by });
    else delete document.body.dataset.lit;
  };
  const kindOf = (target) => {
    if (!(target instanceof Element)) return [];
    const word = target.closest('[data-light]');
    if (word) return [word.dataset.light, 'prose'];
    const lane = target.closest('.stage .lane');
    return lane && storyPage() ? [lane.dataset.kind, 'lane'] : [];
  };
  for (const event of ['pointerover', 'focusin']) document.addEventListener(event, ({ target }) => light(...kindOf(target)));
  document.addEventListener('pointerleave', () => light());
}

/** What is known of a claim or a figure, beside the words that say it. It takes the focus, so that it is heard, and gives it back. */
function mountClaimNote(note) {
  let mark = null; // whose note is open
  document.body.append(note); // above everything, whatever page is open
  note.addEventListener('toggle', ({ newState }) => {
    const elsewhere = document.activeElement !== document.body && !note.contains(document.activeElement); // the visitor went on
    if (newState === 'closed' && mark && !elsewhere) mark.focus({ preventScroll: true });
  });
  document.addEventListener('click', (event) => {
    const pressed = event.target instanceof Element && event.target.closest('a.claim');
    if (!pressed) return;
    event.preventDefault();
    mark = pressed;
    const { claim, note: words } = mark.dataset;
    const known = claim && document.getElementById(`claim-${claim}`);
    const copy = known ? known.cloneNode(true) : Object.assign(document.createElement('p'), { textContent: words || '' });
    copy.removeAttribute('id');
    const body = document.createElement('div');
    if (known) body.append(Object.assign(document.createElement('p'), { className: 'deck-says', textContent: 'The deck says' }));
    body.append(...(known ? copy.childNodes : [copy]));
    const close = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Close' });
    close.addEventListener('click', () => note.hidePopover());
    note.replaceChildren(body, close);
    if (!note.matches(':popover-open')) note.showPopover();
    const box = mark.getClientRects()[0];
    const left = Math.min(Math.max(box.left, 8), innerWidth - note.offsetWidth - 8);
    const below = box.bottom + 6 + note.offsetHeight < innerHeight;
    Object.assign(note.style, { left: `${left}px`, top: `${Math.max(8, below ? box.bottom + 6 : box.top - 6 - note.offsetHeight)}px` });
    note.focus({ preventScroll: true });
    const column = document.querySelector('#story');
    const from = column.scrollTop;
    column.onscroll = () => { if (Math.abs(column.scrollTop - from) > 80) note.hidePopover(); }; // its words have gone
    note.onclick = (inside) => { if (inside.target.closest('a.claim')) inside.stopPropagation(); };
  });
  document.addEventListener('toggle', (event) => { // plots that were hidden may have another width now
    if (event.target.matches && event.target.matches('details')) window.dispatchEvent(new Event('resize'));
  }, true);
}
