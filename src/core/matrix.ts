/**
 * @file The matrix everyone passes around. Dimensions, declared once and used everywhere:
 * n rows, d features, k classes or outputs, h hidden, m batch, f folds.
 */

/** Row-major float32: element (i, j) is `data[i * cols + j]`. `data` may live on a SharedArrayBuffer. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}

/** A zero matrix; `shared` puts it on a SharedArrayBuffer so that worker threads see it without a copy. */
export function createMatrix(rows: number, cols: number, shared = false): Matrix {
  const bytes = rows * cols * Float32Array.BYTES_PER_ELEMENT;
  const data = shared ? new Float32Array(new SharedArrayBuffer(bytes)) : new Float32Array(rows * cols);
  return { rows, cols, data };
}

/** A matrix from nested arrays; every row must have the length of the first. */
export function matrixFrom(rows: readonly (readonly number[])[]): Matrix {
  const cols = rows[0]?.length ?? 0;
  const out = createMatrix(rows.length, cols);
  rows.forEach((row, i) => {
    if (row.length !== cols) throw new RangeError(`matrixFrom: row ${i} has ${row.length} values, expected ${cols}`);
    out.data.set(row, i * cols);
  });
  return out;
}

/** Copies the named rows, in the order given; an index may repeat. */
export function selectRows(X: Matrix, rows: ArrayLike<number>): Matrix {
  const out = createMatrix(rows.length, X.cols);
  for (let i = 0; i < rows.length; i++) {
    out.data.set(X.data.subarray(rows[i] * X.cols, (rows[i] + 1) * X.cols), i * X.cols);
  }
  return out;
}

/** [0, 1, ..., n - 1]. */
export function allRows(n: number): Uint32Array {
  const rows = new Uint32Array(n);
  for (let i = 0; i < n; i++) rows[i] = i;
  return rows;
}
