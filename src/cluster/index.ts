/** @file Door of cluster (needs Node): a search over many machines, through BullMQ on Redis. */
export { checkRedisUrl, PASSWORD_VARIABLE, withoutPassword } from './address.js';
export * from './coordinator.js';
export * from './describe.js';
export { FOLD_BUCKETS } from './tally.js';
export * from './worker.js';
