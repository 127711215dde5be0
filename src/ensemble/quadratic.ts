/** @file The lowest point of a quadratic within bounds. */

const SWEEPS = 2000;

/**
 * The x >= low of least slope'x + x'Hx / 2, by one coordinate after the other.
 *
 * Shapes   H [m x m] symmetric, positive definite; slope, low [m], low <= 0
 * Order    coordinates from the first to the last, until none moves by more than 1e-12 of the largest
 */
export function solveWithin(H: Float64Array, slope: Float64Array, low: Float64Array): Float64Array {
  const m = slope.length;
  const x = new Float64Array(m);
  /** slope + Hx */
  const residual = slope.slice();
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let [moved, largest] = [0, 0];
    for (let a = 0; a < m; a++) {
      const next = Math.max(low[a], x[a] - residual[a] / H[a * m + a]);
      const by = next - x[a];
      if (by !== 0) for (let b = 0; b < m; b++) residual[b] += by * H[a * m + b];
      x[a] = next;
      moved = Math.max(moved, Math.abs(by));
      largest = Math.max(largest, Math.abs(next));
    }
    if (moved <= 1e-12 * largest) break;
  }
  return x;
}
