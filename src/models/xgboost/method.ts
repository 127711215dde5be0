/** @file Which of XGBoost's two ways to grow a tree is expected to be faster on given data. Scores hardly differ. */

import type { Task } from '../../core/index.js';
import type { Sample } from '../estimator.js';
import type { Encoding } from './encoding.js';

/** Nanoseconds on the wasm build (docs/decisions/xgboost.md); only their ratios matter. */
const EXACT_PER_VALUE = 19;
const HIST_PER_VALUE = 4.4;
const HIST_PER_BIN = 33;
/** Rows whose distinct values are counted. */
const LOOKED_AT = 1000;

/**
 * 'exact' looks at every value at every depth; 'hist' at less than that, plus every bin of every node. So 'exact' suits few
 * rows of many-valued columns, 'hist' all else, one-hot columns (two bins) above all.
 */
export function fasterMethod(
  { maxDepth, maxBin }: { readonly maxDepth: number; readonly maxBin: number },
  train: Sample,
  task: Task,
  encoding: Encoding,
): 'hist' | 'exact' {
  const rows = train.rows.length;
  // Second derivatives of sure classes are small, so min_child_weight ends their trees early: a third of the nodes, measured.
  const nodes = Math.min(2 ** maxDepth - 1, rows) / (task === 'regression' ? 1 : 3);
  const valuesPerRow = encoding.reduce((sum, code) => sum + (code ? code.rareShare : 1), 0);
  const saved = (EXACT_PER_VALUE - HIST_PER_VALUE) * rows * valuesPerRow * maxDepth;
  const perBin = HIST_PER_BIN * nodes;
  // Not even with all bins in use: nothing to count.
  if (saved > perBin * maxBin * train.X.cols) return 'hist';
  return saved > perBin * totalBins(train, maxBin, encoding) ? 'hist' : 'exact';
}

function totalBins({ X, rows }: Sample, maxBin: number, encoding: Encoding): number {
  const stride = Math.ceil(rows.length / LOOKED_AT);
  const most = Math.min(maxBin, rows.length);
  let total = 0;
  for (let j = 0; j < X.cols; j++) {
    if (encoding[j]) {
      total++;
      continue;
    }
    const seen = new Set<number>();
    let looked = 0;
    for (let i = 0; i < rows.length && seen.size < most; i += stride, looked++) seen.add(X.data[rows[i] * X.cols + j]);
    // Mostly different values: the rows not looked at have others again.
    total += seen.size > looked / 2 ? most : seen.size;
  }
  return total;
}
