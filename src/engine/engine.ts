/** @file The contract of an engine: compile a whole network, not single operations, so that fusing stays possible. */

import type { Matrix } from '../core/index.js';
import type { NetworkSpec, ParameterLayout } from './spec.js';

/** 'tfjs' is TensorFlow.js on its own JavaScript backend: slow, for tests. */
export type EngineName = 'reference' | 'wasm' | 'webgpu' | 'cuda' | 'tfjs';

/**
 * Losses of numbers, by output o and target y; of several outputs their mean:
 *
 *   mse       (o - y)^2
 *   absolute  |o - y|
 *   huber     (o - y)^2 / 2 where |o - y| <= d, else d (|o - y| - d / 2)
 *   quantile  a (y - o) where y >= o, else (1 - a) (o - y)
 *   poisson   exp(o) - y o
 *   gamma     o + y exp(-o)
 *   tweedie   exp((2 - p) o) / (2 - p) - y exp((1 - p) o) / (1 - p)
 *
 * The last three say the logarithm of what is predicted. In a kink the slope is 0.
 */
export const NUMBER_LOSS_KINDS = ['mse', 'absolute', 'huber', 'quantile', 'poisson', 'gamma', 'tweedie'] as const;
export type NumberLossKind = (typeof NUMBER_LOSS_KINDS)[number];
export type LossKind = NumberLossKind | 'binaryCrossEntropy' | 'crossEntropy';

/** What is minimised, per row; the batch loss is the weighted mean sum(w * loss) / sum(w). */
export interface LossSpec {
  /** A loss of numbers · binaryCrossEntropy: one logit · crossEntropy: k logits, both in nats. */
  readonly kind: LossKind;
  /** Share of the target's mass spread evenly over the classes, in [0, 1). Ignored for numbers. */
  readonly labelSmoothing: number;
  /** The loss's own number: the distance d of huber, the level a of quantile, the power p of tweedie; the others have none. */
  readonly shape?: number | undefined;
}

/** Whether it is a loss of numbers, which has a target for each output. */
export function isNumberLoss(kind: LossKind): kind is NumberLossKind {
  return kind !== 'binaryCrossEntropy' && kind !== 'crossEntropy';
}

/** The slopes of absolute and quantile where the output is below the target, and where it is above. */
export function pinballSlopes({ kind, shape = 0 }: LossSpec): readonly [number, number] {
  return kind === 'absolute' ? [-1, 1] : [-shape, 1 - shape];
}

/** The power p of poisson, gamma and tweedie. */
export function powerOf({ kind, shape = 0 }: LossSpec): number {
  return kind === 'poisson' ? 1 : kind === 'gamma' ? 2 : shape;
}

export interface CompileOptions {
  readonly loss: LossSpec;
  /** The largest number of rows a step will see. */
  readonly batchSize: number;
  /** Factor on the learning rate of each tensor of the layout, in its order; 1 where left out. */
  readonly rateScale?: readonly number[];
  /** Factor on the weight decay of each tensor of the layout, in its order; 1 where left out. */
  readonly decayScale?: readonly number[];
}

/** Rows `rows[start .. start + count)` of X and of y. */
export interface Batch {
  readonly X: Matrix;
  /** Numbers: [n x k] row-major · binaryCrossEntropy: [n] in [0, 1] · crossEntropy: [n] class index. */
  readonly y: Float32Array;
  readonly rows: Uint32Array;
  readonly start: number;
  readonly count: number;
  /** [n] weight of each row of X; 1 where left out. */
  readonly weights?: Float32Array | undefined;
}

/** Rows of X for a loss that comes from outside and knows what they are judged against. */
export type Sample = Pick<Batch, 'X' | 'rows' | 'start' | 'count'>;

/** Rows of X and the directions [v x d] along which outputs are to be differentiated, the same at every row. */
export interface DerivativeSample extends Sample {
  readonly directions: Matrix;
}

/**
 * A loss from outside: reads the outputs of a whole batch, writes its gradient by each of them and returns its value.
 *
 * It may bind rows to each other (a projection of an image, an energy), which losses by row cannot. What it leaves of `gradient`
 * unwritten is 0; it is called once a step, and where it throws, the step has not been.
 *
 * Shapes   outputs, gradient: [count x k] row-major, in the batch's order; not to be kept after the call
 * Throws   state: it asks the program that asks it
 */
export type OutsideLoss = (outputs: Float32Array | Float64Array, gradient: Float32Array | Float64Array) => number;

/** Outputs and their first two derivatives along directions of the inputs, exact. */
export interface Derivatives {
  /** [count x k] row-major, in the batch's order. */
  readonly values: Float64Array;
  /** first[v] and second[v]: [count x k], the derivatives by t of the outputs at x + t directions[v]. */
  readonly first: readonly Float64Array[];
  readonly second: readonly Float64Array[];
}

/**
 * A loss of outputs and their derivatives (a differential equation's): reads those of a whole batch, writes its gradient by each of
 * them and returns its value. What it leaves of `gradient` unwritten is 0; where it throws, the step has not been.
 */
export type DerivativeLoss = (outputs: Derivatives, gradient: Derivatives) => number;

/** One AdamW update (Loshchilov & Hutter 2019: decay is decoupled and multiplied by the learning rate). */
export interface Update {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Probability to drop each output of each layer; the others are scaled by 1 / (1 - p). */
  readonly dropout: number;
  /** Seeds this step's dropout masks; same seed, same masks. */
  readonly dropoutSeed: number;
  /** The gradient is scaled down to this Euclidean norm; Infinity: never. */
  readonly clipNorm: number;
}

/** A loss and its gradient, for proofs: no dropout, no clipping, no update. */
export interface GradientResult {
  readonly loss: number;
  /** [layout.size], the flat block's order. */
  readonly gradient: Float32Array | Float64Array;
  /** [count x d] row-major, in the batch's order. */
  readonly inputGradient: Float32Array | Float64Array;
}

/**
 * One network, ready to train and to predict. Not safe for two callers at once.
 *
 * Missing  non-finite input gives non-finite output: the caller checks the loss it reads
 * Random   none but Update.dropoutSeed
 */
export interface Program {
  readonly spec: NetworkSpec;
  readonly layout: ParameterLayout;
  /** Sets every weight and clears the optimiser's moments and step counter. */
  setParameters(flat: ArrayLike<number>): void;
  /** A copy of every weight, [layout.size]. */
  getParameters(): Promise<Float32Array>;
  /** Forward, loss, backward, clip, AdamW. */
  step(batch: Batch, update: Update): void;
  /** Mean batch loss over the steps since the last call (NaN when there were none); non-finite means divergence. */
  readLoss(): Promise<number>;
  /** Raw outputs [rows.length x k] (logits, or the standardised target) of `rows` of X, or of all rows. */
  predict(X: Matrix, rows?: Uint32Array): Promise<Matrix>;
  gradient(batch: Batch): Promise<GradientResult>;
  /** A step down a loss from outside in place of the program's own. There on CPUs, where outputs can be read within a step. */
  stepBy?(sample: Sample, loss: OutsideLoss, update: Update): void;
  /** What `gradient` says, of a loss from outside. There with stepBy. */
  gradientBy?(sample: Sample, loss: OutsideLoss): Promise<GradientResult>;
  /**
   * Outputs for all rows of X with their derivatives along `directions` [v x d]. There on the reference, in float64, as are the
   * two below. Mixed derivatives are those of two directions' sum and difference: f_xy = (D2(x + y) - D2(x - y)) / 4.
   */
  derivatives?(X: Matrix, directions: Matrix): Promise<Derivatives>;
  /** A step down a loss of outputs and their derivatives, without dropout. */
  stepByDerivatives?(sample: DerivativeSample, loss: DerivativeLoss, update: Update): void;
  /** What `gradient` says, of a loss of outputs and their derivatives. */
  gradientByDerivatives?(sample: DerivativeSample, loss: DerivativeLoss): Promise<GradientResult>;
  /** Frees what it holds; twice is harmless. */
  dispose(): void;
}

/** What one lane does in a step: its own rows, learning rate and masks. */
export interface LaneStep {
  readonly batch: Batch;
  readonly update: Update;
}

/** Rows to predict: all of X, or those named. */
export interface PredictRows {
  readonly X: Matrix;
  readonly rows?: Uint32Array | undefined;
}

/**
 * Several trainings of one network that share every launch: a weight tensor of each lane beside those of the others.
 *
 * A lane is what a Program would be: same batches and updates, same weights to within rounding, whatever its neighbours do
 * (even when their numbers overflow). A lane with nothing to do in a step (null) keeps its weights, moments and step count.
 */
export interface BatchedProgram {
  readonly spec: NetworkSpec;
  readonly layout: ParameterLayout;
  readonly lanes: number;
  /** Sets every weight of every lane, [lanes][layout.size]; clears moments and step counters and what was kept. */
  setParameters(flats: readonly ArrayLike<number>[]): void;
  /** A copy of every weight, [lanes][layout.size]. */
  getParameters(): Promise<Float32Array[]>;
  /** One step of every lane that has work; entry i is lane i's. */
  step(work: readonly (LaneStep | null)[]): void;
  /** Waits until the device has done all steps so far: without a pause, it may be given more than it has memory for. */
  drain(): Promise<void>;
  /** Each lane's mean batch loss since the last call; NaN where there was none. */
  readLosses(): Promise<number[]>;
  /** Raw outputs of each lane on rows of its own; null where it was asked nothing. */
  predict(samples: readonly (PredictRows | null)[]): Promise<(Matrix | null)[]>;
  /** Remembers the present weights of the lanes named (on the device: nothing is read). */
  keep(lanes: readonly number[]): void;
  /** The weights kept last of every lane; those that were set where nothing was kept since. */
  kept(): Promise<Float32Array[]>;
  /** Frees what it holds; twice is harmless. */
  dispose(): void;
}

export interface Engine {
  readonly name: EngineName;
  compile(spec: NetworkSpec, options: CompileOptions): Program;
  /** There where one launch for many lanes costs hardly more than for one: on GPUs. */
  compileBatch?(spec: NetworkSpec, options: CompileOptions, lanes: number): BatchedProgram;
  /** Lanes that one batch may have with what it keeps in memory within bounds; at least 1. There with compileBatch. */
  laneLimit?(spec: NetworkSpec, batchSize: number): number;
  /** A lane has the same bits whatever its neighbours are: trials may share a batch, and nobody sees it in their results. */
  readonly keepsLanesApart?: boolean;
  /** Lets go of the device, after which Node can exit; twice is harmless. */
  close?(): Promise<void>;
}
