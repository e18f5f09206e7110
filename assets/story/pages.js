/* The pages of the story: which is open, and the way from one to another. */

import { elementOf, elementsOf } from '../page/elements.js';
import { storyPages, tell } from '../page/public.js';

export const storyPage = () => document.body.dataset.page || '';
export const storyIsThere = () => !storyPages().length
  || (document.querySelector('#story-open') && document.querySelector('body > #claim-note') // mountStory has put it there
    && storyPages().every((name) => elementOf(document, `#page-${name} h2`)));
export const BESIDE = matchMedia('(min-width: 1100px)'); // as in story.css: the story is beside the stage

/** A page by its name or number; what a link says. Undefined where there is none.
 * @param {string} name
 */
function pageNamed(name) {
  const pages = storyPages();
  return pages.includes(name) ? name : pages[Number(name) - 1];
}

/** Open a page, or with '' close the story. kept: the address says so already. Returns what to tell the visitor, if anything.
 * @param {string} name
 * @param {boolean} [kept]
 */
export function openPage(name, kept = false) {
  const slug = name === '' ? '' : pageNamed(name);
  if (slug === undefined) {
    openPage(storyPages()[0], kept);
    return `The story has no page ${String(name).slice(0, 40)}. Its first is open.`;
  }
  if (slug === storyPage()) return '';
  const back = elementOf(document, '.story-back');
  if (back) back.hidden = true;
  elementOf(document, '#claim-note').hidePopover();
  if (slug) document.body.dataset.page = slug;
  else delete document.body.dataset.page;
  for (const page of elementsOf(document, '.story-page')) page.classList.toggle('open', page.id === `page-${slug}`);
  for (const link of elementsOf(document, '.story-nav a')) {
    if (link.dataset.page === slug) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  elementOf(document, '#story-open').setAttribute('aria-expanded', String(Boolean(slug)));
  if (!kept) {
    const address = new URL(location.href);
    if (slug) address.searchParams.set('page', slug);
    else address.searchParams.delete('page');
    history.pushState(null, '', address);
  }
  if (!slug) return '';
  const title = elementOf(document, `#page-${slug} h2`);
  title.focus({ preventScroll: true });
  elementOf(document, '#story').scrollTop = 0;
  if (!BESIDE.matches) elementOf(document, '#story').scrollIntoView({ block: 'start' });
  tell('page', slug);
  return '';
}
