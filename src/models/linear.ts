/** @file The straight baseline: ridge for numbers, Poisson regression for counts, penalised logistic regression for classes. */

import type { Matrix, SavedState, Task } from '../core/index.js';
import { check, checkData, createMatrix, pacer } from '../core/index.js';
import type { Estimator, FitContext, FitReport, Model, Sample } from './estimator.js';
import { requireInput, requireSample } from './input.js';
import type { Coefficients, Pause } from './linear/design.js';
import { Design } from './linear/design.js';
import { solveLogistic, solvePoisson } from './linear/logistic.js';
import { forwardDense } from './linear/products.js';
import { solveRidge } from './linear/ridge.js';
import { requireSizes } from './number-loss.js';
import { plainReport, reportFromJson, reportToJson, requireState, stateTensor } from './state.js';
import type { TargetScaling } from './target.js';
import { fitLogScaling, predictionsFrom, scalingToJson } from './target.js';

const KIND = 'linear';
const VERSION = 1;
/** Of a saved state whose outputs are logarithms. */
const SCALED = 2;
const RULES = { missing: false };

export interface LinearParams {
  /** Strength of the L2 penalty on standardised coefficients; the intercept is free. */
  readonly alpha: number;
  /** Of numbers: squared errors (auto), or the likelihood of counts, through a logarithm. */
  readonly loss: 'auto' | 'poisson';
}

/**
 * Ridge regression, Poisson regression, or logistic regression (one logit for two classes, a softmax for more), with one L2 penalty.
 *
 * Columns are standardised inside, so alpha means the same for every column. It is the alpha of scikit-learn's Ridge and
 * 1 / C of its LogisticRegression behind a StandardScaler. Predictions of numbers are not clipped to the training range, but where
 * they are exponentials.
 * More columns than rows are fine. There are no steps to report: ctx.validation and ctx.report are not used. A time limit ends
 * the solver after the step in which it passes.
 *
 * Units    alpha in units of the summed (not averaged) loss
 * Missing  NaN and infinities in X are refused
 * Random   none
 */
export function linear(params: Partial<LinearParams> = {}): Estimator<LinearParams> {
  const { alpha = 1, loss = 'auto' } = params;
  check(alpha >= 0 && alpha < Infinity, 'linear', 'alpha must be 0 or more', alpha);
  check(['auto', 'poisson'].includes(loss), 'linear', "loss must be 'auto' or 'poisson'", loss);
  return { kind: KIND, params: { alpha, loss }, fit: (train, ctx) => fitLinear(train, ctx, { alpha, loss }) };
}

async function fitLinear(train: Sample, ctx: FitContext, { alpha, loss }: LinearParams): Promise<Model> {
  ctx.signal?.throwIfAborted();
  requireSample(KIND, train, ctx.task, ctx.k, RULES);
  const pause = pacer(ctx.signal);
  const design = new Design(train, pause, performance.now() + (ctx.limitMs ?? Infinity));
  const y = Float64Array.from(train.rows, (row) => train.y[row]);
  const isNumber = ctx.task === 'regression';
  check(isNumber || loss === 'auto', 'linear.fit', 'loss must be auto where classes are predicted', loss);
  if (loss === 'poisson') return fitPoisson({ train, ctx, design, y, pause }, alpha);
  if (isNumber) {
    const raw = design.toRaw(await solveRidge(design, y, alpha));
    return new LinearModel(plainScaling(ctx.task, ctx.k), train.X.cols, raw, plainReport(raw.W.length + 1));
  }
  const m = ctx.task === 'binary' ? 1 : ctx.k;
  const { coefficients, steps, converged } = await solveLogistic(design, y, m, alpha, pause);
  const raw = design.toRaw(coefficients);
  const report = plainReport(raw.W.length + m, notesOf(steps, converged));
  return new LinearModel(plainScaling(ctx.task, ctx.k), train.X.cols, raw, report);
}

interface Prepared {
  readonly train: Sample;
  readonly ctx: FitContext;
  readonly design: Design;
  readonly y: Float64Array;
  readonly pause: Pause;
}

async function fitPoisson({ train, design, y, pause }: Prepared, alpha: number): Promise<Model> {
  requireSizes('linear.fit', 'poisson', train);
  const scaling = fitLogScaling(train);
  const scaled = y.map((value) => value / scaling.scale);
  const { coefficients, steps, converged } = await solvePoisson(design, scaled, alpha, pause);
  const raw = design.toRaw(coefficients);
  return new LinearModel(scaling, train.X.cols, raw, plainReport(raw.W.length + 1, notesOf(steps, converged)));
}

function notesOf(steps: number, converged: boolean): string[] {
  return converged ? [] : [`stopped after ${steps} steps before the loss had settled`];
}

function plainScaling(task: Task, k: number): TargetScaling {
  return { task, k, mean: 0, scale: 1, low: -Infinity, high: Infinity };
}

/** A fitted linear model from its saved state. */
export function restoreLinear(state: SavedState): Model {
  const { task, k, columns, scaling } = state.json as unknown as Saved;
  requireState(state, KIND, scaling === undefined ? VERSION : SCALED);
  checkData(scaling === undefined || scaling.link === 'log', 'linear.restore', 'link must be log', scaling?.link);
  const m = task === 'multiclass' ? k : 1;
  const W = stateTensor(state, 'W', Float64Array, columns * m);
  const b = stateTensor(state, 'b', Float64Array, m);
  return new LinearModel(scaling ?? plainScaling(task, k), columns, { W, b }, reportFromJson(state));
}

interface Saved {
  readonly task: Task;
  readonly k: number;
  readonly columns: number;
  /** Left out where outputs are numbers as they are, or logits. */
  readonly scaling?: TargetScaling;
}

/** Coefficients for raw columns: outputs = X W + b. */
class LinearModel implements Model {
  readonly kind = KIND;

  constructor(
    private readonly scaling: TargetScaling,
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
    return predictionsFrom(raw, this.scaling);
  }

  save(): SavedState {
    const { W, b } = this.coefficients;
    const { task, k, link } = this.scaling;
    const scaled = link ? { scaling: scalingToJson(this.scaling) } : {};
    const json = { task, k, columns: this.columns, ...scaled, report: reportToJson(this.report) };
    const shapes = { W: [this.columns, b.length], b: [b.length] };
    return { kind: KIND, version: link ? SCALED : VERSION, json, tensors: { W: W.slice(), b: b.slice() }, shapes };
  }

  dispose(): void {}
}
