/** @file Small made-up tables with an easy pattern, and the loss of predictions on them. */

import type { Matrix, Task } from '../../src/core/index.js';
import { allRows, createMatrix, Rng } from '../../src/core/index.js';
import type { Sample } from '../../src/models/estimator.js';

export interface Problem {
  readonly task: Task;
  readonly k: number;
  readonly sample: Sample;
}

export const TASKS: readonly Task[] = ['regression', 'binary', 'multiclass'];

/** Columns uniform in [-1, 1]; the first two decide, the others are noise. Three classes for multiclass. */
export function easyProblem(task: Task, rows = 120, cols = 4, seed = 1): Problem {
  const rng = new Rng(seed);
  const X = createMatrix(rows, cols);
  for (let i = 0; i < X.data.length; i++) X.data[i] = 2 * rng.uniform() - 1;
  const y = Float32Array.from({ length: rows }, (_, i) => {
    const [a, b] = [X.data[i * cols], cols > 1 ? X.data[i * cols + 1] : 0];
    if (task === 'regression') return 50 + 20 * a - 10 * b + 0.5 * rng.normal();
    return task === 'binary' ? Number(a + b > 0) : a < -0.3 ? 0 : b > 0 ? 1 : 2;
  });
  return { task, k: task === 'regression' ? 1 : task === 'binary' ? 2 : 3, sample: { X, y, rows: allRows(rows) } };
}

/** Mean squared error, or mean negative log of the probability given to the right class, over the sample's rows. */
export function meanLoss(prediction: Matrix, { task, sample }: Problem): number {
  let total = 0;
  for (const row of sample.rows) {
    const y = sample.y[row];
    if (task === 'regression') total += (prediction.data[row] - y) ** 2;
    else total -= Math.log(Math.max(prediction.data[row * prediction.cols + y], 1e-15));
  }
  return total / sample.rows.length;
}
