/** @file Door of workers (needs Node). */
export * from './pool.js';
export * from './thread.js';
