/** @file The target as a network sees it: standardised numbers or class indices, and the way back to predictions. */

import type { JsonObject, Matrix, Task } from '../core/index.js';
import { createMatrix } from '../core/index.js';
import type { LossSpec } from '../engine/index.js';
import { weightedQuantile } from '../trees/index.js';
import type { Sample } from './estimator.js';
import type { JudgeLoss, ReadyNumberLoss } from './number-loss.js';
import { numberLoss } from './number-loss.js';

/** What turns raw outputs into predictions. Regression: standardised by the training rows, clipped to their range. */
export interface TargetScaling {
  readonly task: Task;
  readonly k: number;
  readonly mean: number;
  readonly scale: number;
  readonly low: number;
  readonly high: number;
  /** 'log': predictions are scale * exp(output) instead of mean + scale * output; left out: they are not. */
  readonly link?: 'log';
}

/** The standard deviation of a normal distribution by the median distance from its middle. */
const NORMAL_OF_MEDIAN = 1.4826;
/** Rows beyond this share may lie however far: the unit of distances does not follow them. */
const NEARLY_ALL = 0.95;
const SQUARED: ReadyNumberLoss = { name: 'squared', shape: 0 };

/** Weighted mean, standard deviation (ddof 0; 1 for a constant target) and range over the rows with a weight. */
export function fitTargetScaling(train: Sample, task: Task, k: number): TargetScaling {
  if (task !== 'regression') return { task, k, mean: 0, scale: 1, low: 0, high: 1 };
  const weight = (row: number) => train.weights?.[row] ?? 1;
  let sum = 0;
  let total = 0;
  let low = Infinity;
  let high = -Infinity;
  for (const row of train.rows) {
    if (weight(row) === 0) continue;
    const y = train.y[row];
    sum += weight(row) * y;
    total += weight(row);
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  const mean = sum / total;
  let squares = 0;
  for (const row of train.rows) if (weight(row) > 0) squares += weight(row) * (train.y[row] - mean) ** 2;
  const scale = Math.sqrt(squares / total) || 1;
  return { task, k: 1, mean, scale, low, high };
}

/** For a target of at least 0 whose logarithm is predicted: in units of its weighted mean, or as it is where that is 0. */
export function fitLogScaling(train: Sample): TargetScaling {
  const { mean, low, high } = fitTargetScaling(train, 'regression', 1);
  return { task: 'regression', k: 1, mean: 0, scale: mean > 0 ? mean : 1, low, high, link: 'log' };
}

/**
 * For losses that count distances: centred at a quantile (the median but for the loss of another), in units of the median distance from
 * there, as a normal target's standard deviation, but never of less than the mean distance. Half of the rows may nearly be at the centre,
 * and the others are to be reached, too. In that mean a few far rows count as far as all others are. Where nearly all are at the
 * centre it is the standard deviation.
 */
export function fitRobustScaling(train: Sample, level = 0.5): TargetScaling {
  const { scale, low, high } = fitTargetScaling(train, 'regression', 1);
  const values = Array.from(train.rows, (row) => train.y[row]);
  const weights = Array.from(train.rows, (row) => train.weights?.[row] ?? 1);
  const centre = weightedQuantile(values, weights, level);
  const distances = values.map((value) => Math.abs(value - centre));
  const usual = NORMAL_OF_MEDIAN * weightedQuantile(distances, weights, 0.5);
  const unit = Math.max(usual, heldMean(distances, weights));
  return { task: 'regression', k: 1, mean: centre, scale: unit || scale, low, high };
}

/** The weighted mean, where the largest count as what nearly all stay below. */
function heldMean(values: readonly number[], weights: readonly number[]): number {
  const most = weightedQuantile(values, weights, NEARLY_ALL);
  let [sum, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += weights[i] * Math.min(values[i], most);
    total += weights[i];
  }
  return sum / total;
}

/** Columns of the network's raw output: one but for multiclass. */
export function outputCount(scaling: TargetScaling): number {
  return scaling.task === 'multiclass' ? scaling.k : 1;
}

/** The loss of an engine; of numbers the squared error where none is named. */
export function lossSpec(task: Task, labelSmoothing: number, loss = SQUARED): LossSpec {
  if (task !== 'regression') return { kind: task === 'binary' ? 'binaryCrossEntropy' : 'crossEntropy', labelSmoothing };
  const { name, shape } = loss;
  const kind = name === 'squared' ? 'mse' : name === 'mape' ? 'absolute' : name;
  const hasShape = kind === 'huber' || kind === 'quantile' || kind === 'tweedie';
  return { kind, labelSmoothing: 0, ...(hasShape ? { shape } : {}) };
}

/** y as the loss wants it, for every row of y (rows outside the sample are never read). */
export function networkTarget(y: Float32Array, scaling: TargetScaling): Float32Array {
  return scaling.task === 'regression' ? y.map((value) => (value - scaling.mean) / scaling.scale) : y;
}

/** Raw outputs [n x outputs] to predictions: numbers in the target's units, or probabilities [n x k]. */
export function predictionsFrom(raw: Matrix, scaling: TargetScaling): Matrix {
  if (scaling.task === 'regression') {
    const out = createMatrix(raw.rows, 1);
    for (let i = 0; i < raw.rows; i++) {
      const value = unscaled(raw.data[i], scaling);
      out.data[i] = Math.min(Math.max(value, scaling.low), scaling.high);
    }
    return out;
  }
  return scaling.task === 'binary' ? sigmoidPair(raw) : softmaxRows(raw);
}

function unscaled(output: number, { mean, scale, link }: TargetScaling): number {
  return link === 'log' ? scale * Math.exp(output) : mean + scale * output;
}

/** The output that says what is predicted: inside the range of the training rows. NaN for one that is not finite, which predicts nothing. */
function heldOutput(output: number, { mean, scale, low, high, link }: TargetScaling): number {
  if (!Number.isFinite(output)) return NaN;
  const [least, most] =
    link === 'log'
      ? [low > 0 ? Math.log(low / scale) : -Infinity, Math.log(Math.max(high, Number.MIN_VALUE) / scale)]
      : [(low - mean) / scale, (high - mean) / scale];
  return Math.min(Math.max(output, least), most);
}

function sigmoidPair(raw: Matrix): Matrix {
  const out = createMatrix(raw.rows, 2);
  for (let i = 0; i < raw.rows; i++) {
    const p = 1 / (1 + Math.exp(-raw.data[i]));
    out.data[2 * i] = 1 - p;
    out.data[2 * i + 1] = p;
  }
  return out;
}

function softmaxRows(raw: Matrix): Matrix {
  const { rows, cols } = raw;
  const out = createMatrix(rows, cols);
  for (let i = 0; i < rows; i++) {
    let top = -Infinity;
    for (let j = 0; j < cols; j++) top = Math.max(top, raw.data[i * cols + j]);
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += Math.exp(raw.data[i * cols + j] - top);
    for (let j = 0; j < cols; j++) out.data[i * cols + j] = Math.exp(raw.data[i * cols + j] - top) / sum;
  }
  return out;
}

/**
 * Loss of row i of raw outputs, whose target is y: `loss` of the number that is predicted (squared error where left out), or cross-entropy
 * in nats.
 */
export function rowLoss(raw: Matrix, i: number, y: number, scaling: TargetScaling, loss: JudgeLoss = SQUARED): number {
  if (scaling.task === 'regression') return numberLoss(loss, heldOutput(raw.data[i], scaling), y, scaling);
  if (scaling.task === 'binary') {
    const z = y > 0.5 ? raw.data[i] : -raw.data[i];
    return Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  }
  const { cols } = raw;
  let top = -Infinity;
  for (let j = 0; j < cols; j++) top = Math.max(top, raw.data[i * cols + j]);
  let sum = 0;
  for (let j = 0; j < cols; j++) sum += Math.exp(raw.data[i * cols + j] - top);
  return top + Math.log(sum) - raw.data[i * cols + y];
}

export function scalingToJson(scaling: TargetScaling): JsonObject {
  return { ...scaling };
}
