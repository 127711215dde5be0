/** @file A network as the solution of a differential equation: steps down the squares of what must be 0. */

import type { Matrix } from '../src/core/index.js';
import { allRows, createMatrix, Rng } from '../src/core/index.js';
import type { DerivativeLoss } from '../src/engine/index.js';
import { referenceEngine } from '../src/engine/index.js';
import type { Condition, Equation } from './equations.js';
import type { Contender } from './networks.js';
import { ADAM, cosineRate } from './train.js';

export interface Solution {
  /** Error by step: the root mean square of the difference from the exact solution, over that of the solution. */
  readonly curve: readonly { readonly step: number; readonly error: number }[];
  readonly error: number;
  readonly seconds: number;
  /** On a grid of `side` points along each coordinate. */
  readonly values: readonly number[];
}

export interface SolveCourse {
  readonly steps: number;
  readonly rate: number;
  readonly seed: number;
  /** Points in a step. */
  readonly points: number;
  readonly marks?: number;
}

/** Random: points and first weights draw from course.seed only. */
export async function solve(
  equation: Equation,
  contender: Contender,
  { steps, rate, seed, points, marks = 20 }: SolveCourse,
): Promise<Solution> {
  const rng = new Rng(seed);
  const { parameters, rateScale } = contender.start(rng);
  const loss = { kind: 'mse', labelSmoothing: 0 } as const;
  const rows = share(equation, points);
  const count = rows.length;
  const program = referenceEngine.compile(contender.spec, { loss, batchSize: count, rateScale });
  program.setParameters(parameters);
  const X = createMatrix(count, equation.inputs);
  const sample = { X, rows: allRows(count), start: 0, count, directions: axes(equation.inputs) };
  const grid = testGrid(equation.inputs);
  const curve: { step: number; error: number }[] = [];
  const begun = performance.now();
  let values: Float32Array = new Float32Array();
  for (let step = 1; step <= steps; step++) {
    rows.forEach(({ condition, i, n }, row) => X.data.set(condition.place(i, n, rng), row * equation.inputs));
    const update = { ...ADAM, learningRate: cosineRate(rate, step, steps) };
    program.stepByDerivatives!(sample, residualLoss(equation, rows, X), update);
    if (Math.floor((step * marks) / steps) === Math.floor(((step - 1) * marks) / steps)) continue;
    values = (await program.predict(grid)).data;
    curve.push({ step, error: relativeError(equation, grid, values) });
  }
  program.dispose();
  const seconds = (performance.now() - begun) / 1000;
  return { curve, error: curve.at(-1)!.error, seconds, values: Array.from(values, (v) => Number(v.toPrecision(4))) };
}

/** Which condition each row of a step is for, and which of its points it is. */
interface Row {
  readonly condition: Condition;
  readonly i: number;
  readonly n: number;
}

function share({ conditions }: Equation, points: number): Row[] {
  return conditions.flatMap((condition) => {
    const n = Math.max(2, Math.round(points * condition.share));
    return Array.from({ length: n }, (_, i) => ({ condition, i, n }));
  });
}

/** Sum over conditions of weight x mean square of what should be 0. */
export function residualLoss(equation: Equation, rows: readonly Row[], X: Matrix): DerivativeLoss {
  const coordinates = Array.from({ length: equation.inputs }, (_, k) => k);
  return ({ values, first, second }, gradient) => {
    let loss = 0;
    rows.forEach(({ condition, n }, row) => {
      const x = coordinates.map((k) => X.data[row * equation.inputs + k]);
      const at = { u: values[row], first: first.map((part) => part[row]), second: second.map((part) => part[row]) };
      const slopes = { u: 0, first: coordinates.map(() => 0), second: coordinates.map(() => 0) };
      const off = condition.residual(x, at, slopes);
      const share = condition.weight / n;
      loss += share * off * off;
      gradient.values[row] = 2 * share * off * slopes.u;
      for (const k of coordinates) {
        gradient.first[k][row] = 2 * share * off * slopes.first[k];
        gradient.second[k][row] = 2 * share * off * slopes.second[k];
      }
    });
    return loss;
  };
}

/** The error of finite differences on as many points, over the size of the solution there. */
export function differenceError(equation: Equation, points: number): number {
  const { at, u } = equation.differences(points);
  const exact = at.map(equation.exact);
  return rootRatio(u, exact);
}

function relativeError({ inputs, exact }: Equation, { rows, data }: Matrix, values: ArrayLike<number>): number {
  const wanted = Array.from({ length: rows }, (_, row) =>
    exact(Array.from(data.subarray(row * inputs, (row + 1) * inputs))),
  );
  return rootRatio(values, wanted);
}

function rootRatio(found: ArrayLike<number>, wanted: readonly number[]): number {
  const off = wanted.reduce((sum, value, i) => sum + (found[i] - value) ** 2, 0);
  return Math.sqrt(off / wanted.reduce((sum, value) => sum + value * value, 0));
}

function axes(inputs: number): Matrix {
  const out = createMatrix(inputs, inputs);
  for (let k = 0; k < inputs; k++) out.data[k * inputs + k] = 1;
  return out;
}

/** 1,001 points of a line, 48 x 48 of a square (as a picture: from above). */
export function testGrid(inputs: number): Matrix {
  const side = inputs === 1 ? 1001 : GRID_SIDE;
  const out = createMatrix(side ** inputs, inputs);
  const place = (k: number): number => -1 + (2 * k) / (side - 1);
  for (let row = 0; row < out.rows; row++) {
    out.data[row * inputs] = place(row % side);
    if (inputs === 2) out.data[row * inputs + 1] = -place(Math.floor(row / side));
  }
  return out;
}

export const GRID_SIDE = 48;
