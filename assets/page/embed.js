/* A saved replay in a frame of another page: the markup to paste there. */

import { elementOf } from './elements.js';
import { theStage } from './public.js';
import { fileName } from './save.js';

const TITLE = 'A diffusion language model writes beside an autoregressive one';

/** The markup of a frame that shows a saved replay and nothing else. The file's name is ours, so nothing in it needs an escape.
 * @param {string} file
 */
const frameOf = (file) => `<iframe src="${file}?embed" width="800" height="450" style="border:0;max-width:100%" loading="lazy" title="${TITLE}"></iframe>`;

/** Copy the frame of the run on the stage, and show it for who has to copy by hand.
 * @param {HTMLElement} element of the share panel
 * @param {(text: string) => void} say
 */
export function mountEmbed(element, say) {
  const code = /** @type {HTMLInputElement} */ (elementOf(element, '.share-frame'));
  elementOf(element, '[data-embed]').addEventListener('click', async () => {
    const { trace } = theStage();
    if (!trace) return say('There is no run on the stage yet. Press Run first.');
    const file = fileName(trace, 'html');
    code.value = frameOf(file);
    code.hidden = false;
    code.select();
    try {
      await navigator.clipboard.writeText(code.value);
      return say(`Copied. Save the HTML replay and put ${file} beside your page.`);
    } catch { // no permission, or no secure address
      return say(`Press Ctrl+C to copy the frame. Save the HTML replay and put ${file} beside your page.`);
    }
  });
}
