/** @file The three losses in scalar float64, in nats or squared units, with their gradients. */

import type { LossSpec } from './engine.js';
import type { Table } from './reference-layers.js';
import { table } from './reference-layers.js';

/** What the loss is judged against: `y` in the order of the output's rows, `weights` likewise. */
export interface Target {
  readonly y: ArrayLike<number>;
  readonly weights?: ArrayLike<number> | undefined;
}

/** The weighted mean sum(w loss) / sum(w) and its gradient; 0 and zeros when every weight is 0. */
export function lossAndGradient(output: Table, loss: LossSpec, target: Target): { value: number; gradient: Table } {
  const { n, cols } = output;
  const gradient = table(n, cols);
  let total = 0;
  for (let t = 0; t < n; t++) total += target.weights?.[t] ?? 1;
  let value = 0;
  for (let t = 0; t < n; t++) {
    const share = total === 0 ? 0 : (target.weights?.[t] ?? 1) / total;
    const o = output.data.subarray(t * cols, (t + 1) * cols);
    const slopes = gradient.data.subarray(t * cols, (t + 1) * cols);
    value += share * ROW_LOSS[loss.kind](o, target.y, t, { slopes, smoothing: loss.labelSmoothing });
    slopes.forEach((slope, c) => (slopes[c] = slope * share));
  }
  return { value, gradient };
}

interface RowOptions {
  /** Receives dLoss/dOutput of this row. */
  readonly slopes: Float64Array;
  readonly smoothing: number;
}

type RowLoss = (o: Float64Array, y: ArrayLike<number>, row: number, options: RowOptions) => number;

const ROW_LOSS: Readonly<Record<LossSpec['kind'], RowLoss>> = {
  mse(o, y, row, { slopes }) {
    let sum = 0;
    o.forEach((value, c) => {
      const error = value - y[row * o.length + c];
      slopes[c] = (2 * error) / o.length;
      sum += error * error;
    });
    return sum / o.length;
  },
  binaryCrossEntropy(o, y, row, { slopes, smoothing }) {
    const wanted = y[row] * (1 - smoothing) + smoothing / 2;
    slopes[0] = 1 / (1 + Math.exp(-o[0])) - wanted;
    return Math.max(o[0], 0) + Math.log1p(Math.exp(-Math.abs(o[0]))) - wanted * o[0];
  },
  crossEntropy(o, y, row, { slopes, smoothing }) {
    const top = o.reduce((a, b) => Math.max(a, b), -Infinity);
    const logSum = top + Math.log(o.reduce((sum, value) => sum + Math.exp(value - top), 0));
    let loss = logSum;
    o.forEach((value, c) => {
      const wanted = (c === y[row] ? 1 - smoothing : 0) + smoothing / o.length;
      slopes[c] = Math.exp(value - logSum) - wanted;
      loss -= wanted * value;
    });
    return loss;
  },
};
