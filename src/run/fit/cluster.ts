/** @file A study's and a worker's way into a cluster: which data and which threads. */

import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { MachinesView, RunEvent, StudyData } from '../../automl/index.js';
import { studyRecord } from '../../automl/index.js';
import type { Cluster, ClusterLine, ClusterWorker } from '../../cluster/index.js';
import { describeCluster, openCluster, startClusterWorker } from '../../cluster/index.js';
import type { Storage } from '../../search/index.js';
import { createPool } from '../../workers/index.js';
import { packageVersion } from '../package-info.js';

export type { WorkerStatus } from '../../cluster/index.js';

export interface WorkerOptions {
  /** URL of the Redis that studies name. */
  readonly redis: string;
  /** Folds at once, each in a thread of its own. */
  readonly concurrency: number;
  /** Folder of the tables that were here before; default lrnn-automl below the user's cache. */
  readonly cache?: string | undefined;
  /** How long a worker may be silent before its folds go to others; default 30 s. */
  readonly lockMs?: number | undefined;
  /** Hears one sentence when something has changed out there. */
  readonly onNotice: (sentence: string) => void;
}

/** Takes folds of studies until it is closed. Throws usage, state: Redis is not there, or not as it must be. */
export function startWorker({ redis, concurrency, cache, lockMs, onNotice }: WorkerOptions): Promise<ClusterWorker> {
  return startClusterWorker({
    url: redis,
    version: packageVersion(),
    concurrency,
    cache: cache ?? cacheFolder(),
    ...(lockMs === undefined ? {} : { lockMs }),
    // The portable build of the kernels: the same bits as everywhere else.
    makeExecutor: (data) => createPool(data, { workers: concurrency, engine: 'wasm-simd' }),
    notice: onNotice,
  });
}

/** A study is called the same in all its sessions: what came in while it was away is found. */
export async function joinCluster(
  url: string,
  storage: Storage,
  data: StudyData,
  emit: (event: RunEvent) => void,
  signal?: AbortSignal,
): Promise<Cluster> {
  const study = studyRecord.cluster(storage) ?? randomBytes(16).toString('hex');
  studyRecord.setCluster(storage, study);
  const notice = (message: string): void => emit({ type: 'warning', message });
  const onMachines = (machines: MachinesView): void => studyRecord.setMachines(storage, machines);
  const cluster = await openCluster({ url, version: packageVersion(), study, data, notice, onMachines, signal });
  const close = async (): Promise<void> => {
    await cluster.close();
    studyRecord.setMachines(storage, null);
  };
  return {
    get slots() {
      return cluster.slots;
    },
    get workers() {
      return cluster.workers;
    },
    executor: () => cluster.executor(),
    close,
  };
}

/** Whether a Redis can be used, and which workers are there. */
export function describeRedis(url: string): Promise<ClusterLine[]> {
  return describeCluster(url, packageVersion());
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lrnn-automl');
}
