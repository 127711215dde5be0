/** @file The public API for Node. Everything else is private by location. */

export type { LeaderboardEntry, Progress, RunEvent, StudySummary, TrialView } from './automl/index.js';
export type { Family, Task } from './core/index.js';
export { ToolkitError } from './core/index.js';
export type { FitOptions, LoadedModel, Prediction } from './run/index.js';
export { fit, loadModel, RunInterrupted } from './run/index.js';
