/* What the browser's modules give each other, and what the server gives them. The trace itself is playground/trace.schema.json. */

import type { Trace as TraceOfSchema } from './generated/trace';
import type { Meter } from './stage/meter.js';

type Lanes = TraceOfSchema['lanes'];
type Frames = TraceOfSchema['frames'];
type About = Lanes[number]['about'];

export type Kind = Lanes[number]['kind'];
export type Change = Frames[number]['changes'][number];
export type State = Change[3];
export type Phase = Frames[number]['phase'];
export type Ending = NonNullable<TraceOfSchema['ended']>;
export type Edit = NonNullable<About['parent']>['edits'][number];
export type RunHeader = TraceOfSchema['run'];
export type Verdict = NonNullable<TraceOfSchema['verdict']>;
export type Frame = Frames[number];
export type Lane = Lanes[number];
export type Trace = TraceOfSchema;

/** A position as it stands after a frame: the last change of it, or null where there is nothing. A branch may say so (empty). */
export type Cell = Change | null;

/** One message of a run, as playground/stream/messages.py sends it, numbered from 0. */
export type RunMessage = { id?: string; seq: number } & (
  | { kind: 'start'; run: string; ask?: number | null }
  | { kind: 'wait'; ahead: number }
  | LanesMessage
  | { kind: 'frames'; frames: Frame[]; clocks?: Clocks; thinking?: string[] }
  | { kind: 'pulse'; clocks?: Clocks; thinking?: string[] }
  | LaneMessage
  | { kind: 'end'; verdict: Verdict | null; ended: Ending }
  | { kind: 'error'; message: string; offers?: string[] }
);
export type Clocks = Record<string, number>; // ms of the wall, by key of each served lane that runs
export type LaneMessage = { kind: 'lane'; key: string; about: About; fault: string }; // a served lane has ended; fault: why it failed
export type LanesMessage = { kind: 'lanes'; run: RunHeader; lanes: Lane[]; notice?: string; offers?: string[] };

/** A whole run. words: what the line under the axis says while it plays. */
export type TraceMessage = { kind: 'trace'; trace: Trace; recorded?: boolean; words?: string };
export type Message = RunMessage | TraceMessage;

/** What a stage is given. */
export interface StageOptions {
  recorded: Trace | null; // played at once, and offered where something fails
  recordedWords: string; // of that one, in place of the usual words
  seen: Promise<any>; // settled once nothing covers the stage
  onBegin(): void; // a visitor asks for a run
  onStop(run: string): void; // a run that nobody waits for any more
  onOffer(prompt: string): void; // a visitor asks for a run of another prompt
  onState(underWay: boolean): void;
  onLook?(question: string): Promise<string> | string; // JSON text in and out, as Streams.attention has it
  onBranch?(frame: string): void; // JSON text of playground/request/branch.py
  loadInspector(tries: number): Promise<{ Inspector: typeof import('./stage/inspector').Inspector; Hands: typeof import('./stage/hands').Hands }>; // its script; tries: how often it failed
  loadTalk?(stage: import('./stage/stage.js').Stage, tries: number): Promise<import('./talk/talk').Talk>; // with its slides; a saved file has none
  silence: number; // ms without a message that mean a lost connection
  below: number; // px kept free under the stage on the first screen
}

/** The stage's handle, window.__stage: for the page, tests and benchmarks. Times are ms of the stage's clock. */
export interface StageHandle {
  receive(message: string | Message): void;
  asked(branch?: boolean): number; // a run was asked for; returns the number of the question
  failed(): void; // the server did not make it
  stop(): void;
  play(): void;
  pause(): void;
  seek(time: number): void;
  showFrame(key: string, i: number): void; // of the lane with this key
  setSpeed(speed: number | null): void; // times slower than real time; null fits the race
  setEqual(equal: boolean): void; // passes in equal steps
  showMap(open: boolean): void;
  present(on: boolean): void;
  talk(at: number): Promise<void>; // the story as slides, from a slide on; the first is 0
  refit(): void; // the room around the lanes has changed
  look(kind: Kind): Promise<boolean>; // what the middle token of a lane looked at; false where it wrote none
  readonly run: string | null; // id of the last run that began
  readonly trace: Trace | null;
  readonly state: string;
  readonly playing: boolean;
  readonly clock: number;
  readonly horizon: number;
  readonly total: number;
  readonly speed: number;
  readonly meter: Meter;
  readonly presenting: boolean;
  readonly underWay: boolean;
  readonly branches: { lanes: Lane[]; frames: Frame[] };
  readonly recorded: boolean;
  readonly own: boolean; // made by this server
  readonly header: RunHeader | null;
  readonly received: Record<string, number>; // frames, by key of the lane
  readonly shown: Record<string, number>; // the frame that is shown
  readonly texts: Record<string, string>;
}

/** A slide of the talk, as playground/story/slides.py has it. */
export interface Slide {
  name: string;
  page: string; // of the story, which the sentence is from
  sentence: string;
  look: string; // what to look at
  note: string; // for the speaker alone
  show: '' | 'equal' | 'map';
  trace: Trace; // its recorded race
}

/** What the talk asks of the page around the stage. */
export interface TalkDesk {
  set(settings: Settings, prompt: string): void; // on the page; what is not named goes back to its default
  ask(prompt: string): void; // on the page
  reachable(): Promise<boolean>; // whether the server answers now
  code(): Promise<{ link: string, words: string, code?: { size: number, path: string }, onlyHere: boolean }>; // of the page's address; onlyHere: no other machine can open it
  place(slide: number): void; // the address names a slide, from 1; 0 for none
}

/** A rule of the sampler, as playground/request/rules.py has it. */
export interface Rule {
  label: string;
  what: string;
  paper: string;
  level: { label: string; default: number; low: number; high: number } | null;
}

/** Events of the document and what they carry; assets/page/public.js says when. */
export interface PublicEvents {
  run: void;
  stop: void;
  failed: void;
  state: boolean;
  prompt: string;
  resume: string;
  rule: { axis: string; rule: Rule };
  page: string;
  models: void;
  racers: void;
}

/** What the page says of one model; playground/ui/models.py makes it. */
export interface ModelEntry {
  key: string;
  name: string;
  kind: Kind;
  partner: string; // key of its default opponent; empty for none
  longest: number; // tokens that it may write
  context: number; // tokens that it reads, prompt and text together
  sampler: Settings; // its authors' settings
  can: string[]; // keys of CAPABILITIES; of a model that is not loaded, by its record
  about: string; // kind and size
  facts: [string, string][]; // label and value
  unsure: string; // what of its record is not proved
  state: string; // as ModelState in playground/interface.py
  says: string; // the state in a sentence
  why: string; // why it cannot race or be downloaded; may be empty
  share: number | null; // of a running download that is done
  progress: string; // of a running download
  size: string; // of its download
  stage: boolean; // whether it can race now
  download: boolean; // whether a visitor can download it now
  stop: boolean; // whether a download can be stopped
}

/** What the server answers of models: entries, and what this machine has; or a sentence that it cannot. */
export interface Stock {
  models?: ModelEntry[];
  machine?: string;
  off?: string; // how a host allows downloads, where they are not allowed
  message?: string;
}

/** An exercise of assets/workshops.json. */
export interface Workshop {
  id: string;
  track: string; // numbered within it
  title: string;
  minutes: number;
  question: string;
  guess: string; // what a class votes on before the run
  choices: string[];
  do: string;
  observe: string;
  settings: Record<string, unknown>;
  needs: string[]; // controls that it asks to change
}

/** The values that gradio shares with a component (gr.HTML). */
export type Props = Record<string, any>;

/** The functions that a component's server answers, each with text (server_functions in playground/ui). */
export type Server = Record<string, (question: string) => Promise<string>>;

/** What the server tells the share panel: the settings that the page starts with, and what a link says of this server. */
export interface Present {
  defaults: Settings;
  weights: string;
  device: string;
  made: Record<string, string>;
}

/** One setting, as the table of settings has it (playground/request/settings_table.py). */
export interface Setting {
  type: string; // the class of playground/request/setting.py in small letters
  default?: any;
  needs?: string; // a number at whose 0 this setting does nothing
  unit?: string[]; // what it counts, for one and for many
  lanes?: string[]; // kinds of lanes that it addresses; all where there is none
  at_most?: string; // the setting that it may not exceed
  words?: Record<string, string>; // of a choice, where the label of its rule does not do
}

/** A named sampler, as playground/request/presets.py has it. */
export interface Preset {
  label: string;
  what: string;
  source: string;
  settings: Settings;
  passes_per_token: number;
  block: number;
}

/** Settings by name, as RaceRequest takes them. */
export type Settings = Record<string, any>;

declare global {
  interface Window {
    __stage: StageHandle;
    playgroundWorkshops?: Workshop[];
    playgroundStory?: string[];
    gradio_config?: { root?: string };
  }
}
