/** @file Losses beyond the usual three: their gradients and hessians by row, and the values of their leaves. */

import { exp } from '../../../engine/wasm/assembly/vector';

/**
 * gradient = w below where score < y, w above where score > y, else 0; hessian = w. Absolute: -1 and 1; quantile: -a and 1 - a.
 *
 * Shapes  scores, y, weights, gradients, hessians: [n] float32, n a multiple of 4
 */
export function pinballGradient(scores: usize, y: usize, weights: usize, gradients: usize, hessians: usize, n: i32, below: f32, above: f32): void {
  const low = f32x4.splat(below);
  const high = f32x4.splat(above);
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) {
    const w = v128.load(weights + at);
    const s = v128.load(scores + at);
    const wanted = v128.load(y + at);
    const slope = v128.or(v128.and(f32x4.lt(s, wanted), low), v128.and(f32x4.gt(s, wanted), high));
    v128.store(gradients + at, f32x4.mul(w, slope));
    v128.store(hessians + at, w);
  }
}

/** gradient = w (score - y), cut off at -w distance and w distance; hessian = w. Shapes as above. */
export function huberGradient(scores: usize, y: usize, weights: usize, gradients: usize, hessians: usize, n: i32, distance: f32): void {
  const high = f32x4.splat(distance);
  const low = f32x4.splat(-distance);
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) {
    const w = v128.load(weights + at);
    const rest = f32x4.sub(v128.load(scores + at), v128.load(y + at));
    v128.store(gradients + at, f32x4.mul(w, f32x4.min(f32x4.max(rest, low), high)));
    v128.store(hessians + at, w);
  }
}

/**
 * With a = w y exp((1 - p) score) and b = w exp((2 - p) score): gradient = b - a, hessian = (p - 1) a + (2 - p) b.
 * Power p = 1 is poisson, 2 gamma. Shapes as above.
 */
export function tweedieGradient(scores: usize, y: usize, weights: usize, gradients: usize, hessians: usize, n: i32, power: f32): void {
  const first = f32x4.splat(1 - power);
  const second = f32x4.splat(2 - power);
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) {
    const w = v128.load(weights + at);
    const s = v128.load(scores + at);
    const a = f32x4.mul(w, f32x4.mul(v128.load(y + at), exp(f32x4.mul(first, s))));
    const b = f32x4.mul(w, exp(f32x4.mul(second, s)));
    v128.store(gradients + at, f32x4.sub(b, a));
    v128.store(hessians + at, f32x4.sub(f32x4.mul(second, b), f32x4.mul(first, a)));
  }
}

/** The sums of two columns over some rows, one row after the other: out[0], out[1] float64. */
export function sumRows(x: usize, z: usize, order: usize, n: i32, out: usize): void {
  let first: f64 = 0;
  let second: f64 = 0;
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const row = (<usize>load<u32>(order)) << 2;
    first += <f64>load<f32>(x + row);
    second += <f64>load<f32>(z + row);
  }
  store<f64>(out, first);
  store<f64>(out + 8, second);
}

/**
 * What is left over of the target: rest[i] = y - score and its weight, for the i-th row of positive weight. Returns their number.
 *
 * Shapes  order: [n] uint32; rest, own: [n] float32
 */
export function leftOver(scores: usize, y: usize, weights: usize, order: usize, n: i32, rest: usize, own: usize): i32 {
  const start = rest;
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const row = (<usize>load<u32>(order)) << 2;
    const w = load<f32>(weights + row);
    if (!(w > 0)) continue;
    store<f32>(rest, load<f32>(y + row) - load<f32>(scores + row));
    store<f32>(own, w);
    rest += 4;
    own += 4;
  }
  return <i32>((rest - start) >> 2);
}

/**
 * The least value that with all smaller ones has `share` of the weight; half way to the next where they have exactly that; 0 of none.
 *
 * Values are parted around one of them until it is found: n steps on average. They and their weights change places.
 *
 * Shapes  values, weights: [n] float32, weights above 0
 */
export function weightedQuantile(values: usize, weights: usize, n: i32, share: f64): f64 {
  if (n === 0) return 0;
  let total: f64 = 0;
  for (let i: i32 = 0; i < n; i++) total += <f64>at(weights, i);
  const wanted = share * total;
  let low: i32 = 0;
  let high = n;
  let below: f64 = 0;
  while (true) {
    const pivot = middle(at(values, low), at(values, (low + high) >> 1), at(values, high - 1));
    // [low, less) is below the pivot, [less, i) equal to it, [more, high) above.
    let less = low;
    let more = high;
    let lessWeight: f64 = 0;
    let equalWeight: f64 = 0;
    for (let i = low; i < more;) {
      const value = at(values, i);
      if (value < pivot) {
        lessWeight += <f64>at(weights, i);
        swap(values, weights, less++, i++);
      } else if (value > pivot) {
        swap(values, weights, i, --more);
      } else {
        equalWeight += <f64>at(weights, i);
        i++;
      }
    }
    if (less > low && below + lessWeight >= wanted) {
      high = less;
      continue;
    }
    below += lessWeight + equalWeight;
    if (below < wanted && more < high) {
      low = more;
      continue;
    }
    if (below !== wanted || more === n) return <f64>pivot;
    let next = at(values, more);
    for (let i = more + 1; i < n; i++) next = min(next, at(values, i));
    return (<f64>pivot + <f64>next) / 2;
  }
}

/**
 * The minimum of Huber's loss from `centre` on, as huberMean of loss.ts has it.
 *
 * Shapes  values, weights: [n] float32; summed in their order
 */
export function huberMean(values: usize, weights: usize, n: i32, centre: f64, distance: f64): f64 {
  let total: f64 = 0;
  for (let i: i32 = 0; i < n; i++) total += <f64>at(weights, i);
  for (let step: i32 = 0; step < 32 && total > 0; step++) {
    let sum: f64 = 0;
    for (let i: i32 = 0; i < n; i++) sum += <f64>at(weights, i) * min(max(<f64>at(values, i) - centre, -distance), distance);
    centre += sum / total;
    if (abs(sum / total) <= 1e-6 * distance) break;
  }
  return centre;
}

@inline
function at(x: usize, i: i32): f32 {
  return load<f32>(x + ((<usize>i) << 2));
}

@inline
function swap(values: usize, weights: usize, i: i32, j: i32): void {
  const a = (<usize>i) << 2;
  const b = (<usize>j) << 2;
  const value = load<f32>(values + a);
  store<f32>(values + a, load<f32>(values + b));
  store<f32>(values + b, value);
  const weight = load<f32>(weights + a);
  store<f32>(weights + a, load<f32>(weights + b));
  store<f32>(weights + b, weight);
}

@inline
function middle(a: f32, b: f32, c: f32): f32 {
  return max(min(a, b), min(max(a, b), c));
}
