/** @file One training run of a network, epoch by epoch: batches, schedule, early stopping, the best epoch. */

import type { Matrix, Rng } from '../core/index.js';
import { pacer } from '../core/index.js';
import type { LaneStep, PredictRows, Program, Update } from '../engine/index.js';
import type { FitContext, FitReport, Sample, Steps } from './estimator.js';
import type { JudgeLoss } from './number-loss.js';
import { scheduleFactor } from './schedule.js';
import { StoppingJudge } from './stopping.js';
import type { TargetScaling } from './target.js';
import { networkTarget } from './target.js';
import type { TrainingParams } from './training.js';

export interface TrainingRun {
  readonly weights: Float32Array;
  readonly bestEpoch: number;
  /** Epochs that the schedule was made for. */
  readonly planned: number;
  readonly curve: FitReport['curve'];
  /** See Model. */
  readonly steps: Steps | undefined;
  /** The step at which the loss was not finite; null: it always was. */
  readonly divergedAt: number | null;
}

export interface CourseSetup {
  readonly first: Float32Array;
  readonly params: TrainingParams;
  readonly scaling: TargetScaling;
  /** Of numbers: what the validation rows are judged by; squared error where left out. */
  readonly judgedBy?: JudgeLoss | undefined;
  readonly train: Sample;
  readonly ctx: FitContext;
  readonly rng: Rng;
  readonly batchSize: number;
  readonly epochs: number;
  /** On the learning rate. */
  readonly rateFactor: number;
}

/** Share of a time limit, and steps at least, after which the time that a step takes is known. */
const PROBE_SHARE = 0.05;
const PROBE_STEPS = 3;
/** Where fewer whole epochs fit into a time limit, this many parts of one or more: each is judged, and the best is kept. */
const MIN_EPOCHS = 8;
/** Rows that judge the epochs of a limited fit, at most, and what a judged row costs in rows of training. */
const LIMITED_JUDGES = 4000;
const JUDGED_COST = 0.4;
/** Of the limit; whatever was planned, a fit ends there. */
const PATIENCE_OF_LIMIT = 1.3;

/**
 * What a training does next, whoever computes it: a program of its own, or one lane of a batched program. The same draws,
 * batches, rates and decisions either way.
 */
export class Course {
  readonly batchSize: number;
  readonly first: Float32Array;
  /** Steps of an epoch: as many as go through all rows once, or fewer where time is short. */
  batches: number;
  readonly epochs: { planned: number; done: number };
  private readonly y: Float32Array;
  private readonly order: Uint32Array;
  private readonly shuffler: Rng;
  private readonly watch: StoppingJudge | undefined;
  private readonly curve: { step: number; train: number; validation: number | null }[] = [];
  private best = { loss: Infinity, epoch: 0 };
  private step = 0;
  /** Steps that go through all rows once, and the next one's place among them. */
  private readonly slices: number;
  private slice: number;
  private isPlanned: boolean;
  /** Epochs are parts of one: how many steps each has is planned anew before it, as steps get faster. */
  private isInParts = false;
  private stepOfEpoch = 0;
  private readonly judges: (PredictRows & Sample) | null;
  private divergedAt: number | null = null;
  private isStopped = false;
  private readonly startedAt = performance.now();
  private epochAt = this.startedAt;

  constructor(private readonly setup: CourseSetup) {
    const { train, scaling, batchSize, epochs, first, rng } = setup;
    this.first = first;
    this.batchSize = batchSize;
    this.slices = Math.ceil(train.rows.length / batchSize);
    this.slice = this.batches = this.slices;
    this.isPlanned = setup.ctx.limitMs === undefined;
    this.judges = judgesOf(setup.ctx);
    this.epochs = { planned: epochs, done: 0 };
    this.y = networkTarget(train.y, scaling);
    this.order = train.rows.slice();
    this.shuffler = rng.split('order');
    this.watch = this.judge ? new StoppingJudge(this.judge, scaling, setup.ctx.keepSteps, setup.judgedBy) : undefined;
  }

  get isOver(): boolean {
    return this.isStopped || this.divergedAt !== null || this.epochs.done >= this.lastEpoch;
  }

  /** The planned one, or where another course was at its best. */
  private get lastEpoch(): number {
    const { planned } = this.epochs;
    const { stopAt } = this.setup.ctx;
    return stopAt ? Math.max(1, Math.round(stopAt.share * planned)) : planned;
  }

  /** The whole course on a program of its own. */
  async run(program: Program): Promise<TrainingRun> {
    const pause = pacer(this.setup.ctx.signal);
    let weights = this.first;
    program.setParameters(weights);
    while (!this.isOver) {
      this.beginEpoch();
      for (let b = 0; b < this.batches; b++) {
        const { batch, update } = this.nextStep();
        program.step(batch, update);
        const due = pause();
        if (due) await due;
        this.stepped(b + 1);
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
    return this.judges;
  }

  beginEpoch(): void {
    this.setup.ctx.signal?.throwIfAborted();
    this.stepOfEpoch = 0;
    this.epochAt = performance.now();
    // A short epoch goes on in the order of the one before it, as long as there are rows.
    if (this.slice + this.batches <= this.slices) return;
    this.shuffler.shuffle(this.order);
    this.slice = 0;
  }

  /** The next step of this epoch. */
  nextStep(): LaneStep {
    const { train } = this.setup;
    const n = this.order.length;
    const start = Math.floor((this.slice * n) / this.slices);
    const end = Math.floor(((this.slice + 1) * n) / this.slices);
    this.slice++;
    const rows = { rows: this.order, start, count: end - start };
    const update = this.update();
    this.step++;
    this.stepOfEpoch++;
    return { batch: { X: train.X, y: this.y, weights: train.weights, ...rows }, update };
  }

  /** Takes the epoch's mean loss and the raw outputs on the judge's rows; true: its weights are the best so far. */
  endEpoch(trainLoss: number, raw: Matrix | null): boolean {
    const { ctx, params } = this.setup;
    const epoch = ++this.epochs.done;
    const validation = raw && this.watch!.observe(raw);
    const judged = validation ?? trainLoss;
    if (!Number.isFinite(trainLoss) || !Number.isFinite(judged)) {
      this.divergedAt = this.step;
      return false;
    }
    this.curve.push({ step: epoch, train: trainLoss, validation });
    if (this.isInParts) this.planPart((performance.now() - this.epochAt) / Math.max(1, this.stepOfEpoch));
    else this.stepped(this.batches, true);
    // Without a judge the last epoch is kept: a training loss only ever says "longer".
    const isBest = validation === null || judged < this.best.loss;
    if (isBest) this.best = { loss: judged, epoch };
    const goesOn = ctx.report?.(epoch, judged) ?? true;
    this.isStopped = !goesOn || epoch - this.best.epoch >= params.patience || this.isLate;
    return isBest;
  }

  result(weights: Float32Array): TrainingRun {
    const { best, epochs, curve, divergedAt, watch } = this;
    return { weights, bestEpoch: best.epoch, planned: epochs.planned, curve, steps: watch?.kept(), divergedAt };
  }

  private get isLate(): boolean {
    const { limitMs = Infinity } = this.setup.ctx;
    return this.elapsedMs > PATIENCE_OF_LIMIT * limitMs;
  }

  private get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Told after steps of the first epoch, and at its end: as soon as their time is known, the rest is planned. */
  private stepped(steps: number, isEnd = false): void {
    if (this.isPlanned) {
      if (this.isLate) this.batches = steps;
      return;
    }
    const { limitMs = Infinity } = this.setup.ctx;
    const isKnown = steps >= PROBE_STEPS && this.elapsedMs >= PROBE_SHARE * limitMs;
    if (!isKnown && !isEnd) return;
    this.isPlanned = true;
    this.keepTo(limitMs - this.elapsedMs, this.elapsedMs / steps, steps);
  }

  /** Plans for the time left, with a whole schedule in it: fewer epochs, or where few of them would fit, shorter ones. */
  private keepTo(msLeft: number, msPerStep: number, steps: number): void {
    const { epochs, slices } = this;
    const judging = (JUDGED_COST * msPerStep * (this.judge?.rows.length ?? 0)) / this.batchSize;
    const fitting = Math.floor((msLeft + steps * msPerStep) / (slices * msPerStep + judging));
    epochs.planned = Math.min(epochs.planned, Math.max(MIN_EPOCHS, fitting));
    if (fitting >= epochs.planned) return;
    this.isInParts = true;
    this.planPart(msPerStep);
  }

  /** Steps of the parts that are left, by what a step takes, judging included or not. */
  private planPart(msPerStep: number): void {
    const { limitMs = Infinity } = this.setup.ctx;
    const parts = Math.max(1, this.epochs.planned - this.epochs.done);
    const batches = Math.floor(Math.max(0, limitMs - this.elapsedMs) / (parts * msPerStep));
    this.batches = Math.min(this.slices, Math.max(1, batches));
  }

  private update(): Update {
    const { params, rateFactor, rng } = this.setup;
    const { epochs, batches } = this;
    // In steps of epochs as long as this one: the schedule goes by epochs, however many steps each has.
    const at = Math.min(epochs.done * batches + this.stepOfEpoch, (epochs.done + 1) * batches - 1);
    return {
      learningRate: params.learningRate * rateFactor * scheduleFactor(params.schedule, at, epochs.planned * batches),
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

/** The rows that judge an epoch: evenly spread ones of many where time is limited. */
function judgesOf({ validation, limitMs }: FitContext): (PredictRows & Sample) | null {
  if (!validation?.rows.length) return null;
  const stride = limitMs === undefined ? 1 : Math.ceil(validation.rows.length / LIMITED_JUDGES);
  return stride === 1 ? validation : { ...validation, rows: validation.rows.filter((_, i) => i % stride === 0) };
}
