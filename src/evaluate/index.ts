/** @file Door of evaluate: judging predictions. Pure functions of arrays. */
export * from './bonds.js';
export * from './calibrate-uncertainty.js';
export * from './choice.js';
export { LEVELS, requireLevel } from './conformal.js';
export * from './costs.js';
export { dealGroups } from './deal.js';
export { decideAt } from './decisions.js';
export * from './line.js';
export * from './metric.js';
export * from './metrics.js';
export * from './order.js';
export { PROBABILITY_FLOOR } from './probabilities.js';
export * from './sample.js';
export * from './splits.js';
export * from './statistics.js';
export { strataFor } from './strata.js';
export * from './together.js';
export * from './uncertainty.js';
