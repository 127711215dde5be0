/** @file Boosting in blocks of rounds: early stopping, reports and aborts between calls that cannot be interrupted. */

import type { Matrix } from '../../core/index.js';
import { pacer } from '../../core/index.js';
import type { FitContext, FitReport, Sample } from '../estimator.js';
import type { TargetScaling } from '../target.js';
import { outputCount, validationLoss } from '../target.js';
import type { NativeBooster } from './native.js';
import type { XgboostParams } from './params.js';
import type { Forest, Tree } from './trees.js';
import { parseTrees, plantForest, readBase } from './trees.js';
import { Walker } from './walk.js';

/** Rounds between two reports: fixed, so that a pruner sees the same steps on every machine. */
const BLOCK_ROUNDS = 10;
/** A call into the library aims at this long: nothing can be aborted meanwhile. */
const CALL_MS = 40;
/** Training rows whose loss is followed for the learning curve. */
const CURVE_ROWS = 2000;

export interface Boosted {
  readonly forest: Forest;
  /** What every output starts from. */
  readonly base: number;
  readonly report: FitReport;
}

/** Everything about a fit but the booster. */
export interface Course {
  readonly params: XgboostParams;
  readonly train: Sample;
  readonly scaling: TargetScaling;
  /** What every output starts from. */
  readonly base: number;
  readonly ctx: FitContext;
}

/** Boosts until the rounds or the patience are used up, and keeps the rounds up to the best one. */
export async function boost(booster: NativeBooster, course: Course): Promise<Boosted> {
  return new Run(booster, course).toTheEnd();
}

/** Margins of one sample, kept up to date tree by tree. */
class Judge {
  private readonly raw: Matrix;

  constructor(
    private readonly sample: Sample,
    private readonly scaling: TargetScaling,
    base: number,
  ) {
    const cols = outputCount(scaling);
    const rows = sample.rows.length;
    this.raw = { rows, cols, data: new Float32Array(rows * cols).fill(base) };
  }

  add(walker: Walker, from: number, to: number): void {
    walker.add(this.sample.X.data, this.sample.X.cols, this.sample.rows, this.raw.data, from, to);
  }

  loss(): number {
    return validationLoss(this.raw, this.sample, this.scaling);
  }
}

class Run {
  private readonly trees: Tree[] = [];
  private readonly curve: { step: number; train: number; validation: number | null }[] = [];
  private readonly pause: () => Promise<void> | undefined;
  private base: number;
  private done = 0;
  private best = { round: 0, loss: Infinity };
  private msPerRound = CALL_MS;

  private readonly params: XgboostParams;
  private readonly ctx: FitContext;
  private readonly outputs: number;
  private readonly training: Judge;
  private readonly validation: Judge | undefined;

  constructor(
    private readonly booster: NativeBooster,
    { params, train, scaling, base, ctx }: Course,
  ) {
    this.params = params;
    this.ctx = ctx;
    this.base = base;
    this.outputs = outputCount(scaling);
    this.training = new Judge(strided(train), scaling, base);
    this.validation = ctx.validation?.rows.length ? new Judge(ctx.validation, scaling, base) : undefined;
    this.pause = pacer(ctx.signal);
  }

  async toTheEnd(): Promise<Boosted> {
    const { rounds } = this.params;
    const until = performance.now() + (this.ctx.limitMs ?? Infinity);
    let goesOn = true;
    while (goesOn && this.done < rounds && (this.done === 0 || performance.now() < until)) {
      const end = Math.min(rounds, this.done + BLOCK_ROUNDS);
      await this.trainTo(end);
      goesOn = await this.judgeTo(end);
    }
    const kept = this.validation ? this.best.round : this.done;
    const forest = plantForest(this.trees.slice(0, kept * this.outputs));
    const report = { parameters: forest.feature.length, bestStep: kept, curve: this.curve, notes: [] };
    return { forest, base: this.base, report };
  }

  /** Calls of about 40 ms each (never less than a round), with the event loop and the signal between them. */
  private async trainTo(end: number): Promise<void> {
    let at = this.done;
    while (at < end) {
      this.ctx.signal?.throwIfAborted();
      const count = Math.max(1, Math.min(end - at, Math.floor(CALL_MS / this.msPerRound)));
      const start = performance.now();
      this.booster.train(count);
      this.msPerRound = Math.max((performance.now() - start) / count, 0.01);
      at += count;
      await this.pause();
    }
  }

  /** Loss of each new round; false when the fit should end. Rounds after the stop are judged by nobody and dropped. */
  private async judgeTo(end: number): Promise<boolean> {
    const { outputs, validation, params, ctx } = this;
    const saved = this.booster.save();
    this.base = readBase(saved);
    const fresh = parseTrees(saved, this.trees.length, this.booster.encoding);
    this.trees.push(...fresh);
    const walker = new Walker(plantForest(fresh), outputs);
    const first = this.done;
    for (let round = first + 1; validation && round <= end; round++) {
      validation.add(walker, (round - first - 1) * outputs, (round - first) * outputs);
      const loss = validation.loss();
      this.done = round;
      if (loss < this.best.loss) this.best = { round, loss };
      await this.pause();
      if (round - this.best.round >= params.earlyStoppingRounds) return false;
    }
    this.done = end;
    this.training.add(walker, 0, walker.trees);
    const trainLoss = this.training.loss();
    const judged = validation ? validation.loss() : null;
    this.curve.push({ step: end, train: trainLoss, validation: judged });
    return ctx.report?.(end, judged ?? trainLoss) ?? true;
  }
}

/** At most 2000 rows, evenly spread. */
function strided(sample: Sample): Sample {
  const stride = Math.ceil(sample.rows.length / CURVE_ROWS);
  return stride <= 1 ? sample : { ...sample, rows: sample.rows.filter((_, i) => i % stride === 0) };
}
