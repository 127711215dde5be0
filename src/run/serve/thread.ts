/** @file Starting a thread that predicts, and what was told of an error by one. */

import { Worker } from 'node:worker_threads';

import { ToolkitError } from '../../core/index.js';
import type { PredictFailure } from './protocol.js';

/** The compiled entry, from whichever folder of dist this code stands in; from the sources a thread needs the loader of TypeScript. */
const ENTRY = new URL('../run/serve/thread-entry.js', import.meta.url);
const SOURCE_ENTRY = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(new URL('./thread-entry.ts', import.meta.url).href)})));`;
const FROM_SOURCE = import.meta.url.endsWith('.ts');

/** The thread ended under a request; another try finds another thread. */
export class ThreadLost extends Error {}

/** A thread that does not keep the process alive. `maxHeapBytes` is what its objects may take before it ends. */
export function startThread(maxHeapBytes?: number): Worker {
  const resourceLimits = maxHeapBytes === undefined ? {} : { maxOldGenerationSizeMb: maxHeapBytes / 2 ** 20 };
  const worker = new Worker(FROM_SOURCE ? SOURCE_ENTRY : ENTRY, { eval: FROM_SOURCE, resourceLimits });
  worker.unref();
  return worker;
}

/** Errors lose their class between threads; the sentence stays as it was. */
export function errorOf({ kind, where, message }: PredictFailure): Error {
  if (kind === null) return new Error(message);
  return new ToolkitError(kind, { where, rule: message.slice(`${where}: `.length).replace(/\.$/, '') });
}
