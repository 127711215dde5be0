/** @file Door of ensemble: combining fitted models, and what is done to their predictions. */
export * from './blend.js';
export * from './calibrate.js';
export type { CrossFit } from './cross-fit.js';
export * from './threshold.js';
