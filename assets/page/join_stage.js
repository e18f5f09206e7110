/* The stage joined to gradio and to the page. The browser owns buffer and clock; this only carries messages. */

import { hear, tell } from './public.js';

/** Build the stage in an element. mountStage: of assets/stage/mount.js; begin: asks gradio for a run, and names the question. */
export function joinStage(mountStage, { root, props, server, watch, begin, recorded, recordedWords }) {
  const ask = (frame) => { // to go on from; empty for a race
    tell('resume', frame);
    begin({ ask: stage.asked(Boolean(frame)) });
  };
  const stage = mountStage(root, {
    recorded,
    recordedWords,
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
  watch('value', () => {
    if (!props.value) return;
    stage.receive(props.value);
    if (JSON.parse(props.value).kind === 'start') tell('resume', '');
  });
  hear('run', () => ask(''));
  hear('failed', () => stage.failed());
  hear('stop', () => stage.stop());
}

/** Gradio says that the run was not made. */
export function runFailed() {
  tell('failed');
}
