/**
 * @file The LRNN neuron: univariate functions of the projections and their product, forward and backward.
 *
 * z, f: [blocks][rank * D][8], neuron by neuron; phi: [blocks][rank][8]. f[l, j] = 1 + gamma g[l, j] is kept for the
 * backward pass, which turns it into dLoss/dg in place. The sharings differ in strides only: 0 bytes from one neuron's
 * parameters to the next where neurons share them. `zNeuron` is 0 for the axis projection, where all see the same z.
 */

import { Relu, SILU, SIN, SPDER, Silu, Sin, Spder, TANH, Tanh, scaled, slope, value } from './activation';
import { FEATURE, NOTHING, flush, fma, splat, sum, sums } from './vector';

function forward<A>(
  z: usize, zStride: usize, zNeuron: usize, f: usize, fStride: usize, phi: usize, phiStride: usize,
  omega: usize, beta: usize, a: usize, c: usize, basisNeuron: usize, mixNeuron: usize, constantNeuron: usize,
  rank: i32, D: i32, H: i32, gamma: f32, blocks: i32,
): void {
  const one = splat(1), root = splat(gamma);
  do {
    let out = f;
    let l: usize = 0;
    do {
      let from = z + l * zNeuron;
      let w = omega + l * basisNeuron, b = beta + l * basisNeuron;
      let mix = a + l * mixNeuron, constant = c + l * constantNeuron;
      let p = one, q = one;
      let factors = D;
      do {
        const x = v128.load(from), y = v128.load(from, 16);
        let g = v128.load32_splat(constant);
        let h = g;
        let left = H;
        do {
          const scale = scaled<A>(v128.load32_splat(w)), shift = scaled<A>(v128.load32_splat(b));
          const weight = v128.load32_splat(mix);
          g = fma(weight, value<A>(fma(scale, x, shift)), g);
          h = fma(weight, value<A>(fma(scale, y, shift)), h);
          w += 4;
          b += 4;
          mix += 4;
        } while (--left);
        g = fma(g, root, one);
        h = fma(h, root, one);
        v128.store(out, g);
        v128.store(out, h, 16);
        p = f32x4.mul(p, g);
        q = f32x4.mul(q, h);
        from += FEATURE;
        out += FEATURE;
        constant += 4;
      } while (--factors);
      v128.store(phi + l * FEATURE, p);
      v128.store(phi + l * FEATURE, q, 16);
    } while (++l < <usize>rank);
    z += zStride;
    f += fStride;
    phi += phiStride;
  } while (--blocks);
}

/**
 * f[l, j] = 1 + gamma (c + sum_m a[m] act(omega[m] z[l, j] + beta[m])), phi[l] = prod_j f[l, j].
 *
 * Units   every stride in bytes; *Neuron: from one neuron's slice to the next, 0 where shared
 * Order   c first, then m ascending; the product over j ascending
 */
export function productForward(
  kind: i32, z: usize, zStride: usize, zNeuron: usize, f: usize, fStride: usize, phi: usize, phiStride: usize,
  omega: usize, beta: usize, a: usize, c: usize, basisNeuron: usize, mixNeuron: usize, constantNeuron: usize,
  rank: i32, D: i32, H: i32, gamma: f32, blocks: i32,
): void {
  if (kind == SIN) forward<Sin>(z, zStride, zNeuron, f, fStride, phi, phiStride, omega, beta, a, c, basisNeuron, mixNeuron, constantNeuron, rank, D, H, gamma, blocks);
  else if (kind == SPDER) forward<Spder>(z, zStride, zNeuron, f, fStride, phi, phiStride, omega, beta, a, c, basisNeuron, mixNeuron, constantNeuron, rank, D, H, gamma, blocks);
  else if (kind == TANH) forward<Tanh>(z, zStride, zNeuron, f, fStride, phi, phiStride, omega, beta, a, c, basisNeuron, mixNeuron, constantNeuron, rank, D, H, gamma, blocks);
  else if (kind == SILU) forward<Silu>(z, zStride, zNeuron, f, fStride, phi, phiStride, omega, beta, a, c, basisNeuron, mixNeuron, constantNeuron, rank, D, H, gamma, blocks);
  else forward<Relu>(z, zStride, zNeuron, f, fStride, phi, phiStride, omega, beta, a, c, basisNeuron, mixNeuron, constantNeuron, rank, D, H, gamma, blocks);
}

/**
 * phi[l] = prod_j f[l, j] for factors laid out with any strides.
 *
 * Shapes  f: (l, j) of a block at f + l * fNeuron + j * fFactor; phi: [blocks][rank][8]
 * Order   j ascending
 */
export function multiplyFactors(
  f: usize, fStride: usize, fNeuron: usize, fFactor: usize, phi: usize, phiStride: usize, rank: i32, D: i32, blocks: i32,
): void {
  for (let t: i32 = 0; t < blocks; t++) {
    for (let l: i32 = 0; l < rank; l++) {
      let from = f + <usize>l * fNeuron;
      let p = splat(1), q = p;
      for (let j: i32 = 0; j < D; j++) {
        p = f32x4.mul(p, v128.load(from));
        q = f32x4.mul(q, v128.load(from, 16));
        from += fFactor;
      }
      v128.store(phi + <usize>l * FEATURE, p);
      v128.store(phi + <usize>l * FEATURE, q, 16);
    }
    f += fStride;
    phi += phiStride;
  }
}

/**
 * f becomes dLoss/dg[l, j] = gamma dphi[l] prod_{i != j} f[l, i]: prefix times suffix, so that a zero factor is harmless.
 *
 * Shapes  f as in multiplyFactors; dphi: [blocks][rank][8]; scratch: [D][8]
 */
export function multiplyFactorsBackward(
  f: usize, fStride: usize, fNeuron: usize, fFactor: usize, dphi: usize, dphiStride: usize, rank: i32, D: i32,
  gamma: f32, scratch: usize, blocks: i32,
): void {
  for (let t: i32 = 0; t < blocks; t++) {
    for (let l: i32 = 0; l < rank; l++) {
      let at = f + <usize>l * fNeuron;
      let keep = scratch;
      let p = splat(1), q = p;
      for (let j: i32 = 0; j < D; j++) {
        v128.store(keep, p);
        v128.store(keep, q, 16);
        p = f32x4.mul(p, v128.load(at));
        q = f32x4.mul(q, v128.load(at, 16));
        at += fFactor;
        keep += FEATURE;
      }
      const from = dphi + <usize>l * FEATURE;
      p = f32x4.mul(splat(gamma), v128.load(from));
      q = f32x4.mul(splat(gamma), v128.load(from, 16));
      for (let j: i32 = 0; j < D; j++) {
        at -= fFactor;
        keep -= FEATURE;
        const u = v128.load(at), v = v128.load(at, 16);
        v128.store(at, f32x4.mul(p, v128.load(keep)));
        v128.store(at, f32x4.mul(q, v128.load(keep, 16)), 16);
        p = f32x4.mul(p, u);
        q = f32x4.mul(q, v);
      }
    }
    f += fStride;
    dphi += dphiStride;
  }
}

@inline
function addTo(at: usize, amount: f32): void {
  store<f32>(at, load<f32>(at) + amount);
}

function backward<A>(
  z: usize, zStride: usize, zNeuron: usize, dg: usize, dgStride: usize,
  dz: usize, dzStride: usize, accumulate: i32,
  omega: usize, beta: usize, a: usize, gradient: usize, constants: usize,
  basisNeuron: usize, mixNeuron: usize, constantNeuron: usize, rank: i32, D: i32, H: i32, scratch: usize, blocks: i32,
): void {
  let l: usize = 0;
  do {
    let w = omega + l * basisNeuron, b = beta + l * basisNeuron, mix = a + l * mixNeuron;
    let constant = constants + l * constantNeuron;
    let offset = l * zNeuron;
    let factors = D;
    do {
      addTo(constant, openRecords(z + offset, zStride, dg, dgStride, scratch, blocks));
      let units = H;
      do {
        const weight = load<f32>(mix), frequency = load<f32>(w);
        const scale = scaled<A>(splat(frequency)), shift = scaled<A>(v128.load32_splat(b)), back = splat(weight * frequency);
        let da = splat(0), db = da, dw = da;
        let record = scratch;
        let left = blocks << 1;
        do {
          const x = v128.load(record), g = v128.load(record, 16);
          const v = fma(scale, x, shift);
          const y = value<A>(v);
          const du = f32x4.mul(g, slope<A>(v, y));
          v128.store(record, fma(back, du, v128.load(record, 32)), 32);
          da = fma(g, y, da);
          db = f32x4.add(db, du);
          dw = fma(du, x, dw);
          record += RECORD;
        } while (--left);
        const total = sums(da, db, dw, dw);
        addTo(mix + gradient, f32x4.extract_lane(total, 0));
        addTo(b + gradient, weight * f32x4.extract_lane(total, 1));
        addTo(w + gradient, weight * f32x4.extract_lane(total, 2));
        w += 4;
        b += 4;
        mix += 4;
      } while (--units);
      closeRecords(scratch, dz + offset, dzStride, accumulate, blocks);
      constant += 4;
      offset += FEATURE;
      dg += FEATURE;
    } while (--factors);
  } while (++l < <usize>rank);
}

/** Bytes of z, dg and dz of four rows side by side: one address serves all three. */
const RECORD: usize = 48;

/** Copies z and dg of one factor into records, with dz 0; returns the sum of dg. */
@inline
function openRecords(z: usize, zStride: usize, dg: usize, dgStride: usize, record: usize, blocks: i32): f32 {
  const zero = splat(0);
  let total = zero;
  do {
    const g = v128.load(dg), h = v128.load(dg, 16);
    v128.store(record, v128.load(z));
    v128.store(record, g, 16);
    v128.store(record, zero, 32);
    v128.store(record, v128.load(z, 16), 48);
    v128.store(record, h, 64);
    v128.store(record, zero, 80);
    total = f32x4.add(total, f32x4.add(g, h));
    z += zStride;
    dg += dgStride;
    record += 2 * RECORD;
  } while (--blocks);
  return sum(total);
}

/** Puts the collected dz in its place. */
@inline
function closeRecords(record: usize, dz: usize, dzStride: usize, accumulate: i32, blocks: i32): void {
  do {
    let p = v128.load(record, 32), q = v128.load(record, 80);
    if (accumulate) {
      p = f32x4.add(p, v128.load(dz));
      q = f32x4.add(q, v128.load(dz, 16));
    }
    v128.store(dz, flush(p, NOTHING));
    v128.store(dz, flush(q, NOTHING), 16);
    dz += dzStride;
    record += 2 * RECORD;
  } while (--blocks);
}

/**
 * From dLoss/dg to the gradients of omega, beta, a, c (added) and of z.
 *
 * dz may be z itself when `accumulate` is 0; with 1 it is added to (the axis projection sums over neurons).
 *
 * Shapes  dg: [blocks][rank * D][8]; dz: strides as z; scratch: 96 bytes per block
 * Units   gradient: bytes from a parameter to its gradient; constants: address of dc
 * Order   rows in four lanes, block by block; m outside the rows
 */
export function productBackward(
  kind: i32, z: usize, zStride: usize, zNeuron: usize, dg: usize, dgStride: usize,
  dz: usize, dzStride: usize, accumulate: i32,
  omega: usize, beta: usize, a: usize, gradient: usize, constants: usize,
  basisNeuron: usize, mixNeuron: usize, constantNeuron: usize, rank: i32, D: i32, H: i32, scratch: usize, blocks: i32,
): void {
  if (kind == SIN) backward<Sin>(z, zStride, zNeuron, dg, dgStride, dz, dzStride, accumulate, omega, beta, a, gradient, constants, basisNeuron, mixNeuron, constantNeuron, rank, D, H, scratch, blocks);
  else if (kind == SPDER) backward<Spder>(z, zStride, zNeuron, dg, dgStride, dz, dzStride, accumulate, omega, beta, a, gradient, constants, basisNeuron, mixNeuron, constantNeuron, rank, D, H, scratch, blocks);
  else if (kind == TANH) backward<Tanh>(z, zStride, zNeuron, dg, dgStride, dz, dzStride, accumulate, omega, beta, a, gradient, constants, basisNeuron, mixNeuron, constantNeuron, rank, D, H, scratch, blocks);
  else if (kind == SILU) backward<Silu>(z, zStride, zNeuron, dg, dgStride, dz, dzStride, accumulate, omega, beta, a, gradient, constants, basisNeuron, mixNeuron, constantNeuron, rank, D, H, scratch, blocks);
  else backward<Relu>(z, zStride, zNeuron, dg, dgStride, dz, dzStride, accumulate, omega, beta, a, gradient, constants, basisNeuron, mixNeuron, constantNeuron, rank, D, H, scratch, blocks);
}
