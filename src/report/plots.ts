/** @file Every figure of the pages. */
export * from './plots/bars.js';
export * from './plots/binary.js';
export * from './plots/classification.js';
export * from './plots/comparison.js';
export * from './plots/correlation.js';
export * from './plots/data.js';
export * from './plots/distribution.js';
export * from './plots/explain.js';
export * from './plots/folds.js';
export * from './plots/gaps.js';
export * from './plots/history.js';
export * from './plots/lines.js';
export * from './plots/pareto.js';
export * from './plots/regression.js';
export * from './plots/settings.js';
export * from './plots/timeline.js';
export * from './plots/training.js';
