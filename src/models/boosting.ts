/** @file Boosting in blocks of rounds: early stopping, reports and aborts between calls that cannot be interrupted. */

import type { Matrix } from '../core/index.js';
import { pacer } from '../core/index.js';
import type { Forest, Tree } from '../trees/index.js';
import { plantForest, Walker } from '../trees/index.js';
import type { FitContext, FitReport, Sample, Steps } from './estimator.js';
import type { JudgeLoss, ReadyNumberLoss } from './number-loss.js';
import { judgeLoss } from './number-loss.js';
import { StoppingJudge } from './stopping.js';
import type { TargetScaling } from './target.js';
import { outputCount } from './target.js';

/** Rounds between two reports: fixed, so that a pruner sees the same steps on every machine. */
const BLOCK_ROUNDS = 10;
/** A call into the library aims at this long: nothing can be aborted meanwhile. */
const CALL_MS = 40;
/** Learning rate times rounds that a limited fit aims at, and the largest rate: then few rounds say what many small ones would. */
const TOTAL_RATE = 20;
const MAX_RATE = 0.5;
/** So much suffices up to so many training rows; of more there is more to learn, up to so many times as much. */
const TOTAL_RATE_ROWS = 20_000;
const MOST_TIMES = 4;
/** Of many rows, small steps of more rounds than so many learn more together, up to as many times as the rows themselves ask for. */
const MANY_ROUNDS = 250;
/** The first round builds what all later ones use: the time of so many says what one takes. */
const SURE_ROUNDS = 3;
/** Training rows whose loss is followed for the learning curve. */
const CURVE_ROWS = 2000;

/** Whatever adds rounds to a model. */
export interface RoundMaker {
  /** Adds rounds. Blocks the thread: asked for few. */
  train(rounds: number): void;
  /** The learning rate of the rounds to come. */
  setLearningRate(rate: number): void;
  /** The trees of the rounds since the last call, one for each output. */
  newTrees(): readonly Tree[];
}

export interface BoostingParams {
  /** Most rounds of boosting: trees per class. */
  readonly rounds: number;
  /** Rounds without a better validation loss before the fit stops. */
  readonly earlyStoppingRounds: number;
  readonly learningRate: number;
}

export interface Boosted {
  readonly forest: Forest;
  readonly report: FitReport;
  /** See Model. */
  readonly steps: Steps | undefined;
}

/** Learning rate times rounds that a limited fit of so many rows aims at which has time for so many rounds. */
export function totalRate(rows: number, rounds: number): number {
  const byRows = Math.min(MOST_TIMES, Math.sqrt(Math.max(1, rows / TOTAL_RATE_ROWS)));
  return TOTAL_RATE * byRows * Math.min(byRows, Math.sqrt(Math.max(1, rounds / MANY_ROUNDS)));
}

/** Everything about a fit but the booster. */
export interface BoostingCourse {
  readonly params: BoostingParams;
  readonly train: Sample;
  readonly scaling: TargetScaling;
  /** What each output starts from. */
  readonly base: readonly number[];
  /** Trees that stand before all others: those that say the base, where the model has none besides. */
  readonly first?: readonly Tree[];
  /** What is trained on, of numbers; squared error where left out. It judges where the metric has no loss of rows. */
  readonly loss?: ReadyNumberLoss;
  readonly ctx: FitContext;
}

/** Boosts until the rounds or the patience are used up, and keeps the rounds up to the best one. */
export async function boost(booster: RoundMaker, course: BoostingCourse): Promise<Boosted> {
  return new Run(booster, course).toTheEnd();
}

/** Margins of one sample, kept up to date tree by tree. */
class Judge {
  private readonly raw: Matrix;
  private readonly watch: StoppingJudge;

  constructor(
    private readonly sample: Sample,
    scaling: TargetScaling,
    base: readonly number[],
    loss: JudgeLoss | undefined,
    isKept = false,
  ) {
    // As the model's own predictions: not clipped to the range of the training target.
    this.watch = new StoppingJudge(sample, { ...scaling, low: -Infinity, high: Infinity }, isKept, loss);
    const cols = outputCount(scaling);
    const rows = sample.rows.length;
    this.raw = { rows, cols, data: Float32Array.from({ length: rows * cols }, (_, i) => base[i % cols]) };
  }

  add(walker: Walker, from: number, to: number): void {
    walker.add(this.sample.X.data, this.sample.X.cols, this.sample.rows, this.raw.data, from, to);
  }

  loss(): number {
    return this.watch.observe(this.raw);
  }

  kept(): Steps | undefined {
    return this.watch.kept();
  }
}

class Run {
  private readonly trees: Tree[] = [];
  private readonly curve: { step: number; train: number; validation: number | null }[] = [];
  private readonly pause: () => Promise<void> | undefined;
  private done = 0;
  private best = { round: 0, loss: Infinity };
  private msPerRound = CALL_MS;
  private readonly startedAt = performance.now();
  private readonly until: number;
  private learningRate: number;
  /** There was less time than for all rounds. */
  private isShort = false;
  private readonly rows: number;

  private readonly params: BoostingParams;
  private readonly ctx: FitContext;
  private readonly first: readonly Tree[];
  private readonly outputs: number;
  private readonly training: Judge;
  private readonly validation: Judge | undefined;

  constructor(
    private readonly booster: RoundMaker,
    { params, train, scaling, base, first = [], loss, ctx }: BoostingCourse,
  ) {
    this.params = params;
    this.learningRate = params.learningRate;
    this.rows = train.rows.length;
    this.until = this.startedAt + (ctx.limitMs ?? Infinity);
    this.ctx = ctx;
    this.first = first;
    this.outputs = outputCount(scaling);
    const judged = scaling.task === 'regression' ? judgeLoss(ctx.metric, train, loss) : undefined;
    this.training = new Judge(strided(train), scaling, base, judged);
    const { validation, keepSteps } = ctx;
    this.validation = validation?.rows.length ? new Judge(validation, scaling, base, judged, keepSteps) : undefined;
    this.pause = pacer(ctx.signal);
  }

  async toTheEnd(): Promise<Boosted> {
    const rounds = this.ctx.stopAt?.rounds ?? this.params.rounds;
    let goesOn = true;
    while (goesOn && this.done < rounds && (this.done === 0 || performance.now() < this.until)) {
      goesOn = await this.judgeTo(await this.trainTo(Math.min(rounds, this.done + BLOCK_ROUNDS)));
    }
    const kept = this.validation ? this.best.round : this.done;
    const forest = plantForest([...this.first, ...this.trees.slice(0, kept * this.outputs)]);
    const { learningRate, params, isShort } = this;
    const reason = isShort ? 'time was short' : 'its rounds are few for so many rows';
    const notes =
      learningRate === params.learningRate
        ? []
        : [`took steps of ${learningRate.toPrecision(2)} instead of ${params.learningRate}, as ${reason}`];
    const report = { parameters: forest.feature.length, bestStep: kept, curve: this.curve, notes };
    return { forest, report, steps: this.validation?.kept() };
  }

  /**
   * Calls of about 40 ms each (never less than a round), with the event loop and the signal between them. Returns how far it
   * came: to `end`, or where time was up.
   */
  private async trainTo(end: number): Promise<number> {
    let at = this.done;
    while (at < end && (at === 0 || performance.now() < this.until)) {
      this.ctx.signal?.throwIfAborted();
      const count = Math.max(1, Math.min(end - at, Math.floor(CALL_MS / this.msPerRound)));
      const start = performance.now();
      this.booster.train(count);
      this.msPerRound = Math.max((performance.now() - start) / count, 0.01);
      at += count;
      this.hurry(at);
      await this.pause();
    }
    return at;
  }

  /**
   * Where the rounds that fit into the time left (or of many rows, all there are) are too few for their step, each takes a larger one: a
   * fit cut in the middle has learned half. By the mean time of all rounds so far: single ones tell more of what else the machine does.
   */
  private hurry(done: number): void {
    if (this.ctx.limitMs === undefined || done < SURE_ROUNDS) return;
    const now = performance.now();
    const fitting = done + (Math.max(0, this.until - now) * done) / (now - this.startedAt);
    this.isShort ||= fitting < this.params.rounds;
    if (!this.isShort && this.rows <= TOTAL_RATE_ROWS) return;
    const rounds = Math.min(fitting, this.params.rounds);
    const wanted = Math.max(this.params.learningRate, Math.min(MAX_RATE, totalRate(this.rows, rounds) / rounds));
    if (Math.abs(wanted / this.learningRate - 1) < 0.1) return;
    this.learningRate = wanted;
    this.booster.setLearningRate(wanted);
  }

  /** Loss of each new round; false when the fit should end. Rounds after the stop are judged by nobody and dropped. */
  private async judgeTo(end: number): Promise<boolean> {
    const { outputs, validation, params, ctx } = this;
    const fresh = this.booster.newTrees();
    this.trees.push(...fresh);
    const walker = new Walker(plantForest(fresh), outputs);
    const first = this.done;
    let lastLoss = NaN;
    for (let round = first + 1; validation && round <= end; round++) {
      validation.add(walker, (round - first - 1) * outputs, (round - first) * outputs);
      const loss = validation.loss();
      lastLoss = loss;
      this.done = round;
      if (loss < this.best.loss) this.best = { round, loss };
      await this.pause();
      if (round - this.best.round >= params.earlyStoppingRounds) return false;
    }
    this.done = end;
    this.training.add(walker, 0, walker.trees);
    const trainLoss = this.training.loss();
    const judged = validation ? lastLoss : null;
    this.curve.push({ step: end, train: trainLoss, validation: judged });
    return ctx.report?.(end, judged ?? trainLoss) ?? true;
  }
}

/** At most 2000 rows, evenly spread. */
function strided(sample: Sample): Sample {
  const stride = Math.ceil(sample.rows.length / CURVE_ROWS);
  return stride <= 1 ? sample : { ...sample, rows: sample.rows.filter((_, i) => i % stride === 0) };
}
