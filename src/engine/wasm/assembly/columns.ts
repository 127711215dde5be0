/** @file Work on the columns of the input: the front scale, the skip, dropout, and rows that must not look fine. */

import { FEATURE, fma, splat, sum } from './vector';

/**
 * y[j] = x[j] * scale[j].
 *
 * Shapes  x, y: [blocks][N][8]; scale: [N]
 */
export function scaleColumns(x: usize, xStride: usize, scale: usize, y: usize, yStride: usize, N: i32, blocks: i32): void {
  for (let t: i32 = 0; t < blocks; t++) {
    for (let j: usize = 0; j < <usize>N; j++) {
      const s = v128.load32_splat(scale + (j << 2));
      v128.store(y + j * FEATURE, f32x4.mul(s, v128.load(x + j * FEATURE)));
      v128.store(y + j * FEATURE, f32x4.mul(s, v128.load(x + j * FEATURE, 16)), 16);
    }
    x += xStride;
    y += yStride;
  }
}

/**
 * dScale[j] = sum over rows of dy[j] x[j]; overwrites.
 *
 * Shapes  x, dy: [blocks][N][8]
 */
export function scaleColumnsBackward(x: usize, xStride: usize, dy: usize, dyStride: usize, dScale: usize, N: i32, blocks: i32): void {
  for (let j: usize = 0; j < <usize>N; j++) {
    let from = x + j * FEATURE, d = dy + j * FEATURE;
    let total = splat(0);
    for (let t: i32 = 0; t < blocks; t++) {
      total = fma(v128.load(from, 16), v128.load(d, 16), fma(v128.load(from), v128.load(d), total));
      from += xStride;
      d += dyStride;
    }
    store<f32>(dScale + (j << 2), sum(total));
  }
}

/** y = x, or y += x where `accumulate` is 1; x, y: [blocks][N][8]. */
export function copyColumns(x: usize, xStride: usize, y: usize, yStride: usize, N: i32, accumulate: i32, blocks: i32): void {
  for (let t: i32 = 0; t < blocks; t++) {
    if (accumulate) {
      for (let at: usize = 0; at < <usize>N * FEATURE; at += 16) {
        v128.store(y + at, f32x4.add(v128.load(y + at), v128.load(x + at)));
      }
    } else {
      memory.copy(y, x, <usize>N * FEATURE);
    }
    x += xStride;
    y += yStride;
  }
}

/** Zeros into y: [blocks][N][8]. */
export function clearColumns(y: usize, yStride: usize, N: i32, blocks: i32): void {
  for (let t: i32 = 0; t < blocks; t++) {
    memory.fill(y, 0, <usize>N * FEATURE);
    y += yStride;
  }
}

/**
 * Adds NaN to every output of a row with a non-finite input (0 * x is 0 or NaN), which tanh or relu may have swallowed.
 *
 * Shapes  x: [blocks][D][8]; o: [blocks][N][8]
 */
export function poisonRows(x: usize, xStride: usize, D: i32, o: usize, oStride: usize, N: i32, blocks: i32): void {
  const zero = splat(0);
  for (let t: i32 = 0; t < blocks; t++) {
    let p = zero, q = zero;
    for (let at: usize = 0; at < <usize>D * FEATURE; at += FEATURE) {
      p = fma(v128.load(x + at), zero, p);
      q = fma(v128.load(x + at, 16), zero, q);
    }
    for (let at: usize = 0; at < <usize>N * FEATURE; at += FEATURE) {
      v128.store(o + at, f32x4.add(v128.load(o + at), p));
      v128.store(o + at, f32x4.add(v128.load(o + at, 16), q), 16);
    }
    x += xStride;
    o += oStride;
  }
}

/** The finaliser of dropout.ts, mix32. */
@inline
function mix(value: v128): v128 {
  let x = v128.xor(value, i32x4.shr_u(value, 16));
  x = i32x4.mul(x, i32x4.splat(0x7feb352d));
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.mul(x, i32x4.splat(<i32>0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** v where the hash survives, else 0; times scale. */
@inline
function keep(v: v128, hash: v128, threshold: i32, scale: f32): v128 {
  const kept = i32x4.ge_s(i32x4.shr_u(mix(hash), 8), i32x4.splat(threshold));
  return v128.and(f32x4.mul(v, splat(scale)), kept);
}

/**
 * Drops and scales h in place, by the hash that dropout.ts documents; its own backward.
 *
 * Shapes  h: [blocks][N][8]
 */
export function dropColumns(h: usize, hStride: usize, N: i32, key: i32, threshold: i32, scale: f32, blocks: i32): void {
  const ROW_STEP: i32 = <i32>0x85ebca77;
  const UNIT_STEP: i32 = <i32>0x9e3779b1;
  const low = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(ROW_STEP)), high = i32x4.mul(i32x4(4, 5, 6, 7), i32x4.splat(ROW_STEP));
  for (let t: i32 = 0; t < blocks; t++) {
    let hash = key + t * 8 * ROW_STEP;
    for (let at: usize = 0; at < <usize>N * FEATURE; at += FEATURE) {
      const base = i32x4.splat(hash);
      v128.store(h + at, keep(v128.load(h + at), i32x4.add(base, low), threshold, scale));
      v128.store(h + at, keep(v128.load(h + at, 16), i32x4.add(base, high), threshold, scale), 16);
      hash += UNIT_STEP;
    }
    h += hStride;
  }
}
