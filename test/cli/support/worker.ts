/** @file What a worker of a cluster says of itself, made up. */

import type { WorkerStatus } from '../../../src/run/index.js';

export function workerStatus(given: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    build: 'lrnn-automl 9.8.7 on Node 20',
    slots: 2,
    fault: null,
    queue: { waiting: 0, running: 0 },
    ends: { done: 0, failed: 0, lost: 0, returned: 0 },
    buckets: [0, 0, 0, 0, 0, 0, 0],
    seconds: 0,
    underWay: [],
    ...given,
  };
}
