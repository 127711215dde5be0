/** @file A Redis, coordinators and workers for the tests of a suite; folds are made up, and take no time. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Executor, FoldJob, FoldResult } from '../../src/automl/index.js';
import type { Cluster, ClusterSetup, ClusterWorker, ClusterWorkerSetup } from '../../src/cluster/index.js';
import { openCluster, startClusterWorker } from '../../src/cluster/index.js';
import type { RedisServer } from '../support/redis.js';
import { needRedis, startRedis } from '../support/redis.js';
import { resultOf, TINY } from './tables.js';

export const STUDY = 'a'.repeat(32);

export type Run = (job: FoldJob) => Promise<FoldResult>;

interface WorkerSetup extends ClusterWorkerSetup {
  /** What comes of a fold. */
  readonly run: Run;
}

/** What a suite has before each of its tests, and closes after it. */
export class Around {
  redis!: RedisServer;
  /** The workers' cache. */
  folder = '';
  notices: string[] = [];
  /** What is closed after the test. */
  open: { close(): Promise<void> }[] = [];

  /** Registers the hooks of a suite. */
  constructor(extra: readonly string[] = ['--appendonly', 'yes', '--appendfsync', 'always']) {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- Mocha's context is another `this`.
    const around = this;
    before(async function () {
      needRedis(this);
      around.redis = await startRedis(extra);
    });
    after(() => around.redis?.remove());
    beforeEach(async () => {
      around.folder = mkdtempSync(join(tmpdir(), 'lrnn-cluster-'));
      await around.redis.client.flushall();
    });
    afterEach(async () => {
      await Promise.all(around.open.map((one) => one.close()));
      [around.open, around.notices] = [[], []];
      rmSync(around.folder, { recursive: true, force: true });
    });
  }

  async coordinator(more: Partial<ClusterSetup> = {}): Promise<Cluster> {
    const cluster = await openCluster({
      url: this.redis.url,
      version: '1.0.0',
      study: STUDY,
      data: TINY,
      notice: (sentence) => void this.notices.push(sentence),
      giveUpMs: 60_000,
      heartbeatMs: 300,
      ...more,
    });
    this.open.push(cluster);
    return cluster;
  }

  async worker({ run = async (one) => resultOf(one), ...more }: Partial<WorkerSetup> = {}): Promise<ClusterWorker> {
    const closing = new AbortController();
    const ended = new Promise<never>((_, reject) => {
      closing.signal.addEventListener('abort', () => reject(new Error('the pool is closed')));
    });
    ended.catch(() => undefined);
    const executor: Executor = {
      capacity: 2,
      run: (one) => Promise.race([run(one), ended]),
      close: async () => closing.abort(),
    };
    const started = await startClusterWorker({
      url: this.redis.url,
      version: '1.0.0',
      concurrency: 2,
      cache: this.folder,
      lockMs: 1000,
      heartbeatMs: 300,
      makeExecutor: () => executor,
      notice: (sentence) => void this.notices.push(sentence),
      ...more,
    });
    this.open.push(started);
    return started;
  }
}
