/* The address by which others reach this page: the present one, or the network's where the present one is this machine's alone. */

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** @type {string | undefined} */
let onNetwork;
let told = '';
/** @type {Promise<string>} */
let finding = Promise.resolve('');

/** The page's address as links and codes name it, without what follows its path. */
export const pageAddress = () => `${onNetwork || location.origin}${location.pathname}`;

/** What to tell of the address of links and codes, once findAddress is done; empty where it needs no words. */
export const addressWords = () => told;

/** Whether this machine alone can open that address. Known once addressFound is done. */
export const isOnlyHere = () => LOOPBACK.test(location.hostname) && !onNetwork;

/** Done when it is known how others reach this page, or cannot be known. */
export const addressFound = () => finding.catch(() => '');

/** Find out how others reach this page. Returns what to tell of it; empty where the present address will do.
 * @param {import('../types').Server} server
 */
export function findAddress(server) {
  finding = askAddress(server);
  return finding;
}

/** @param {import('../types').Server} server */
async function askAddress(server) {
  if (!LOOPBACK.test(location.hostname)) return '';
  if (onNetwork === undefined) onNetwork = JSON.parse(await server.on_network('')).url || '';
  if (onNetwork) told = `Only this machine can open ${location.host}. Link and code name ${new URL(onNetwork).host}, for everybody on the same network.`;
  else told = 'Only this machine can open this link. Who started the page can open it to others: with --host 0.0.0.0 for this network, or with --share for a public link.';
  return told;
}
