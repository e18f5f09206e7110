/* A verdict's figures as rows of texts, the same that the terminal prints (playground/metrics/table.py). No DOM. */

import { FIGURE_TABLE } from '../generated/constants.js';
import { rounded } from './rounded.js';

/** @typedef {Record<string, any>} Figures one lane of a verdict */
/** @typedef {{ label: string, form: string, when: string, served: string | null, zero: boolean }} Row */

const NOTHING = FIGURE_TABLE.nothing;
const FIELD = /\{(\w+)(?::([^}]*))?\}/g;

/** A number with three digits and an SI prefix, ready for a unit to follow.
 * @param {number} value
 */
function si(value) {
  const steps = /** @type {[number, string][]} */ ([[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']]);
  const [by, prefix] = steps.find(([least]) => value >= 0.9995 * least) || [1, ''];
  const scaled = value / by;
  return `${Number(scaled < 1 ? scaled.toPrecision(3) : rounded(scaled, scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0))} ${prefix}`;
}

/** A value by a spec of Python's, as far as the table uses them.
 * @param {any} value
 * @param {string} [spec]
 */
function formatted(value, spec = '') {
  if (value === null || value === undefined) return NOTHING;
  if (spec === 'si') return si(value);
  const [, comma, digits, kind] = spec.match(/^(,?)\.(\d)([f%])$/) || [];
  if (!kind) return String(value);
  const fixed = rounded(kind === '%' ? 100 * value : value, Number(digits));
  const [whole, rest] = fixed.split('.');
  const grouped = comma ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole;
  return `${grouped}${rest ? `.${rest}` : ''}${kind === '%' ? '%' : ''}`;
}

/** @param {Figures} figures */
function replyOf(figures) {
  const faults = ['repeated', 'broken'].filter((name) => figures[name]);
  if (figures.right === null || figures.right === undefined) return faults.join(', ') || NOTHING;
  return figures.right ? 'right' : ['not right', ...faults].join(', ');
}

/** @param {Figures} figures */
const isServed = (figures) => figures.unit !== null && figures.unit !== undefined;

/**
 * @param {Row} row
 * @param {Figures} figures
 */
function textOf({ form: usual, served, zero }, figures) {
  const form = served !== null && isServed(figures) ? served : usual;
  if (form === 'reply') return replyOf(figures);
  const names = [...form.matchAll(FIELD)].map(([, name]) => name);
  /** @param {any} value */
  const untold = (value) => value === null || value === undefined || (!zero && !value);
  if (names.length && names.every((name) => untold(figures[name]))) return NOTHING;
  return form.replace(FIELD, (_, name, spec) => formatted(figures[name], spec));
}

/** Rows of a label and a text per lane; one that is empty for every lane is left out.
 * @param {Figures[]} lanes
 * @param {boolean} shared whether all lanes cut text into the same tokens
 * @param {string} [scorer] the model that scored, in a sentence
 * @returns {[string, string[]][]}
 */
export function figureRows(lanes, shared, scorer = FIGURE_TABLE.scorer) {
  /** @type {Record<string, boolean>} */
  const holds = { '': true, served: lanes.some(isServed), shared, apart: !shared };
  return /** @type {Row[]} */ (FIGURE_TABLE.rows).filter(({ when }) => holds[when])
    .map((row) => /** @type {[string, string[]]} */ ([row.label.replace('{scorer}', scorer), lanes.map((figures) => textOf(row, figures))]))
    .filter(([, texts]) => texts.some((text) => text !== NOTHING));
}

/** The device's measured peak, to which the shares refer, in a sentence.
 * @param {Figures} peak
 */
export const peakLine = (peak) => FIGURE_TABLE.peak.replace(FIELD, (/** @type {string} */ _, /** @type {string} */ name, /** @type {string} */ spec) => formatted(peak[name], spec));
