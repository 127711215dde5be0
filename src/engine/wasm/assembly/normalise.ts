/** @file LayerNorm over the features of each row (biased variance, eps 1e-5), forward and backward. */

import { FEATURE, fma, fnma, splat, sums } from './vector';

/**
 * y = normal * scale + shift, phi replaced by normal = (phi - mean) / deviation.
 *
 * Shapes  phi, y: [blocks][N][8]; inverse: [blocks][8] receives 1 / deviation; scale, shift: [N]
 * Order   mean, then squared distances to it, features ascending
 */
export function normaliseForward(
  phi: usize, phiStride: usize, y: usize, yStride: usize, inverse: usize, scale: usize, shift: usize, N: i32, blocks: i32,
): void {
  const share = splat(<f32>(1.0 / <f64>N));
  const bytes = <usize>N * FEATURE;
  for (let t: i32 = 0; t < blocks; t++) {
    let p = splat(0), q = p;
    for (let at: usize = 0; at < bytes; at += FEATURE) {
      p = f32x4.add(p, v128.load(phi + at));
      q = f32x4.add(q, v128.load(phi + at, 16));
    }
    const meanP = f32x4.mul(p, share), meanQ = f32x4.mul(q, share);
    p = splat(0);
    q = p;
    for (let at: usize = 0; at < bytes; at += FEATURE) {
      const u = f32x4.sub(v128.load(phi + at), meanP), v = f32x4.sub(v128.load(phi + at, 16), meanQ);
      p = fma(u, u, p);
      q = fma(v, v, q);
    }
    p = f32x4.div(splat(1), f32x4.sqrt(fma(p, share, splat(1e-5))));
    q = f32x4.div(splat(1), f32x4.sqrt(fma(q, share, splat(1e-5))));
    v128.store(inverse, p);
    v128.store(inverse, q, 16);
    let w = scale, b = shift;
    for (let at: usize = 0; at < bytes; at += FEATURE) {
      const u = f32x4.mul(f32x4.sub(v128.load(phi + at), meanP), p);
      const v = f32x4.mul(f32x4.sub(v128.load(phi + at, 16), meanQ), q);
      v128.store(phi + at, u);
      v128.store(phi + at, v, 16);
      v128.store(y + at, fma(u, v128.load32_splat(w), v128.load32_splat(b)));
      v128.store(y + at, fma(v, v128.load32_splat(w), v128.load32_splat(b)), 16);
      w += 4;
      b += 4;
    }
    phi += phiStride;
    y += yStride;
    inverse += FEATURE;
  }
}

/**
 * dphi from dy, and the gradients of scale and shift (overwritten).
 *
 * Shapes  dy, normal, dphi: [blocks][N][8]; dphi may be dy
 * Units   gradient: bytes from a parameter to its gradient
 */
export function normaliseBackward(
  dy: usize, dyStride: usize, normal: usize, normalStride: usize, inverse: usize, dphi: usize, dphiStride: usize,
  scale: usize, shift: usize, gradient: usize, N: i32, blocks: i32,
): void {
  for (let l: i32 = 0; l < N; l++) {
    const offset = <usize>l * FEATURE, place = (<usize>l << 2) + gradient;
    let from = dy + offset, x = normal + offset;
    let ds = splat(0), db = ds;
    for (let t: i32 = 0; t < blocks; t++) {
      const g = v128.load(from), h = v128.load(from, 16);
      ds = fma(h, v128.load(x, 16), fma(g, v128.load(x), ds));
      db = f32x4.add(db, f32x4.add(g, h));
      from += dyStride;
      x += normalStride;
    }
    const total = sums(ds, db, db, db);
    store<f32>(scale + place, f32x4.extract_lane(total, 0));
    store<f32>(shift + place, f32x4.extract_lane(total, 1));
  }
  inputGradient(dy, dyStride, normal, normalStride, inverse, dphi, dphiStride, scale, N, blocks);
}

/** dphi = (s dy - mean(s dy) - normal mean(s dy normal)) / deviation, s = scale. */
@inline
function inputGradient(
  dy: usize, dyStride: usize, normal: usize, normalStride: usize, inverse: usize, dphi: usize, dphiStride: usize,
  scale: usize, N: i32, blocks: i32,
): void {
  const share = splat(<f32>(1.0 / <f64>N));
  const bytes = <usize>N * FEATURE;
  for (let t: i32 = 0; t < blocks; t++) {
    let a = splat(0), b = a, c = a, d = a;
    let w = scale;
    for (let at: usize = 0; at < bytes; at += FEATURE) {
      const s = v128.load32_splat(w);
      const g = f32x4.mul(s, v128.load(dy + at)), h = f32x4.mul(s, v128.load(dy + at, 16));
      a = f32x4.add(a, g);
      b = f32x4.add(b, h);
      c = fma(g, v128.load(normal + at), c);
      d = fma(h, v128.load(normal + at, 16), d);
      w += 4;
    }
    a = f32x4.mul(a, share);
    b = f32x4.mul(b, share);
    c = f32x4.mul(c, share);
    d = f32x4.mul(d, share);
    const p = v128.load(inverse), q = v128.load(inverse, 16);
    w = scale;
    for (let at: usize = 0; at < bytes; at += FEATURE) {
      const s = v128.load32_splat(w);
      const g = f32x4.sub(f32x4.mul(s, v128.load(dy + at)), a), h = f32x4.sub(f32x4.mul(s, v128.load(dy + at, 16)), b);
      v128.store(dphi + at, f32x4.mul(p, fnma(c, v128.load(normal + at), g)));
      v128.store(dphi + at, f32x4.mul(q, fnma(d, v128.load(normal + at, 16), h)), 16);
      w += 4;
    }
    dy += dyStride;
    normal += normalStride;
    dphi += dphiStride;
    inverse += FEATURE;
  }
}
