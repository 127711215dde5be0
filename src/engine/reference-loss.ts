/** @file All losses in scalar float64, with their gradients: of one number and its target, and of the logits of a row. */

import type { LossSpec, NumberLossKind } from './engine.js';
import { isNumberLoss, powerOf } from './engine.js';
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
    value += share * rowLoss(loss, o, slopes, { y: target.y, row: t });
    slopes.forEach((slope, c) => (slopes[c] = slope * share));
  }
  return { value, gradient };
}

/** The loss of one row; `slopes` receives dLoss/dOutput. */
function rowLoss(loss: LossSpec, o: Float64Array, slopes: Float64Array, target: RowTarget): number {
  const { kind, labelSmoothing } = loss;
  if (!isNumberLoss(kind)) return CLASS_LOSS[kind](o, slopes, { ...target, smoothing: labelSmoothing });
  let sum = 0;
  o.forEach((value, c) => {
    const { height, slope } = NUMBER_LOSS[kind](value, target.y[target.row * o.length + c], loss);
    slopes[c] = slope / o.length;
    sum += height;
  });
  return sum / o.length;
}

interface RowTarget {
  readonly y: ArrayLike<number>;
  readonly row: number;
}

interface Point {
  readonly height: number;
  readonly slope: number;
}

type NumberLoss = (o: number, y: number, loss: LossSpec) => Point;

const NUMBER_LOSS: Readonly<Record<NumberLossKind, NumberLoss>> = {
  mse: (o, y) => ({ height: (o - y) ** 2, slope: 2 * (o - y) }),
  absolute: (o, y) => ({ height: Math.abs(o - y), slope: Math.sign(o - y) }),
  huber(o, y, { shape: distance = 1 }) {
    const off = Math.abs(o - y);
    return off <= distance
      ? { height: off ** 2 / 2, slope: o - y }
      : { height: distance * (off - distance / 2), slope: distance * Math.sign(o - y) };
  },
  quantile(o, y, { shape: level = 0.5 }) {
    if (o === y) return { height: 0, slope: 0 };
    return y >= o ? { height: level * (y - o), slope: -level } : { height: (1 - level) * (o - y), slope: 1 - level };
  },
  poisson: ofLogs,
  gamma: ofLogs,
  tweedie: ofLogs,
};

function ofLogs(o: number, y: number, loss: LossSpec): Point {
  const p = powerOf(loss);
  const said = Math.exp((2 - p) * o);
  const wanted = y * Math.exp((1 - p) * o);
  // The limits where a power is 0: exp(0 o) / 0 has no height but that of its slope.
  const up = p === 2 ? o : said / (2 - p);
  const down = p === 1 ? y * o : wanted / (1 - p);
  return { height: up - down, slope: said - wanted };
}

interface ClassTarget extends RowTarget {
  readonly smoothing: number;
}

type ClassLoss = (o: Float64Array, slopes: Float64Array, target: ClassTarget) => number;

const CLASS_LOSS: Readonly<Record<Exclude<LossSpec['kind'], NumberLossKind>, ClassLoss>> = {
  binaryCrossEntropy(o, slopes, { y, row, smoothing }) {
    const wanted = y[row] * (1 - smoothing) + smoothing / 2;
    slopes[0] = 1 / (1 + Math.exp(-o[0])) - wanted;
    return Math.max(o[0], 0) + Math.log1p(Math.exp(-Math.abs(o[0]))) - wanted * o[0];
  },
  crossEntropy(o, slopes, { y, row, smoothing }) {
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
