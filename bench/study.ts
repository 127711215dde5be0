/** @file A made-up table of any size on shared memory, and fold jobs on it, for the parts that need worker threads. */

import type { FoldJob, StudyData } from '../src/automl/index.js';
import type { JsonObject } from '../src/core/index.js';
import { allRows } from '../src/core/index.js';

/** y is the product of the first two columns; columns are uniform in [-1, 1). The last fifth of the rows validates. */
export function madeUpStudy(rows: number, columns: number): StudyData {
  const next = noise();
  const column = (): Float64Array => {
    const values = new Float64Array(new SharedArrayBuffer(8 * rows));
    for (let i = 0; i < rows; i++) values[i] = next();
    return values;
  };
  const frame = {
    rowCount: rows,
    columns: Array.from({ length: columns }, (_, j) => ({ kind: 'numeric', name: `x${j}`, values: column() }) as const),
  };
  const y = new Float32Array(new SharedArrayBuffer(4 * rows));
  const [a, b] = [frame.columns[0].values, frame.columns[1].values];
  for (let i = 0; i < rows; i++) y[i] = a[i] * b[i];
  const cut = Math.floor(0.8 * rows);
  const all = shared(allRows(rows));
  return {
    frame,
    y,
    task: 'regression',
    k: 1,
    classes: [],
    folds: [{ train: all.subarray(0, cut), validation: all.subarray(cut) }],
    holdout: new Uint32Array(0),
    metric: 'rmse',
    seed: 1,
  };
}

/** One fit of an LRNN on the study's only fold. */
export function fitJob(trial: number, params: JsonObject): FoldJob {
  return { trial, fold: 0, family: 'lrnn', params, seed: trial };
}

function shared(values: Uint32Array): Uint32Array {
  const out = new Uint32Array(new SharedArrayBuffer(values.byteLength));
  out.set(values);
  return out;
}

/** Uniform in [-1, 1): xorshift, because 50 million draws should take no longer than what is measured. */
function noise(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}
