/** @file One training loop for every network: batches, schedules, early stopping, restoring the best epoch. */

import type { SavedState } from '../core/index.js';
import { checkData, pacer, Rng } from '../core/index.js';
import type { Engine, NetworkSpec, ParameterLayout, Program, Update } from '../engine/index.js';
import { parameterLayout } from '../engine/index.js';
import type { FitContext, FitReport, Model, Sample } from './estimator.js';
import { NetworkModel } from './network-model.js';
import type { Schedule } from './schedule.js';
import { scheduleFactor } from './schedule.js';
import type { TargetScaling } from './target.js';
import { fitTargetScaling, lossSpec, networkTarget, outputCount, validationLoss } from './target.js';

/** How any network is trained. Zero means "chosen by the number of rows" for batchSize and epochs. */
export interface TrainingParams {
  readonly learningRate: number;
  /** Decoupled; applies to weight matrices only. */
  readonly weightDecay: number;
  readonly dropout: number;
  readonly schedule: Schedule;
  readonly beta2: number;
  readonly clipNorm: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs without a better validation loss before the fit stops. */
  readonly patience: number;
  readonly labelSmoothing: number;
  /** 'balanced': each class weighs the same in the loss. */
  readonly classWeights: 'none' | 'balanced';
}

export const TRAINING_DEFAULTS: TrainingParams = {
  learningRate: 0.005,
  weightDecay: 0.02,
  dropout: 0.1,
  schedule: 'cosine',
  beta2: 0.99,
  clipNorm: 1,
  batchSize: 0,
  epochs: 0,
  patience: 20,
  labelSmoothing: 0,
  classWeights: 'none',
};

/** What makes an LRNN an LRNN and an MLP an MLP: the rest is the loop below. */
export interface NetworkRecipe {
  readonly kind: string;
  readonly training: TrainingParams;
  spec(inputs: number, outputs: number): NetworkSpec;
  /** The first weights. May look at the training rows (knots), never at y. */
  initialWeights(spec: NetworkSpec, train: Sample, rng: Rng): Float32Array;
}

/** Rate factor of the learned scale in front of the network (field practice: RealMLP uses 6). */
const FRONT_SCALE_RATE = 6;
/** A diverged fit is tried once more with its learning rate times this. */
const RETRY_RATE = 0.3;

/** Epochs after which the time that one takes is known, and the fewest that a time limit leaves. */
const PROBE_EPOCHS = 1;
const MIN_EPOCHS = 3;

/** Trains; a fit that diverges twice keeps its best finite epoch, or its first weights, and says so in the notes. */
export async function fitNetwork(recipe: NetworkRecipe, train: Sample, ctx: FitContext): Promise<Model> {
  requireFinite(recipe.kind, train);
  const scaling = fitTargetScaling(train, ctx.task, ctx.k);
  const spec = recipe.spec(train.X.cols, outputCount(scaling));
  const layout = parameterLayout(spec);
  const notes: string[] = [];
  let run = await trainOnce(recipe, spec, layout, scaling, train, ctx, 1);
  if (run.divergedAt !== null) {
    notes.push(`diverged at step ${run.divergedAt}; retried at ${RETRY_RATE} times the learning rate`);
    run = await trainOnce(recipe, spec, layout, scaling, train, ctx, RETRY_RATE);
    if (run.divergedAt !== null)
      notes.push(`diverged again at step ${run.divergedAt}; the best epoch before it is kept`);
  }
  const report: FitReport = { parameters: layout.size, bestStep: run.bestEpoch, curve: run.curve, notes };
  return new NetworkModel(recipe.kind, spec, run.weights, scaling, report, ctx.engine);
}

interface TrainingRun {
  readonly weights: Float32Array;
  readonly bestEpoch: number;
  readonly curve: FitReport['curve'];
  readonly divergedAt: number | null;
}

async function trainOnce(
  recipe: NetworkRecipe,
  spec: NetworkSpec,
  layout: ParameterLayout,
  scaling: TargetScaling,
  train: Sample,
  ctx: FitContext,
  rateFactor: number,
): Promise<TrainingRun> {
  const { training } = recipe;
  const rng = new Rng(ctx.seed);
  const weights = rowWeights(train, scaling, training.classWeights);
  const batchSize = Math.min(training.batchSize || batchSizeFor(train.rows.length), train.rows.length);
  const program = ctx.engine.compile(spec, {
    loss: lossSpec(scaling.task, training.labelSmoothing),
    batchSize,
    rateScale: layout.tensors.map((tensor) => (tensor.name === 'front.scale' ? FRONT_SCALE_RATE : 1)),
    decayScale: layout.tensors.map((tensor) => (isDecayed(tensor.name) ? 1 : 0)),
  });
  try {
    const first = recipe.initialWeights(spec, train, rng.split('weights'));
    const out = layout.tensors.find(({ name }) => name === 'out.b')!;
    first.set(priorLogits(train, scaling, weights), out.offset);
    program.setParameters(first);
    return await new Loop(
      program,
      recipe.training,
      scaling,
      { ...train, weights },
      ctx,
      rng,
      batchSize,
      rateFactor,
    ).run(first);
  } finally {
    program.dispose();
  }
}

/** Weight matrices and mixing weights decay; offsets, scales and frequencies do not. */
function isDecayed(name: string): boolean {
  return name.endsWith('.W') || name.endsWith('.a');
}

/** The state of one training run, epoch by epoch. */
class Loop {
  private readonly y: Float32Array;
  private readonly order: Uint32Array;
  private readonly batches: number;
  private epochs: number;
  private step = 0;

  constructor(
    private readonly program: Program,
    private readonly params: TrainingParams,
    private readonly scaling: TargetScaling,
    private readonly train: Sample,
    private readonly ctx: FitContext,
    private readonly rng: Rng,
    batchSize: number,
    private readonly rateFactor: number,
  ) {
    this.y = networkTarget(train.y, scaling);
    this.order = train.rows.slice();
    this.batches = Math.ceil(train.rows.length / batchSize);
    this.epochs = params.epochs || epochsFor(train.rows.length);
  }

  async run(first: Float32Array): Promise<TrainingRun> {
    const { ctx, program, params } = this;
    const pause = pacer(ctx.signal);
    const shuffler = this.rng.split('order');
    const curve: { step: number; train: number; validation: number | null }[] = [];
    let best = { loss: Infinity, epoch: 0, weights: first };
    const start = performance.now();
    for (let epoch = 1; epoch <= this.epochs; epoch++) {
      ctx.signal?.throwIfAborted();
      shuffler.shuffle(this.order);
      await this.runEpoch(pause);
      const trainLoss = await program.readLoss();
      const validation = ctx.validation?.rows.length ? await this.validate(ctx.validation) : null;
      const judged = validation ?? trainLoss;
      if (!Number.isFinite(trainLoss) || !Number.isFinite(judged)) {
        return { weights: best.weights, bestEpoch: best.epoch, curve, divergedAt: this.step };
      }
      curve.push({ step: epoch, train: trainLoss, validation });
      if (epoch === PROBE_EPOCHS) this.planEpochs((performance.now() - start) / PROBE_EPOCHS);
      // Without a judge the last epoch is kept: a training loss only ever says "longer".
      if (validation === null || judged < best.loss) {
        best = { loss: judged, epoch, weights: await program.getParameters() };
      }
      const goesOn = ctx.report?.(epoch, judged) ?? true;
      if (!goesOn || epoch - best.epoch >= params.patience) break;
    }
    return { weights: best.weights, bestEpoch: best.epoch, curve, divergedAt: null };
  }

  /** Keeps to the time limit, if there is one, with a whole schedule in it. */
  private planEpochs(msPerEpoch: number): void {
    const { limitMs } = this.ctx;
    if (limitMs === undefined) return;
    this.epochs = Math.min(this.epochs, Math.max(MIN_EPOCHS, Math.floor(limitMs / msPerEpoch)));
  }

  private async runEpoch(pause: () => Promise<void> | undefined): Promise<void> {
    const n = this.order.length;
    const total = this.epochs * this.batches;
    for (let b = 0; b < this.batches; b++) {
      const start = Math.floor((b * n) / this.batches);
      const end = Math.floor(((b + 1) * n) / this.batches);
      const batch = {
        X: this.train.X,
        y: this.y,
        rows: this.order,
        start,
        count: end - start,
        weights: this.train.weights,
      };
      this.program.step(batch, this.update(total));
      this.step++;
      const due = pause();
      if (due) await due;
    }
  }

  private update(totalSteps: number): Update {
    const { params } = this;
    return {
      learningRate: params.learningRate * this.rateFactor * scheduleFactor(params.schedule, this.step, totalSteps),
      weightDecay: params.weightDecay,
      beta1: 0.9,
      beta2: params.beta2,
      epsilon: 1e-8,
      dropout: params.dropout,
      dropoutSeed: this.rng.split('dropout', this.step).uint32(),
      clipNorm: params.clipNorm,
    };
  }

  private async validate(sample: Sample): Promise<number> {
    return validationLoss(await this.program.predict(sample.X, sample.rows), sample, this.scaling);
  }
}

/** Sample weights times class weights (n / (k * count), as scikit-learn's 'balanced'); undefined where all are 1. */
function rowWeights(
  train: Sample,
  scaling: TargetScaling,
  mode: TrainingParams['classWeights'],
): Float32Array | undefined {
  if (mode === 'none' || scaling.task === 'regression') return train.weights;
  const counts = new Float64Array(scaling.k);
  for (const row of train.rows) counts[train.y[row]]++;
  const out = new Float32Array(train.y.length);
  for (const row of train.rows) {
    out[row] = ((train.weights?.[row] ?? 1) * train.rows.length) / (scaling.k * counts[train.y[row]]);
  }
  return out;
}

/** What the output says before anything is learned: log-odds of the class shares (plus half a row each), 0 for regression. */
function priorLogits(train: Sample, { task, k }: TargetScaling, weights: Float32Array | undefined): number[] {
  if (task === 'regression') return [0];
  const shares = new Array<number>(k).fill(0.5);
  for (const row of train.rows) shares[train.y[row]] += weights?.[row] ?? 1;
  const logs = shares.map(Math.log);
  return task === 'binary' ? [logs[1] - logs[0]] : logs.map((log) => log - Math.max(...logs));
}

/** Small sets need many noisy steps, large ones few calm ones (the steps of RealMLP's own rule). */
function batchSizeFor(n: number): number {
  if (n <= 1024) return 64;
  if (n <= 8192) return 128;
  if (n <= 30_000) return 256;
  return n <= 100_000 ? 512 : 1024;
}

/** About 450,000 rows seen, in 16 to 150 epochs: with a decaying rate more buys little, on small sets and on large ones. */
function epochsFor(n: number): number {
  return Math.min(150, Math.max(16, Math.round(450_000 / n)));
}

function requireFinite(kind: string, sample: Sample): void {
  const { X } = sample;
  for (const row of sample.rows) {
    for (let j = 0; j < X.cols; j++) {
      const value = X.data[row * X.cols + j];
      checkData(Number.isFinite(value), `${kind}.fit`, `X must be finite (at row ${row}, column ${j})`, value);
    }
    const y = sample.y[row];
    checkData(Number.isFinite(y), `${kind}.fit`, `y must be finite (at row ${row})`, y);
  }
  checkData(sample.rows.length > 0, `${kind}.fit`, 'the sample must have at least one row', 0);
}

/** A trained network from its saved state; predicts on `engine`. */
export function restoreNetwork(state: SavedState, engine: Engine): Model {
  return NetworkModel.restore(state, engine);
}
