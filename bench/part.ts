/** @file What a part of the benchmark is: one question, answered in tables. */

import type { Effort } from './timing.js';

export interface Part {
  /** The word that selects it on the command line. */
  readonly name: string;
  /** One line above its tables. */
  readonly question: string;
  run(print: (lines: readonly string[]) => void, effort: Effort): Promise<void>;
}
