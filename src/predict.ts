/** @file The public API for programs that only predict: nothing of it can search, and it loads in a few hundredths of a second. */

export type { ErrorKind, ErrorParts, TaskWord } from './core/index.js';
export { ToolkitError } from './core/index.js';
export type { ColumnKind, EncodeSummary, ReadingOptions, Schema } from './data/index.js';
export type { TableInMemory } from './data/node.js';
export type {
  DetailedPredictions,
  LoadedModel,
  LoadedTargets,
  LoadOptions,
  NewRowsOptions,
  Prediction,
} from './run/node.js';
export { loadModel, loadTargets, predict } from './run/node.js';
