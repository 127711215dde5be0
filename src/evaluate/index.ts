/** @file Door of evaluate: judging predictions. Pure functions of arrays. */
export * from './metric.js';
export * from './metrics.js';
export * from './order.js';
export * from './splits.js';
export * from './statistics.js';
