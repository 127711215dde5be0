/** @file The public API for Node. Everything else is private by location. */

import { fileURLToPath } from 'node:url';

import type { StudySummary } from './automl/index.js';
import type { FitOptions } from './run/index.js';

export type { LeaderboardEntry, Progress, RunEvent, StudySummary, TrialView } from './automl/index.js';
export type { Family, Task } from './core/index.js';
export { ToolkitError } from './core/index.js';
export type { FitOptions, LoadedModel, Prediction } from './run/index.js';
export { loadModel, RunInterrupted } from './run/node.js';

/** Path of a CSV file that comes with the package: `datasetPath('penguins')`, whose target is `species`. */
export function datasetPath(name: 'car-prices' | 'credit' | 'penguins'): string {
  return fileURLToPath(new URL(`../datasets/${name}.csv`, import.meta.url));
}

/** See `fit` of run. All that a search needs is loaded with the first one: programs that only predict start at once. */
export async function fit(options: FitOptions): Promise<StudySummary> {
  const run = await import('./run/index.js');
  return run.fit(options);
}
