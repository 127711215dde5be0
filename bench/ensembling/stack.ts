/** @file One level of stacking, to be measured: non-negative weights by ridge, of numbers or of logarithms of probabilities. */

import type { Matrix } from '../../src/core/index.js';
import type { Pool } from './pool.js';

export interface Stack {
  readonly weights: Float64Array;
  /** Numbers are standardised by the target; logarithms are taken as they are. */
  readonly centre: number;
  readonly scale: number;
  readonly isNumber: boolean;
}

const STEPS = 150;
/** Below this a probability says no more. */
const FLOOR = 1e-5;

/**
 * Minimises the mean loss of sum_m w_m f_m (squared error of standardised numbers, or cross-entropy of its softmax) plus
 * ridge |w - start|^2 over w >= 0, by projected gradient descent with a line search.
 */
export function fitStack(
  { task, y, outputs }: Pool,
  models: readonly Matrix[],
  start: readonly number[],
  ridge: number,
): Stack {
  const isNumber = task === 'regression';
  const centre = isNumber ? y.reduce((sum, value) => sum + value, 0) / y.length : 0;
  const scale = isNumber ? Math.sqrt(y.reduce((sum, value) => sum + (value - centre) ** 2, 0) / y.length) : 1;
  const stack = (weights: Float64Array): Stack => ({ weights, centre, scale, isNumber });
  const features = models.map(({ data }) => Float64Array.from(data, featureOf(stack(new Float64Array()))));
  const objective = (w: Float64Array, gradient: Float64Array | null): number => {
    gradient?.fill(0);
    let loss = 0;
    const slopes = new Float64Array(outputs);
    for (let i = 0; i < y.length; i++) {
      for (let c = 0; c < outputs; c++) slopes[c] = features.reduce((sum, f, m) => sum + w[m] * f[i * outputs + c], 0);
      loss += rowLoss(slopes, isNumber ? (y[i] - centre) / scale : y[i], isNumber) / y.length;
      if (!gradient) continue;
      features.forEach((f, m) => {
        for (let c = 0; c < outputs; c++) gradient[m] += (slopes[c] * f[i * outputs + c]) / y.length;
      });
    }
    start.forEach((from, m) => {
      loss += ridge * (w[m] - from) ** 2;
      if (gradient) gradient[m] += 2 * ridge * (w[m] - from);
    });
    return loss;
  };
  return stack(descend(objective, Float64Array.from(start)));
}

/** Predictions of the stack into `out`. */
export function stacked(stack: Stack, models: readonly Matrix[], out: Matrix): void {
  const { weights, centre, scale, isNumber } = stack;
  const feature = featureOf(stack);
  const row = new Float64Array(out.cols);
  for (let i = 0; i < out.rows; i++) {
    for (let c = 0; c < out.cols; c++) {
      row[c] = models.reduce((sum, { data }, m) => sum + weights[m] * feature(data[i * out.cols + c]), 0);
    }
    if (!isNumber) softmax(row);
    for (let c = 0; c < out.cols; c++) out.data[i * out.cols + c] = isNumber ? centre + scale * row[c] : row[c];
  }
}

function featureOf({ centre, scale, isNumber }: Stack): (value: number) => number {
  return (value) => (isNumber ? (value - centre) / scale : Math.log(Math.max(value, FLOOR)));
}

/** The loss of a row; its outputs become their slopes. */
function rowLoss(outputs: Float64Array, y: number, isNumber: boolean): number {
  if (isNumber) {
    const error = outputs[0] - y;
    outputs[0] = 2 * error;
    return error * error;
  }
  softmax(outputs);
  const loss = -Math.log(Math.max(outputs[y], 1e-300));
  outputs[y] -= 1;
  return loss;
}

function softmax(row: Float64Array): void {
  const top = Math.max(...row);
  let sum = 0;
  for (let c = 0; c < row.length; c++) sum += row[c] = Math.exp(row[c] - top);
  for (let c = 0; c < row.length; c++) row[c] /= sum;
}

function descend(
  objective: (w: Float64Array, gradient: Float64Array | null) => number,
  from: Float64Array,
): Float64Array {
  let w = from;
  const gradient = new Float64Array(w.length);
  let loss = objective(w, gradient);
  let length = 1;
  for (let step = 0; step < STEPS && length > 1e-9; step++) {
    const next = w.map((value, m) => Math.max(0, value - length * gradient[m]));
    const moved = next.reduce((sum, value, m) => sum + (value - w[m]) ** 2, 0);
    const tried = objective(next, null);
    if (tried > loss - (1e-4 * moved) / length) {
      length /= 2;
      continue;
    }
    const isSettled = loss - tried < 1e-9;
    w = next;
    if (isSettled) break;
    loss = objective(w, gradient);
    length *= 2;
  }
  return w;
}
