/**
 * @file Products of rows with coefficients: the hot loops of the linear models.
 *
 * Shapes   X [n x d] float32 row-major; W [d x m], b [m], R and out [n x m] float64 row-major, m outputs
 * Order    a sum over columns runs left to right in groups of four; a sum over rows in the order given
 */

import type { Matrix } from '../../core/index.js';

/** Which row of X is row i. */
export type RowMap = Uint32Array | undefined;

/** out[i] = X[rows[i]] W + b for start <= i < end. */
export function forwardDense(
  X: Matrix,
  rows: RowMap,
  W: Float64Array,
  b: Float64Array,
  out: Float64Array,
  [start, end]: readonly [number, number],
): void {
  const { data, cols: d } = X;
  const m = b.length;
  const fours = d - (d % 4);
  for (let i = start; i < end; i++) {
    const x = (rows ? rows[i] : i) * d;
    const at = i * m;
    for (let c = 0; c < m; c++) out[at + c] = b[c];
    for (let j = 0; j < fours; j += 4) {
      const [w0, w1, w2, w3] = [j * m, (j + 1) * m, (j + 2) * m, (j + 3) * m];
      const x0 = data[x + j];
      const x1 = data[x + j + 1];
      const x2 = data[x + j + 2];
      const x3 = data[x + j + 3];
      for (let c = 0; c < m; c++) {
        out[at + c] += x0 * W[w0 + c] + x1 * W[w1 + c] + x2 * W[w2 + c] + x3 * W[w3 + c];
      }
    }
    for (let j = fours; j < d; j++) {
      for (let c = 0; c < m; c++) out[at + c] += data[x + j] * W[j * m + c];
    }
  }
}

/** out [d x m] += X[rows[i]]' R[i] for start <= i < end. */
export function backwardDense(
  X: Matrix,
  rows: RowMap,
  R: Float64Array,
  m: number,
  out: Float64Array,
  [start, end]: readonly [number, number],
): void {
  const { data, cols: d } = X;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const x0 = (rows ? rows[i] : i) * d;
    const x1 = (rows ? rows[i + 1] : i + 1) * d;
    const x2 = (rows ? rows[i + 2] : i + 2) * d;
    const x3 = (rows ? rows[i + 3] : i + 3) * d;
    const [r0, r1, r2, r3] = [i * m, (i + 1) * m, (i + 2) * m, (i + 3) * m];
    for (let j = 0; j < d; j++) {
      const a0 = data[x0 + j];
      const a1 = data[x1 + j];
      const a2 = data[x2 + j];
      const a3 = data[x3 + j];
      const at = j * m;
      for (let c = 0; c < m; c++) out[at + c] += a0 * R[r0 + c] + a1 * R[r1 + c] + a2 * R[r2 + c] + a3 * R[r3 + c];
    }
  }
  for (; i < end; i++) {
    const x = (rows ? rows[i] : i) * d;
    for (let j = 0; j < d; j++) for (let c = 0; c < m; c++) out[j * m + c] += data[x + j] * R[i * m + c];
  }
}

/** Rows as lists of their non-zeros: row i owns entries `starts[i] .. starts[i + 1]`. */
export interface SparseRows {
  readonly starts: Float64Array;
  readonly columns: Uint16Array | Uint32Array;
  readonly values: Float32Array;
}

/** The named rows without their zeros, or undefined where more than `limit` of the values are not zero. */
export function sparseRows(X: Matrix, rows: Uint32Array, limit: number): SparseRows | undefined {
  const { data, cols: d } = X;
  const starts = new Float64Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    const x = rows[i] * d;
    let count = 0;
    for (let j = 0; j < d; j++) if (data[x + j] !== 0) count++;
    starts[i + 1] = starts[i] + count;
  }
  const size = starts[rows.length];
  if (size > limit * rows.length * d) return undefined;
  const columns = d <= 65536 ? new Uint16Array(size) : new Uint32Array(size);
  const values = new Float32Array(size);
  let entry = 0;
  for (const row of rows) {
    for (let j = 0; j < d; j++) {
      const value = data[row * d + j];
      if (value === 0) continue;
      columns[entry] = j;
      values[entry++] = value;
    }
  }
  return { starts, columns, values };
}

export function forwardSparse(
  X: SparseRows,
  W: Float64Array,
  b: Float64Array,
  out: Float64Array,
  [start, end]: readonly [number, number],
): void {
  const { starts, columns, values } = X;
  const m = b.length;
  for (let i = start; i < end; i++) {
    const at = i * m;
    for (let c = 0; c < m; c++) out[at + c] = b[c];
    for (let e = starts[i]; e < starts[i + 1]; e++) {
      const w = columns[e] * m;
      const x = values[e];
      for (let c = 0; c < m; c++) out[at + c] += x * W[w + c];
    }
  }
}

export function backwardSparse(
  X: SparseRows,
  R: Float64Array,
  m: number,
  out: Float64Array,
  [start, end]: readonly [number, number],
): void {
  const { starts, columns, values } = X;
  for (let i = start; i < end; i++) {
    const r = i * m;
    for (let e = starts[i]; e < starts[i + 1]; e++) {
      const at = columns[e] * m;
      const x = values[e];
      for (let c = 0; c < m; c++) out[at + c] += x * R[r + c];
    }
  }
}
