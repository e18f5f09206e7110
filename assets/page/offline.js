/* The line at the top of the window while the server cannot be reached, as soon as the browser tells of it. */

const WORDS = 'Connection lost. The stage still plays; runs must wait.';

/** Whether the server answers. A browser without a network still reaches a server on its own machine. */
const answers = () => fetch(location.pathname, { method: 'HEAD', cache: 'no-store' }).then(() => true, () => false);

/** Say it and take it back, as the browser tells. */
export function mountOffline() {
  const line = Object.assign(document.createElement('p'), { className: 'offline', role: 'status' });
  document.body.append(line);
  const say = async () => {
    const lost = !navigator.onLine && !(await answers());
    line.textContent = lost && !navigator.onLine ? WORDS : ''; // it may have come back meanwhile
  };
  for (const event of ['offline', 'online']) addEventListener(event, say);
  say();
}
