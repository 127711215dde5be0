/** @file Door of server: pages over HTTP. */
export * from './main.js';
export type { StartedRun, Studies } from './studies.js';
