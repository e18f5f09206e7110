/* What the parts of the page say to each other, and what scripts of others and tests may use: events of the document, the stage's
   handle, and the data that the server puts into the page. Nothing else of the page is public.

   Events, each named playground: and one of these, with what it carries (PublicEvents in assets/types.d.ts):

     run     a race is wanted, with the settings as they are
     stop    the race under way is to end after its pass
     failed  the server did not make the race that was wanted
     state   whether a race is under way, after each change
     prompt  the text that the prompt is to hold
     resume  the frame that the next race goes on from, as JSON text of playground/request/branch.py; empty for none
     rule    the rule that an axis of the sampler has now
     page    the page of the story that was opened
     models  what the page knows of models has changed
     racers  other models will race, or others can do other things

   The handle is window.__stage (StageHandle in assets/types.d.ts), which assets/stage/mount.js sets when the stage is built.
   A select of a rule says settled, and a panel says opened and closed, to who listens to them. */

/** Send an event.
 * @template {keyof import('../types').PublicEvents} K
 * @param {K} name
 * @param {import('../types').PublicEvents[K]} [detail]
 */
export function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(`playground:${name}`, { detail }));
}

/** Answer an event.
 * @template {keyof import('../types').PublicEvents} K
 * @param {K} name
 * @param {(detail: import('../types').PublicEvents[K]) => void} answer
 */
export function hear(name, answer) {
  document.addEventListener(`playground:${name}`, (event) => answer(/** @type {CustomEvent} */ (event).detail));
}

/** The stage's handle; undefined before the stage is built. */
export const theStage = () => window.__stage;

/** The exercises, in order. */
export const workshopList = () => window.playgroundWorkshops || [];

/** Names of the story's pages, in order; none where the story was left out. */
export const storyPages = () => window.playgroundStory || [];
