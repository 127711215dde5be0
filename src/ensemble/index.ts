/** @file Door of ensemble: combining fitted models, and what is done to their predictions. */
export * from './blend.js';
export * from './calibrate.js';
export * from './choose-blend.js';
export type { Combination } from './combine.js';
export { blendPredictions, Mixture, requireCombination, STACK_FLOOR } from './combine.js';
export type { CrossFit } from './cross-fit.js';
export * from './threshold.js';
export type { Composition, ContributionUnit } from './tree-sum.js';
export { exactUnit, treesTaken } from './tree-sum.js';
