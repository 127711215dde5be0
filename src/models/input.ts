/** @file Checks at the door of every model: what `fit` and `predict` accept, said once. */

import type { Matrix, Task } from '../core/index.js';
import { check, checkData } from '../core/index.js';
import type { Sample } from './estimator.js';

/** What a value of X may be besides a finite number. */
export interface InputRules {
  /** NaN is a missing value and welcome. */
  readonly missing: boolean;
  /** X is not looked at. */
  readonly ignored?: boolean;
}

/**
 * Refuses an empty sample, values the model cannot use, targets outside the task and negative weights.
 *
 * Looks at the named rows only. Every message names the row and, for X, the column (both count from 0).
 */
export function requireSample(kind: string, sample: Sample, task: Task, k: number, rules: InputRules): void {
  const where = `${kind}.fit`;
  checkData(sample.rows.length > 0, where, 'the sample must have at least one row', 0);
  if (!rules.ignored) requireRows(where, sample.X, sample.rows, rules.missing);
  requireTarget(where, sample, task, k);
  requireWeights(where, sample);
}

/** Refuses another number of columns than the model was fitted on, and values it cannot use, of the named rows or of all. */
export function requireInput(kind: string, X: Matrix, cols: number, rules: InputRules, rows?: Uint32Array): void {
  const where = `${kind}.predict`;
  check(X.cols === cols, where, `X must have ${cols} columns`, X.cols, 'Predict with the columns of the fit.');
  if (!rules.ignored) requireRows(where, X, rows, rules.missing);
}

function requireRows(where: string, X: Matrix, rows: Uint32Array | undefined, missing: boolean): void {
  const { data, cols } = X;
  const count = rows ? rows.length : X.rows;
  for (let i = 0; i < count; i++) {
    const row = rows ? rows[i] : i;
    const start = row * cols;
    for (let p = start; p < start + cols; p++) {
      const value = data[p];
      // x - x is 0 for every finite number, NaN for the others.
      if (value - value === 0 || (missing && Number.isNaN(value))) continue;
      refuse(where, value, row, p - start, missing);
    }
  }
}

function refuse(where: string, value: number, row: number, column: number, missing: boolean): never {
  const rule = missing ? 'X must be finite or NaN' : 'X must be finite';
  const hint = missing ? 'Write NaN for a missing value.' : 'Impute missing values first.';
  checkData(false, where, `${rule} (at row ${row}, column ${column})`, value, hint);
  throw new Error('unreachable');
}

function requireTarget(where: string, { y, rows }: Sample, task: Task, k: number): void {
  for (const row of rows) {
    const value = y[row];
    if (task === 'regression') {
      checkData(Number.isFinite(value), where, `y must be finite (at row ${row})`, value);
    } else {
      const ok = Number.isInteger(value) && value >= 0 && value < k;
      checkData(ok, where, `y must be a class index from 0 to ${k - 1} (at row ${row})`, value);
    }
  }
}

function requireWeights(where: string, { weights, rows }: Sample): void {
  if (!weights) return;
  let total = 0;
  for (const row of rows) {
    const weight = weights[row];
    checkData(weight >= 0 && weight < Infinity, where, `weights must be 0 or more (at row ${row})`, weight);
    total += weight;
  }
  checkData(total > 0, where, 'weights must not all be 0', total);
}
