/* The rival of a race: the AR twin, or the settings of the sampler as they stood when it was chosen. */

const SAMPLER = ['steps', 'noise', 'commit', 'commit_level', 'revise', 'revise_level', 'blocks', 'cache', 'temperature', 'guidance', 'top_p', 'top_k'];

/** The sampler on the page now, typed as RaceRequest reads it. */
function presentSampler() {
  return Object.fromEntries(SAMPLER.map((name) => {
    const value = readSetting(name);
    if (name.endsWith('_level')) return [name, value === '' ? null : Number(value)];
    return [name, settingOf(name).tagName === 'SELECT' ? value : Number(value)];
  }));
}

/** B in a few words. */
function samplerInWords(settings) {
  const { axes } = window.playgroundRules;
  const parts = [`${settings.steps} ${settings.steps === 1 ? 'pass' : 'passes'}`];
  if (settings.commit) parts.push(axes.commit[settings.commit].label);
  if (settings.noise && settings.noise !== 'mask') parts.push(axes.noise[settings.noise].label);
  if (settings.revise && settings.revise !== 'none') parts.push(axes.revise[settings.revise].label);
  if (settings.blocks > 1) parts.push(`${settings.blocks} blocks`);
  if (settings.cache && settings.cache !== 'none') parts.push(`${settings.cache} cache`);
  for (const name of ['temperature', 'guidance']) if (settings[name]) parts.push(`${name} ${settings[name]}`);
  if (settings.temperature && settings.top_p < 1) parts.push(`top-p ${settings.top_p}`);
  if (settings.temperature && settings.top_k) parts.push(`top-k ${settings.top_k}`);
  return parts.join(', ');
}

/** What B is, beside A. Where it names some settings only, the others are A's, whatever A is changed to (playground/request/rival.py). */
function rivalInWords(named) {
  const follows = SAMPLER.every((name) => name in named) ? '' : ' What B does not name follows A.';
  return `B is ${samplerInWords({ ...presentSampler(), ...named })}.${follows} A is what the settings say now: change them, and run.`;
}

function mountCompare(element, props) {
  const select = element.querySelector('select');
  const what = element.querySelector('.what');
  const button = element.querySelector('[data-snapshot]');
  const field = Object.assign(document.createElement('input'), { type: 'hidden' }); // what links read and write
  Object.assign(field.dataset, { setting: 'versus', joined: '' });
  element.append(field);
  const show = () => {
    props.value = field.value;
    select.value = field.value ? 'sampler' : '';
    button.classList.toggle('not-shown', !field.value);
    describe();
  };
  const describe = () => {
    const words = field.value ? rivalInWords(JSON.parse(field.value)) : 'The autoregressive model of the same size.';
    if (what.textContent !== words) what.textContent = words;
  };
  const snapshot = () => {
    field.value = JSON.stringify(presentSampler());
    show();
  };
  select.addEventListener('input', () => {
    if (select.value) snapshot();
    else {
      field.value = '';
      show();
    }
  });
  button.addEventListener('click', snapshot);
  field.addEventListener('input', show);
  for (const event of ['input', 'settled']) document.addEventListener(event, () => setTimeout(describe), true); // A may be what B follows
}
