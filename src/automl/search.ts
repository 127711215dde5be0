/** @file The search itself: asks the study for trials, spreads them over the executor fold by fold, keeps every result. */

import type { TrainedFamily } from '../core/index.js';
import { deriveSeed } from '../core/index.js';
import type { Metric } from '../evaluate/index.js';
import { mean, standardDeviation, toLoss } from '../evaluate/index.js';
import type { PartRecord, Pruner, Storage, Study, TrialSpec } from '../search/index.js';
import { PORTFOLIO } from '../search/index.js';
import type { Executor, FoldJob, FoldResult } from './executor.js';
import { keepJudged, STEPS, stepsToBytes } from './judged.js';
import type { Allotment } from './pace.js';
import { encodeState, floatsToBytes } from './state-codec.js';

/** What the search tells while it works; all of it is already stored. */
export interface SearchListener {
  trialStarted(spec: TrialSpec): void;
  /** A worker has begun with it. */
  foldStarted(spec: TrialSpec, fold: number): void;
  /** The worker is free again; what came of the fold, if anybody still wants it, is told after this. */
  foldEnded(spec: TrialSpec, fold: number): void;
  foldDone(spec: TrialSpec, fold: number, score: number | null, seconds: number): void;
  trialDone(spec: TrialSpec): void;
}

export interface SearchSetup {
  readonly storage: Storage;
  readonly study: Study;
  readonly executor: Executor;
  readonly folds: number;
  readonly metric: Metric;
  /** Folds follow each other in time. */
  readonly ordered?: boolean | undefined;
  /** Gives trials up after some of their folds; without one every trial runs to its end. */
  readonly pruner?: Pruner | undefined;
  /** What the fits of a trial that begins now may take; results then depend on the machine. */
  readonly allot?: ((spec: TrialSpec) => Allotment) | undefined;
  readonly listener: SearchListener;
  /** Stops the search; what is finished is kept, what is under way is given up. */
  readonly signal: AbortSignal;
}

interface OpenTrial {
  readonly spec: TrialSpec;
  readonly allotment: Allotment;
  readonly scores: (number | null)[];
  left: number;
  error: string | null;
  /** Folds after which the pruner has been asked. */
  judged: number;
  /** Of a trial that is given up: the loss that all its folds would have had, as far as its first ones tell. */
  estimate?: number;
}

interface Complete {
  /** Undefined: all of them. */
  readonly rows: number | undefined;
  readonly losses: readonly number[];
}

/** Complete trials of a family before any of its portfolio may be given up. */
const VARIETY = 3;
/** The same under a clock, where the time of a trial that is clearly behind its own family is better spent on another. */
const VARIETY_BY_THE_CLOCK = 1;

/**
 * Runs until the study has no more trials or the signal fires.
 *
 * Random   results depend on the study's seed alone: a trial is asked for only when all the trials it may learn from
 *          are finished, and each fold has a seed of its own, so neither timing nor the number of workers matters
 */
export function runSearch(setup: SearchSetup): Promise<void> {
  return new Search(setup).run();
}

/** One fold of a trial. */
export function foldJob({ number, group, params, seed }: TrialSpec, fold: number): FoldJob {
  return { trial: number, fold, family: group as TrainedFamily, params, seed: deriveSeed(seed, 'fold', fold) };
}

class Search {
  private queue: { trial: OpenTrial; fold: number }[] = [];
  /** Trials that have begun and not ended, by number. */
  private open: OpenTrial[] = [];
  /** Complete trials that others were held against: they do not change, and with many workers are asked for all the time. */
  private readonly complete = new Map<number, Complete>();
  private running = 0;
  private fault: { readonly error: unknown } | null = null;
  private wake: () => void = () => undefined;

  constructor(private readonly setup: SearchSetup) {}

  async run(): Promise<void> {
    const { signal, executor } = this.setup;
    const onAbort = () => this.wake();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        while (this.running < executor.capacity && this.fill()) this.start();
        if (this.running === 0) return;
        await new Promise<void>((resolve) => (this.wake = resolve));
        // The storage or a listener failed (a full disk, say): that is the end of the search, not a failed trial.
        if (this.fault) throw this.fault.error;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Makes sure that a job is queued; false when there is none to be had now. */
  private fill(): boolean {
    while (this.queue.length === 0) {
      const spec = this.setup.study.next();
      if (spec === 'wait' || spec === 'done') return false;
      this.begin(spec);
    }
    return true;
  }

  /** Queues the folds of a trial that are not stored yet: after a crash, finished folds are not fitted again. */
  private begin(spec: TrialSpec): void {
    const { storage, folds, listener } = this.setup;
    const scores = new Array<number | null>(folds).fill(null);
    const begun = storage.parts(spec.number);
    const allotment = goingOn(this.setup.allot?.(spec) ?? {}, begun);
    const trial: OpenTrial = { spec, allotment, scores, left: folds, error: null, judged: 0 };
    listener.trialStarted(spec);
    for (const part of begun) {
      trial.scores[part.part] = part.value;
      trial.error ??= part.error;
      trial.left--;
    }
    const done = new Set(begun.map((part) => part.part));
    for (let fold = 0; fold < folds; fold++) if (!done.has(fold)) this.queue.push({ trial, fold });
    this.open.push(trial);
    this.settle();
  }

  private start(): void {
    const { trial, fold } = this.queue.shift()!;
    const { spec, allotment } = trial;
    this.running++;
    this.setup.listener.foldStarted(spec, fold);
    const job = { ...foldJob(spec, fold), ...allotment };
    void this.setup.executor
      .run(job)
      .then((outcome) => this.done(trial, fold, outcome))
      .catch((error: unknown) => {
        this.fault ??= { error };
        this.wake();
      });
  }

  private done(trial: OpenTrial, fold: number, outcome: FoldResult): void {
    this.running--;
    this.setup.listener.foldEnded(trial.spec, fold);
    const isGivenUp = !this.open.includes(trial);
    if (!this.setup.signal.aborted && !isGivenUp) {
      this.record(trial, fold, outcome);
      trial.left--;
      this.settle();
    }
    this.wake();
  }

  /** Ends what can be ended. In the order of the numbers, as a trial may wait for earlier ones. */
  private settle(): void {
    for (const trial of [...this.open]) {
      const verdict = this.verdict(trial);
      if (verdict === 'undecided') continue;
      this.open = this.open.filter((other) => other !== trial);
      if (verdict === 'done') this.finish(trial);
      else this.giveUp(trial);
    }
  }

  /**
   * The pruner is asked after the first fold, the first two, and so on, about trials that are known to have ended by then on
   * any machine: folds may finish in any order, and the answer is the same.
   */
  private verdict(trial: OpenTrial): 'undecided' | 'done' | 'hopeless' {
    const { pruner, study } = this.setup;
    if (pruner) {
      const rivals = study.rivals(trial.spec.number);
      if (rivals === null) return 'undecided';
      if (!this.hasNews(trial)) return trial.left === 0 ? 'done' : 'undecided';
      const losses = rivals.flatMap(({ number }) => this.lossesOf(number, trial.allotment));
      // What a portfolio brings beside the best is what an ensemble is made of: it runs until there is enough of that.
      const variety = this.setup.allot ? VARIETY_BY_THE_CLOCK : VARIETY;
      if (trial.spec.origin === PORTFOLIO && losses.length < variety) return trial.left === 0 ? 'done' : 'undecided';
      while (this.hasNews(trial)) {
        trial.judged++;
        const own = trial.scores.slice(0, trial.judged).map((score) => toLoss(this.setup.metric, score!));
        if (pruner.shouldPrune(own, losses)) {
          trial.estimate = estimateOf(own, losses);
          return 'hopeless';
        }
      }
    }
    return trial.left === 0 ? 'done' : 'undecided';
  }

  /** Whether there is a fold to ask the pruner about that it was not asked about before. */
  private hasNews({ judged, scores }: OpenTrial): boolean {
    return judged + 1 < this.setup.folds && scores[judged] !== null;
  }

  /** Of all folds of a trial, as one list; none where it saw more or fewer rows: that is no comparison. */
  private lossesOf(trial: number, { rows }: Allotment): (readonly number[])[] {
    const known = this.complete.get(trial) ?? this.readComplete(trial);
    return known.rows === rows ? [known.losses] : [];
  }

  private readComplete(trial: number): Complete {
    const parts = this.setup.storage.parts(trial, { without: 'report.curve' });
    const losses = parts.map(({ value }) => toLoss(this.setup.metric, value!));
    const complete = { rows: rowsOfParts(parts).rows, losses };
    this.complete.set(trial, complete);
    return complete;
  }

  /** What its folds under way bring is thrown away. */
  private giveUp(trial: OpenTrial): void {
    const { storage, study, listener } = this.setup;
    this.queue = this.queue.filter((job) => job.trial !== trial);
    study.finish(trial.spec.number, {
      state: 'pruned',
      value: null,
      info: { folds: trial.judged, estimate: trial.estimate! },
    });
    storage.dropBlobs(trial.spec.number);
    listener.trialDone(trial.spec);
  }

  private record(trial: OpenTrial, fold: number, outcome: FoldResult): void {
    const { storage, listener } = this.setup;
    const head = { trial: trial.spec.number, part: fold, seconds: outcome.seconds };
    const by = outcome.machine ? { machine: { ...outcome.machine } } : {};
    if (outcome.ok) {
      const recipeBlob = `recipe/${outcome.prepared.key}`;
      if (!storage.getBlob(recipeBlob)) {
        storage.putBlob(recipeBlob, new TextEncoder().encode(JSON.stringify(outcome.prepared.recipe)));
      }
      const { report } = outcome.model.json as { report?: object };
      const { rows } = trial.allotment;
      const sampled = rows === undefined ? {} : { rows };
      const info = { recipe: outcome.prepared.key, ...sampled, ...by, ...(report ? { report: report as never } : {}) };
      storage.recordPart(
        { ...head, value: outcome.score, info, error: null },
        {
          predictions: floatsToBytes(outcome.predictions),
          model: encodeState(outcome.model),
          ...(outcome.steps ? { [STEPS]: stepsToBytes(outcome.steps) } : {}),
        },
      );
      trial.scores[fold] = outcome.score;
    } else {
      storage.recordPart({ ...head, value: null, info: by, error: outcome.error }, {});
      trial.error ??= outcome.error;
    }
    listener.foldDone(trial.spec, fold, outcome.ok ? outcome.score : null, outcome.seconds);
  }

  private finish(trial: OpenTrial): void {
    const { storage, study, metric, listener } = this.setup;
    const scores = trial.scores.filter((score): score is number => score !== null);
    const whole = scores.length === trial.scores.length;
    const cv = whole ? mean(scores) : null;
    const { number } = trial.spec;
    if (whole) keepJudged(storage, number, trial.scores.length, this.setup.ordered ?? false);
    study.finish(trial.spec.number, {
      state: whole ? 'complete' : 'failed',
      value: cv === null ? null : toLoss(metric, cv),
      info: cv === null ? {} : { cv, cvStd: standardDeviation(scores), ...trial.allotment },
      error: trial.error,
    });
    storage.dropBlobs(number, [STEPS]);
    listener.trialDone(trial.spec);
  }
}

/** The allotment of a trial of which some folds are stored: the others get as many rows as those had. */
function goingOn({ rows, ...rest }: Allotment, begun: readonly PartRecord[]): Allotment {
  if (begun.some(({ error }) => error === null)) return { ...rest, ...rowsOfParts(begun) };
  return rows === undefined ? rest : { ...rest, rows };
}

/** The rows that a trial's folds were given, as they wrote them down. */
function rowsOfParts(parts: readonly PartRecord[]): { rows?: number } {
  const { rows } = (parts.find(({ error }) => error === null)?.info ?? {}) as { rows?: number };
  return rows === undefined ? {} : { rows };
}

/** The loss of the best rival, and as much more as the first folds are behind it. */
function estimateOf(own: readonly number[], rivals: readonly (readonly number[])[]): number {
  const best = rivals.reduce((least, rival) => (mean(rival) < mean(least) ? rival : least));
  return mean(best) + mean(own.map((loss, fold) => loss - best[fold]));
}
