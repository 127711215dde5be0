/** @file One session of a study: search, ensemble, hold-out, rows given back, model file. */

import { availableParallelism } from 'node:os';

import type { BlendWatch, Pace, SearchListener, StudySettings, StudyStatus, StudySummary } from '../../automl/index.js';
import {
  blendGains,
  DEFAULT_PARALLEL,
  finishedParts,
  keepAdjustments,
  makeAdjustments,
  makeEnsemble,
  makeVerdict,
  mayFitOnce,
  metricOf,
  modelName,
  runSearch,
  SCORED_ROWS,
  scoreFinalists,
  studyRecord,
  studySummary,
  tooGood,
} from '../../automl/index.js';
import type { Cluster } from '../../cluster/index.js';
import { ToolkitError } from '../../core/index.js';
import { leftOutNote, taskWord } from '../../data/index.js';
import type { Engine } from '../../engine/index.js';
import type { Storage, TrialSpec } from '../../search/index.js';
import { expectedImprovement, pairedPruner, planTrials, Study, tpeSampler } from '../../search/index.js';
import { RunInterrupted } from '../interrupted.js';
import { saveModel } from '../predict/bundle.js';
import { modelPath } from '../study/study-folder.js';
import { MODEL_FILE } from '../study/study-paths.js';
import { Alarm, Clock } from './clock.js';
import type { ClusterNotices } from './cluster.js';
import { createExecutor, engineWord } from './engines.js';
import type { LoadedData } from './load-data.js';
import { fitAgain } from './once.js';
import type { CheckedOptions } from './options.js';
import { commandFor, DEFAULT_TRIALS } from './options.js';
import { expectedRefitMs } from './refit.js';
import { failure, RunReporter } from './reporter.js';
import { groupsFor, paceOf, watchOf } from './search-plan.js';
import { openSettings } from './study-settings.js';

/** One session of a study, from the first trial to the model file. */
export class Run {
  private readonly reporter: RunReporter;
  private readonly settings: StudySettings;
  private readonly workers: number;
  private readonly trials: number | null;
  private readonly clock: Clock;
  private readonly earlierSeconds: number;
  private readonly pace: Pace | null;
  private readonly watch: BlendWatch | null;
  private searchBegin = Date.now();
  /** Called after each trial. */
  private onTrial: () => void = () => undefined;

  constructor(
    private readonly options: CheckedOptions,
    private readonly loaded: LoadedData,
    private readonly storage: Storage,
    private readonly engine: Engine,
    private readonly resumed: boolean,
    private readonly startedAt: number,
    private readonly cluster: Cluster | undefined,
    private readonly notices: ClusterNotices,
  ) {
    const { timeBudgetMs = null } = options;
    // A study that was begun without a word goes on to the number that its version had in mind.
    const begun = studyRecord.settings(storage) ? studyRecord.progress(storage).budget.trials : null;
    this.trials = options.trials ?? (timeBudgetMs ? null : (begun ?? DEFAULT_TRIALS));
    this.workers = cluster ? Math.max(1, cluster.slots) : (options.workers ?? availableParallelism());
    const { folds, holdout, k, frame } = loaded.data;
    const judged = folds.reduce((sum, { validation }) => sum + validation.length, 0);
    const held = Math.min(holdout.length, SCORED_ROWS);
    this.clock = new Clock(startedAt, timeBudgetMs, { judged, held, k, columns: frame.columns.length });
    this.settings = openSettings({
      storage,
      options,
      loaded,
      startedAt,
      budget: this.budget(),
      engine: engineWord(options.engine),
      workers: this.workers,
    });
    this.earlierSeconds = studyRecord.progress(storage).seconds;
    this.keepProgress('running', null);
    this.pace = options.timeBudgetMs ? this.makePace() : null;
    this.watch = watchOf(storage, this.settings, this.pace);
    this.reporter = new RunReporter(
      storage,
      {
        settings: this.settings,
        planned: this.trials,
        searchEnd: () => this.searchEnd(),
        startedAt,
        workers: this.workers,
        ...(cluster ? { cluster } : {}),
      },
      options.onEvent,
    );
  }

  async go(): Promise<StudySummary> {
    const { signal } = this.options;
    this.announce();
    this.notices.begin();
    try {
      await this.search();
      signal?.throwIfAborted();
      return await this.conclude();
    } catch (error) {
      this.notices.end();
      this.keepProgress(signal?.aborted ? 'interrupted' : 'failed', null);
      if (!signal?.aborted) {
        this.reporter.emit(failure(error));
        throw error;
      }
      const resume = commandFor(this.options, true);
      this.reporter.emit({ type: 'interrupted', resume });
      throw new RunInterrupted(this.options.out, resume);
    }
  }

  /** Trials until the budget is spent or the user stops. */
  private async search(): Promise<void> {
    const { storage, settings, options, loaded } = this;
    this.reporter.emit({ type: 'phase', phase: 'searching' });
    const timer = new AbortController();
    const { pace } = this;
    this.searchBegin = Date.now();
    let isDue = false;
    // A budget too short for a single trial ends with the first one, not with nothing.
    const endIfDue = () => {
      if (isDue && this.hasModel()) timer.abort();
    };
    const alarm = new Alarm(() => {
      isDue = true;
      endIfDue();
    });
    alarm.set(this.searchEnd());
    this.onTrial = () => {
      alarm.set(this.searchEnd());
      endIfDue();
    };
    const signal = AbortSignal.any([timer.signal, ...(options.signal ? [options.signal] : [])]);
    const pool = await createExecutor({
      data: loaded.data,
      workers: this.workers,
      storage,
      option: options.engine,
      cluster: this.cluster,
      warn: (message) => this.reporter.emit({ type: 'warning', message }),
    });
    try {
      await runSearch({
        storage,
        study: this.makeStudy(pace),
        executor: pool,
        folds: settings.folds,
        metric: metricOf(settings),
        ordered: settings.time !== null,
        pruner: pairedPruner(),
        ...(pace ? { allot: (spec: TrialSpec) => pace.allot(spec) } : {}),
        listener: this.listener(),
        signal,
      });
    } finally {
      alarm.off();
      await pool.close();
    }
  }

  /** The reporter, and after each trial the time that the study has taken. */
  private listener(): SearchListener {
    const { reporter } = this;
    return {
      trialStarted: (spec) => reporter.trialStarted(spec),
      foldStarted: (spec, fold) => reporter.foldStarted(spec, fold),
      foldEnded: (spec, fold) => reporter.foldEnded(spec, fold),
      foldDone: (spec, fold, score, seconds) => reporter.foldDone(spec, fold, score, seconds),
      trialDone: (spec) => {
        this.keepProgress('running', null);
        reporter.trialDone(spec);
        this.onTrial();
      },
    };
  }

  /** Earlier the longer the fits will take that follow the search; null without a clock. */
  private searchEnd(): number | null {
    const { timeBudgetMs } = this.options;
    if (!timeBudgetMs) return null;
    const ended = this.storage.trials().flatMap(({ group, state }) => (state === 'running' ? [] : [group]));
    const isEarly = this.settings.families.some((family) => family !== 'ensemble' && !ended.includes(family));
    if (this.pace?.isLarge && mayFitOnce(this.settings)) {
      return this.clock.searchEndBeforeOnce(this.searchBegin, isEarly);
    }
    const refitMs = expectedRefitMs(this.storage, this.settings, this.workers, this.watch?.weights());
    // More rows are worth less the more there are, but for later ones: on a large table the time is better spent on the search.
    const isWorthIt = !this.pace?.isLarge || this.settings.time !== null || refitMs < LARGE_REFIT_SHARE * timeBudgetMs;
    return this.clock.searchEnd(isWorthIt ? refitMs : 0, isEarly);
  }

  private makePace(): Pace {
    const { storage, settings, workers, loaded } = this;
    return paceOf({ storage, settings, workers, data: loaded.data }, () => this.searchEnd()!);
  }

  private hasModel(): boolean {
    return this.storage.trials().some(({ state }) => state === 'complete');
  }

  private makeStudy(pace: Pace | null): Study {
    const { storage, settings } = this;
    const metric = metricOf(settings);
    return new Study({
      storage,
      plan: planTrials({ groups: groupsFor(this.loaded.data, settings, storage, this.trials === null) }),
      sampler: tpeSampler(),
      allocator: expectedImprovement(),
      ...(settings.families.includes('ensemble') ? { gains: (trials) => blendGains(storage, metric, trials) } : {}),
      ...(this.watch ? { shares: () => this.watch!.shares() } : {}),
      byTheClock: this.trials === null,
      seed: settings.seed,
      lag: (settings.parallel ?? DEFAULT_PARALLEL) - 1,
      ...(this.trials === null ? {} : { maxTrials: this.trials }),
      ...(pace?.isLarge ? { again: () => pace.again(), shouldStop: () => pace.isOver } : {}),
    });
  }

  /** Ensemble, hold-out scores, rows given back, model file, summary. */
  private async conclude(): Promise<StudySummary> {
    const { storage, settings, loaded, engine, options } = this;
    const metric = metricOf(settings);
    if (!this.hasModel()) throw this.nothingFinished();
    this.reporter.emit({ type: 'phase', phase: 'ensembling' });
    studyRecord.setEnsemble(storage, settings.families.includes('ensemble') ? makeEnsemble(storage, metric) : null);
    keepAdjustments(storage, makeAdjustments(storage, metric));
    studyRecord.setVerdict(storage, makeVerdict(storage, metric, loaded.data));
    this.reporter.emit({ type: 'phase', phase: 'holdout' });
    const signal = options.signal ?? new AbortController().signal;
    const best = studyRecord.verdict(storage)!.winner;
    const scoring = async (): Promise<void> =>
      studyRecord.setFinalists(storage, await scoreFinalists(storage, loaded.data, metric, engine, signal));
    const { workers, reporter, cluster } = this;
    const [data, end] = [loaded.data, this.clock.fitEnd()];
    const run = { storage, model: best, data, workers, option: options.engine, cluster, reporter, end, signal, engine };
    await fitAgain(run, scoring);
    this.reporter.emit({ type: 'phase', phase: 'exporting' });
    this.remark([this.untried(), tooGood(storage, best)]);
    await saveModel(`${options.out}/${MODEL_FILE}`, finishedParts(storage, best), settings);
    this.keepProgress('complete', MODEL_FILE);
    const summary = studySummary(storage);
    const located = { ...summary, model: modelPath(options.out, summary.model) };
    this.notices.end();
    this.reporter.emit({ type: 'finished', summary: located });
    return located;
  }

  /** Says what the study has found out about itself, and keeps it. */
  private remark(found: readonly (string | null)[]): void {
    const texts = found.filter((text) => text !== null);
    studyRecord.setRemarks(this.storage, texts);
    for (const message of texts) this.reporter.emit({ type: 'warning', message });
  }

  /** Why a family that was asked for is not on the leaderboard. */
  private untried(): string | null {
    const { timeBudgetMs } = this.options;
    const complete = new Set(
      this.storage.trials().flatMap(({ group, state }) => (state === 'complete' ? [group] : [])),
    );
    const untried = this.settings.families.filter((family) => family !== 'ensemble' && !complete.has(family));
    if (!timeBudgetMs || untried.length === 0) return null;
    const before = (this.searchBegin - this.startedAt) / 1000;
    return `no model of ${untried.join(', ')} was finished within ${timeBudgetMs / 1000} s, of which reading the table took ${before.toFixed(1)} s: give a longer --time-budget, or fewer --models`;
  }

  private announce(): void {
    const { name, schema, metric, rows, columns, folds, holdoutRows } = this.settings;
    const { direction } = metricOf(this.settings);
    const { resumed } = this;
    this.reporter.emit({
      type: 'started',
      study: name,
      task: taskWord(schema.target),
      metric,
      direction,
      rows,
      columns,
      folds,
      holdoutRows,
      resumed,
    });
    const leftOut = leftOutNote(this.loaded.schema);
    if (leftOut !== undefined) this.reporter.emit({ type: 'warning', message: leftOut });
    for (const message of this.loaded.warnings) this.reporter.emit({ type: 'warning', message });
  }

  private budget(): { trials: number | null; timeBudgetMs: number | null } {
    return { trials: this.trials, timeBudgetMs: this.options.timeBudgetMs ?? null };
  }

  /** Time counts from the start of the session, so that a killed one leaves what it had told. */
  private keepProgress(status: StudyStatus, model: string | null): void {
    const seconds = this.earlierSeconds + (Date.now() - this.startedAt) / 1000;
    studyRecord.setProgress(this.storage, { status, budget: this.budget(), seconds, model });
  }

  private nothingFinished(): ToolkitError {
    const failed = this.storage.trials().find(({ error }) => error !== null);
    const rule = 'at least one trial must finish';
    const hint = failed
      ? `${modelName(failed)} failed: ${failed.error}`
      : 'Give a longer --time-budget, or fewer --models.';
    return new ToolkitError('limit', { where: 'fit', rule, got: 0, hint });
  }
}

/** Share of a budget up to which giving rows back on a large table is worth its time. */
const LARGE_REFIT_SHARE = 0.1;
