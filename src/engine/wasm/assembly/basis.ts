/**
 * @file A basis per column, shared by all neurons of an axis layer: U[j, m] = act(omega[j, m] x[j] + beta[j, m]).
 *
 * The neurons mix it by small matrix products (affine.ts), one per column.
 */

import { Relu, SILU, SIN, SPDER, Silu, Sin, Spder, TANH, Tanh, scaled, slope, value } from './activation';
import { FEATURE, fma, splat, sums } from './vector';

function forward<A>(
  x: usize, xStride: usize, U: usize, uStride: usize, omega: usize, beta: usize, D: i32, H: i32, blocks: i32,
): void {
  do {
    let from = x, out = U;
    let w = omega, b = beta;
    let factors = D;
    do {
      const p = v128.load(from), q = v128.load(from, 16);
      let left = H;
      do {
        const scale = scaled<A>(v128.load32_splat(w)), shift = scaled<A>(v128.load32_splat(b));
        v128.store(out, value<A>(fma(scale, p, shift)));
        v128.store(out, value<A>(fma(scale, q, shift)), 16);
        w += 4;
        b += 4;
        out += FEATURE;
      } while (--left);
      from += FEATURE;
    } while (--factors);
    x += xStride;
    U += uStride;
  } while (--blocks);
}

function backward<A>(
  x: usize, xStride: usize, dU: usize, dStride: usize, dx: usize, dxStride: usize,
  omega: usize, beta: usize, gradient: usize, D: i32, H: i32, blocks: i32,
): void {
  let j: i32 = 0;
  do {
    let m: i32 = 0;
    do {
      const at = <usize>(j * H + m) << 2;
      const w = v128.load32_splat(omega + at);
      const scale = scaled<A>(w), shift = scaled<A>(v128.load32_splat(beta + at));
      let db = splat(0), dw = db;
      let from = x + <usize>j * FEATURE, d = dU + <usize>(j * H + m) * FEATURE, out = dx + <usize>j * FEATURE;
      let left = blocks;
      do {
        const p = v128.load(from), q = v128.load(from, 16);
        const u = fma(scale, p, shift), v = fma(scale, q, shift);
        const du = f32x4.mul(v128.load(d), slope<A>(u, value<A>(u)));
        const dv = f32x4.mul(v128.load(d, 16), slope<A>(v, value<A>(v)));
        db = f32x4.add(db, f32x4.add(du, dv));
        dw = fma(dv, q, fma(du, p, dw));
        if (dx != 0) {
          v128.store(out, fma(w, du, v128.load(out)));
          v128.store(out, fma(w, dv, v128.load(out, 16)), 16);
          out += dxStride;
        }
        from += xStride;
        d += dStride;
      } while (--left);
      const total = sums(dw, db, db, db);
      store<f32>(omega + gradient + at, f32x4.extract_lane(total, 0));
      store<f32>(beta + gradient + at, f32x4.extract_lane(total, 1));
    } while (++m < H);
  } while (++j < D);
}

/**
 * U = act(omega x + beta).
 *
 * Shapes  x: [blocks][D][8], omega, beta: [D][H], U: [blocks][D * H][8]
 */
export function basisForward(
  kind: i32, x: usize, xStride: usize, U: usize, uStride: usize, omega: usize, beta: usize, D: i32, H: i32, blocks: i32,
): void {
  if (kind == SIN) forward<Sin>(x, xStride, U, uStride, omega, beta, D, H, blocks);
  else if (kind == SPDER) forward<Spder>(x, xStride, U, uStride, omega, beta, D, H, blocks);
  else if (kind == TANH) forward<Tanh>(x, xStride, U, uStride, omega, beta, D, H, blocks);
  else if (kind == SILU) forward<Silu>(x, xStride, U, uStride, omega, beta, D, H, blocks);
  else forward<Relu>(x, xStride, U, uStride, omega, beta, D, H, blocks);
}

/**
 * The gradients of omega and beta (overwritten) and of x (added; skipped where dx is 0).
 *
 * Shapes  dU: [blocks][D * H][8]
 * Units   gradient: bytes from a parameter to its gradient
 * Order   rows in four lanes, block by block
 */
export function basisBackward(
  kind: i32, x: usize, xStride: usize, dU: usize, dStride: usize, dx: usize, dxStride: usize,
  omega: usize, beta: usize, gradient: usize, D: i32, H: i32, blocks: i32,
): void {
  if (kind == SIN) backward<Sin>(x, xStride, dU, dStride, dx, dxStride, omega, beta, gradient, D, H, blocks);
  else if (kind == SPDER) backward<Spder>(x, xStride, dU, dStride, dx, dxStride, omega, beta, gradient, D, H, blocks);
  else if (kind == TANH) backward<Tanh>(x, xStride, dU, dStride, dx, dxStride, omega, beta, gradient, D, H, blocks);
  else if (kind == SILU) backward<Silu>(x, xStride, dU, dStride, dx, dxStride, omega, beta, gradient, D, H, blocks);
  else backward<Relu>(x, xStride, dU, dStride, dx, dxStride, omega, beta, gradient, D, H, blocks);
}
