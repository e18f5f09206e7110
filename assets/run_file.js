/* A run in a file, dropped on the page or chosen: read, checked and played without a model. The rules are those of
   playground/trace.py; a file that breaks one is refused in words, and what was on the stage stays. */

const RUN_STATES = new Set(['prompt', 'noise', 'draft', 'committed', 'revised', 'remasked', 'pinned']);
const RUN_PHASES = new Set(['noise', 'rough', 'clear', 'final']);
const LARGEST_RUN = 64 * 1024 * 1024;
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** The trace in a file's text. Throws an Error whose message is a sentence. */
function readRun(text) {
  let run;
  try {
    run = JSON.parse(text);
  } catch {
    throw new Error('This file is not JSON. Open a run saved by this playground.');
  }
  if (!isObject(run) || run.version !== 1) {
    throw new Error(`This is not a run file of version 1 (found ${isObject(run) ? JSON.stringify(run.version) || 'none' : 'none'}). Open one saved by this playground.`);
  }
  const damaged = damage(run);
  if (damaged) throw new Error(`This run file is damaged: ${damaged} Save the run again as JSON.`);
  return run;
}

/** What does not hold together in a trace, as a sentence; empty where all does. */
function damage({ run, lanes, frames, verdict }) {
  if (!isObject(run) || !Array.isArray(lanes) || !Array.isArray(frames) || !lanes.length || !frames.length) return 'it has no head, no lanes or no frames.';
  if (verdict !== null && verdict !== undefined && (!isObject(verdict) || typeof verdict.line !== 'string')) return 'its verdict cannot be read.';
  const sizes = new Map();
  for (const lane of lanes) {
    const whole = isObject(lane) && [lane.prompt, lane.length].every((n) => Number.isInteger(n) && n >= 0) && lane.prompt + lane.length <= 4096;
    if (!whole || typeof lane.key !== 'string' || typeof lane.title !== 'string' || !isObject(lane.about) || sizes.has(lane.key)) return 'a lane cannot be read.';
    sizes.set(lane.key, { size: lane.prompt + lane.length, next: 0, clock: 0 });
  }
  for (const frame of frames) {
    const lane = isObject(frame) ? sizes.get(frame.lane) : undefined;
    if (!lane) return 'a frame belongs to no lane.';
    const where = `frame ${frame.i} of lane ${frame.lane}`;
    if (frame.i !== lane.next++) return `${where} is out of order.`;
    if (!Number.isFinite(frame.t_ms) || !Number.isFinite(frame.ms) || frame.t_ms < lane.clock) return `the clock of ${where} goes back.`;
    lane.clock = frame.t_ms;
    if (!RUN_PHASES.has(frame.phase) || !isObject(frame.top || {}) || !Array.isArray(frame.changes)) return `${where} cannot be read.`;
    const odd = frame.changes.some((change) => !Array.isArray(change) || !Number.isInteger(change[0]) || change[0] < 0 || change[0] >= lane.size
      || typeof change[1] !== 'string' || !(change[2] === null || (change[2] >= 0 && change[2] <= 1)) || !RUN_STATES.has(change[3]) || !Number.isInteger(change[4]));
    if (odd) return `a change in ${where} cannot be read.`;
  }
  return '';
}

/** Play a file. say: told a sentence where it cannot be. */
async function openRunFile(file, say) {
  try {
    if (file.size > LARGEST_RUN) throw new Error('This file is larger than any run. Open a run saved by this playground.');
    const trace = readRun(await file.text());
    const made = [trace.run.date ? `made ${String(trace.run.date).slice(0, 10)}` : '', trace.run.device_name ? `on ${trace.run.device_name}` : ''].filter(Boolean).join(' ');
    window.__stage.receive({ kind: 'trace', trace, words: `Opened from ${file.name}${made ? `, ${made}` : ''}. No model is needed to play it.` });
    say('');
    document.querySelector('.stage').scrollIntoView({ block: 'nearest' });
  } catch (error) {
    say(error.message);
  }
}

/** Let files be dropped anywhere on the page. */
function mountRunDrop(say) {
  const holdsFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes('Files');
  document.addEventListener('dragover', (event) => { if (holdsFiles(event)) event.preventDefault(); });
  document.addEventListener('drop', (event) => {
    if (!holdsFiles(event) || !event.dataTransfer.files.length) return;
    event.preventDefault();
    openRunFile(event.dataTransfer.files[0], say);
  });
}
