/** @file The five univariate functions and their slopes by number, and the layers of an MLP that apply them. */

import { FEATURE, NOTHING, cosPi, flush, fma, fnma, sigmoid, sinPi, splat, tanh } from './vector';

/** Places in ACTIVATIONS of spec.ts. */
export const SIN: i32 = 0;
export const SPDER: i32 = 1;
export const TANH: i32 = 2;
export const SILU: i32 = 3;
export const RELU: i32 = 4;

/**
 * The same as types. AssemblyScript specialises functions by type only, so a kernel takes its activation as one of these
 * (nothing is ever stored in them); as an argument it would be tested in the innermost loop.
 */
export type Sin = i8;
export type Spder = i16;
export type Tanh = i32;
export type Silu = i64;
export type Relu = f32;

@inline
function isWave<A>(): bool {
  return isInteger<A>() && sizeof<A>() <= sizeof<Spder>();
}

/**
 * What omega and beta (or u) become before `value` and `slope` see them: the waves count in half turns, u / pi, and need
 * no reduction by pi in the loop. Rounding moves the phase by at most 1.2e-7 |u|, as rounding u itself would.
 */
@inline
export function scaled<A>(u: v128): v128 {
  if (isWave<A>()) return f32x4.mul(u, splat(0.31830988618379067));
  else return u;
}

/** act(u), given v = scaled(u). */
@inline
export function value<A>(v: v128): v128 {
  if (isFloat<A>()) return f32x4.pmax(v, splat(0));
  else if (sizeof<A>() == sizeof<Sin>()) return sinPi(v);
  else if (sizeof<A>() == sizeof<Spder>()) return f32x4.mul(sinPi(v), spderRoot(v));
  else if (sizeof<A>() == sizeof<Tanh>()) return tanh(v);
  else {
    const above = f32x4.pmax(v, splat(-16));
    return f32x4.mul(above, sigmoid(f32x4.pmin(above, splat(16))));
  }
}

/** act'(u), given v and y = act(u); what both need (a reduction, a sigmoid) is computed once by value numbering. */
@inline
export function slope<A>(v: v128, y: v128): v128 {
  if (isFloat<A>()) return v128.and(f32x4.gt(v, splat(0)), splat(1));
  else if (sizeof<A>() == sizeof<Sin>()) return cosPi(v);
  else if (sizeof<A>() == sizeof<Spder>()) return spderSlope(v, y);
  else if (sizeof<A>() == sizeof<Tanh>()) return fnma(y, y, splat(1));
  else {
    const s = sigmoid(f32x4.pmin(f32x4.pmax(v, splat(-16)), splat(16)));
    return fma(y, f32x4.sub(splat(1), s), s);
  }
}

/** sqrt|u| from half turns. */
@inline
function spderRoot(v: v128): v128 {
  return f32x4.sqrt(f32x4.mul(f32x4.abs(v), splat(3.1415926535897931)));
}

/** cos(u) sqrt|u| + sin(u) sign(u) / (2 sqrt|u|); the second term is y / (2 u), and 0 at 0. */
@inline
function spderSlope(v: v128, y: v128): v128 {
  const safe = v128.or(f32x4.pmax(splat(1e-30), f32x4.abs(v)), v128.and(v, splat(-0.0)));
  return fma(cosPi(v), spderRoot(v), f32x4.div(f32x4.mul(y, splat(0.15915494309189535)), safe));
}

function forward<A>(z: usize, zStride: usize, y: usize, yStride: usize, N: i32, blocks: i32): void {
  const bytes = <usize>N * FEATURE;
  do {
    let at: usize = 0;
    do {
      v128.store(y + at, value<A>(scaled<A>(v128.load(z + at))));
      at += 16;
    } while (at < bytes);
    z += zStride;
    y += yStride;
  } while (--blocks);
}

/** dz = dy act'(z), into z. */
function backward<A>(z: usize, zStride: usize, dy: usize, dyStride: usize, N: i32, blocks: i32): void {
  const bytes = <usize>N * FEATURE;
  do {
    let at: usize = 0;
    do {
      const v = scaled<A>(v128.load(z + at));
      v128.store(z + at, flush(f32x4.mul(v128.load(dy + at), slope<A>(v, value<A>(v))), NOTHING));
      at += 16;
    } while (at < bytes);
    z += zStride;
    dy += dyStride;
  } while (--blocks);
}

/**
 * y = act(z).
 *
 * Shapes  z, y: [blocks][N][8]
 */
export function activateForward(
  kind: i32, z: usize, zStride: usize, y: usize, yStride: usize, N: i32, blocks: i32,
): void {
  if (kind == SIN) forward<Sin>(z, zStride, y, yStride, N, blocks);
  else if (kind == SPDER) forward<Spder>(z, zStride, y, yStride, N, blocks);
  else if (kind == TANH) forward<Tanh>(z, zStride, y, yStride, N, blocks);
  else if (kind == SILU) forward<Silu>(z, zStride, y, yStride, N, blocks);
  else forward<Relu>(z, zStride, y, yStride, N, blocks);
}

/**
 * z becomes dz = dy act'(z).
 *
 * Shapes  z, dy: [blocks][N][8]
 */
export function activateBackward(
  kind: i32, z: usize, zStride: usize, dy: usize, dyStride: usize, N: i32, blocks: i32,
): void {
  if (kind == SIN) backward<Sin>(z, zStride, dy, dyStride, N, blocks);
  else if (kind == SPDER) backward<Spder>(z, zStride, dy, dyStride, N, blocks);
  else if (kind == TANH) backward<Tanh>(z, zStride, dy, dyStride, N, blocks);
  else if (kind == SILU) backward<Silu>(z, zStride, dy, dyStride, N, blocks);
  else backward<Relu>(z, zStride, dy, dyStride, N, blocks);
}
