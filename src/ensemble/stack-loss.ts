/** @file What a stack of probabilities loses: mean cross-entropy plus ridge, with slopes and curvature by its weights. */

import type { Matrix } from '../core/index.js';
import type { RowWeights, Targets } from '../evaluate/index.js';
import { softmax, STACK_FLOOR } from './combine.js';

export interface StackProblem {
  readonly candidates: readonly Matrix[];
  readonly start: Float64Array;
  readonly y: Targets;
  readonly rows: Uint32Array;
  readonly rowWeights: RowWeights | undefined;
  readonly ridge: number;
  /** What the logarithms of each candidate are multiplied by. */
  readonly scales: Float64Array;
}

/** The loss around a point, in the weights that may move: those above 0, and those that would grow. */
export interface Expansion {
  readonly loss: number;
  readonly free: readonly number[];
  /** [free] */
  readonly slope: Float64Array;
  /** [free x free] */
  readonly curvature: Float64Array;
}

export interface Objective {
  value(weights: Float64Array): number;
  expand(weights: Float64Array): Expansion;
}

export function softmaxObjective(problem: StackProblem): Objective {
  const { y, rows, rowWeights, start, ridge } = problem;
  const [m, k] = [start.length, problem.candidates[0].cols];
  const logs = logarithms(problem);
  const total = rows.reduce((sum, row) => sum + (rowWeights?.[row] ?? 1), 0);
  const shares = Float64Array.from(rows, (row) => (rowWeights?.[row] ?? 1) / total);
  const p = new Float64Array(k);

  /** Probabilities of row i into p; its cross-entropy. */
  const predict = (weights: Float64Array, i: number): number => {
    for (let c = 0; c < k; c++) {
      const at = (i * k + c) * m;
      let sum = 0;
      for (let a = 0; a < m; a++) sum += weights[a] * logs[at + a];
      p[c] = sum;
    }
    softmax(p);
    return -Math.log(Math.max(p[y[rows[i]]], 1e-300));
  };

  const penalty = (weights: Float64Array): number =>
    weights.reduce((sum, weight, a) => sum + ridge * (weight - start[a]) ** 2, 0);

  const value = (weights: Float64Array): number => {
    let loss = penalty(weights);
    for (let i = 0; i < rows.length; i++) loss += shares[i] * predict(weights, i);
    return loss;
  };

  const slopeAt = (weights: Float64Array): { loss: number; slope: Float64Array; all: Float64Array } => {
    const slope = weights.map((weight, a) => 2 * ridge * (weight - start[a]));
    const all = new Float64Array(rows.length * k);
    let loss = penalty(weights);
    for (let i = 0; i < rows.length; i++) {
      loss += shares[i] * predict(weights, i);
      all.set(p, i * k);
      for (let c = 0; c < k; c++) {
        const error = shares[i] * (p[c] - (y[rows[i]] === c ? 1 : 0));
        const at = (i * k + c) * m;
        for (let a = 0; a < m; a++) slope[a] += error * logs[at + a];
      }
    }
    return { loss, slope, all };
  };

  const expand = (weights: Float64Array): Expansion => {
    const { loss, slope, all } = slopeAt(weights);
    const free = Array.from(weights.keys()).filter((a) => weights[a] > 0 || slope[a] < 0);
    const f = free.length;
    const curvature = new Float64Array(f * f);
    const mean = new Float64Array(f);
    const away = new Float64Array(f);
    for (let i = 0; i < rows.length; i++) {
      mean.fill(0);
      for (let c = 0; c < k; c++) {
        const at = (i * k + c) * m;
        for (let a = 0; a < f; a++) mean[a] += all[i * k + c] * logs[at + free[a]];
      }
      for (let c = 0; c < k; c++) {
        const at = (i * k + c) * m;
        const weight = shares[i] * all[i * k + c];
        // Classes that are as good as impossible bend next to nothing; the slope has them.
        if (all[i * k + c] < 1e-5) continue;
        for (let a = 0; a < f; a++) away[a] = logs[at + free[a]] - mean[a];
        for (let a = 0; a < f; a++) {
          const own = weight * away[a];
          for (let b = 0; b <= a; b++) curvature[a * f + b] += own * away[b];
        }
      }
    }
    for (let a = 0; a < f; a++) {
      curvature[a * f + a] += 2 * ridge;
      for (let b = 0; b < a; b++) curvature[b * f + a] = curvature[a * f + b];
    }
    return { loss, free, slope: Float64Array.from(free, (a) => slope[a]), curvature };
  };

  return { value, expand };
}

/** scale times log(max(p, floor)) of every row and class, the models' side by side: [rows x k x models]. */
function logarithms({ candidates, rows, scales }: StackProblem): Float64Array {
  const [m, k] = [candidates.length, candidates[0].cols];
  const out = new Float64Array(rows.length * k * m);
  candidates.forEach(({ data }, a) => {
    for (let i = 0; i < rows.length; i++) {
      for (let c = 0; c < k; c++) {
        out[(i * k + c) * m + a] = scales[a] * Math.log(Math.max(data[rows[i] * k + c], STACK_FLOOR));
      }
    }
  });
  return out;
}
