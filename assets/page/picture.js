/* A picture beside the prompt: chosen, dropped or pasted; made small here, so that only a JPEG of a known size leaves the browser. */

import { elementOf } from './elements.js';

const SIDE = 768; // px of the longer side: two tiles of the tower, and more is not seen
const QUALITY = 0.85;
const UNREADABLE = 'This picture cannot be read. Choose a PNG, JPEG or WebP.';

/** A picture as a data URL of a JPEG, upright, on white where it is transparent. Throws if the browser cannot read it.
 * @param {Blob} file
 */
async function shrunk(file) {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas.toDataURL('image/jpeg', QUALITY);
}

/** The first picture that is dropped or pasted; undefined where there is none.
 * @param {DataTransfer | null} data
 */
const pictureIn = (data) => [...data?.files || []].find(({ type }) => type.startsWith('image/'));

/** The setting, with its thumbnail. Where no model can see, it has no more than its hidden input.
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 */
export function mountPicture(element, props) {
  /** @type {HTMLInputElement} */
  const input = elementOf(element, '[data-setting]');
  input.dataset.joined = '';
  /** @type {HTMLInputElement} */
  const chooser = elementOf(element, 'input[type=file]');
  if (!chooser) return;
  /** @type {HTMLImageElement} */
  const thumbnail = elementOf(element, 'img');
  const [choose, remove, said] = ['[data-choose]', '[data-remove]', '.said'].map((name) => elementOf(element, name));
  const label = choose.textContent;
  let wanted = 0; // the number of the latest choice: a large picture may be read after a small one that came later

  /** @param {string} url empty for no picture */
  const show = (url) => {
    input.value = props.value = url;
    thumbnail.hidden = remove.hidden = !url;
    if (url) thumbnail.src = url;
    else thumbnail.removeAttribute('src');
    choose.textContent = url ? 'Another picture' : label;
    input.dispatchEvent(new Event('input', { bubbles: true })); // the link says what it lacks
  };
  /** @param {Blob} file */
  const take = async (file) => {
    const mine = ++wanted;
    try {
      const url = await shrunk(file);
      if (mine !== wanted) return;
      show(url);
      said.textContent = 'Models that can see look at it beside the prompt.';
    } catch {
      if (mine === wanted) said.textContent = UNREADABLE;
    }
  };
  choose.addEventListener('click', () => chooser.click());
  chooser.addEventListener('change', () => {
    if (chooser.files?.length) take(chooser.files[0]);
    chooser.value = '';
  });
  remove.addEventListener('click', () => {
    wanted++;
    show('');
    said.textContent = 'The picture is gone.';
    choose.focus(); // the button that had it is gone too
  });
  document.addEventListener('paste', (event) => {
    const file = pictureIn(event.clipboardData);
    if (!file || event.clipboardData?.types.includes('text/plain')) return; // words copied with their picture are words
    event.preventDefault();
    take(file);
  });
  document.addEventListener('drop', (event) => {
    const file = pictureIn(event.dataTransfer);
    if (!file) return;
    event.preventDefault();
    event.stopPropagation(); // it is no run
    take(file);
  }, true);
}

/** What a link lacks because of a picture; empty without one. */
export function notInLink() {
  /** @type {HTMLInputElement | null} */
  const input = document.querySelector('[data-setting=picture]');
  return input?.value ? 'The link does not hold the picture. Save the run as a file to send both.' : '';
}
