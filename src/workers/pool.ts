/** @file An Executor on worker threads: a crash is a failed fold, not the end of the study. */

import type { Worker } from 'node:worker_threads';

import type { Executor, FoldJob, FoldOutcome, StudyData } from '../automl/index.js';
import { preparedKey, PreparedTables } from '../automl/index.js';
import type { CpuEngine } from '../engine/index.js';
import type { JobMessage, ReplyMessage, WorkerSetup } from './protocol.js';
import { spawnThread } from './thread.js';

export interface PoolOptions {
  readonly workers: number;
  readonly engine: CpuEngine;
}

interface Pending {
  readonly job: FoldJob;
  readonly resolve: (outcome: FoldOutcome) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Threads that share one copy of the data. Jobs start in the order they come, and each prepared table is made by the
 * first job that needs it and lent to all later ones.
 */
export function createPool(data: StudyData, options: PoolOptions): Executor {
  return new Pool(data, options);
}

class Pool implements Executor {
  readonly capacity: number;
  private readonly queue: Pending[] = [];
  private readonly idle: Worker[] = [];
  private readonly busy = new Map<Worker, Pending>();
  private readonly prepared = new PreparedTables();
  private closed = false;

  constructor(
    private readonly data: StudyData,
    private readonly options: PoolOptions,
  ) {
    this.capacity = options.workers;
  }

  run(job: FoldJob): Promise<FoldOutcome> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new Error('the pool is closed'));
      this.queue.push({ job, resolve, reject });
      this.dispatch();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    const waiting = [...this.queue.splice(0), ...this.busy.values()];
    const threads = [...this.idle.splice(0), ...this.busy.keys()];
    this.busy.clear();
    for (const pending of waiting) pending.reject(new Error('the pool is closed'));
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  private dispatch(): void {
    while (this.queue.length > 0 && this.busy.size < this.capacity) {
      const pending = this.queue.shift()!;
      const worker = this.idle.pop() ?? this.spawn();
      this.busy.set(worker, pending);
      const prepared = this.prepared.get(preparedKey(pending.job));
      const message: JobMessage = { job: pending.job, prepared, alike: prepared ? [] : this.prepared.alike() };
      worker.ref();
      worker.postMessage(message);
    }
  }

  private spawn(): Worker {
    const setup: WorkerSetup = { data: this.data, engine: this.options.engine };
    const worker = spawnThread('workers/entry', { workerData: setup });
    worker.on('message', ({ outcome }: ReplyMessage) => this.finish(worker, outcome));
    worker.on('error', (error: Error) => this.lose(worker, error.message));
    worker.on('exit', (code) => this.lose(worker, `the worker thread ended with code ${code}`));
    return worker;
  }

  private finish(worker: Worker, outcome: FoldOutcome): void {
    const pending = this.busy.get(worker);
    if (!pending) return;
    this.busy.delete(worker);
    this.idle.push(worker);
    // An idle thread must not keep the process alive.
    worker.unref();
    if (outcome.ok) this.prepared.keep(outcome.prepared);
    pending.resolve(outcome);
    this.dispatch();
  }

  /** A thread that died takes its job with it, as a failed fold; the next job gets a new thread. */
  private lose(worker: Worker, why: string): void {
    const at = this.idle.indexOf(worker);
    if (at >= 0) this.idle.splice(at, 1);
    const pending = this.busy.get(worker);
    if (!pending) return;
    this.busy.delete(worker);
    pending.resolve({ ok: false, error: why, seconds: 0, lost: true });
    this.dispatch();
  }
}
