/** @file A study's and a worker's way into a cluster: which data and which threads. */

import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { MachinesView, RunEvent, StudyData } from '../../automl/index.js';
import { studyRecord } from '../../automl/index.js';
import type { Cluster, ClusterLine, ClusterPlace, ClusterWorker } from '../../cluster/index.js';
import { describeCluster, openCluster, startClusterWorker } from '../../cluster/index.js';
import type { Storage } from '../../search/index.js';
import { createPool } from '../../workers/index.js';
import type { FitOptions } from '../contract.js';
import { packageVersion } from '../package-info.js';

export type { WorkerStatus } from '../../cluster/index.js';

export interface WorkerOptions {
  /** URL of the Redis that studies name. */
  readonly redis: string;
  /** Folds at once, each in a thread of its own. */
  readonly concurrency: number;
  /** Folder of the tables that were here before; default lrnn-automl below the user's cache. */
  readonly cache?: string | undefined;
  /** Folder that the searches see, too: their tables come through it. Takes folds of searches that name it, and of no others. */
  readonly shared?: string | undefined;
  /** How long a worker may be silent before its folds go to others; default 30 s. */
  readonly lockMs?: number | undefined;
  /** Hears one sentence when something has changed out there. */
  readonly onNotice: (sentence: string) => void;
}

/** Takes folds of studies until it is closed. Throws usage, state: Redis is not there, or not as it must be. */
export function startWorker(options: WorkerOptions): Promise<ClusterWorker> {
  const { redis, concurrency, cache, shared, lockMs, onNotice } = options;
  return startClusterWorker({
    url: redis,
    shared,
    version: packageVersion(),
    concurrency,
    cache: cache ?? cacheFolder(),
    ...(lockMs === undefined ? {} : { lockMs }),
    // The portable build of the kernels: the same bits as everywhere else.
    makeExecutor: (data) => createPool(data, { workers: concurrency, engine: 'wasm-simd' }),
    notice: onNotice,
  });
}

/** What is said of a cluster: told at once, and kept in the study for its pages from its first event to its last. */
export class ClusterNotices {
  private early: string[] = [];
  private isKept = false;

  constructor(
    private readonly storage: Storage,
    private readonly tell: (event: RunEvent) => void,
  ) {}

  hear(message: string): void {
    if (this.isKept) this.keep(message);
    else this.early.push(message);
    this.tell({ type: 'warning', message });
  }

  /** The study has begun: what was heard before is kept as well. */
  begin(): void {
    this.isKept = true;
    for (const message of this.early.splice(0)) this.keep(message);
  }

  /** Nothing follows the last event of a session. */
  end(): void {
    this.isKept = false;
  }

  private keep(message: string): void {
    try {
      this.storage.appendEvent({ type: 'warning', message });
    } catch {
      // It is heard in the midst of what Redis does, where nobody could catch this; the next write of the study says what is wrong.
    }
  }
}

/** What an earlier session that was killed had seen is not there any more. */
export function forgetMachines(storage: Storage): void {
  if (studyRecord.machines(storage) !== null) studyRecord.setMachines(storage, null);
}

/** Where a search over other machines goes; null for one on this machine. */
export function clusterPlace({ redis, shared }: Pick<FitOptions, 'redis' | 'shared'>): ClusterPlace | null {
  return redis === undefined ? null : { redis, shared };
}

/** A study is called the same in all its sessions: what came in while it was away is found. */
export async function joinCluster(
  { redis: url, shared }: ClusterPlace,
  storage: Storage,
  data: StudyData,
  notice: (sentence: string) => void,
  signal?: AbortSignal,
): Promise<Cluster> {
  const study = studyRecord.cluster(storage) ?? randomBytes(16).toString('hex');
  const onMachines = (machines: MachinesView): void => studyRecord.setMachines(storage, machines);
  const setup = { url, version: packageVersion(), study, data, shared, notice, onMachines, signal };
  const cluster = await openCluster(setup);
  try {
    // Not before the table was sent: until then nobody can have fitted anything of it.
    studyRecord.setCluster(storage, study);
  } catch (error) {
    await cluster.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    await cluster.close();
    try {
      forgetMachines(storage);
    } catch {
      // A study that cannot be written has said so; the next session forgets them.
    }
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
