/* The settings of the page as one object, read and written by name: what a link holds, what a workshop sets. */

const settingOf = (name) => document.querySelector(`[data-setting="${name}"]`);
const promptField = () => document.querySelector('#prompt');

/** Once every control is joined to gradio, and the story is laid out: the names are those of RaceRequest. */
function whenSettingsAreThere(names, then) {
  const there = () => storyIsThere() && promptField() && 'joined' in promptField().dataset && window.__stage
    && names.every((name) => settingOf(name) && 'joined' in settingOf(name).dataset);
  const look = () => (there() ? then() : requestAnimationFrame(look));
  look();
}

function readSetting(name) {
  const input = settingOf(name);
  return input.type === 'checkbox' ? input.checked : input.value;
}

/** Write a value as if a visitor had; false where the control cannot hold it. */
function writeSetting(name, value) {
  const input = settingOf(name);
  const text = value === null || value === undefined ? '' : String(value);
  if (input.type === 'checkbox') input.checked = value === true;
  else input.value = text;
  input.dataset.wanted = text; // what limits it for now gives it back later
  input.dispatchEvent(new Event('input', { bubbles: true }));
  if (input.type === 'checkbox' || input.type === 'hidden') return true;
  return input.value === text || (text !== '' && Number(input.value) === Number(text));
}

/** Write many settings, each after those that limit it. Returns the names of those that the page cannot hold beside the others. */
function writeSettings(values) {
  const order = window.playgroundSettings.written.filter((name) => name in values && settingOf(name));
  return order.map((name) => [name, writeSetting(name, values[name])]).filter(([, held]) => !held).map(([name]) => name);
}

function writePrompt(text) {
  document.dispatchEvent(new CustomEvent('playground:prompt', { detail: text }));
}
