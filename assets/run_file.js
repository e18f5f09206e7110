/* A run in a file, dropped on the page or chosen: read, checked and played without a model. RUN_RULES is playground/trace/trace.schema.json;
   the checker of schemas is that of playground/trace/schema.py, and the rules between parts are those of Trace.validate. A file that breaks
   one is refused in words, and what was on the stage stays. */

const KINDS_IN_WORDS = {
  object: 'an object', array: 'a list', string: 'text', number: 'a number', integer: 'a whole number', boolean: 'true or false', null: 'nothing',
};
const HALF_CHARACTER = /\p{Surrogate}/u;
const NAME_OF_ENTRY = '[\\s\\S]{0,200}';
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const holds = (object, name) => Object.prototype.hasOwnProperty.call(object, name);

function kindOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** What of a value breaks a schema: [path, words], or null. */
function breaks(value, schema, path = []) {
  if (schema.$ref) return breaks(value, RUN_RULES.$defs[schema.$ref.slice('#/$defs/'.length)], path);
  if (!Object.keys(schema).length) return strange(value, RUN_RULES['x-depth'], path);
  if (schema.enum) return schema.enum.includes(value) ? null : [path, `must be one of ${schema.enum.map((one) => one ?? 'nothing').join(', ')}`];
  const kind = kindOf(value);
  const types = [schema.type].flat();
  if (!types.includes(kind) && !(kind === 'integer' && types.includes('number'))) return [path, `must be ${types.map((type) => KINDS_IN_WORDS[type]).join(' or ')}`];
  if (kind === 'integer' || kind === 'number') return badNumber(value, schema, path);
  if (kind === 'string') return badText(value, schema, path);
  if (kind === 'array') return badList(value, schema, path);
  return kind === 'object' ? badObject(value, schema, path) : null;
}

function badNumber(value, { minimum, maximum }, path) {
  if (value >= (minimum ?? -1.7e308) && value <= (maximum ?? 1.7e308)) return null;
  return [path, minimum === undefined ? 'is too large' : `must be from ${minimum} to ${maximum}`];
}

function badText(value, { minLength = 0, maxLength = RUN_RULES['x-bytes'] }, path) {
  if (value.length < minLength) return [path, 'is empty'];
  if (value.length > maxLength && [...value].length > maxLength) return [path, `is longer than ${maxLength} characters`];
  return HALF_CHARACTER.test(value) ? [path, 'holds half a character'] : null;
}

function badList(value, { prefixItems, items = {}, minItems = 0, maxItems = RUN_RULES['x-bytes'] }, path) {
  const [least, most] = prefixItems ? [prefixItems.length, prefixItems.length] : [minItems, maxItems];
  if (value.length < least) return [path, least > 1 ? `has fewer than ${least} entries` : 'is empty'];
  if (value.length > most) return [path, `has more than ${most} entries`];
  for (let at = 0; at < value.length; at++) {
    const found = breaks(value[at], prefixItems ? prefixItems[at] : items, []);
    if (found) return [[...path, at, ...found[0]], found[1]];
  }
  return null;
}

function badObject(value, { properties = {}, additionalProperties = {}, required = [], maxProperties = 1000, propertyNames = {} }, path) {
  const names = Object.keys(value);
  if (names.length > maxProperties) return [path, `has more than ${maxProperties} entries`];
  for (const name of required) if (!holds(value, name)) return [path, `has no ${name}`];
  const pattern = new RegExp(`^(?:${propertyNames.pattern || NAME_OF_ENTRY})$`, 'u');
  for (const name of names) {
    if (!pattern.test(name) || HALF_CHARACTER.test(name)) return [path, 'has an entry with a wrong name'];
    const found = breaks(value[name], holds(properties, name) ? properties[name] : additionalProperties, []);
    if (found) return [[...path, name, ...found[0]], found[1]];
  }
  return null;
}

/** What is not described may be anything, but not without end. */
function strange(value, depth, path) {
  const kind = kindOf(value);
  if (kind === 'integer' || kind === 'number') return badNumber(value, {}, path);
  if (kind === 'string') return badText(value, {}, path);
  if (kind !== 'array' && kind !== 'object') return null;
  if (!depth) return [path, 'is too deep'];
  for (const [name, each] of kind === 'array' ? value.entries() : Object.entries(value)) {
    if (kind === 'object' && HALF_CHARACTER.test(name)) return [path, 'has an entry with a wrong name'];
    const found = strange(each, depth - 1, [...path, name]);
    if (found) return found;
  }
  return null;
}

/** What does not hold together in a trace, as a sentence; empty where all does. */
function damage(run) {
  const found = breaks(run, RUN_RULES);
  if (found) {
    const where = found[0].map((step) => (typeof step === 'number' ? `[${step}]` : `.${[...step].slice(0, 40).join('')}`)).join('').replace(/^\.+/, '');
    return `${where || 'it'} ${found[1]}.`;
  }
  const sizes = new Map();
  for (const { key, prompt, length } of run.lanes) {
    if (sizes.has(key)) return 'two lanes share a key.';
    if (prompt + length > RUN_RULES['x-positions']) return `a lane has more than ${RUN_RULES['x-positions']} positions.`;
    sizes.set(key, { size: prompt + length, next: 0, clock: 0 });
  }
  for (const [at, frame] of run.frames.entries()) {
    const lane = sizes.get(frame.lane);
    if (!lane) return `frames[${at}] belongs to no lane.`;
    if (frame.i !== lane.next++) return `frames[${at}] is out of order, or a frame before it is missing.`;
    if (!(Math.abs(lane.clock + frame.ms - frame.t_ms) < 0.01 + 1e-6 * frame.t_ms)) return `the clock of frames[${at}] is not the clock before it plus its own pass.`;
    lane.clock = frame.t_ms;
    if (frame.changes.some(([position]) => position >= lane.size)) return `a change in frames[${at}] lies outside the canvas.`;
    if (Object.keys(frame.top || {}).some((position) => Number(position) >= lane.size)) return `an alternative in frames[${at}] lies outside the canvas.`;
  }
  return '';
}

/** The text of a file: by its byte order mark, or else UTF-8. Throws where it is no text. */
function textOf(bytes) {
  const [first, second] = new Uint8Array(bytes);
  const encoding = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding, { fatal: true }).decode(bytes); // which takes the mark away
}

/** The trace in a file's bytes. Throws an Error whose message is a sentence. */
function readRun(bytes) {
  let text;
  let run;
  try {
    text = textOf(bytes);
  } catch {
    throw new Error('This file is not text. Open a run saved by this playground.');
  }
  try {
    run = JSON.parse(text);
  } catch {
    throw new Error('This file is not JSON. Open a run saved by this playground.');
  }
  if (!isObject(run) || run.version !== 1) throw new Error('This is not a run file of version 1. Open one saved by this playground.');
  const damaged = damage(run);
  if (damaged) throw new Error(`This run file is damaged: ${damaged} Save the run again as JSON.`);
  return run;
}

/** Play a file. say: told a sentence where it cannot be. */
async function openRunFile(file, say) {
  try {
    if (file.size > RUN_RULES['x-bytes']) throw new Error('This file is larger than any run. Open a run saved by this playground.');
    const trace = readRun(await file.arrayBuffer());
    const made = [trace.run.date ? `made ${trace.run.date.slice(0, 10)}` : '', trace.run.device_name ? `on ${trace.run.device_name}` : ''].filter(Boolean).join(' ');
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
