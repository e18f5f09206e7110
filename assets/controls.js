/* The controls under the stage: native inputs whose values gradio collects when a run begins. */

/** A setting: its native input writes the component's value. props.value is a number, a text or a yes/no. */
function mountSetting(element, props) {
  const input = element.querySelector('[data-setting]');
  const output = element.querySelector('output');
  const read = () => (input.type === 'checkbox' ? input.checked : input.tagName === 'SELECT' ? input.value : Number(input.value));
  const update = () => {
    props.value = read();
    if (output) output.textContent = input.value;
  };
  input.addEventListener('input', update);
  const dice = element.querySelector('[data-dice]');
  if (dice) {
    dice.addEventListener('click', () => {
      input.value = Math.floor(Math.random() * 2 ** 31);
      update();
    });
  }
  if (input.dataset.setting === 'length') input.addEventListener('input', () => limitSteps(Number(input.value)));
}

/** A pass places at least one token, so there are never more steps than tokens. */
function limitSteps(length) {
  const steps = document.querySelector('[data-setting="steps"]');
  steps.max = length;
  steps.dispatchEvent(new Event('input'));
}

/** The row with the prompt: Enter runs, Shift+Enter breaks the line, an example fills the prompt and runs. */
function mountCommand(element, props) {
  const prompt = element.querySelector('textarea');
  const run = () => document.dispatchEvent(new CustomEvent('playground:run'));
  const write = (text) => {
    prompt.value = text;
    props.value = text;
  };
  prompt.addEventListener('input', () => { props.value = prompt.value; });
  prompt.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    run();
  });
  element.querySelector('#run').addEventListener('click', run);
  const stop = element.querySelector('#stop');
  stop.addEventListener('click', () => document.dispatchEvent(new CustomEvent('playground:stop')));
  document.addEventListener('playground:state', ({ detail: underWay }) => { stop.disabled = !underWay; });
  for (const example of element.querySelectorAll('[data-example]')) {
    example.addEventListener('click', () => {
      write(example.textContent);
      run();
    });
  }
  document.addEventListener('playground:prompt', ({ detail }) => write(detail));
  mountDisclosure(element.querySelector('#settings-toggle'));
}

function mountDisclosure(toggle) {
  toggle.addEventListener('click', () => {
    const settings = document.querySelector('#settings');
    const open = settings.classList.toggle('open');
    toggle.setAttribute('aria-expanded', String(open));
    if (open) settings.scrollIntoView({ block: 'nearest' });
  });
}
