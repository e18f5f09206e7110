/* The rival of a race: the AR twin, or the settings of the sampler as they stood when it was chosen. */

/** The sampler on the page now, typed as RaceRequest reads it. */
function presentSampler() {
  const { all, sampler } = window.playgroundSettings;
  return Object.fromEntries(sampler.map((name) => {
    const value = readSetting(name);
    if (all[name].type === 'level' && value === '') return [name, null];
    return [name, ['choice', 'text', 'yesno'].includes(all[name].type) ? value : Number(value)];
  }));
}

/** The value of one setting in a few words. */
function settingInWords(name, value) {
  const { type, unit, words } = window.playgroundSettings.all[name];
  if (type === 'choice') return words?.[value] || window.playgroundRules.axes[name][value].label;
  if (unit) return `${value} ${unit[Number(value) === 1 ? 0 : 1]}`;
  return type === 'yesno' ? `${value ? '' : 'no '}${spelled(name)}` : `${spelled(name)} ${value}`;
}

const spelled = (name) => name.replaceAll('_', '-');

/** A sampler in a few words: passes and order, then whatever differs from what the page starts with, levels left out. */
function samplerInWords(settings) {
  const { all, sampler } = window.playgroundSettings;
  const says = (name) => {
    const { type, needs, default: start } = all[name];
    return type !== 'level' && String(settings[name] ?? start) !== String(start) && (!needs || Number(settings[needs]));
  };
  const others = sampler.filter((name) => !['steps', 'commit'].includes(name) && says(name));
  return ['steps', 'commit', ...others].map((name) => settingInWords(name, settings[name])).join(', ');
}

/** What B is, beside A. Where it names some settings only, the others are A's, whatever A is changed to (playground/request/rival.py). */
function rivalInWords(named) {
  const follows = window.playgroundSettings.sampler.every((name) => name in named) ? '' : ' What B does not name follows A.';
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
