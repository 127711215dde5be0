/** @file A model of a changed target: fitted where numbers are less skewed, predictions brought back to the target's own units. */

import type { JsonObject, Matrix, SavedState } from '../core/index.js';
import { check, checkData, createMatrix } from '../core/index.js';
import { weightedQuantile } from '../trees/index.js';
import type { Estimator, FitContext, FitReport, Model, Sample } from './estimator.js';
import { leastSize } from './number-loss.js';
import { reportFromJson, reportToJson, requireState } from './state.js';
import type { Transform, TransformName } from './transform.js';
import { fitTransform, requireTransform, slopeAt, transformFrom } from './transform.js';

const KIND = 'transformed';
const VERSION = 1;
/** Rows that a correction for the mean must outweigh before it is believed by half. */
const DOUBT_ROWS = 30;
/** Metrics of means: the back-transformed mean of a changed target is too small for them. */
const OF_MEANS: readonly string[] = ['rmse', 'r2'];
/** Metrics that are not of the changed target, and what becomes of them once rows weigh by the way back. */
const INSIDE: Readonly<Record<string, string>> = { rmsle: 'rmse', mape: 'mae' };

/**
 * The estimator on a changed target. Its validation rows count by how much their errors grow on the way back, so that it stops by what the
 * metric will see, to first order. For metrics of means, and of parts of the target, predictions are then stretched by the factor that suits
 * the validation rows best (the training rows, without any). None lies beyond the targets that were seen. An estimator of absolute errors that is to make errors
 * least as parts of the target (`isOfParts`) trains on rows that weigh as much: parts of a changed target say nothing.
 *
 * Random   that of the estimator
 * Throws   data: targets below 0 for log1p
 * Source   Duan 1983, Smearing estimate; differs: the factor is that of least squares on rows that were not fitted
 */
export function transformed(estimator: Estimator, name: TransformName, isOfParts = false): Estimator {
  requireTransform(name);
  const fit = async (train: Sample, ctx: FitContext): Promise<Model> => {
    check(
      ctx.task === 'regression',
      `${estimator.kind}.fit`,
      'targetTransform must be none where classes are predicted',
      name,
    );
    const table = fitTransform(name, train);
    const { validation, metric = 'rmse' } = ctx;
    const change = { table, least: leastSize(train) };
    const changed = isOfParts ? weighed(train, 'mape', change) : { ...train, y: table.there(train.y) };
    const judge = validation && { validation: weighed(validation, metric, change) };
    const inside = Object.hasOwn(INSIDE, metric) ? INSIDE[metric] : ctx.metric;
    const model = await estimator.fit(changed, { ...ctx, metric: inside, ...judge });
    const [low, high] = rangeOf(train);
    const factorOf = OF_MEANS.includes(metric) ? leastSquares : metric === 'mape' ? leastParts(change.least) : null;
    const stretch = factorOf ? await stretchOf(model, validation ?? train, table.back, factorOf) : 1;
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

interface Change {
  readonly table: Transform;
  /** What smaller targets count as, where errors are parts of them. */
  readonly least: number;
}

/** A changed sample whose rows weigh by how far an error goes in what the metric counts, squared where errors are. */
function weighed(own: Sample, metric: string, { table, least }: Change): Sample {
  const power = metric === 'rmsle' || OF_MEANS.includes(metric) ? 2 : 1;
  const weights = new Float64Array(own.y.length);
  for (const row of own.rows) {
    const y = own.y[row];
    weights[row] = (own.weights?.[row] ?? 1) * (slopeAt(table, y) / unitAt(y, metric, least)) ** power;
  }
  return { ...own, y: table.there(own.y), weights: onAverageOne(weights, own) };
}

/** What an error at a target is counted in: its size, one more than it for logarithms, else 1. */
function unitAt(y: number, metric: string, least: number): number {
  if (metric === 'mape') return Math.max(Math.abs(y), least);
  return metric === 'rmsle' ? 1 + Math.max(0, y) : 1;
}

function onAverageOne(weights: Float64Array, { rows, weights: before }: Sample): Float32Array {
  let [sum, total] = [0, 0];
  for (const row of rows) {
    sum += weights[row];
    total += before?.[row] ?? 1;
  }
  return Float32Array.from(weights, (weight) => (sum > 0 ? (weight * total) / sum : weight));
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

/** What would best be multiplied with what was said of some rows; not finite, or not above 0, where nothing tells. */
type FactorOf = (said: Float64Array, y: Float64Array, weights: Float64Array) => number;

const leastSquares: FactorOf = (said, y, weights) => {
  let [top, bottom] = [0, 0];
  said.forEach((own, i) => {
    top += weights[i] * own * y[i];
    bottom += weights[i] * own * own;
  });
  return top / bottom;
};

/**
 * Of errors in parts of the target: too much by half costs as much as half too little, though it is nearer in logarithms, so that what is
 * least lies below the median, the further the less sure a row is. The sum of w said / size |factor - y / said| is least at a median.
 */
function leastParts(least: number): FactorOf {
  return (said, y, weights) => {
    const rows = Array.from(said.keys()).filter((i) => said[i] > 0);
    const counts = rows.map((i) => (weights[i] * said[i]) / unitAt(y[i], 'mape', least));
    if (!counts.some((count) => count > 0)) return 1;
    const ratios = rows.map((i) => y[i] / said[i]);
    return weightedQuantile(ratios, counts, 0.5);
  };
}

/** That factor, of few rows drawn towards 1. */
async function stretchOf(
  model: Model,
  { X, y, rows, weights }: Sample,
  back: (t: number) => number,
  factorOf: FactorOf,
): Promise<number> {
  const { cols } = X;
  const own = createMatrix(rows.length, cols);
  rows.forEach((row, i) => own.data.set(X.data.subarray(row * cols, (row + 1) * cols), i * cols));
  const { data } = await model.predict(own);
  const counts = Float64Array.from(rows, (row) => weights?.[row] ?? 1);
  const factor = factorOf(
    Float64Array.from(data, back),
    Float64Array.from(rows, (row) => y[row]),
    counts,
  );
  return Number.isFinite(factor) && factor > 0 ? 1 + ((factor - 1) * rows.length) / (rows.length + DOUBT_ROWS) : 1;
}
