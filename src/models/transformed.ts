/** @file A model of a changed target: fitted where numbers are less skewed, predictions brought back to the target's own units. */

import type { JsonObject, Matrix, SavedState } from '../core/index.js';
import { check, checkData, createMatrix } from '../core/index.js';
import type { Estimator, FitContext, FitReport, Model, Sample } from './estimator.js';
import { reportFromJson, reportToJson, requireState } from './state.js';
import type { TransformName } from './transform.js';
import { fitTransform, requireTransform, slopeAt, transformFrom } from './transform.js';

const KIND = 'transformed';
const VERSION = 1;
/** Rows that a correction for the mean must outweigh before it is believed by half. */
const DOUBT_ROWS = 30;
/** Metrics of means: the back-transformed mean of a changed target is too small for them. */
const OF_MEANS: readonly string[] = ['rmse', 'r2'];

/**
 * The estimator on a changed target. Its validation rows count by how much their errors grow on the way back, so that it stops by what the
 * metric will see, to first order. For metrics of means predictions are then stretched by the factor that suits the validation rows best
 * (the training rows, without any). None lies beyond the targets that were seen.
 *
 * Random   that of the estimator
 * Throws   data: targets below 0 for log1p
 * Source   Duan 1983, Smearing estimate; differs: the factor is that of least squares on rows that were not fitted
 */
export function transformed(estimator: Estimator, name: TransformName): Estimator {
  requireTransform(name);
  const fit = async (train: Sample, ctx: FitContext): Promise<Model> => {
    check(
      ctx.task === 'regression',
      `${estimator.kind}.fit`,
      'targetTransform must be none where classes are predicted',
      name,
    );
    const table = fitTransform(name, train);
    const { validation } = ctx;
    const changed = { ...train, y: table.there(train.y) };
    const judge =
      validation &&
      judgeOf(
        validation,
        ctx.metric,
        (y) => table.there(y),
        (y) => slopeAt(table, y),
      );
    const metric = ctx.metric === 'rmsle' ? 'rmse' : ctx.metric;
    const model = await estimator.fit(changed, { ...ctx, metric, ...(judge ? { validation: judge } : {}) });
    const [low, high] = rangeOf(train);
    const stretch = OF_MEANS.includes(ctx.metric ?? 'rmse')
      ? await stretchOf(model, validation ?? train, table.back)
      : 1;
    return new TransformedModel(model, { transform: table.json, stretch, low, high });
  };
  return { kind: estimator.kind, params: estimator.params, fit };
}

/** A fitted model from its saved state; `restore` reads the model of the changed target. */
export function restoreTransformed(state: SavedState, restore: (state: SavedState) => Model): Model {
  requireState(state, KIND, VERSION);
  const { transform, stretch, low, high } = backOf(state);
  return new TransformedModel(restore(innerState(state)), { transform, stretch, low, high }, reportFromJson(state));
}

/** What brings predictions back. Plain JSON. */
export interface Back {
  readonly transform: JsonObject;
  /** Times the distance from the point that the transform leaves where it is. */
  readonly stretch: number;
  readonly low: number;
  readonly high: number;
}

/** Of a saved state. */
export function backOf({ json }: SavedState): Back {
  const { stretch, low, high } = json as unknown as Back;
  const isWhole = [stretch, low, high].every(Number.isFinite) && low <= high;
  checkData(isWhole, 'transformed.restore', 'must have a stretch and a range', String([stretch, low, high]));
  return json as unknown as Back;
}

/** The saved model of the changed target. */
export function innerState({ json, tensors, shapes = {} }: SavedState): SavedState {
  const { kind, version, json: own } = (json as unknown as { readonly model: Omit<SavedState, 'tensors'> }).model;
  checkData(kind !== KIND, 'transformed.restore', 'a target must be changed once', kind);
  return { kind, version, json: own, tensors, shapes };
}

class TransformedModel implements Model {
  readonly kind: string;
  readonly report: FitReport;
  readonly steps: Model['steps'];
  private readonly back: (t: number) => number;

  constructor(
    private readonly model: Model,
    private readonly how: Back,
    report?: FitReport,
  ) {
    this.kind = model.kind;
    this.report = report ?? model.report;
    this.back = transformFrom(how.transform).back;
    this.steps = model.steps && {
      ...model.steps,
      predictions: model.steps.predictions.map((said) => this.brought(said)),
    };
  }

  async predict(X: Matrix): Promise<Matrix> {
    return this.brought(await this.model.predict(X));
  }

  save(): SavedState {
    const { kind, version, json, tensors, shapes } = this.model.save();
    const own = { ...this.how, model: { kind, version, json }, report: reportToJson(this.report) };
    return { kind: KIND, version: VERSION, json: own, tensors, ...(shapes ? { shapes } : {}) };
  }

  dispose(): void {
    this.model.dispose();
  }

  private brought({ rows, data }: Matrix): Matrix {
    const out = createMatrix(rows, 1);
    const { stretch, low, high } = this.how;
    for (let i = 0; i < rows; i++) out.data[i] = Math.min(Math.max(stretch * this.back(data[i]), low), high);
    return out;
  }
}

/** Rows weigh by how far an error of the changed target goes: its slope there, squared where errors are. */
function judgeOf(
  own: Sample,
  metric: string | undefined,
  there: (y: Float32Array) => Float32Array,
  slope: (y: number) => number,
): Sample {
  const y = there(own.y);
  if (metric === 'rmsle' || metric === 'mape') return { ...own, y };
  const power = OF_MEANS.includes(metric ?? 'rmse') ? 2 : 1;
  const weights = new Float32Array(own.y.length);
  for (const row of own.rows) weights[row] = (own.weights?.[row] ?? 1) * slope(own.y[row]) ** power;
  return { ...own, y, weights: onAverageOne(weights, own) };
}

function onAverageOne(weights: Float32Array, { rows, weights: before }: Sample): Float32Array {
  let [sum, total] = [0, 0];
  for (const row of rows) {
    sum += weights[row];
    total += before?.[row] ?? 1;
  }
  return sum > 0 ? weights.map((weight) => (weight * total) / sum) : weights;
}

function rangeOf({ y, rows, weights }: Sample): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows) {
    if (weights?.[row] === 0) continue;
    low = Math.min(low, y[row]);
    high = Math.max(high, y[row]);
  }
  return [low, high];
}

/** The factor of least squares, of few rows drawn towards 1. */
async function stretchOf(model: Model, { X, y, rows, weights }: Sample, back: (t: number) => number): Promise<number> {
  const { cols } = X;
  const own = createMatrix(rows.length, cols);
  rows.forEach((row, i) => own.data.set(X.data.subarray(row * cols, (row + 1) * cols), i * cols));
  const { data } = await model.predict(own);
  let [top, bottom] = [0, 0];
  rows.forEach((row, i) => {
    const said = back(data[i]);
    const weight = weights?.[row] ?? 1;
    top += weight * said * y[row];
    bottom += weight * said * said;
  });
  const factor = bottom > 0 ? top / bottom : 1;
  return Number.isFinite(factor) && factor > 0 ? 1 + ((factor - 1) * rows.length) / (rows.length + DOUBT_ROWS) : 1;
}
