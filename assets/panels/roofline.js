/* The roofline panel of playground/ui/calculators/roofline.py. */

import { elementOf } from '../page/elements.js';
import { chosenIn, mountPanel, showValue, slidersIn } from './sliders.js';

/**
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 * @param {import('../types').Server} server
 */
export function mountRoofline(element, props, server) {
  const root = elementOf(element, '.calc');
  /**
   * @param {string} name
   * @returns {HTMLInputElement}
   */
  const slider = (name) => elementOf(root, `input[name="${name}"]`);
  const length = slider('length');
  const passes = slider('passes');
  const fit = () => {
    passes.max = length.value; // a pass settles a token at least; the browser moves the value along
    showValue(passes);
    elementOf(root, '[data-assumed]').hidden = chosenIn(root, 'device') === 'here'; // there it is measured
  };
  root.addEventListener('input', fit);
  fit();
  mountPanel(root, () => ({ model: chosenIn(root, 'model'), device: chosenIn(root, 'device'), values: slidersIn(root) }), (question) => server.predict(question));
}
