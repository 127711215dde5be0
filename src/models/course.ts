/** @file One training run of a network, epoch by epoch: batches, schedule, early stopping, the best epoch. */

import type { Matrix, Rng } from '../core/index.js';
import { pacer } from '../core/index.js';
import type { LaneStep, PredictRows, Program, Update } from '../engine/index.js';
import type { FitContext, FitReport, Sample } from './estimator.js';
import { scheduleFactor } from './schedule.js';
import type { TargetScaling } from './target.js';
import { networkTarget, validationLoss } from './target.js';
import type { TrainingParams } from './training.js';

export interface TrainingRun {
  readonly weights: Float32Array;
  readonly bestEpoch: number;
  readonly curve: FitReport['curve'];
  /** The step at which the loss was not finite; null: it always was. */
  readonly divergedAt: number | null;
}

export interface CourseSetup {
  readonly first: Float32Array;
  readonly params: TrainingParams;
  readonly scaling: TargetScaling;
  readonly train: Sample;
  readonly ctx: FitContext;
  readonly rng: Rng;
  readonly batchSize: number;
  readonly epochs: number;
  /** On the learning rate. */
  readonly rateFactor: number;
}

/** Epochs after which the time that one takes is known, and the fewest that a time limit leaves. */
const PROBE_EPOCHS = 1;
const MIN_EPOCHS = 3;

/**
 * What a training does next, whoever computes it: a program of its own, or one lane of a batched program. The same draws,
 * batches, rates and decisions either way.
 */
export class Course {
  readonly batchSize: number;
  readonly first: Float32Array;
  /** Steps of an epoch. */
  readonly batches: number;
  readonly epochs: { planned: number; done: number };
  private readonly y: Float32Array;
  private readonly order: Uint32Array;
  private readonly shuffler: Rng;
  private readonly curve: { step: number; train: number; validation: number | null }[] = [];
  private best = { loss: Infinity, epoch: 0 };
  private step = 0;
  private divergedAt: number | null = null;
  private isStopped = false;
  private readonly startedAt = performance.now();

  constructor(private readonly setup: CourseSetup) {
    const { train, scaling, batchSize, epochs, first, rng } = setup;
    this.first = first;
    this.batchSize = batchSize;
    this.batches = Math.ceil(train.rows.length / batchSize);
    this.epochs = { planned: epochs, done: 0 };
    this.y = networkTarget(train.y, scaling);
    this.order = train.rows.slice();
    this.shuffler = rng.split('order');
  }

  get isOver(): boolean {
    return this.isStopped || this.divergedAt !== null || this.epochs.done >= this.epochs.planned;
  }

  /** The whole course on a program of its own. */
  async run(program: Program): Promise<TrainingRun> {
    const pause = pacer(this.setup.ctx.signal);
    let weights = this.first;
    program.setParameters(weights);
    while (!this.isOver) {
      this.beginEpoch();
      for (let b = 0; b < this.batches; b++) {
        const { batch, update } = this.nextStep(b);
        program.step(batch, update);
        const due = pause();
        if (due) await due;
      }
      const loss = await program.readLoss();
      const { judge } = this;
      const raw = judge && (await program.predict(judge.X, judge.rows));
      if (this.endEpoch(loss, raw)) weights = await program.getParameters();
    }
    return this.result(weights);
  }

  /** Rows that judge an epoch; null where the training loss must do. */
  get judge(): (PredictRows & Sample) | null {
    const { validation } = this.setup.ctx;
    return validation?.rows.length ? validation : null;
  }

  beginEpoch(): void {
    this.setup.ctx.signal?.throwIfAborted();
    this.shuffler.shuffle(this.order);
  }

  /** Step b of this epoch; steps are asked for in order. */
  nextStep(b: number): LaneStep {
    const { train } = this.setup;
    const n = this.order.length;
    const start = Math.floor((b * n) / this.batches);
    const end = Math.floor(((b + 1) * n) / this.batches);
    const rows = { rows: this.order, start, count: end - start };
    const update = this.update(this.epochs.planned * this.batches);
    this.step++;
    return { batch: { X: train.X, y: this.y, weights: train.weights, ...rows }, update };
  }

  /** Takes the epoch's mean loss and the raw outputs on the judge's rows; true: its weights are the best so far. */
  endEpoch(trainLoss: number, raw: Matrix | null): boolean {
    const { ctx, params, scaling } = this.setup;
    const epoch = ++this.epochs.done;
    const validation = raw && validationLoss(raw, this.judge!, scaling);
    const judged = validation ?? trainLoss;
    if (!Number.isFinite(trainLoss) || !Number.isFinite(judged)) {
      this.divergedAt = this.step;
      return false;
    }
    this.curve.push({ step: epoch, train: trainLoss, validation });
    if (epoch === PROBE_EPOCHS) this.planEpochs((performance.now() - this.startedAt) / PROBE_EPOCHS);
    // Without a judge the last epoch is kept: a training loss only ever says "longer".
    const isBest = validation === null || judged < this.best.loss;
    if (isBest) this.best = { loss: judged, epoch };
    const goesOn = ctx.report?.(epoch, judged) ?? true;
    this.isStopped = !goesOn || epoch - this.best.epoch >= params.patience;
    return isBest;
  }

  result(weights: Float32Array): TrainingRun {
    return { weights, bestEpoch: this.best.epoch, curve: this.curve, divergedAt: this.divergedAt };
  }

  /** Keeps to the time limit, if there is one, with a whole schedule in it. */
  private planEpochs(msPerEpoch: number): void {
    const { limitMs } = this.setup.ctx;
    if (limitMs === undefined) return;
    const { planned } = this.epochs;
    this.epochs.planned = Math.min(planned, Math.max(MIN_EPOCHS, Math.floor(limitMs / msPerEpoch)));
  }

  private update(totalSteps: number): Update {
    const { params, rateFactor, rng } = this.setup;
    return {
      learningRate: params.learningRate * rateFactor * scheduleFactor(params.schedule, this.step, totalSteps),
      weightDecay: params.weightDecay,
      beta1: 0.9,
      beta2: params.beta2,
      epsilon: 1e-8,
      dropout: params.dropout,
      dropoutSeed: rng.split('dropout', this.step).uint32(),
      clipNorm: params.clipNorm,
    };
  }
}
