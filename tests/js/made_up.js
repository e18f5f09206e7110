/* Lanes and frames for the tests: a made-up run, a few positions long. */

import { LaneRecord } from '../../assets/stage/record.js';

export const MASK = 0;
export const END = 99;

/** A lane of a few positions. */
export const lane = ({ key = 'diffusion', kind = 'diffusion', prompt = 1, length = 4, about = {} } = {}) => ({
  key, kind, title: key, prompt, length, about: { mask_id: MASK, end_id: END, ...about },
});

/** A change: [position, text, confidence, state, id]. */
export const cell = (at, state, id = at + 10, text = ` w${id}`, sure = 0.5) => [at, text, sure, state, id];
export const noise = (at) => cell(at, 'noise', MASK, '', null);

/** Frame i, at ten ms a pass. */
export const frame = (i, changes, { phase = 'rough', ...more } = {}) => ({
  lane: 'diffusion', i, t_ms: i * 10, ms: i ? 10 : 0, changes, open: 0, phase, ...more,
});

/** The frame before the first pass: a prompt of one token and four masks. */
export const start = () => frame(0, [cell(0, 'prompt', 5, 'User'), ...[1, 2, 3, 4].map(noise)], { phase: 'noise' });

/** A record with frames. */
export function record(frames, options) {
  const made = new LaneRecord(lane(options));
  for (const each of frames) made.add(each);
  return made;
}
