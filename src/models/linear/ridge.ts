/** @file Ridge regression by conjugate gradients, which one good factor brings down to a step or two. */

import { affordableGram, choleskyFactor, choleskySolve } from './cholesky.js';
import type { Coefficients, Design } from './design.js';

/** Stops when the residual, measured by the preconditioner, has shrunk by this factor. */
const TOLERANCE = 1e-11;
const MAX_STEPS = 500;

/**
 * Minimises sum_i w_i (y_i - b - z_i v)^2 + alpha |v|^2 over standardised coefficients v and intercept b.
 *
 * Works for more columns than rows too (conjugate gradients from 0: the shortest solution where alpha is 0).
 *
 * Source   Hestenes & Stiefel 1952, preconditioned; differs: the preconditioner is a Cholesky factor of (a sample of) the same matrix
 */
export async function solveRidge(design: Design, y: Float64Array, alpha: number): Promise<Coefficients> {
  const { d, n, weights, totalWeight } = design;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (weights[i] * y[i]) / totalWeight;
  const target = y.map((value, i) => weights[i] * (value - mean));
  const right: Coefficients = { W: new Float64Array(d), b: new Float64Array(1) };
  await design.backward(target, right);

  const gram = await affordableGram(design);
  const factor = gram && choleskyFactor(gram, d, 1, alpha);
  const precondition = (v: Float64Array): Float64Array => {
    const out = v.slice();
    if (factor) choleskySolve(factor, d, out);
    return out;
  };
  const product = new NormalProduct(design, alpha);
  const isLate = (): boolean => design.msLeft < 0;
  return { W: await conjugateGradients(product, right.W, precondition, isLate), b: Float64Array.of(mean) };
}

/** v -> (Z' diag(w) Z + alpha I) v in two passes. */
class NormalProduct {
  private readonly scores: Float64Array;
  private readonly out: Coefficients;
  private readonly zero = new Float64Array(1);

  constructor(
    private readonly design: Design,
    private readonly alpha: number,
  ) {
    this.scores = new Float64Array(design.n);
    this.out = { W: new Float64Array(design.d), b: new Float64Array(1) };
  }

  /** The result is overwritten by the next call. */
  async times(v: Float64Array): Promise<Float64Array> {
    const { design, scores, out } = this;
    await design.forward({ W: v, b: this.zero }, scores);
    for (let i = 0; i < scores.length; i++) scores[i] *= design.weights[i];
    await design.backward(scores, out);
    for (let j = 0; j < v.length; j++) out.W[j] += this.alpha * v[j];
    return out.W;
  }
}

async function conjugateGradients(
  A: NormalProduct,
  right: Float64Array,
  precondition: (v: Float64Array) => Float64Array,
  isLate: () => boolean,
): Promise<Float64Array> {
  const x = new Float64Array(right.length);
  const residual = right.slice();
  let z = precondition(residual);
  let direction = z.slice();
  let norm = dot(residual, z);
  const enough = norm * TOLERANCE ** 2;
  for (let step = 0; step < MAX_STEPS && norm > enough; step++) {
    const image = await A.times(direction);
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    const length = norm / curvature;
    for (let j = 0; j < x.length; j++) {
      x[j] += length * direction[j];
      residual[j] -= length * image[j];
    }
    if (isLate()) break;
    z = precondition(residual);
    const next = dot(residual, z);
    const beta = next / norm;
    direction = direction.map((value, j) => z[j] + beta * value);
    norm = next;
  }
  return x;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
