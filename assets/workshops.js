/* Workshops: five-minute exercises. One is open at a time: it sets the page and stands beside the stage as a question. */

const workshopList = () => window.playgroundWorkshops || [];

/** Set the page for an exercise and show its question. said: what else there is to tell of the link that asks for it. */
async function openWorkshop(id, said = []) {
  const index = workshopList().findIndex((workshop) => workshop.id === id);
  if (index < 0) {
    pageNote(...said, `There is no workshop called ${String(id).slice(0, 40)}. The list is under Workshops.`);
    return;
  }
  const { settings } = workshopList()[index];
  await applyLink(Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)])), said);
  showWorkshop(index);
}

function showWorkshop(index) {
  const bar = document.querySelector('.workshop');
  const workshop = workshopList()[index];
  bar.hidden = false;
  bar.querySelector('h2').textContent = `${index + 1}. ${workshop.title}`;
  bar.querySelector('.workshop-time').textContent = `${workshop.minutes} minutes`;
  bar.querySelector('.workshop-question').textContent = workshop.question;
  bar.querySelector('.workshop-do').textContent = workshop.do;
  const observe = bar.querySelector('.workshop-observe');
  observe.hidden = true;
  observe.textContent = workshop.observe;
  const reveal = bar.querySelector('[data-reveal]');
  reveal.setAttribute('aria-expanded', 'false');
  reveal.textContent = 'What to observe';
  bar.querySelector('[data-next]').hidden = index + 1 >= workshopList().length;
  bar.dataset.index = index;
}

/** The place above the stage: a line of the page's own, and the open exercise. */
function mountGuide(element) {
  const bar = element.querySelector('.workshop');
  element.querySelector('[data-dismiss]').addEventListener('click', () => pageNote(''));
  const reveal = bar.querySelector('[data-reveal]');
  reveal.addEventListener('click', () => {
    const observe = bar.querySelector('.workshop-observe');
    observe.hidden = !observe.hidden;
    reveal.setAttribute('aria-expanded', String(!observe.hidden));
    reveal.textContent = observe.hidden ? 'What to observe' : 'Hide';
  });
  bar.querySelector('[data-next]').addEventListener('click', () => openWorkshop(workshopList()[Number(bar.dataset.index) + 1].id));
  bar.querySelector('[data-close]').addEventListener('click', () => { bar.hidden = true; });
}

/** The list under the controls. */
function mountWorkshops(element, props, server) {
  for (const link of element.querySelectorAll('[data-workshop]')) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
      event.preventDefault();
      openWorkshop(link.dataset.workshop);
      document.querySelector('.page-head').scrollIntoView({ block: 'nearest' });
    });
  }
  element.querySelector('[data-sheet]').addEventListener('click', async () => {
    saveFile('workshops.html', [await server.printed(`${location.origin}${location.pathname}`)], 'text/html');
  });
}

/** Hide every control that a class is not to see. names: of settings, and prompt, settings (all), workshops, link; comma-separated.
    Returns what to tell the visitor, if anything. */
function showOnly(names) {
  if (names === undefined) return '';
  const wanted = new Set(names.split(',').map((name) => name.trim()).filter(Boolean));
  const all = ['prompt', 'settings', 'workshops', 'link', ...[...document.querySelectorAll('[data-setting]')].map((input) => input.dataset.setting)];
  const strange = [...wanted].filter((name) => !all.includes(name));
  const every = wanted.has('settings');
  const panel = document.querySelector('#settings');
  panel.classList.toggle('chosen', !every); // headings too, also those that come later
  let shown = 0;
  for (const block of panel.children) {
    const input = block.querySelector('[data-setting]');
    const hide = !every && (!input || !wanted.has(input.dataset.setting));
    block.classList.toggle('not-shown', hide);
    shown += !hide;
  }
  const root = document.querySelector('.command');
  root.classList.toggle('without-prompt', !wanted.has('prompt'));
  document.querySelector('#workshops-toggle').classList.toggle('not-shown', !wanted.has('workshops'));
  document.querySelector('#share-toggle').classList.toggle('not-shown', !wanted.has('link'));
  document.querySelector('#settings-toggle').classList.toggle('not-shown', !every);
  if (shown && !every) panel.classList.add('open'); // a class should not have to look for them
  if (!strange.length) return '';
  return `There is no control called ${strange[0].slice(0, 40)} to show. There are prompt, settings, workshops, link, and every setting by its name, such as steps.`;
}
