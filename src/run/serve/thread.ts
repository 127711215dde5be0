/** @file Starting a thread that predicts, and what was told of an error by one. */

import type { Worker } from 'node:worker_threads';

import { ToolkitError } from '../../core/index.js';
import { spawnThread } from '../../workers/index.js';
import type { PredictFailure } from './protocol.js';

/** The thread ended under a request; another try finds another thread. */
export class ThreadLost extends Error {}

/** A thread that does not keep the process alive. `maxHeapBytes` is what its objects may take before it ends. */
export function startThread(maxHeapBytes?: number): Worker {
  const resourceLimits = maxHeapBytes === undefined ? {} : { maxOldGenerationSizeMb: maxHeapBytes / 2 ** 20 };
  const worker = spawnThread('run/serve/thread-entry', { resourceLimits });
  worker.unref();
  return worker;
}

/** Errors lose their class between threads; the sentence stays as it was. */
export function errorOf({ kind, where, message }: PredictFailure): Error {
  if (kind === null) return new Error(message);
  return new ToolkitError(kind, { where, rule: message.slice(`${where}: `.length).replace(/\.$/, '') });
}
