/* The calculator of playground/ui/calculators/calculator.py: a scenario, its sliders, and the table that the server answers with. */

import { elementOf, elementsOf } from '../page/elements.js';
import { chosenIn, mountPanel, slidersIn } from './sliders.js';

/**
 * @param {HTMLElement} element
 * @param {import('../types').Props} props
 * @param {import('../types').Server} server
 */
export function mountCalculator(element, props, server) {
  const root = elementOf(element, '.calc');
  const scenario = () => chosenIn(root, 'scenario');
  const open = () => elementOf(root, `.scenario[data-scenario="${scenario()}"]`);
  root.addEventListener('input', () => {
    for (const one of elementsOf(root, '.scenario')) one.hidden = one !== open();
  });
  mountPanel(root, () => ({ scenario: scenario(), values: slidersIn(open()) }), (question) => server.calculate(question));
}
