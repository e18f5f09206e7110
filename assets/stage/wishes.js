/* What a visitor wished for, kept by the browser; until the page is left where it keeps nothing. */

/** @type {Map<string, string>} */
const kept = new Map();

/** @param {string} name */
export function wishOf(name) {
  try {
    return localStorage.getItem(`playground-${name}`);
  } catch { return kept.get(name) ?? null; }
}

/**
 * @param {string} name
 * @param {string} value
 */
export function keepWish(name, value) {
  kept.set(name, value);
  try {
    localStorage.setItem(`playground-${name}`, value);
  } catch { /* full, or forbidden */ }
}
