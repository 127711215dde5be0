/** @file Every figure of the pages. */
export * from './plots/classification.js';
export * from './plots/comparison.js';
export * from './plots/folds.js';
export * from './plots/history.js';
export * from './plots/regression.js';
export * from './plots/training.js';
