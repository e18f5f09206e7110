/* The first frame (assets/first_frame.css): how long it stands once the stage is there. */

const SEEN = 'playground-seen';
const ACTS = ['pointerdown', 'keydown', 'wheel'];

/** On a first visit its sentence develops to the end before the stage takes its place. Who acts, follows a link or wants no motion
 * sees the stage at once. Settled when the first frame is gone. */
export async function firstFrameGoes() {
  const show = () => { document.documentElement.dataset.mounted = ''; };
  if (!isFirstVisit() || location.search || location.hash) return show();
  await Promise.race([developed(), acted()]);
  if (!document.startViewTransition) return show();
  return document.startViewTransition(show).updateCallbackDone; // the one fades into the other
}

/** True once in a browser. */
function isFirstVisit() {
  try {
    const first = !localStorage.getItem(SEEN);
    localStorage.setItem(SEEN, 'yes');
    return first;
  } catch { // no storage, so nobody can tell
    return false;
  }
}

/** With reduced motion there is nothing to wait for. */
const developed = () => Promise.allSettled(document.getAnimations()
  .filter((one) => one instanceof CSSAnimation && one.animationName === 'first-frame-develops').map(({ finished }) => finished));

const acted = () => new Promise((done) => {
  for (const act of ACTS) addEventListener(act, done, { capture: true, once: true });
});
