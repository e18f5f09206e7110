/* Words light a lane, and a lane lights its words. */

import { around } from '../page/elements.js';
import { storyPage } from './pages.js';

export function mountLights() {
  /**
   * @param {string} [kind]
   * @param {string} [by]
   */
  const light = (kind, by) => {
    if (kind) Object.assign(document.body.dataset, { lit: kind, litBy: by });
    else delete document.body.dataset.lit;
  };
  /** @param {EventTarget | null} target */
  const kindOf = (target) => {
    const word = around(target, '[data-light]');
    if (word) return [word.dataset.light, 'prose'];
    const lane = around(target, '.stage .lane');
    return lane && storyPage() ? [lane.dataset.kind, 'lane'] : [];
  };
  for (const event of ['pointerover', 'focusin']) document.addEventListener(event, ({ target }) => light(...kindOf(target)));
  document.addEventListener('pointerleave', () => light());
}
