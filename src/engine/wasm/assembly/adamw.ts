/** @file One fused AdamW update, and the norm that clipping needs. */

import { flush, fma, fnma, splat } from './vector';

/** Where a mean of gradients, or of their squares, becomes 0: far from mattering beside epsilon, before float32 loses digits. */
const FADED: f32 = 1e-30;

/**
 * The sum of squares of g.
 *
 * Shapes  g: [n] float32, n >= 0
 * Order   products in float32, summed in float64 in two lanes, then the tail
 */
export function sumSquares(g: usize, n: i32): f64 {
  let total = f64x2.splat(0);
  for (let left = n >> 2; left > 0; left--) {
    const v = v128.load(g);
    const square = f32x4.mul(v, v);
    total = f64x2.add(total, f64x2.promote_low_f32x4(square));
    total = f64x2.add(total, f64x2.promote_low_f32x4(v128.shuffle<f32>(square, square, 2, 3, 2, 3)));
    g += 16;
  }
  let out = f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
  for (let left = n & 3; left > 0; left--) {
    const v = load<f32>(g);
    out += <f64>(v * v);
    g += 4;
  }
  return out;
}

/**
 * first = beta1 first + (1 - beta1) s g; second likewise with (s g)^2; p = keep p - rate first / (sqrt(second) * c + epsilon).
 *
 * The caller folds the bias corrections in: keep = 1 - learningRate * decay, rate = learningRate / (1 - beta1^t),
 * correction c = 1 / sqrt(1 - beta2^t).
 *
 * Shapes  p, g, first, second: [n] float32
 * Source  Loshchilov & Hutter 2019, algorithm 2
 */
export function adamw(
  p: usize,
  g: usize,
  first: usize,
  second: usize,
  n: i32,
  scale: f32,
  rate: f32,
  keep: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  correction: f32,
): void {
  for (let left = n >> 2; left > 0; left--) {
    const d = f32x4.mul(v128.load(g), splat(scale));
    const m = fma(splat(beta1), v128.load(first), f32x4.mul(splat(<f32>1 - beta1), d));
    const v = fma(splat(beta2), v128.load(second), f32x4.mul(splat(<f32>1 - beta2), f32x4.mul(d, d)));
    const step = f32x4.div(m, fma(f32x4.sqrt(v), splat(correction), splat(epsilon)));
    v128.store(first, flush(m, FADED));
    v128.store(second, flush(v, FADED));
    v128.store(p, fnma(splat(rate), step, f32x4.mul(splat(keep), v128.load(p))));
    p += 16;
    g += 16;
    first += 16;
    second += 16;
  }
  for (let left = n & 3; left > 0; left--) {
    const d = load<f32>(g) * scale;
    const m = beta1 * load<f32>(first) + (<f32>1 - beta1) * d;
    const v = beta2 * load<f32>(second) + (<f32>1 - beta2) * (d * d);
    store<f32>(first, abs(m) < FADED ? 0 : m);
    store<f32>(second, v < FADED ? 0 : v);
    store<f32>(p, keep * load<f32>(p) - (rate * m) / (sqrt<f32>(v) * correction + epsilon));
    p += 4;
    g += 4;
    first += 4;
    second += 4;
  }
}
