/* The rival of a race: the AR twin, or the settings of the sampler as they stood when it was chosen. */

const SAMPLER = ['steps', 'noise', 'commit', 'commit_level', 'revise', 'revise_level', 'blocks', 'cache', 'temperature', 'guidance'];

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
  return parts.join(', ');
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
    what.textContent = field.value
      ? `B is ${samplerInWords({ ...presentSampler(), ...JSON.parse(field.value) })}. A is what the settings say now: change them, and run.`
      : 'The autoregressive model of the same size.';
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
}
