/* What talk mode asks of the page around the stage: its settings, its address, and whether its server is there. */

import { SETTINGS } from '../generated/constants.js';
import { addressFound, addressWords, isOnlyHere, pageAddress } from './address.js';
import { codeOf } from './qr_code.js';
import { aboutSetting } from './sampler_words.js';
import { writePrompt, writeSettings } from './settings.js';

const PATIENCE = 10000; // ms that the server has to answer
const OTHERS = ['prompt', 'branch', 'picture']; // kinds of settings that no recorded race brings

/** The slides of the talk.
 * @param {string} address
 * @returns {Promise<import('../types').Slide[]>}
 */
export const slidesAt = async (address) => (await fetch(address)).json();

/** @param {string} probe an address of the server that costs it nothing
 * @returns {import('../types').TalkDesk}
 */
export function talkDesk(probe) {
  const names = Object.keys(SETTINGS).filter((name) => !OTHERS.includes(aboutSetting(name).type));
  return {
    set: (settings, prompt) => {
      writePrompt(prompt); // first: it gives back what an example set, and the slide's settings stand
      writeSettings(Object.fromEntries(names.map((name) => [name, settings[name] ?? aboutSetting(name).default])));
    },
    ask: writePrompt,
    reachable: () => fetch(probe, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) }).then(({ ok }) => ok, () => false),
    code: async () => {
      await addressFound();
      const link = pageAddress();
      const { code } = await codeOf(link).catch(() => ({ code: undefined }));
      return { link, words: addressWords(), code, onlyHere: isOnlyHere() };
    },
    place: (slide) => {
      const address = new URL(location.href);
      if (slide) address.searchParams.set('talk', String(slide));
      else address.searchParams.delete('talk');
      history.replaceState(history.state, '', address);
    },
  };
}
