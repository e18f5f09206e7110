/* The last run's figures, as the panels and the story send them to the server. */

import { theStage } from '../page/public.js';
import { slotOf } from '../stage/slots.js';

/** The run on the stage without its frames; null while there is none with figures. */
export function lastRun() {
  const trace = theStage() && theStage().trace;
  const measured = trace?.verdict?.lanes;
  if (!measured) return null;
  /** @param {unknown} value */
  const short = (value) => (typeof value === 'string' ? value.slice(0, 60) : value);
  /**
   * @param {Record<string, any>} from
   * @param {string[]} names
   */
  const pick = (from, names) => Object.fromEntries(names.map((name) => [name, short(from[name])]));
  const figures = ['tokens', 'passes', 'ms', 'first_token_ms', 'tokens_per_arrival', 'flops_per_pass', 'bytes_per_pass'];
  const { run, lanes, verdict } = trace;
  return {
    run: pick(run, ['device_name', 'dtype', 'date', 'blocks']),
    lanes: lanes.map((lane) => ({ ...pick(lane, ['key', 'kind', 'title']), slot: slotOf(lane), model: short(lane.about.model) })),
    verdict: { lanes: Object.fromEntries(Object.entries(measured).map(([key, lane]) => [key, pick(lane, figures)])), peak: verdict?.peak },
  };
}
