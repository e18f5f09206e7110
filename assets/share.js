/* Share: the link of the present state, its QR code, the run as a file; and what a link that was opened asks for. */

/** One line above the stage for what the page has to say about a link or a file: sentences, empty ones left out. Set as text. */
function pageNote(...sentences) {
  const text = sentences.filter(Boolean).join(' ');
  const note = document.querySelector('.page-note');
  if (!note) return;
  note.hidden = !text;
  note.querySelector('span').textContent = text;
}

let linkServer = null; // what checks a link, once the page has joined it

const LONG_LINK = 1500; // characters; from here on what is asked stands after the #, which servers and proxies never see
const MAIL_LINK = 2000; // characters; mail programs and messengers cut longer ones

/** What an address of this page asks for: after its ? and, in a long link, after its #. */
function linkAsks(address = location.href) {
  const { search, hash } = new URL(address);
  const after = hash.includes('=') ? hash.slice(1) : ''; // other fragments are places on the page
  return Object.fromEntries([...new URLSearchParams(search), ...new URLSearchParams(after)]);
}

/** The address that brings this page to where it is: only what differs from what it starts with. */
function presentLink({ defaults, weights, device, made }, atOnce) {
  const query = new URLSearchParams();
  const prompt = promptField().value;
  if (prompt) query.set('prompt', prompt);
  for (const [name, start] of Object.entries(defaults)) {
    if (!settingOf(name)) continue;
    const value = readSetting(name);
    const same = String(value) === String(start === null ? '' : start) || (value !== '' && start !== '' && Number(value) === start);
    if (!same) query.set(name, String(value));
  }
  if (weights) query.set('weights', weights);
  if (device) query.set('device', device);
  for (const [name, value] of Object.entries(made)) query.set(name, value);
  if (atOnce) query.set('run', '1');
  const here = new URLSearchParams(location.search);
  const view = new URLSearchParams(['page', 'show'].filter((name) => here.get(name)).map((name) => [name, here.get(name)]));
  const page = `${location.origin}${location.pathname}`;
  const short = `${page}?${new URLSearchParams([...query, ...view])}`;
  return short.length <= LONG_LINK ? short : `${page}${`${view}` && `?${view}`}#${query}`;
}

/** What to tell of a link that is too long for some ways to send it; empty where it is not. */
function tooLong(link) {
  return link.length > MAIL_LINK ? `This link is ${link.length.toLocaleString('en')} characters long. Mail programs may cut it after about 2,000, so save the run as a file to send it.` : '';
}

/** data: parts of it. */
function saveFile(name, data, type) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(data, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000); // the browser may still be reading it
}

const SAVED_AS = {
  json: { type: 'application/json' },
  html: { type: 'text/html', make: 'make_html' },
  gif: { type: 'image/gif', make: 'make_gif' },
};
const LOOK_MS = 400; // between two questions how far a file is; without them the server takes it that the visitor has left

/** What the server answers to a question. Throws a Refusal with its sentence where it cannot. */
class Refusal extends Error {}
async function answerOf(promise) {
  const answer = JSON.parse(await promise);
  if (answer.message) throw new Refusal(answer.message);
  return answer;
}

/** A file that the server makes of a run, as parts of its bytes. say: told how far it is; signal: stops it. */
async function madeFile(make, run, server, say, signal) {
  const { file } = await answerOf(server[make](run));
  const parts = [];
  try {
    let size;
    while (size === undefined) {
      signal.throwIfAborted();
      const now = await answerOf(server.file_state(file));
      size = now.size;
      if (now.ahead) say(`Waiting: ${now.ahead === 1 ? 'one file is' : `${now.ahead} files are`} made before yours.`);
      else if (now.all) say(`Making the file: picture ${now.done} of ${now.all}.`);
      if (size === undefined) await new Promise((go) => setTimeout(go, LOOK_MS));
    }
    for (let at = 0; at < size; at += parts.at(-1).length) {
      signal.throwIfAborted();
      const { base64 } = await answerOf(server.file_part(JSON.stringify({ name: file, at })));
      parts.push(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
    }
  } finally {
    server.stop_file(file);
  }
  return parts;
}

/** Save the run on the stage as a file of a kind. Returns what to tell the visitor. */
async function saveRun(kind, server, say, signal) {
  const { trace } = window.__stage;
  if (!trace) return 'There is no run on the stage yet. Press Run first.';
  const { type, make } = SAVED_AS[kind];
  const day = String(trace.run.date || '').slice(0, 10);
  const name = ['diffusion-run', day, trace.run.id].filter(Boolean).join('-');
  const text = JSON.stringify(trace);
  try {
    saveFile(`${name}.${kind}`, make ? await madeFile(make, text, server, say, signal) : [text], type);
  } catch (error) {
    if (signal.aborted) return 'Stopped. No file was made.';
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return `Saved as ${name}.${kind}.`;
}

function drawCode(figure, { size, path }) {
  const svg = figure.querySelector('svg');
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  shape.setAttribute('d', path);
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`);
  svg.replaceChildren(shape);
  figure.hidden = false;
}

function mountShare(element, props, server) {
  linkServer = server;
  const present = { defaults: JSON.parse(props.defaults), weights: props.weights, device: props.device, made: JSON.parse(props.made) };
  const panel = element.querySelector('#share-panel');
  const url = element.querySelector('#share-url');
  const atOnce = element.querySelector('[data-at-once]');
  const said = element.querySelector('.said');
  const say = (text) => { said.textContent = text; };
  const unreachable = () => say('The server does not answer, so only JSON can be saved. Try again in a moment.');
  let drawn = '', warned = '';

  const draw = async () => {
    const link = url.value;
    const figure = element.querySelector('.share-code');
    if (link === drawn) return;
    if (warned) say('');
    drawn = link;
    warned = tooLong(link);
    if (warned) say(warned);
    try {
      const answer = JSON.parse(await server.qr_code(link));
      if (link !== url.value) return;
      figure.hidden = Boolean(answer.message);
      if (answer.message) say(warned = `${answer.message} ${warned}`);
      else drawCode(figure, answer.code);
    } catch {
      figure.hidden = true; // the link itself is there to copy
    }
  };
  let waiting;
  const refresh = () => {
    if (!panel.classList.contains('open')) return;
    url.value = presentLink(present, atOnce.checked);
    clearTimeout(waiting);
    waiting = setTimeout(draw, 250); // not a code for each letter typed
  };
  panel.addEventListener('opened', refresh);
  for (const event of ['input', 'playground:prompt', 'settled']) document.addEventListener(event, () => setTimeout(refresh), true);

  element.querySelector('[data-copy]').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(url.value);
      say('Copied.');
    } catch { // no permission, or no secure address
      url.select();
      say('Press Ctrl+C to copy the link.');
    }
  });
  for (const button of element.querySelectorAll('[data-save]')) {
    const label = button.textContent;
    let making = null;
    button.addEventListener('click', async () => {
      if (making) return making.abort();
      making = new AbortController();
      say('Making the file.');
      button.textContent = 'Stop';
      await saveRun(button.dataset.save, server, say, making.signal).then(say, unreachable);
      button.textContent = label;
      making = null;
      return undefined;
    });
  }
  const chooser = element.querySelector('input[type=file]');
  element.querySelector('[data-open]').addEventListener('click', () => chooser.click());
  chooser.addEventListener('change', () => {
    if (chooser.files.length) openRunFile(chooser.files[0], say);
    chooser.value = '';
  });
  mountRunDrop((text) => pageNote(text));
  keepOnLoss(present);
  addEventListener('hashchange', () => { if (location.hash.includes('=')) openLink(); }); // a link opened in this tab loads nothing anew
  whenSettingsAreThere(Object.keys(present.defaults), () => openLink().finally(() => { document.body.dataset.linked = ''; })); // the page is where its address says
}

/** What the host has to mend where a proxy serves the page below a path that its server was not told of; empty where all is well. */
function wrongRoot() {
  const told = new URL(window.gradio_config?.root || '/', location.href).pathname.replace(/\/+$/, '');
  const here = location.pathname.replace(/\/+$/, '');
  return told === here || !here ? '' : `This page stands below ${here}, and its server was not told, so nothing can be run here. Its host must start it with --root-path ${here}.`;
}

/** Bring the page to where its address says. What cannot be is said; nothing runs unless the address says so. */
async function openLink() {
  const asked = linkAsks();
  const said = [wrongRoot(), showOnly(asked.show)];
  if (asked.page !== undefined && storyPages().length) said.push(openPage(asked.page, true));
  if (await restoreKept(said)) return undefined;
  if (asked.workshop !== undefined) return openWorkshop(asked.workshop, said);
  if (!Object.keys(asked).some((name) => !['show', 'page'].includes(name))) return pageNote(...said);
  return applyLink(asked, said);
}

/** Set the page as a link or an exercise asks. said: what else there is to tell of it. */
async function applyLink(asked, said = []) {
  let answer;
  try {
    answer = JSON.parse(await linkServer.read_link(JSON.stringify(asked)));
  } catch {
    return pageNote(...said, 'The link could not be read, because the server does not answer. Load the page again.');
  }
  const notes = [...said, answer.message, answer.problem, answer.differs];
  if (answer.settings) {
    const { prompt, ...settings } = answer.settings;
    const refused = writeSettings(settings);
    if (prompt !== undefined) writePrompt(prompt);
    if (refused.length) notes.push(`The page cannot hold ${refused.join(', ')} of this link beside its other settings; it shows the nearest.`);
    if (asked.run === '1' && !answer.problem) document.dispatchEvent(new CustomEvent('playground:run')); // what is left may be another race
    else if (!['0', '1', undefined].includes(asked.run)) notes.push('In a link, run must be 1 (run at once) or 0.');
  }
  return pageNote(...notes);
}
