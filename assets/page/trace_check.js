/* Whether data is a trace that can be played. No DOM. TRACE_SCHEMA is playground/trace/trace.schema.json; the checker of schemas is that of
   playground/trace/schema.py, with the same sentences, and the rules between parts are those of Trace.validate. */

import { TRACE_SCHEMA } from '../generated/constants.js';

/** @type {Record<string, string>} */
const KINDS_IN_WORDS = {
  object: 'an object', array: 'a list', string: 'text', number: 'a number', integer: 'a whole number', boolean: 'true or false', null: 'nothing',
};
const HALF_CHARACTER = /\p{Surrogate}/u;
const NAME_OF_ENTRY = '[\\s\\S]{0,200}';
/**
 * @param {object} object
 * @param {string} name
 */
const holds = (object, name) => Object.prototype.hasOwnProperty.call(object, name);

/** @param {unknown} value */
function kindOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/**
 * @typedef {object} Schema the part of JSON Schema that trace.schema.json uses
 * @property {string} [$ref]
 * @property {(string | null)[]} [enum]
 * @property {string | string[]} [type]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {Schema[]} [prefixItems]
 * @property {Schema} [items]
 * @property {number} [minItems]
 * @property {number} [maxItems]
 * @property {Record<string, Schema>} [properties]
 * @property {Schema} [additionalProperties]
 * @property {string[]} [required]
 * @property {number} [maxProperties]
 * @property {{ pattern?: string }} [propertyNames]
 *
 * @typedef {(string | number)[]} Path to a place in a value
 * @typedef {[Path, string] | null} Fault
 */

/** @type {Record<string, Schema>} */
const PARTS = TRACE_SCHEMA.$defs;

/** What of a value breaks a schema: [path, words], or null.
 * @param {any} value
 * @param {Schema} schema
 * @param {Path} [path]
 * @returns {Fault}
 */
function breaks(value, schema, path = []) {
  if (schema.$ref) return breaks(value, PARTS[schema.$ref.slice('#/$defs/'.length)], path);
  if (!Object.keys(schema).length) return strange(value, TRACE_SCHEMA['x-depth'], path);
  if (schema.enum) return schema.enum.includes(value) ? null : [path, `must be one of ${schema.enum.map((one) => one ?? 'nothing').join(', ')}`];
  const kind = kindOf(value);
  const types = [schema.type].flat();
  if (!types.includes(kind) && !(kind === 'integer' && types.includes('number'))) return [path, `must be ${types.map((type) => KINDS_IN_WORDS[type || 'null']).join(' or ')}`];
  if (kind === 'integer' || kind === 'number') return badNumber(value, schema, path);
  if (kind === 'string') return badText(value, schema, path);
  if (kind === 'array') return badList(value, schema, path);
  return kind === 'object' ? badObject(value, schema, path) : null;
}

/**
 * @param {number} value
 * @param {Schema} schema
 * @param {Path} path
 * @returns {Fault}
 */
function badNumber(value, { minimum, maximum }, path) {
  if (value >= (minimum ?? -1.7e308) && value <= (maximum ?? 1.7e308)) return null;
  return [path, minimum === undefined ? 'is too large' : `must be from ${minimum} to ${maximum}`];
}

/**
 * @param {string} value
 * @param {Schema} schema
 * @param {Path} path
 * @returns {Fault}
 */
function badText(value, { minLength = 0, maxLength = TRACE_SCHEMA['x-bytes'] }, path) {
  if (value.length < minLength) return [path, 'is empty'];
  if (value.length > maxLength && [...value].length > maxLength) return [path, `is longer than ${maxLength} characters`];
  return HALF_CHARACTER.test(value) ? [path, 'holds half a character'] : null;
}

/**
 * @param {any[]} value
 * @param {Schema} schema
 * @param {Path} path
 * @returns {Fault}
 */
function badList(value, { prefixItems, items = {}, minItems = 0, maxItems = TRACE_SCHEMA['x-bytes'] }, path) {
  const [least, most] = prefixItems ? [prefixItems.length, prefixItems.length] : [minItems, maxItems];
  if (value.length < least) return [path, least > 1 ? `has fewer than ${least} entries` : 'is empty'];
  if (value.length > most) return [path, `has more than ${most} entries`];
  for (let at = 0; at < value.length; at++) {
    const found = breaks(value[at], prefixItems ? prefixItems[at] : items, []);
    if (found) return [[...path, at, ...found[0]], found[1]];
  }
  return null;
}

/**
 * @param {Record<string, any>} value
 * @param {Schema} schema
 * @param {Path} path
 * @returns {Fault}
 */
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

/** What is not described may be anything, but not without end.
 * @param {any} value
 * @param {number} depth
 * @param {Path} path
 * @returns {Fault}
 */
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

/** What does not hold together in a trace, as a sentence; empty where all does.
 * @param {any} run
 */
export function damage(run) {
  const found = breaks(run, TRACE_SCHEMA);
  if (found) {
    const where = found[0].map((step) => (typeof step === 'number' ? `[${step}]` : `.${[...step].slice(0, 40).join('')}`)).join('').replace(/^\.+/, '');
    return `${where || 'it'} ${found[1]}.`;
  }
  const sizes = new Map();
  for (const { key, prompt, length } of run.lanes) {
    if (sizes.has(key)) return 'two lanes share a key.';
    if (prompt + length > TRACE_SCHEMA['x-positions']) return `a lane has more than ${TRACE_SCHEMA['x-positions']} positions.`;
    sizes.set(key, { size: prompt + length, next: 0, clock: 0 });
  }
  for (const [at, frame] of run.frames.entries()) {
    const lane = sizes.get(frame.lane);
    if (!lane) return `frames[${at}] belongs to no lane.`;
    if (frame.i !== lane.next++) return `frames[${at}] is out of order, or a frame before it is missing.`;
    if (!(Math.abs(lane.clock + frame.ms - frame.t_ms) < 0.01 + 1e-6 * frame.t_ms)) return `the clock of frames[${at}] is not the clock before it plus its own pass.`;
    lane.clock = frame.t_ms;
    if (frame.changes.some((/** @type {import('../types').Change} */ [position]) => position >= lane.size)) return `a change in frames[${at}] lies outside the canvas.`;
    if (Object.keys(frame.top || {}).some((position) => Number(position) >= lane.size)) return `an alternative in frames[${at}] lies outside the canvas.`;
  }
  return '';
}
