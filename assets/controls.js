/* The controls under the stage: native inputs whose values gradio collects when a run begins. */

/** A setting: its native input writes the component's value. props.value is a number, a text or a yes/no. */
function mountSetting(element, props) {
  const input = element.querySelector('[data-setting]');
  input.dataset.joined = ''; // whoever writes to it from now on is heard
  if (input.type === 'text') {
    input.addEventListener('input', () => { props.value = input.value; });
    return;
  }
  const output = element.querySelector('output');
  const read = () => {
    if (input.type === 'checkbox') return input.checked;
    return input.tagName === 'SELECT' || input.value === '' ? input.value : Number(input.value); // an empty field is not 0
  };
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
  input.addEventListener('input', (event) => { if (event.isTrusted) input.dataset.wanted = input.value; });
  for (const [name, { at_most: most }] of Object.entries(window.playgroundSettings.all)) {
    if (most === input.dataset.setting) input.addEventListener('input', () => limit(name, Number(input.value)));
  }
  input.addEventListener('input', greyIdle);
  greyIdle();
}

/** Grey every setting that does nothing while another is 0, and say so in the place of what it does. */
function greyIdle() {
  for (const input of document.querySelectorAll('[data-needs]')) {
    const needed = document.querySelector(`[data-setting="${input.dataset.needs}"]`);
    const note = input.closest('.setting').querySelector('p');
    const idle = !needed || Number(needed.value) === 0;
    input.dataset.does ||= note.textContent;
    input.disabled = idle;
    note.textContent = idle ? `At ${input.dataset.needs} 0 the likeliest token is taken, so this does nothing.` : input.dataset.does;
  }
}

/** A pass places at least one token and a block takes at least one pass, so the one sets the other's greatest value. What the
    visitor chose comes back as soon as it is possible again. */
function limit(name, most) {
  const input = document.querySelector(`[data-setting="${name}"]`);
  input.dataset.wanted ||= input.value;
  input.max = Math.min(most, Number(input.dataset.ceiling));
  input.value = Math.min(Number(input.dataset.wanted), Number(input.max));
  input.dispatchEvent(new Event('input'));
}

/** The row with the prompt: Enter runs, Shift+Enter breaks the line, an example fills the prompt and runs. */
function mountCommand(element, props) {
  const prompt = element.querySelector('textarea');
  prompt.dataset.joined = '';
  const run = () => document.dispatchEvent(new CustomEvent('playground:run'));
  const write = (text) => {
    prompt.value = text;
    props.value = text;
    blanks();
  };
  const blanks = mountBlanks(prompt, element.querySelector('.command-row'));
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
  for (const toggle of element.querySelectorAll('[aria-controls]')) mountDisclosure(toggle);
}

/** A button that opens and closes the panel it names. */
function mountDisclosure(toggle) {
  toggle.addEventListener('click', () => {
    const panel = document.getElementById(toggle.getAttribute('aria-controls'));
    if (!panel) return;
    const open = panel.classList.toggle('open');
    toggle.setAttribute('aria-expanded', String(open));
    panel.dispatchEvent(new CustomEvent(open ? 'opened' : 'closed'));
    if (open) panel.scrollIntoView({ block: 'nearest' });
  });
}

/** The frame that the next run goes on from, if any: set by the stage, gone after that run. */
function mountResume(element, props) {
  document.addEventListener('playground:resume', ({ detail }) => { props.value = detail; });
}
