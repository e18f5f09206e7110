/* Stop: it ends the run under way, and the show of a run that the server has finished. */

import { hear, tell, theStage } from './public.js';

const EVERY_LOOK = 200; // ms between two looks at the show

/** @param {HTMLButtonElement} stop */
export function mountStop(stop) {
  let underWay = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  const look = () => {
    const shows = Boolean(theStage()?.own && theStage().playing);
    stop.disabled = !underWay && !shows;
    if (underWay || !shows) clearInterval(timer);
  };
  stop.addEventListener('click', () => {
    if (underWay) tell('stop');
    else theStage().pause();
    if (!underWay) look();
  });
  hear('state', (now) => {
    underWay = now;
    clearInterval(timer);
    timer = setInterval(look, EVERY_LOOK);
    look();
  });
}
