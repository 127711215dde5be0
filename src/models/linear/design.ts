/** @file Standardised columns without a copy of X: products with the raw float32 rows, corrected afterwards. */

import type { Sample } from '../estimator.js';
import type { SparseRows } from './products.js';
import { backwardDense, backwardSparse, forwardDense, forwardSparse, sparseRows } from './products.js';

/** Below this share of non-zeros the rows are kept as lists of their non-zeros (one-hot columns). */
const SPARSE_BELOW = 0.35;
/** Multiplications between two chances to abort: some ten milliseconds. */
const WORK_PER_BLOCK = 8_000_000;

/** Called between blocks of work; awaits an event loop turn now and then and throws when aborted. */
export type Pause = () => Promise<void> | undefined;

/** Coefficients [d x m] and intercepts [m]. */
export interface Coefficients {
  readonly W: Float64Array;
  readonly b: Float64Array;
}

/**
 * The standardised design matrix Z of a sample: z_ij = (x_ij - mean_j) * inverse_j, by the weighted mean and standard
 * deviation (ddof 0) of the sample's rows; a constant column is all 0.
 */
export class Design {
  readonly n: number;
  readonly d: number;
  /** [n] in the sample's order. */
  readonly weights: Float64Array;
  readonly totalWeight: number;
  readonly mean: Float64Array;
  /** 1 / standard deviation; 0 for a constant column. */
  readonly inverse: Float64Array;
  private readonly sparse: SparseRows | undefined;

  constructor(
    private readonly sample: Sample,
    private readonly pause: Pause,
    /** When a solver should be content with what it has, on the clock of `performance.now`. */
    private readonly until = Infinity,
  ) {
    const { rows, X } = sample;
    this.n = rows.length;
    this.d = X.cols;
    this.weights = Float64Array.from(rows, (row) => sample.weights?.[row] ?? 1);
    this.totalWeight = this.weights.reduce((sum, weight) => sum + weight, 0);
    this.mean = columnMeans(sample, this.weights, this.totalWeight);
    this.inverse = inverseDeviations(sample, this.weights, this.totalWeight, this.mean);
    this.sparse = sparseRows(X, rows, SPARSE_BELOW);
  }

  /** out [n x m] = Z W + b. */
  async forward(standardised: Coefficients, out: Float64Array): Promise<void> {
    const { W, b } = this.toRaw(standardised);
    const { X, rows } = this.sample;
    for (const range of this.blocks(b.length)) {
      if (this.sparse) forwardSparse(this.sparse, W, b, out, range);
      else forwardDense(X, rows, W, b, out, range);
      await this.pause();
    }
  }

  /** out.W [d x m] = Z' R, out.b [m] = the column sums of R, for R [n x m]. */
  async backward(R: Float64Array, out: Coefficients): Promise<void> {
    const { X, rows } = this.sample;
    const { W, b } = out;
    const m = b.length;
    W.fill(0);
    b.fill(0);
    for (const [start, end] of this.blocks(m)) {
      for (let i = start * m; i < end * m; i += m) for (let c = 0; c < m; c++) b[c] += R[i + c];
      if (this.sparse) backwardSparse(this.sparse, R, m, W, [start, end]);
      else backwardDense(X, rows, R, m, W, [start, end]);
      await this.pause();
    }
    for (let j = 0; j < this.d; j++) {
      for (let c = 0; c < m; c++) W[j * m + c] = (W[j * m + c] - this.mean[j] * b[c]) * this.inverse[j];
    }
  }

  /**
   * Weighted Gram matrix Z' diag(w) Z [d x d] from every `stride`-th row, scaled up to all rows; only c >= a is filled.
   *
   * Numbers  a column that is mostly not zero is centred first: that keeps the digits of columns far from 0
   */
  async gram(stride = 1): Promise<Float64Array> {
    const { d, n, sample, weights } = this;
    const shift = this.mean.map((mean, j) => (this.isMostlyZero(j) ? 0 : mean));
    const G = new Float64Array(d * d);
    const sums = new Float64Array(d);
    const values = new Float64Array(d);
    const columns = new Int32Array(d);
    let seen = 0;
    for (let i = 0; i < n; i += stride) {
      const count = gather(sample, i, shift, values, columns);
      const weight = weights[i];
      seen += weight;
      for (let a = 0; a < count; a++) {
        const scaled = weight * values[a];
        const at = columns[a] * d;
        sums[columns[a]] += scaled;
        for (let c = a; c < count; c++) G[at + columns[c]] += scaled * values[c];
      }
      const due = this.pause();
      if (due) await due;
    }
    const scale = seen > 0 ? this.totalWeight / seen : 0;
    for (let a = 0; a < d; a++) {
      for (let c = a; c < d; c++) {
        const centred = seen > 0 ? G[a * d + c] - (sums[a] * sums[c]) / seen : 0;
        G[a * d + c] = centred * scale * this.inverse[a] * this.inverse[c];
      }
    }
    return G;
  }

  /** The coefficients that do to raw X what the given ones do to Z. */
  toRaw({ W, b }: Coefficients): Coefficients {
    const m = b.length;
    const raw = { W: new Float64Array(W.length), b: b.slice() };
    for (let j = 0; j < this.d; j++) {
      for (let c = 0; c < m; c++) {
        raw.W[j * m + c] = W[j * m + c] * this.inverse[j];
        raw.b[c] -= this.mean[j] * raw.W[j * m + c];
      }
    }
    return raw;
  }

  /** Milliseconds until a solver should be content with what it has. */
  get msLeft(): number {
    return this.until - performance.now();
  }

  /** Numbers per row that a pass multiplies with. */
  get entriesPerRow(): number {
    return this.sparse ? this.sparse.values.length / this.n : this.d;
  }

  private *blocks(m: number): Generator<readonly [number, number]> {
    const rows = Math.max(1, Math.floor(WORK_PER_BLOCK / (m * (this.entriesPerRow + 1))));
    for (let start = 0; start < this.n; start += rows) yield [start, Math.min(this.n, start + rows)];
  }

  private isMostlyZero(column: number): boolean {
    const { X, rows } = this.sample;
    const stride = Math.ceil(rows.length / 1000);
    let zeros = 0;
    let looked = 0;
    for (let i = 0; i < rows.length; i += stride, looked++) if (X.data[rows[i] * X.cols + column] === 0) zeros++;
    return zeros > looked / 2;
  }
}

/** Row i, shifted, without its zeros; returns how many are left. */
function gather(sample: Sample, i: number, shift: Float64Array, values: Float64Array, columns: Int32Array): number {
  const { data, cols } = sample.X;
  const at = sample.rows[i] * cols;
  let count = 0;
  for (let j = 0; j < cols; j++) {
    const value = data[at + j] - shift[j];
    if (value === 0) continue;
    values[count] = value;
    columns[count++] = j;
  }
  return count;
}

function columnMeans({ X, rows }: Sample, weights: Float64Array, total: number): Float64Array {
  const sums = new Float64Array(X.cols);
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i] * X.cols;
    for (let j = 0; j < X.cols; j++) sums[j] += weights[i] * X.data[at + j];
  }
  return sums.map((sum) => sum / total);
}

function inverseDeviations(
  { X, rows }: Sample,
  weights: Float64Array,
  total: number,
  mean: Float64Array,
): Float64Array {
  const squares = new Float64Array(X.cols);
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i] * X.cols;
    for (let j = 0; j < X.cols; j++) squares[j] += weights[i] * (X.data[at + j] - mean[j]) ** 2;
  }
  return squares.map((square, j) => {
    const deviation = Math.sqrt(square / total);
    // The mean of equal numbers is off by rounding: what that leaves over is not spread.
    return deviation > 1e-12 * Math.abs(mean[j]) ? 1 / deviation : 0;
  });
}
