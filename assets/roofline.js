/* The roofline panel of playground/ui/calculators/roofline.py. */

function mountRoofline(element, props, server) {
  const root = element.querySelector('.calc');
  const [length, passes] = ['length', 'passes'].map((name) => root.querySelector(`input[name="${name}"]`));
  const fit = () => {
    passes.max = length.value; // a pass settles a token at least; the browser moves the value along
    showValue(passes);
    root.querySelector('[data-assumed]').hidden = chosenIn(root, 'device') === 'here'; // there it is measured
  };
  root.addEventListener('input', fit);
  fit();
  mountPanel(root, () => ({ model: chosenIn(root, 'model'), device: chosenIn(root, 'device'), values: slidersIn(root) }), (question) => server.predict(question));
}
