/** @file The univariate functions and the sums of a workgroup, in WGSL. */

import type { Activation } from '../../spec.js';

/** Threads of a workgroup. */
export const THREADS = 64;

/**
 * Value and slope of each univariate function. Sine and cosine are computed here: WGSL promises 11 bits of its own.
 * No function turns NaN into a number.
 *
 * Source   sin, cos: the reduction by three parts of pi/2 and the polynomials of Cephes (sinf.c, S. Moshier)
 */
const FUNCTIONS: Readonly<Record<Activation, string>> = {
  sin: `
    fn act(u: f32) -> f32 { return sinCos(u).x; }
    fn slope(u: f32) -> f32 { return sinCos(u).y; }`,
  spder: `
    fn act(u: f32) -> f32 { return sinCos(u).x * sqrt(abs(u)); }
    fn slope(u: f32) -> f32 {
      let root = sqrt(abs(u));
      let both = sinCos(u);
      return both.y * root + both.x * sign(u) / (2.0 * max(root, 1e-30));
    }`,
  tanh: `
    fn act(u: f32) -> f32 {
      let e = exp(-2.0 * abs(u));
      let t = (1.0 - e) / (1.0 + e);
      return select(t, -t, u < 0.0);
    }
    fn slope(u: f32) -> f32 { let t = act(u); return 1.0 - t * t; }`,
  silu: `
    fn sigmoid(u: f32) -> f32 { return 1.0 / (1.0 + exp(-max(u, -80.0))); }
    fn act(u: f32) -> f32 { return u * sigmoid(u); }
    fn slope(u: f32) -> f32 { let s = sigmoid(u); return s * (1.0 + u * (1.0 - s)); }`,
  relu: `
    fn act(u: f32) -> f32 { return select(u, 0.0, u < 0.0); }
    fn slope(u: f32) -> f32 { return select(0.0, 1.0, u > 0.0); }`,
};

const SIN_COS = `
  fn sinCos(u: f32) -> vec2<f32> {
    let turns = round(u * 0.6366197723675814);
    let r = ((u - turns * 1.5703125) - turns * 4.837512969970703e-4) - turns * 7.549789948768648e-8;
    let s = r * r;
    let sine = r + r * s * (-1.6666654611e-1 + s * (8.3321608736e-3 - s * 1.9515295891e-4));
    let cosine = 1.0 - 0.5 * s + s * s * (4.166664568298827e-2 + s * (-1.388731625493765e-3 + s * 2.443315711809948e-5));
    let quadrant = i32(turns) & 3;
    let turned = select(vec2<f32>(sine, cosine), vec2<f32>(cosine, -sine), (quadrant & 1) == 1);
    return select(turned, -turned, quadrant >= 2);
  }`;

/** `act(u)` and `slope(u)`. */
export function activationCode(activation: Activation): string {
  const wave = activation === 'sin' || activation === 'spder';
  return `${wave ? SIN_COS : ''}${FUNCTIONS[activation]}`;
}

/** `total(value)`: the sum over the threads of the workgroup, the same for all; in a fixed order. */
export const TOTAL = `
  var<workgroup> partial: array<f32, ${THREADS}>;
  fn total(value: f32) -> f32 {
    partial[localIndex] = value;
    workgroupBarrier();
    for (var half = ${THREADS / 2}u; half > 0u; half = half >> 1u) {
      if (localIndex < half) { partial[localIndex] += partial[localIndex + half]; }
      workgroupBarrier();
    }
    let sum = partial[0];
    workgroupBarrier();
    return sum;
  }`;
