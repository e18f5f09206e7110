/* Words light a lane, and a lane lights its words. */

import { storyPage } from './pages.js';

export function mountLights() {
  const light = (kind, by) => {
    if (kind) Object.assign(document.body.dataset, { lit: kind, litBy: by });
    else delete document.body.dataset.lit;
  };
  const kindOf = (target) => {
    if (!(target instanceof Element)) return [];
    const word = target.closest('[data-light]');
    if (word) return [word.dataset.light, 'prose'];
    const lane = target.closest('.stage .lane');
    return lane && storyPage() ? [lane.dataset.kind, 'lane'] : [];
  };
  for (const event of ['pointerover', 'focusin']) document.addEventListener(event, ({ target }) => light(...kindOf(target)));
  document.addEventListener('pointerleave', () => light());
}
