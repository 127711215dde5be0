/** @file What an experiment of the lab is: one claim, tested by programs that anyone can run, told in tables, plots and pictures. */

import type { Figure } from '../src/report/index.js';
import type { Store } from './store.js';

/** 'check' for the tests, 'quick' for minutes on two cores, 'full' for hours. */
export type Effort = 'check' | 'quick' | 'full';

export interface Experiment {
  /** The word that selects it on the command line, and its key of the summary. */
  readonly name: string;
  /** What is claimed, as a question. */
  readonly question: string;
  run(effort: Effort, store: Store): Promise<Outcome>;
}

export interface Outcome {
  /** What was done, with what it was done on, and what came out; a paragraph each. */
  readonly words: readonly string[];
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  readonly pictures: readonly Picture[];
  /** What the last line of the output says of it. */
  readonly summary: Readonly<Record<string, unknown>>;
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A square of grey values in [0, 1], row by row from above. */
export interface Picture {
  readonly caption: string;
  readonly size: number;
  readonly values: ArrayLike<number>;
}
