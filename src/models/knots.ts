/** @file Where the units of a network's first basis lie: at the quantiles of the columns. */

import type { BasisSpec, NetworkSpec } from '../engine/index.js';
import type { Sample } from './estimator.js';

/** Rows that knots are read from. */
const KNOT_ROWS = 10_000;

/** Quantiles of every column at (m + 1/2) / hidden, where the first layer has a tanh basis; undefined: it has none. */
export function knotsFor(spec: NetworkSpec, train: Sample): number[][] | undefined {
  const basis = firstBasis(spec);
  if (basis?.activation !== 'tanh') return undefined;
  const { X, rows } = train;
  const stride = Math.max(1, Math.ceil(rows.length / KNOT_ROWS));
  const column = new Float32Array(Math.ceil(rows.length / stride));
  return Array.from({ length: X.cols }, (_, j) => {
    for (let i = 0; i < column.length; i++) column[i] = X.data[rows[i * stride] * X.cols + j];
    column.sort();
    return Array.from(
      { length: basis.hidden },
      (_, m) => column[Math.min(column.length - 1, Math.floor(((m + 0.5) / basis.hidden) * column.length))],
    );
  });
}

function firstBasis(spec: NetworkSpec): BasisSpec | undefined {
  if (spec.kind === 'mlp') return spec.layers[0].basis;
  return spec.layers[0].projection === 'axis' ? spec.layers[0] : undefined;
}
