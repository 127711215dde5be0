/** @file The few directions in which texts differ most: a randomised singular value decomposition of sparse rows. */

import { Rng } from '../../core/index.js';
import type { SparseRows } from './vocabulary.js';

/** More directions than are wanted are followed, and so many times there and back: the wanted ones are then right. */
const MORE = 8;
const TURNS = 2;
/** A direction this much weaker than the first is noise of rounding. */
const WEAKEST = 1e-6;
/** Rounds of Jacobi's method at most; five are enough for so small matrices. */
const MOST_SWEEPS = 30;

/** Row-major, `cols` numbers a row. */
interface Dense {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/**
 * The first right singular vectors of X [rows x width], as [width x count], strongest first, their largest entry positive; fewer than
 * `most` where there are no more.
 *
 * Random   directions to begin with, from the seed
 * Source   Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1
 */
export function singularVectors(
  X: SparseRows,
  width: number,
  most: number,
  seed: number,
): { count: number; vectors: Float32Array } {
  const rows = X.starts.length - 1;
  const followed = Math.min(most + MORE, rows, width);
  if (followed < 1) return { count: 0, vectors: new Float32Array(0) };
  const rng = new Rng(seed);
  let right: Dense = { rows: width, cols: followed, data: new Float64Array(width * followed).map(() => rng.normal()) };
  let left = orthonormal(times(X, right));
  for (let turn = 0; turn < TURNS; turn++) {
    right = orthonormal(timesTransposed(X, left, width));
    left = orthonormal(times(X, right));
  }
  const B = timesTransposed(X, left, width);
  const { values, vectors } = eigen(gram(B));
  const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b);
  const kept = order.filter((j) => values[j] > WEAKEST ** 2 * values[order[0]] && values[j] > 0).slice(0, most);
  const out = new Float32Array(width * kept.length);
  kept.forEach((j, place) => {
    const direction = new Float64Array(width);
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let l = 0; l < followed; l++) sum += B.data[i * followed + l] * vectors[l * followed + j];
      direction[i] = sum / Math.sqrt(values[j]);
    }
    const largest = direction.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    for (let i = 0; i < width; i++) out[i * kept.length + place] = largest < 0 ? -direction[i] : direction[i];
  });
  return { count: kept.length, vectors: out };
}

/** X M */
function times({ starts, slots, values }: SparseRows, M: Dense): Dense {
  const { cols } = M;
  const data = new Float64Array((starts.length - 1) * cols);
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      const [from, value] = [slots[at] * cols, values[at]];
      for (let j = 0; j < cols; j++) data[i * cols + j] += value * M.data[from + j];
    }
  }
  return { rows: starts.length - 1, cols, data };
}

/** X' M */
function timesTransposed({ starts, slots, values }: SparseRows, M: Dense, width: number): Dense {
  const { cols } = M;
  const data = new Float64Array(width * cols);
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      const [to, value] = [slots[at] * cols, values[at]];
      for (let j = 0; j < cols; j++) data[to + j] += value * M.data[i * cols + j];
    }
  }
  return { rows: width, cols, data };
}

/** Gram and Schmidt, twice; columns that the others have already become zeros. In place. */
function orthonormal(M: Dense): Dense {
  const { rows, cols, data } = M;
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += data[i * cols + a] * data[i * cols + b];
    return sum;
  };
  for (let j = 0; j < cols; j++) {
    const before = Math.sqrt(dot(j, j));
    for (let pass = 0; pass < 2; pass++) {
      for (let l = 0; l < j; l++) {
        const by = dot(j, l);
        for (let i = 0; i < rows; i++) data[i * cols + j] -= by * data[i * cols + l];
      }
    }
    const length = Math.sqrt(dot(j, j));
    const scale = length > 1e-10 * before ? 1 / length : 0;
    for (let i = 0; i < rows; i++) data[i * cols + j] *= scale;
  }
  return M;
}

/** M' M, of cols x cols. */
function gram({ rows, cols, data }: Dense): Dense {
  const out = new Float64Array(cols * cols);
  for (let i = 0; i < rows; i++) {
    for (let a = 0; a < cols; a++) {
      const value = data[i * cols + a];
      if (value !== 0) for (let b = 0; b < cols; b++) out[a * cols + b] += value * data[i * cols + b];
    }
  }
  return { rows: cols, cols, data: out };
}

/** Eigenvalues, and eigenvectors as columns, of a symmetric matrix, by Jacobi's rotations. */
function eigen({ cols: n, data }: Dense): { values: Float64Array; vectors: Float64Array } {
  const A = data.slice();
  const V = new Float64Array(n * n);
  for (let i = 0; i < n; i++) V[i * n + i] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += A[p * n + q] ** 2;
    if (off === 0) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(A, V, n, p, q);
  }
  return { values: Float64Array.from({ length: n }, (_, i) => A[i * n + i]), vectors: V };
}

/** Makes A[p, q] zero. */
function rotate(A: Float64Array, V: Float64Array, n: number, p: number, q: number): void {
  const apart = A[p * n + q];
  if (apart === 0) return;
  const theta = (A[q * n + q] - A[p * n + p]) / (2 * apart);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  if (t === 0) {
    // Too small to be turned away: it is nothing beside the two.
    A[p * n + q] = A[q * n + p] = 0;
    return;
  }
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let i = 0; i < n; i++) {
    const [x, y] = [A[i * n + p], A[i * n + q]];
    A[i * n + p] = c * x - s * y;
    A[i * n + q] = s * x + c * y;
  }
  for (let i = 0; i < n; i++) {
    const [x, y] = [A[p * n + i], A[q * n + i]];
    A[p * n + i] = c * x - s * y;
    A[q * n + i] = s * x + c * y;
  }
  A[p * n + q] = A[q * n + p] = 0;
  for (let i = 0; i < n; i++) {
    const [x, y] = [V[i * n + p], V[i * n + q]];
    V[i * n + p] = c * x - s * y;
    V[i * n + q] = s * x + c * y;
  }
}
