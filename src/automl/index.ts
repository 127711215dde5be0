/** @file Door of automl: the only place where the parts meet. */
export * from './adjust.js';
export * from './comparisons.js';
export * from './executor.js';
export * from './finalise.js';
export * from './fit-weights.js';
export * from './hold-out.js';
export * from './out-of-fold.js';
export * from './parts.js';
export * from './predictor.js';
export * from './refit.js';
export * from './run-fold.js';
export * from './search.js';
export * from './settings.js';
export * from './study-data.js';
export * from './study-view.js';
export * from './summary.js';
export * from './together.js';
