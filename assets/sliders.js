/* Panels that calculate on the server: their sliders and choices, one question at a time, and the last run's figures. */

const PAUSE_MS = 120; // after the last move of a slider

/** A value with its unit, as playground/ui/calculators/sliders.py writes it. */
const inUnit = (value, unit, one) => `${Number(value).toLocaleString('en-US', { maximumFractionDigits: 3 })} ${Number(value) === 1 ? one : unit}`;

function showValue(input) {
  const text = inUnit(input.value, input.dataset.unit, input.dataset.one);
  input.closest('.slide').querySelector('output').textContent = text;
  input.setAttribute('aria-valuetext', text);
}

/** The values of all sliders within an element, by name. */
const slidersIn = (element) => Object.fromEntries([...element.querySelectorAll('input[type="range"]')].map((input) => [input.name, Number(input.value)]));

const chosenIn = (element, name) => element.querySelector(`[data-choice="${name}"]:checked`).value;

/** The run on the stage without its frames; null while there is none with figures. */
function lastRun() {
  const trace = window.__stage && window.__stage.trace;
  if (!trace || !trace.verdict || !trace.verdict.lanes) return null;
  const short = (value) => (typeof value === 'string' ? value.slice(0, 60) : value);
  const pick = (from, names) => Object.fromEntries(names.map((name) => [name, short((from || {})[name])]));
  const figures = ['tokens', 'passes', 'ms', 'first_token_ms', 'tokens_per_arrival', 'flops_per_pass', 'bytes_per_pass'];
  const { run, lanes, verdict } = trace;
  return {
    run: pick(run, ['device_name', 'dtype', 'date', 'blocks']),
    lanes: lanes.map((lane) => pick(lane, ['key', 'kind', 'title'])),
    verdict: { lanes: Object.fromEntries(Object.entries(verdict.lanes).map(([key, lane]) => [key, pick(lane, figures)])), peak: verdict.peak },
  };
}

/** Join a panel to the function that answers it. question(): what is asked, as an object; answer(text): a promise of JSON text. */
function mountPanel(root, question, answer) {
  const says = root.querySelector('.calc-says');
  let waiting = 0, busy = false, again = false, run = null;
  const say = (text) => { if (says.textContent !== text) says.textContent = text; }; // what is heard again must be new
  const ask = async () => {
    if (busy) { again = true; return; }
    busy = true;
    run = lastRun() || run;
    try {
      const told = JSON.parse(await answer(JSON.stringify({ ...question(), run })));
      if (told.message) say(told.message);
      else if (!again) {
        root.querySelector('.calc-result').innerHTML = told.html; // made by the server, which escapes what is not its own
        say(told.summary);
      }
    } catch {
      say('The server does not answer. Move a slider to try again.');
    }
    busy = false;
    if (again) { again = false; ask(); }
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, PAUSE_MS); };
  root.querySelector('form').addEventListener('submit', (event) => event.preventDefault());
  root.addEventListener('input', (event) => {
    if (event.target.matches('input[type="range"]')) showValue(event.target);
    soon();
  });
  let stale = true; // a run may have come before the panel
  const renew = () => {
    if (!stale || !root.offsetParent || !lastRun()) return; // nobody reads it: it waits until its page is opened
    stale = false;
    soon();
  };
  document.addEventListener('playground:state', ({ detail: underWay }) => {
    if (underWay) return;
    stale = true;
    renew();
  });
  document.addEventListener('playground:page', renew);
}
