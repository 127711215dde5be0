/** @file Symmetric positive definite systems, and the cheap stand-in that turns hard ones into easy ones. */

import type { Design } from './design.js';

/** Above this many columns the factor costs more than it saves. */
const MAX_FACTOR_COLUMNS = 1200;
/** Multiplications that a Gram matrix may cost; above it, it is made from fewer rows. */
const MAX_GRAM_WORK = 3e9;
/** And that a millisecond of a time limit allows: about a third of it. */
const GRAM_WORK_PER_MS = 3e5;

/**
 * Lower factor L of scale * G + ridge * I = L L', G by its upper triangle. Where G is not quite definite, the least
 * jitter (times 10 each time, from 1e-12 of the mean diagonal) that makes it so is added.
 */
export function choleskyFactor(G: Float64Array, d: number, scale: number, ridge: number): Float64Array {
  let trace = 0;
  for (let j = 0; j < d; j++) trace += scale * G[j * d + j] + ridge;
  const unit = trace > 0 ? trace / d : 1;
  for (let jitter = 0; jitter <= 1; jitter = jitter === 0 ? 1e-12 : jitter * 10) {
    const L = tryFactor(G, d, scale, ridge + jitter * unit, unit * 1e-14);
    if (L) return L;
  }
  throw new Error('choleskyFactor: the matrix is not finite');
}

function tryFactor(G: Float64Array, d: number, scale: number, ridge: number, least: number): Float64Array | undefined {
  const L = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    const row = i * d;
    for (let j = 0; j <= i; j++) {
      const other = j * d;
      let sum = scale * G[other + i] + (i === j ? ridge : 0);
      for (let c = 0; c < j; c++) sum -= L[row + c] * L[other + c];
      if (i !== j) L[row + j] = sum / L[other + j];
      else if (sum > least) L[row + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return L;
}

/** Solves L L' x = v in place; element i of v is at `offset + i * stride`. */
export function choleskySolve(L: Float64Array, d: number, v: Float64Array, offset = 0, stride = 1): void {
  for (let i = 0; i < d; i++) {
    let sum = v[offset + i * stride];
    for (let c = 0; c < i; c++) sum -= L[i * d + c] * v[offset + c * stride];
    v[offset + i * stride] = sum / L[i * d + i];
  }
  for (let i = d - 1; i >= 0; i--) {
    const x = v[offset + i * stride] / L[i * d + i];
    v[offset + i * stride] = x;
    for (let c = 0; c < i; c++) v[offset + c * stride] -= L[i * d + c] * x;
  }
}

/**
 * The Gram matrix of a design, of all its rows where that is cheap and of evenly spread rows where not; undefined where it
 * would not pay: too many columns, or far fewer rows than columns.
 */
export async function affordableGram(design: Design): Promise<Float64Array | undefined> {
  const { n, d } = design;
  if (d > MAX_FACTOR_COLUMNS || n * 4 < d) return undefined;
  const perRow = (design.entriesPerRow * design.entriesPerRow) / 2 + d;
  const work = Math.min(MAX_GRAM_WORK, Math.max(1, design.msLeft) * GRAM_WORK_PER_MS);
  return design.gram(Math.max(1, Math.ceil((n * perRow) / work)));
}
