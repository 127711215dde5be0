/** @file The straight baseline: ridge for numbers, penalised logistic regression for classes. */

import type { Matrix, SavedState, Task } from '../core/index.js';
import { check, createMatrix, pacer } from '../core/index.js';
import type { Estimator, FitContext, FitReport, Model, Sample } from './estimator.js';
import { requireInput, requireSample } from './input.js';
import type { Coefficients } from './linear/design.js';
import { Design } from './linear/design.js';
import { solveLogistic } from './linear/logistic.js';
import { forwardDense } from './linear/products.js';
import { solveRidge } from './linear/ridge.js';
import { plainReport, reportFromJson, reportToJson, requireState, stateTensor } from './state.js';
import { predictionsFrom } from './target.js';

const KIND = 'linear';
const VERSION = 1;
const RULES = { missing: false };

export interface LinearParams {
  /** Strength of the L2 penalty on standardised coefficients; the intercept is free. */
  readonly alpha: number;
}

/**
 * Ridge regression, or logistic regression (one logit for two classes, a softmax for more), with one L2 penalty.
 *
 * Columns are standardised inside, so alpha means the same for every column. It is the alpha of scikit-learn's Ridge and
 * 1 / C of its LogisticRegression behind a StandardScaler. Predictions of numbers are not clipped to the training range.
 * More columns than rows are fine. There are no steps to report: ctx.validation and ctx.report are not used. A time limit ends
 * the solver after the step in which it passes.
 *
 * Units    alpha in units of the summed (not averaged) loss
 * Missing  NaN and infinities in X are refused
 * Random   none
 */
export function linear(params: Partial<LinearParams> = {}): Estimator<LinearParams> {
  const alpha = params.alpha ?? 1;
  check(alpha >= 0 && alpha < Infinity, 'linear', 'alpha must be 0 or more', alpha);
  return { kind: KIND, params: { alpha }, fit: (train, ctx) => fitLinear(train, ctx, alpha) };
}

async function fitLinear(train: Sample, ctx: FitContext, alpha: number): Promise<Model> {
  ctx.signal?.throwIfAborted();
  requireSample(KIND, train, ctx.task, ctx.k, RULES);
  const pause = pacer(ctx.signal);
  const design = new Design(train, pause, performance.now() + (ctx.limitMs ?? Infinity));
  const y = Float64Array.from(train.rows, (row) => train.y[row]);
  if (ctx.task === 'regression') {
    const raw = design.toRaw(await solveRidge(design, y, alpha));
    return new LinearModel(ctx.task, ctx.k, train.X.cols, raw, plainReport(raw.W.length + 1));
  }
  const m = ctx.task === 'binary' ? 1 : ctx.k;
  const { coefficients, steps, converged } = await solveLogistic(design, y, m, alpha, pause);
  const notes = converged ? [] : [`stopped after ${steps} steps before the loss had settled`];
  const raw = design.toRaw(coefficients);
  return new LinearModel(ctx.task, ctx.k, train.X.cols, raw, plainReport(raw.W.length + m, notes));
}

/** A fitted linear model from its saved state. */
export function restoreLinear(state: SavedState): Model {
  requireState(state, KIND, VERSION);
  const { task, k, columns } = state.json as { task: Task; k: number; columns: number };
  const m = task === 'multiclass' ? k : 1;
  const W = stateTensor(state, 'W', Float64Array, columns * m);
  const b = stateTensor(state, 'b', Float64Array, m);
  return new LinearModel(task, k, columns, { W, b }, reportFromJson(state));
}

/** Coefficients for raw columns: outputs = X W + b. */
class LinearModel implements Model {
  readonly kind = KIND;

  constructor(
    private readonly task: Task,
    private readonly k: number,
    private readonly columns: number,
    private readonly coefficients: Coefficients,
    readonly report: FitReport,
  ) {}

  async predict(X: Matrix): Promise<Matrix> {
    requireInput(KIND, X, this.columns, RULES);
    const { W, b } = this.coefficients;
    const scores = new Float64Array(X.rows * b.length);
    forwardDense(X, undefined, W, b, scores, [0, X.rows]);
    const raw = createMatrix(X.rows, b.length);
    raw.data.set(scores);
    const plain = { task: this.task, k: this.k, mean: 0, scale: 1, low: -Infinity, high: Infinity };
    return predictionsFrom(raw, plain);
  }

  save(): SavedState {
    const { W, b } = this.coefficients;
    const json = { task: this.task, k: this.k, columns: this.columns, report: reportToJson(this.report) };
    const shapes = { W: [this.columns, b.length], b: [b.length] };
    return { kind: KIND, version: VERSION, json, tensors: { W: W.slice(), b: b.slice() }, shapes };
  }

  dispose(): void {}
}
