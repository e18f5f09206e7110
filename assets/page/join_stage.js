/* The stage joined to gradio and to the page. The browser owns buffer and clock; this only carries messages. */

import { firstFrameGoes } from './first_frame.js';
import { ownKeys } from './own_keys.js';
import { mountPasses } from './passes.js';
import { hear, tell } from './public.js';
import { slidesAt, talkDesk } from './talk_desk.js';

/**
 * @typedef {object} Joint what gradio gives the stage's component
 * @property {HTMLElement} root
 * @property {import('../types').Props} props
 * @property {import('../types').Server} server
 * @property {(name: string, answer: () => void) => void} watch
 * @property {(question: { ask: number, keys?: Record<string, string> }) => void} begin asks gradio for a run, and names the question
 * @property {import('../types').Trace | null} recorded
 * @property {string} recordedWords
 * @property {string} inspector address of the inspector's script, below the page's
 * @property {string} talk of the talk's
 * @property {string} scenes of its slides
 */

/** @param {string} path below the page's address */
const belowPage = (path) => `${window.gradio_config?.root || ''}/${path}`;

/** Load a script that the page does without in its first seconds. tries: how often it failed; a browser may keep a failure.
 * @param {string} path
 * @param {number} tries
 */
// eslint-disable-next-line no-restricted-syntax -- a script that the server sends, no module of this one
const later = (path, tries) => import(`${belowPage(path)}${tries ? `?again=${tries}` : ''}`);

/** Build the stage in an element.
 * @param {typeof import('../stage/mount.js').mountStage} mountStage
 * @param {Joint} joint
 */
export function joinStage(mountStage, { root, props, server, watch, begin, recorded, recordedWords, inspector, talk, scenes }) {
  /** @param {string} frame to go on from; empty for a race */
  const ask = (frame) => {
    tell('resume', frame);
    begin({ ask: stage.asked(Boolean(frame)), ...ownKeys() });
  };
  const stage = mountStage(root, {
    recorded,
    recordedWords,
    seen: firstFrameGoes(),
    loadInspector: (tries) => later(inspector, tries),
    loadTalk: async (built, tries) => {
      const [{ Talk, style }, slides] = await Promise.all([later(talk, tries), slidesAt(belowPage(scenes))]);
      return new Talk(built, slides, style, talkDesk(belowPage(talk)));
    },
    onBegin: () => tell('run'),
    onStop: (run) => server.stop_run(run),
    onOffer: (prompt) => {
      tell('prompt', prompt);
      tell('run');
    },
    onLook: (question) => server.looked_at(question),
    onBranch: ask,
    onState: (underWay) => tell('state', underWay),
  });
  mountPasses(root);
  watch('value', () => {
    if (!props.value) return;
    stage.receive(props.value);
    if (JSON.parse(props.value).kind === 'start') tell('resume', '');
  });
  hear('run', () => ask(''));
  hear('failed', () => stage.failed());
  hear('stop', () => stage.stop());
}

/** Called by gradio if the event of a race failed. */
export function runFailed() {
  tell('failed');
}
