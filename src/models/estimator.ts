/** @file The contract of a model: a recipe (`Estimator`) whose `fit` returns something fitted (`Model`). */

import type { Matrix, Rng, SavedState, Task } from '../core/index.js';
import type { Engine, NetworkSpec } from '../engine/index.js';
import type { BinnedTable } from '../trees/index.js';
import type { TrainingParams } from './training.js';

/** Some rows of a table, without a copy: row i of the sample is row `rows[i]` of X and y. */
export interface Sample {
  readonly X: Matrix;
  /** [X.rows]: the target in its own units, or the class index. */
  readonly y: Float32Array;
  readonly rows: Uint32Array;
  /** [X.rows] weight of each row; all 1 where left out. */
  readonly weights?: Float32Array | undefined;
  /** [X.cols] whether a column holds codes of categories, for trees that part them by sets; none does where left out. */
  readonly categories?: readonly boolean[] | undefined;
  /** All rows of X as bins, where somebody made them for all fits on it; left out: trees bin their own rows. */
  readonly bins?: BinnedTable | undefined;
}

/** Where another fit of the same settings, on other rows, was at its best. */
export interface StopAt {
  /** Rounds of boosting. */
  readonly rounds: number;
  /** Of the epochs that a network plans, in (0, 1]. */
  readonly share: number;
}

export interface FitContext {
  readonly task: Task;
  /** Classes (2 for binary); 1 for regression. */
  readonly k: number;
  readonly seed: number;
  readonly engine: Engine;
  /** Judges early stopping. Without it a model trains its full course. */
  readonly validation?: Sample | undefined;
  /** Keep what is said of the validation rows on the way: `Model.steps`. */
  readonly keepSteps?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the study is judged by; fits of numbers stop where their validation rows are best by it. Left out: by what they are trained on. */
  readonly metric?: string | undefined;
  /**
   * [X.cols] 1 where a greater value of the column must not lower what is predicted (of two classes, the probability of the second), -1
   * where it must not raise it, else 0. Families that cannot hold it refuse it: see CatalogEntry.
   */
  readonly monotone?: Int8Array | undefined;
  /** Where a fit without a judge ends; left out: at the end of its full course. */
  readonly stopAt?: StopAt | undefined;
  /**
   * What the fit may take, in milliseconds: networks plan fewer epochs, or less than one; boosting takes larger steps; solvers
   * stop. The result then depends on the machine.
   */
  readonly limitMs?: number | undefined;
  /** Called after each epoch or block of rounds with the validation loss; returning false stops the fit there. */
  readonly report?: ((step: number, loss: number) => boolean) | undefined;
}

export interface Estimator<P = unknown> {
  readonly kind: string;
  readonly params: Readonly<P>;
  /**
   * Missing  networks and linear refuse NaN in X (data error naming row and column); trees take NaN as missing
   * Random   draws from ctx.seed only: same seed, same engine, same bits
   */
  fit(train: Sample, ctx: FitContext): Promise<Model>;
  /** What is trained, where that is a network: such fits can share a batch (fitTogether). */
  readonly network?: NetworkRecipe;
}

/** What makes an LRNN an LRNN and an MLP an MLP: the rest is the same for both. */
export interface NetworkRecipe {
  readonly kind: string;
  readonly training: TrainingParams;
  spec(inputs: number, outputs: number): NetworkSpec;
  /** The first weights. May look at the training rows (knots), never at y. */
  initialWeights(spec: NetworkSpec, train: Sample, rng: Rng): Float32Array;
}

/** What a fit is given; its model predicts on ctx.engine. */
export interface FitJob {
  readonly train: Sample;
  readonly ctx: FitContext;
}

/** One fit of several that share a batch. */
export interface NetworkFit extends FitJob {
  readonly recipe: NetworkRecipe;
}

/** What is said about a fit besides the weights. */
export interface FitReport {
  /** Learned numbers: weights, or nodes of trees. */
  readonly parameters: number;
  /** Epochs or rounds of the model that is kept. */
  readonly bestStep: number;
  /** Epochs that the schedule of rates was made for; left out where there is none, and by earlier versions. */
  readonly plannedSteps?: number;
  /** Validation (or training) loss per epoch or round block, for learning curves. */
  readonly curve: readonly { step: number; train: number; validation: number | null }[];
  /** Anything a user should know: "diverged at step 12, retried at half the learning rate". */
  readonly notes: readonly string[];
}

/** What a fit said of its validation rows on its way, for whoever must not look at where it stopped. */
export interface Steps {
  /** Epochs or rounds, growing. */
  readonly steps: readonly number[];
  /** Mean loss of the rows at each of them. */
  readonly losses: readonly number[];
  /** Predictions of the rows at each of them. */
  readonly predictions: readonly Matrix[];
}

/** Fitted. Predictions: regression [n x 1] in the target's units; classes [n x k], rows sum to 1. */
export interface Model {
  readonly kind: string;
  readonly report: FitReport;
  /** Of a fit that its validation rows stopped, where that was asked for. */
  readonly steps?: Steps | undefined;
  predict(X: Matrix): Promise<Matrix>;
  /** What `predict` says of a copy of these rows, to the bit, without the copy; left out where a model needs one. */
  predictRows?(X: Matrix, rows: Uint32Array): Promise<Matrix>;
  /** Everything `restoreModel` needs; nothing executable. */
  save(): SavedState;
  dispose(): void;
}
