/**
 * @file Losses of numbers beside the squared error, with their gradients, in place: the outputs o become dLoss/do.
 *
 * As in loss.ts rows carry their share w, 0 for the padding of the last block; the loss of a row is the mean over its N outputs. Sums,
 * and all that is raised to a power, are float64, one number after the other: outputs are few.
 *
 * Shapes  o, y: [blocks][N][8]; w: [blocks][8]
 */

import { FEATURE, NOTHING } from './vector';

/** Slope `below` (negative) where o < y, `above` where o > y, 0 between; the loss is the slope times the distance. */
export function pinball(o: usize, oStride: usize, y: usize, yStride: usize, w: usize, N: i32, below: f64, above: f64, blocks: i32): f64 {
  const unit: f64 = 1.0 / <f64>N;
  let total: f64 = 0;
  for (let t: i32 = 0; t < blocks; t++) {
    for (let at: usize = 0; at < <usize>N * FEATURE; at += 4) {
      const error = <f64>load<f32>(o + at) - <f64>load<f32>(y + at);
      const weight = <f64>load<f32>(w + (at & (FEATURE - 1))) * unit;
      const slope = error < 0 ? below : error > 0 ? above : 0;
      total += weight * slope * error;
      store<f32>(o + at, <f32>(weight * slope));
    }
    o += oStride;
    y += yStride;
    w += FEATURE;
  }
  return total;
}

/** Half the squared error up to `distance`, a straight line beyond. */
export function huber(o: usize, oStride: usize, y: usize, yStride: usize, w: usize, N: i32, distance: f64, blocks: i32): f64 {
  const unit: f64 = 1.0 / <f64>N;
  let total: f64 = 0;
  for (let t: i32 = 0; t < blocks; t++) {
    for (let at: usize = 0; at < <usize>N * FEATURE; at += 4) {
      const error = <f64>load<f32>(o + at) - <f64>load<f32>(y + at);
      const weight = <f64>load<f32>(w + (at & (FEATURE - 1))) * unit;
      const slope = min(max(error, -distance), distance);
      total += weight * slope * (error - 0.5 * slope);
      store<f32>(o + at, abs(slope) < NOTHING ? 0 : <f32>(weight * slope));
    }
    o += oStride;
    y += yStride;
    w += FEATURE;
  }
  return total;
}

/** exp((2 - p) o) / (2 - p) - y exp((1 - p) o) / (1 - p) for p between; exp(o) - y o for p = 1, o + y exp(-o) for p = 2. */
export function powerLoss(o: usize, oStride: usize, y: usize, yStride: usize, w: usize, N: i32, p: f64, blocks: i32): f64 {
  const unit: f64 = 1.0 / <f64>N;
  let total: f64 = 0;
  for (let t: i32 = 0; t < blocks; t++) {
    for (let at: usize = 0; at < <usize>N * FEATURE; at += 4) {
      const score = <f64>load<f32>(o + at), wanted = <f64>load<f32>(y + at);
      const weight = <f64>load<f32>(w + (at & (FEATURE - 1))) * unit;
      const up = Math.exp((2.0 - p) * score);
      const down = wanted * Math.exp((1.0 - p) * score);
      total += weight * ((p == 2.0 ? score : up / (2.0 - p)) - (p == 1.0 ? wanted * score : down / (1.0 - p)));
      const slope = up - down;
      store<f32>(o + at, abs(slope) < NOTHING ? 0 : <f32>(weight * slope));
    }
    o += oStride;
    y += yStride;
    w += FEATURE;
  }
  return total;
}
