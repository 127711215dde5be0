/**
 * @file Squared error and cross-entropies with their gradients, in place: the outputs o become dLoss/do.
 *
 * Rows carry their share w = weight / sum of weights, 0 for the padding of the last block; the sum over rows is kept in
 * float64. Returns sum(w * loss), in nats or squared units.
 */

import { FEATURE, NOTHING, exp, flush, fma, splat } from './vector';

/** The four lanes of v added to two float64. */
@inline
function widen(total: v128, v: v128): v128 {
  const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
  return f64x2.add(total, f64x2.add(f64x2.promote_low_f32x4(v), high));
}

@inline
function result(total: v128): f64 {
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/**
 * Mean over the N outputs of (o - y)^2.
 *
 * Shapes  o, y: [blocks][N][8]; w: [blocks][8]
 */
export function squaredError(o: usize, oStride: usize, y: usize, yStride: usize, w: usize, N: i32, blocks: i32): f64 {
  const share = splat(<f32>(1.0 / <f64>N));
  let total = f64x2.splat(0);
  for (let t: i32 = 0; t < blocks; t++) {
    for (let half: usize = 0; half < FEATURE; half += 16) {
      const weight = f32x4.mul(share, v128.load(w + half));
      const twice = f32x4.add(weight, weight);
      for (let at = half; at < <usize>N * FEATURE; at += FEATURE) {
        const error = f32x4.sub(v128.load(o + at), v128.load(y + at));
        total = widen(total, f32x4.mul(weight, f32x4.mul(error, error)));
        v128.store(o + at, f32x4.mul(twice, error));
      }
    }
    o += oStride;
    y += yStride;
    w += FEATURE;
  }
  return result(total);
}

/** ln(1 + exp(-|o|)) + max(o, 0) - wanted o, in float64. */
@inline
function logistic(o: f64, wanted: f64): f64 {
  return max(o, 0.0) + Math.log1p(Math.exp(-abs(o))) - wanted * o;
}

/**
 * Binary cross-entropy of one logit; y in [0, 1] is smoothed towards 1/2.
 *
 * Shapes  o, y: [blocks][1][8]; w: [blocks][8]
 */
export function binaryCrossEntropy(o: usize, oStride: usize, y: usize, yStride: usize, w: usize, smoothing: f64, blocks: i32): f64 {
  let total: f64 = 0;
  for (let t: i32 = 0; t < blocks; t++) {
    for (let at: usize = 0; at < FEATURE; at += 4) {
      const logit = <f64>load<f32>(o + at), weight = <f64>load<f32>(w + at);
      const wanted = <f64>load<f32>(y + at) * (1.0 - smoothing) + smoothing / 2.0;
      total += weight * logistic(logit, wanted);
      const error = 1.0 / (1.0 + Math.exp(-logit)) - wanted;
      store<f32>(o + at, abs(error) < NOTHING ? 0 : <f32>(weight * error));
    }
    o += oStride;
    y += yStride;
    w += FEATURE;
  }
  return total;
}

/**
 * Cross-entropy of N logits with the class index y, by log-sum-exp; the target's mass is spread by `smoothing`.
 *
 * Shapes  o: [blocks][N][8]; y: [blocks][1][8]; w: [blocks][8]
 */
export function crossEntropy(o: usize, oStride: usize, y: usize, yStride: usize, w: usize, N: i32, smoothing: f32, blocks: i32): f64 {
  let total = f64x2.splat(0);
  for (let t: i32 = 0; t < blocks; t++) {
    for (let half: usize = 0; half < FEATURE; half += 16) {
      total = widen(total, softmaxRows(o + half, v128.load(y + half), v128.load(w + half), N, smoothing));
    }
    o += oStride;
    y += yStride;
    w += FEATURE;
  }
  return result(total);
}

/** Four rows: replaces their logits by the gradient and returns their weighted losses. */
@inline
function softmaxRows(o: usize, label: v128, weight: v128, N: i32, smoothing: f32): v128 {
  const bytes = <usize>N * FEATURE;
  let top = v128.load(o);
  for (let at: usize = FEATURE; at < bytes; at += FEATURE) top = f32x4.pmax(top, v128.load(o + at));
  const hit = splat(1.0 - smoothing), spread = splat(smoothing / <f32>N);
  let mass = splat(0), wantedLogit = mass;
  let c = splat(0);
  for (let at: usize = 0; at < bytes; at += FEATURE) {
    const logit = f32x4.sub(v128.load(o + at), top);
    const wanted = f32x4.add(spread, v128.and(hit, f32x4.eq(label, c)));
    const e = exp(logit);
    mass = f32x4.add(mass, e);
    wantedLogit = fma(wanted, logit, wantedLogit);
    v128.store(o + at, e);
    c = f32x4.add(c, splat(1));
  }
  const inverse = f32x4.div(splat(1), mass);
  c = splat(0);
  for (let at: usize = 0; at < bytes; at += FEATURE) {
    const wanted = f32x4.add(spread, v128.and(hit, f32x4.eq(label, c)));
    const error = f32x4.sub(f32x4.mul(v128.load(o + at), inverse), wanted);
    v128.store(o + at, f32x4.mul(weight, flush(error, NOTHING)));
    c = f32x4.add(c, splat(1));
  }
  return f32x4.mul(weight, f32x4.sub(logarithm(mass), wantedLogit));
}

/** ln of four numbers, through float64. */
@inline
function logarithm(v: v128): v128 {
  let out = splat(<f32>Math.log(<f64>f32x4.extract_lane(v, 0)));
  out = f32x4.replace_lane(out, 1, <f32>Math.log(<f64>f32x4.extract_lane(v, 1)));
  out = f32x4.replace_lane(out, 2, <f32>Math.log(<f64>f32x4.extract_lane(v, 2)));
  return f32x4.replace_lane(out, 3, <f32>Math.log(<f64>f32x4.extract_lane(v, 3)));
}
