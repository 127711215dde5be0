/** @file Gradients and hessians of the losses by row, and their rounding to whole numbers. */

import { exp } from '../../../engine/wasm/assembly/vector';

/**
 * gradient = w (score - y), hessian = w.
 *
 * Shapes  scores, y, weights, gradients, hessians: [n] float32, n a multiple of 4; weights 0: all 1
 */
export function squaredGradient(scores: usize, y: usize, weights: usize, gradients: usize, hessians: usize, n: i32): void {
  const one = f32x4.splat(1);
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) {
    const w = weights === 0 ? one : v128.load(weights + at);
    v128.store(gradients + at, f32x4.mul(w, f32x4.sub(v128.load(scores + at), v128.load(y + at))));
    v128.store(hessians + at, w);
  }
}

/** gradient = w (p - y), hessian = w p (1 - p), p = 1 / (1 + exp(-score)); y in {0, 1}. Shapes as above. */
export function logisticGradient(scores: usize, y: usize, weights: usize, gradients: usize, hessians: usize, n: i32): void {
  const one = f32x4.splat(1);
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) {
    const w = weights === 0 ? one : v128.load(weights + at);
    const p = f32x4.div(one, f32x4.add(one, exp(f32x4.neg(v128.load(scores + at)))));
    v128.store(gradients + at, f32x4.mul(w, f32x4.sub(p, v128.load(y + at))));
    v128.store(hessians + at, f32x4.mul(w, f32x4.mul(p, f32x4.sub(one, p))));
  }
}

/**
 * Softmax over k outputs: for output c, gradient = w (p_c - [y = c]), hessian = w factor p_c (1 - p_c).
 *
 * Shapes  scores, gradients, hessians: [k][n] float32; y: [n] float32 class index; n a multiple of 4
 * Source  the factor k / (k - 1) makes the diagonal of the hessian a bound that fits one tree per class (LightGBM)
 */
export function softmaxGradient(scores: usize, y: usize, weights: usize, gradients: usize, hessians: usize, n: i32, k: i32, factor: f32): void {
  const step = (<usize>n) << 2;
  const one = f32x4.splat(1);
  for (let at: usize = 0; at < step; at += 16) {
    let top = v128.load(scores + at);
    for (let c: i32 = 1; c < k; c++) top = f32x4.max(top, v128.load(scores + at + <usize>c * step));
    let sum = f32x4.splat(0);
    for (let c: i32 = 0; c < k; c++) {
      const e = exp(f32x4.sub(v128.load(scores + at + <usize>c * step), top));
      v128.store(gradients + at + <usize>c * step, e);
      sum = f32x4.add(sum, e);
    }
    const w = weights === 0 ? one : v128.load(weights + at);
    const share = f32x4.div(one, sum);
    const wanted = v128.load(y + at);
    for (let c: i32 = 0; c < k; c++) {
      const p = f32x4.mul(share, v128.load(gradients + at + <usize>c * step));
      const isWanted = v128.and(f32x4.eq(wanted, f32x4.splat(<f32>c)), one);
      v128.store(gradients + at + <usize>c * step, f32x4.mul(w, f32x4.sub(p, isWanted)));
      const bend = f32x4.mul(f32x4.splat(factor), f32x4.mul(p, f32x4.sub(one, p)));
      v128.store(hessians + at + <usize>c * step, f32x4.mul(w, bend));
    }
  }
}

/** The largest |x| of n float32, n a multiple of 4. */
export function largest(x: usize, n: i32): f32 {
  let top = f32x4.splat(0);
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) top = f32x4.max(top, f32x4.abs(v128.load(x + at)));
  const pair = f32x4.max(top, v128.shuffle<f32>(top, top, 2, 3, 0, 1));
  return max(f32x4.extract_lane(pair, 0), f32x4.extract_lane(pair, 1));
}

/**
 * packed = round(gradient * up) * 2^32 + round(hessian * upHessian); rounded up or down by chance, so that sums are right on
 * average however small the parts are.
 *
 * Shapes  gradients, hessians: [n] float32; packed: [n] int64
 * Random  one draw per row from a hash of `seed` and its position, half of its bits for each number
 */
export function quantise(gradients: usize, hessians: usize, n: i32, up: f32, upHessian: f32, seed: u32, packed: usize): void {
  const end = (<usize>(n & ~3)) << 2;
  const upGradients = f32x4.splat(up);
  const upHessians = f32x4.splat(upHessian);
  let at: usize = 0;
  for (; at < end; at += 16) {
    const noise = hash4(seed, <u32>(at >> 2));
    const g = rounded4(v128.load(gradients + at), upGradients, v128.and(noise, i32x4.splat(0xffff)));
    const h = rounded4(v128.load(hessians + at), upHessians, i32x4.shr_u(noise, 16));
    storePacked(packed + (at << 1), g, h);
  }
  for (let i = n & ~3; i < n; i++, at += 4) {
    const noise = hash(seed + <u32>i * 0x9e3779b9);
    const g = rounded(load<f32>(gradients + at), up, noise & 0xffff);
    const h = rounded(load<f32>(hessians + at), upHessian, noise >> 16);
    store<i64>(packed + (at << 1), (g << 32) + h);
  }
}

/** Rows of equal hessians: each counts 1. */
export function quantiseEqual(gradients: usize, n: i32, up: f32, seed: u32, packed: usize): void {
  const end = (<usize>(n & ~3)) << 2;
  const upGradients = f32x4.splat(up);
  const one = i32x4.splat(1);
  let at: usize = 0;
  for (; at < end; at += 16) {
    const noise = hash4(seed, <u32>(at >> 2));
    const g = rounded4(v128.load(gradients + at), upGradients, v128.and(noise, i32x4.splat(0xffff)));
    storePacked(packed + (at << 1), g, one);
  }
  for (let i = n & ~3; i < n; i++, at += 4) {
    const noise = hash(seed + <u32>i * 0x9e3779b9);
    store<i64>(packed + (at << 1), (rounded(load<f32>(gradients + at), up, noise & 0xffff) << 32) + 1);
  }
}

/** Noise: of 16 bits. */
@inline
function rounded(x: f32, up: f32, noise: u32): i64 {
  const unit: f32 = 1.0 / 65536.0;
  return <i64>floor(x * up + <f32>noise * unit);
}

/** The same of four: at most 2^15 or so, which 32 bits hold. */
@inline
function rounded4(x: v128, up: v128, noise: v128): v128 {
  const unit = f32x4.splat(1.0 / 65536.0);
  return i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.add(f32x4.mul(x, up), f32x4.mul(f32x4.convert_i32x4_s(noise), unit))));
}

/** Four of gradient * 2^32 + hessian: hessians are not negative, so the gradient is the upper word. */
@inline
function storePacked(at: usize, g: v128, h: v128): void {
  v128.store(at, v128.shuffle<i32>(h, g, 0, 4, 1, 5));
  v128.store(at + 16, v128.shuffle<i32>(h, g, 2, 6, 3, 7));
}

/** scores[row] += value for the rows of a leaf. */
export function addLeaf(scores: usize, order: usize, n: i32, value: f32): void {
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const at = scores + ((<usize>load<u32>(order)) << 2);
    store<f32>(at, load<f32>(at) + value);
  }
}

/** A mixing of 32 bits (the finaliser of MurmurHash3). */
@inline
function hash(x: u32): u32 {
  x = (x ^ (x >> 16)) * 0x85ebca6b;
  x = (x ^ (x >> 13)) * 0xc2b2ae35;
  return x ^ (x >> 16);
}

/** Of rows i to i + 3. */
@inline
function hash4(seed: u32, i: u32): v128 {
  let x = i32x4.add(i32x4.splat(<i32>(seed + i * 0x9e3779b9)), i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(<i32>0x9e3779b9)));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(<i32>0x85ebca6b));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 13)), i32x4.splat(<i32>0xc2b2ae35));
  return v128.xor(x, i32x4.shr_u(x, 16));
}
