/** @file Door of server: pages, and a model, over HTTP. */
export * from './main.js';
export * from './model-main.js';
export * from './mount.js';
export type { StartedRun, Studies } from './studies.js';
export { serveWorker } from './worker-main.js';
