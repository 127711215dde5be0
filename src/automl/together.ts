/**
 * @file An Executor that trains all folds of a network's trial in one go on a GPU, with those of other trials of its shape
 * that wait, and hands everything else on.
 */

import { ToolkitError } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import { chooseEngine } from '../engine/index.js';
import type { Estimator, FitJob, Model, NetworkFit } from '../models/index.js';
import { batchShape, estimatorFor, fitTogether } from '../models/index.js';
import type { Executor, FoldJob, FoldOutcome, FoldResult } from './executor.js';
import { preparedKey, runFold } from './run-fold.js';
import { PreparedTables } from './sampled.js';
import type { StudyData } from './study-data.js';

export interface TogetherSetup {
  readonly data: StudyData;
  /** Runs what no GPU is needed for, and what the GPU failed at. */
  readonly pool: Executor;
  /** An engine that batches; asked for again after a failure of its device. */
  readonly open: () => Promise<Engine>;
  /** Asked once, with the folds of the first network: whether the GPU is to be used at all. Left out: it is. */
  readonly decide?: ((engine: Engine, fits: readonly NetworkFit[]) => Promise<boolean>) | undefined;
  /** Told of every trial that went to the pool because the device failed. */
  readonly warn: (message: string) => void;
}

interface Waiting {
  readonly job: FoldJob;
  readonly resolve: (outcome: FoldResult) => void;
  readonly reject: (reason: unknown) => void;
}

/** Folds of one trial that were handed out in one go. */
interface Trial {
  readonly number: number;
  /** Trials of one shape can share a batch. */
  readonly shape: string;
  readonly folds: Waiting[];
}

/** The executor; closing it closes the pool and the engine. */
export function togetherExecutor(setup: TogetherSetup): Executor {
  return new TogetherExecutor(setup);
}

class TogetherExecutor implements Executor {
  /** The trial that is being handed out. */
  private gathered: Trial | null = null;
  /** Trials that are waiting for the device, in their order. */
  private waiting: Trial[] = [];
  /** Fits have a time limit: what they take is counted from begin to end, so none shall begin early and wait. */
  private isTimed = false;
  private engine: Promise<Engine> | null = null;
  private isDecided: boolean;
  private isUsed = true;
  private readonly prepared = new PreparedTables();
  private readonly controller = new AbortController();
  /** Batches run one after the other. */
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly setup: TogetherSetup) {
    this.isDecided = setup.decide === undefined;
  }

  /**
   * Without a time limit, whatever may run side by side: trials of one shape meet in the queue. Else the pool's, and a trial
   * for the GPU beside; in the middle of a trial there is room for the rest of it.
   */
  get capacity(): number {
    const { pool, data } = this.setup;
    if (this.gathered) return Infinity;
    if (!this.isUsed) return pool.capacity;
    return this.isTimed ? pool.capacity + data.folds.length : Infinity;
  }

  run(job: FoldJob): Promise<FoldResult> {
    const network = networkOf(job, this.setup.data);
    this.isTimed = job.limitMs !== undefined;
    if (!network || !this.isUsed) {
      this.flush();
      return this.setup.pool.run(job);
    }
    if (this.gathered?.number !== job.trial) this.flush();
    return new Promise((resolve, reject) => {
      // The folds of a trial are handed out one after the other without a pause: what is here after it is all there is.
      if (!this.gathered) setImmediate(() => this.flush());
      this.gathered ??= { number: job.trial, shape: batchShape(network), folds: [] };
      this.gathered.folds.push({ job, resolve, reject });
      if (this.gathered.folds.length === this.setup.data.folds.length) this.flush();
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
    if (!this.gathered) return;
    this.waiting.push(this.gathered);
    this.gathered = null;
    this.last = this.last.then(async () => {
      const trials = await this.takeTrials();
      if (trials.length > 0) await this.runTrials(trials);
    });
  }

  /** The first trial that waits, and on an engine that keeps lanes apart all others of its shape. */
  private async takeTrials(): Promise<Trial[]> {
    const first = this.waiting.shift();
    if (!first) return [];
    if (!this.isUsed || !this.isDecided) return [first];
    const engine = await this.opened().catch(() => null);
    if (!engine?.keepsLanesApart) return [first];
    const others = this.waiting.filter(({ shape }) => shape === first.shape);
    this.waiting = this.waiting.filter((trial) => !others.includes(trial));
    return [first, ...others];
  }

  private async runTrials(trials: readonly Trial[]): Promise<void> {
    const folds = trials.flatMap((trial) => trial.folds);
    const jobs = folds.map(({ job }) => job);
    try {
      const outcomes = this.isUsed ? await this.train(jobs, trials.length > 1) : null;
      if (outcomes) return folds.forEach(({ resolve }, i) => resolve(outcomes[i]));
      // What made a shared batch fail may be one trial's alone, or the sharing.
      if (trials.length > 1) {
        for (const trial of trials) await this.runTrials([trial]);
        return;
      }
      const fromPool = await this.runOnPool(jobs);
      folds.forEach(({ resolve }, i) => resolve(fromPool[i]));
    } catch (error) {
      for (const { reject } of folds) reject(error);
    }
  }

  private runOnPool(jobs: readonly FoldJob[]): Promise<FoldResult[]> {
    return Promise.all(jobs.map((job) => this.setup.pool.run(job)));
  }

  /** The outcomes, or null where the pool must make them. */
  private async train(jobs: readonly FoldJob[], isShared: boolean): Promise<FoldOutcome[] | null> {
    const { signal } = this.controller;
    const meeting = new Meeting(jobs.length, (fits) => this.fit(fits));
    const outcomes = await Promise.all(jobs.map((job) => this.runFold(job, meeting)));
    signal.throwIfAborted();
    if (meeting.fault === null) return outcomes;
    if (meeting.fault === NOT_USED) return null;
    // What is wrong with the data or the settings is said by each fold on its own.
    if (isDeviceFault(meeting.fault)) {
      const { trial, family } = jobs[0];
      const reason = meeting.fault instanceof Error ? meeting.fault.message : 'the device failed';
      if (!isShared) this.setup.warn(`${family}-${trial} runs on wasm: ${reason.replace(/\s+/g, ' ')}`);
      await this.closeEngine();
    }
    return null;
  }

  private async runFold(job: FoldJob, meeting: Meeting): Promise<FoldOutcome> {
    const { data, pool } = this.setup;
    const given = this.prepared.get(preparedKey(job));
    // A limit is what a fold may take of one of the pool's workers; here all folds take their time together.
    // A fit on all rows is alone, and its limit is the time that is left.
    const share = job.refit === 'once' ? 1 : meeting.size / pool.capacity;
    const limitMs = job.limitMs && job.limitMs * share;
    const limited = limitMs ? { ...job, limitMs } : job;
    const fit = (estimator: Estimator, fitJob: FitJob) => meeting.arrive(estimator, fitJob);
    const { signal } = this.controller;
    const outcome = await runFold(data, limited, given, chooseEngine('wasm').engine, { signal, fit }).finally(() =>
      meeting.leave(),
    );
    if (outcome.ok) this.prepared.keep(outcome.prepared);
    return { ...outcome, seconds: outcome.seconds / meeting.size };
  }

  private async fit(fits: readonly NetworkFit[]): Promise<Model[]> {
    const engine = await this.opened();
    if (!this.isDecided) {
      this.isUsed = await this.setup.decide!(engine, fits);
      this.isDecided = true;
      if (!this.isUsed) {
        await this.closeEngine();
        throw NOT_USED;
      }
    }
    return fitTogether(fits, engine);
  }

  private opened(): Promise<Engine> {
    return (this.engine ??= this.setup.open());
  }

  private async closeEngine(): Promise<void> {
    const engine = await this.engine?.catch(() => null);
    this.engine = null;
    await engine?.close?.();
  }
}

/** What a job trains; null where that is no network, or settings that make none: the pool says so. */
function networkOf({ family, params }: FoldJob, { quantiles }: StudyData): Estimator['network'] | null {
  try {
    return estimatorFor(family, params, quantiles).network ?? null;
  } catch {
    return null;
  }
}

const NOT_USED = new Error('the GPU is not used');

function isDeviceFault(error: unknown): boolean {
  return !(error instanceof ToolkitError) || !['data', 'usage'].includes(error.kind);
}

/** Where the folds of a batch wait for each other: the last to arrive starts the fit of all. */
class Meeting {
  /** Why nobody got a model. */
  fault: unknown = null;
  private readonly arrived: { fit: NetworkFit; resolve: (model: Model) => void }[] = [];
  private readonly rejects: ((reason: unknown) => void)[] = [];
  private expected: number;
  private hasBegun = false;

  constructor(
    readonly size: number,
    private readonly fit: (fits: readonly NetworkFit[]) => Promise<Model[]>,
  ) {
    this.expected = size;
  }

  arrive(estimator: Estimator, job: FitJob): Promise<Model> {
    return new Promise((resolve, reject) => {
      this.arrived.push({ fit: { ...job, recipe: estimator.network! }, resolve });
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
    this.fit(this.arrived.map(({ fit }) => fit)).then(
      (models) => this.arrived.forEach(({ resolve }, i) => resolve(models[i])),
      (error: unknown) => {
        this.fault = error;
        for (const reject of this.rejects) reject(error);
      },
    );
  }
}
