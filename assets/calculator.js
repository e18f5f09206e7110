/* The calculator of playground/ui/calculators/calculator.py: a scenario, its sliders, and the table that the server answers with. */

function mountCalculator(element, props, server) {
  const root = element.querySelector('.calc');
  const scenario = () => chosenIn(root, 'scenario');
  const open = () => root.querySelector(`.scenario[data-scenario="${scenario()}"]`);
  root.addEventListener('input', () => {
    for (const one of root.querySelectorAll('.scenario')) one.hidden = one !== open();
  });
  mountPanel(root, () => ({ scenario: scenario(), values: slidersIn(open()) }), (question) => server.calculate(question));
}
