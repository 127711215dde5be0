/** @file An Executor that trains all folds of a network's trial in one go on a GPU, and hands everything else on. */

import { ToolkitError } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import { chooseEngine } from '../engine/index.js';
import type { Estimator, FitJob, Model } from '../models/index.js';
import { catalogEntry } from '../models/index.js';
import type { Executor, FoldJob, FoldOutcome, PreparedFold } from './executor.js';
import { preparedKey, runFold } from './run-fold.js';
import type { StudyData } from './study-data.js';

export interface TogetherSetup {
  readonly data: StudyData;
  /** Runs what no GPU is needed for, and what the GPU failed at. */
  readonly pool: Executor;
  /** An engine that batches; asked for again after a failure of its device. */
  readonly open: () => Promise<Engine>;
  /** Asked once, with the folds of the first network: whether the GPU is to be used at all. Left out: it is. */
  readonly decide?: ((engine: Engine, estimator: Estimator, jobs: readonly FitJob[]) => Promise<boolean>) | undefined;
  /** Told of every trial that went to the pool because the device failed. */
  readonly warn: (message: string) => void;
}

interface Waiting {
  readonly job: FoldJob;
  readonly resolve: (outcome: FoldOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

/** The executor; closing it closes the pool and the engine. */
export function togetherExecutor(setup: TogetherSetup): Executor {
  return new TogetherExecutor(setup);
}

class TogetherExecutor implements Executor {
  /** Folds of one trial that were handed out in one go, so far. */
  private gathered: Waiting[] = [];
  private engine: Promise<Engine> | null = null;
  private isDecided: boolean;
  private isUsed = true;
  private readonly prepared = new Map<string, PreparedFold>();
  private readonly controller = new AbortController();
  /** Batches run one after the other. */
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly setup: TogetherSetup) {
    this.isDecided = setup.decide === undefined;
  }

  /** The pool's, and a trial for the GPU beside; in the middle of a trial there is room for the rest of it. */
  get capacity(): number {
    const { pool, data } = this.setup;
    if (this.gathered.length > 0) return Infinity;
    return this.isUsed ? pool.capacity + data.folds.length : pool.capacity;
  }

  run(job: FoldJob): Promise<FoldOutcome> {
    const isBatched = catalogEntry(job.family).estimator(job.params).fitTogether !== undefined;
    if (!isBatched || !this.isUsed) {
      this.flush();
      return this.setup.pool.run(job);
    }
    if (this.gathered.length > 0 && this.gathered[0].job.trial !== job.trial) this.flush();
    return new Promise((resolve, reject) => {
      // The folds of a trial are handed out one after the other without a pause: what is here after it is all there is.
      if (this.gathered.length === 0) setImmediate(() => this.flush());
      this.gathered.push({ job, resolve, reject });
      if (this.gathered.length === this.setup.data.folds.length) this.flush();
    });
  }

  async close(): Promise<void> {
    this.controller.abort(new Error('the executor is closed'));
    this.flush();
    await this.setup.pool.close();
    await this.last;
    await this.closeEngine();
  }

  private flush(): void {
    const batch = this.gathered;
    if (batch.length === 0) return;
    this.gathered = [];
    this.last = this.last.then(() => this.runBatch(batch));
  }

  private async runBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const jobs = batch.map(({ job }) => job);
      const outcomes = (this.isUsed ? await this.train(jobs) : null) ?? (await this.runOnPool(jobs));
      batch.forEach(({ resolve }, i) => resolve(outcomes[i]));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  private runOnPool(jobs: readonly FoldJob[]): Promise<FoldOutcome[]> {
    return Promise.all(jobs.map((job) => this.setup.pool.run(job)));
  }

  /** The outcomes, or null where the pool must make them. */
  private async train(jobs: readonly FoldJob[]): Promise<FoldOutcome[] | null> {
    const { signal } = this.controller;
    const meeting = new Meeting(jobs.length, (estimator, fits) => this.fitTogether(estimator, fits));
    const outcomes = await Promise.all(jobs.map((job) => this.runFold(job, meeting)));
    signal.throwIfAborted();
    if (meeting.fault === null) return outcomes;
    if (meeting.fault === NOT_USED) return null;
    // What is wrong with the data or the settings is said by each fold on its own.
    if (isDeviceFault(meeting.fault)) {
      const { trial, family } = jobs[0];
      const reason = meeting.fault instanceof Error ? meeting.fault.message : 'the device failed';
      this.setup.warn(`${family}-${trial} runs on wasm: ${reason.replace(/\s+/g, ' ')}`);
      await this.closeEngine();
    }
    return null;
  }

  private async runFold(job: FoldJob, meeting: Meeting): Promise<FoldOutcome> {
    const { data, pool } = this.setup;
    const given = this.prepared.get(preparedKey(job)) ?? null;
    // A limit is what a fold may take of one of the pool's workers; here all folds take their time together.
    const limitMs = job.limitMs && (job.limitMs * meeting.size) / pool.capacity;
    const limited = limitMs ? { ...job, limitMs } : job;
    const fit = (estimator: Estimator, fitJob: FitJob) => meeting.arrive(estimator, fitJob);
    const { signal } = this.controller;
    const outcome = await runFold(data, limited, given, chooseEngine('wasm').engine, signal, fit).finally(() =>
      meeting.leave(),
    );
    if (outcome.ok) this.prepared.set(outcome.prepared.key, outcome.prepared);
    return { ...outcome, seconds: outcome.seconds / meeting.size };
  }

  private async fitTogether(estimator: Estimator, jobs: readonly FitJob[]): Promise<Model[]> {
    const engine = await (this.engine ??= this.setup.open());
    if (!this.isDecided) {
      this.isUsed = await this.setup.decide!(engine, estimator, jobs);
      this.isDecided = true;
      if (!this.isUsed) {
        await this.closeEngine();
        throw NOT_USED;
      }
    }
    return estimator.fitTogether!(jobs, engine);
  }

  private async closeEngine(): Promise<void> {
    const engine = await this.engine?.catch(() => null);
    this.engine = null;
    await engine?.close?.();
  }
}

const NOT_USED = new Error('the GPU is not used');

function isDeviceFault(error: unknown): boolean {
  return !(error instanceof ToolkitError) || !['data', 'usage'].includes(error.kind);
}

/** Where the folds of a trial wait for each other: the last to arrive starts the fit of all. */
class Meeting {
  /** Why nobody got a model. */
  fault: unknown = null;
  private readonly arrived: { estimator: Estimator; job: FitJob; resolve: (model: Model) => void }[] = [];
  private readonly rejects: ((reason: unknown) => void)[] = [];
  private expected: number;
  private hasBegun = false;

  constructor(
    readonly size: number,
    private readonly fit: (estimator: Estimator, jobs: readonly FitJob[]) => Promise<Model[]>,
  ) {
    this.expected = size;
  }

  arrive(estimator: Estimator, job: FitJob): Promise<Model> {
    return new Promise((resolve, reject) => {
      this.arrived.push({ estimator, job, resolve });
      this.rejects.push(reject);
      this.begin();
    });
  }

  /** A fold that ended before it came to fit anything is not waited for. */
  leave(): void {
    if (this.hasBegun) return;
    this.expected--;
    this.begin();
  }

  private begin(): void {
    if (this.hasBegun || this.arrived.length < this.expected || this.arrived.length === 0) return;
    this.hasBegun = true;
    this.fit(
      this.arrived[0].estimator,
      this.arrived.map(({ job }) => job),
    ).then(
      (models) => this.arrived.forEach(({ resolve }, i) => resolve(models[i])),
      (error: unknown) => {
        this.fault = error;
        for (const reject of this.rejects) reject(error);
      },
    );
  }
}
