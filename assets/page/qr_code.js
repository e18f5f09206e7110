/* QR codes of links, which the server makes. */

/** @type {import('../types').Server | null} */
let codeServer = null;

/** @param {import('../types').Server} server */
export function joinCodes(server) {
  codeServer = server;
}

/** The QR code of a link, or a message that says why there is none.
 * @param {string} link
 * @returns {Promise<{ code?: { size: number, path: string }, message?: string }>}
 */
export async function codeOf(link) {
  return JSON.parse(await /** @type {import('../types').Server} */ (codeServer).qr_code(link));
}

/** @param {Element} svg
 * @param {{ size: number, path: string }} code
 */
export function drawCode(svg, { size, path }) {
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  shape.setAttribute('d', path);
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`);
  svg.replaceChildren(shape);
}
