/**
 * @file X W + b and its gradients over blocks of rows.
 *
 * Activations are [block][feature][8 rows]: feature f of block t lies at base + t * stride + f * 32 bytes, strides in
 * bytes and multiples of 64. One micro-kernel does all the work: both operands are packed first, so that it reads them in
 * order, four numbers broadcast and two vectors loaded for eight multiply-adds. V8 moves all loads of a loop body to its
 * top: eight accumulators and six operands fit its fifteen registers, an unrolled body or a larger tile would not.
 */

import { FEATURE, fma, splat, sum, sums } from './vector';

/** Columns in a panel of packed weights. */
const PANEL: i32 = 4;
/** Rows of a block, columns of a vector pair. */
const EIGHT: i32 = 8;
/** Where a tile is computed when only a part of it is wanted. */
const TILE: usize = memory.data(128, 16);

/**
 * Packs [K x N] weights and their bias for affineForward: per panel of four columns, the bias, then K rows of four.
 *
 * The last panel starts at N - 4, so that panels may overlap; with N < 4 it is padded with zeros.
 *
 * Shapes  W: element (k, n) at W + k * rowStride + n * columnStride; bias: n at bias + n * biasStride, or 0 for none
 * Units   strides in bytes; packs scale * W and shift + scale * bias
 */
export function packPanels(
  W: usize, rowStride: usize, columnStride: usize, K: i32, N: i32,
  bias: usize, biasStride: usize, scale: f32, shift: f32, packed: usize,
): void {
  for (let start: i32 = 0; start < N; start += PANEL) {
    const first = max(0, min(start, N - PANEL));
    const columns = min(PANEL, N - first);
    for (let q: i32 = 0; q < PANEL; q++) {
      const value = q < columns && bias != 0 ? scale * load<f32>(bias + <usize>(first + q) * biasStride) : 0;
      store<f32>(packed + (<usize>q << 2), shift + value);
    }
    packed += 16;
    const from = W + <usize>first * columnStride;
    if (columns == PANEL && columnStride == 4) packed = packRows(from, rowStride, K, scale, packed);
    else if (columns == PANEL && rowStride == 4) packed = packColumns(from, columnStride, K, scale, packed);
    else packed = packElements(from, rowStride, columnStride, K, columns, scale, packed);
  }
}

/** Four neighbours of each row; returns the end of what was packed. */
@inline
function packRows(from: usize, rowStride: usize, K: i32, scale: f32, packed: usize): usize {
  const s = splat(scale);
  for (let k: i32 = 0; k < K; k++) {
    v128.store(packed, f32x4.mul(s, v128.load(from)));
    from += rowStride;
    packed += 16;
  }
  return packed;
}

/** Four columns, each contiguous: transposed four rows at a time, then the rest. */
@inline
function packColumns(from: usize, columnStride: usize, K: i32, scale: f32, packed: usize): usize {
  const fours = K >> 2;
  for (let i: i32 = 0; i < fours; i++) {
    transpose(from, columnStride, packed, 16, splat(scale));
    from += 16;
    packed += 64;
  }
  return packElements(from, 4, columnStride, K & 3, PANEL, scale, packed);
}

@inline
function packElements(from: usize, rowStride: usize, columnStride: usize, K: i32, columns: i32, scale: f32, packed: usize): usize {
  for (let k: i32 = 0; k < K; k++) {
    let at = from;
    for (let q: i32 = 0; q < columns; q++) {
      store<f32>(packed + (<usize>q << 2), scale * load<f32>(at));
      at += columnStride;
    }
    for (let q: i32 = columns; q < PANEL; q++) store<f32>(packed + (<usize>q << 2), 0);
    from += rowStride;
    packed += 16;
  }
  return packed;
}

/** Four times eight: out[q] = w[0][q] + sum over k of h[k] w[1 + k][q], in order; h: [K][8], w: [1 + K][4]. */
@inline
function tile(h: usize, w: usize, K: i32, out: usize, outStride: usize): void {
  let a0 = v128.load32_splat(w), a1 = v128.load32_splat(w, 4), a2 = v128.load32_splat(w, 8), a3 = v128.load32_splat(w, 12);
  let b0 = a0, b1 = a1, b2 = a2, b3 = a3;
  w += 16;
  do {
    const x = v128.load(h), y = v128.load(h, 16);
    const s = v128.load32_splat(w), t = v128.load32_splat(w, 4), u = v128.load32_splat(w, 8), v = v128.load32_splat(w, 12);
    a0 = fma(x, s, a0);
    b0 = fma(y, s, b0);
    a1 = fma(x, t, a1);
    b1 = fma(y, t, b1);
    a2 = fma(x, u, a2);
    b2 = fma(y, u, b2);
    a3 = fma(x, v, a3);
    b3 = fma(y, v, b3);
    h += 32;
    w += 16;
  } while (--K);
  v128.store(out, a0);
  v128.store(out, b0, 16);
  out += outStride;
  v128.store(out, a1);
  v128.store(out, b1, 16);
  out += outStride;
  v128.store(out, a2);
  v128.store(out, b2, 16);
  out += outStride;
  v128.store(out, a3);
  v128.store(out, b3, 16);
}

/**
 * z = h W + b, W and b packed by packPanels.
 *
 * Shapes  h: [blocks][K][8], z: [blocks][N][8]
 * Order   bias first, then k ascending
 */
export function affineForward(
  h: usize, hStride: usize, K: i32, packed: usize, z: usize, zStride: usize, N: i32, blocks: i32,
): void {
  const panelBytes = <usize>(K + 1) * 16;
  for (let start: i32 = 0; start < N; start += PANEL) {
    const first = max(0, min(start, N - PANEL));
    let from = h;
    let to = z + <usize>first * FEATURE;
    for (let t: i32 = 0; t < blocks; t++) {
      if (N >= PANEL) {
        tile(from, packed, K, to, FEATURE);
      } else {
        tile(from, packed, K, TILE, FEATURE);
        memory.copy(to, TILE, <usize>N * FEATURE);
      }
      from += hStride;
      to += zStride;
    }
    packed += panelBytes;
  }
}

/** scale times four vectors, turned round: element (i, j) becomes (j, i). */
@inline
function transpose(from: usize, fromStride: usize, to: usize, toStride: usize, scale: v128): void {
  const a = f32x4.mul(scale, v128.load(from)), b = f32x4.mul(scale, v128.load(from + fromStride));
  const c = f32x4.mul(scale, v128.load(from + 2 * fromStride)), d = f32x4.mul(scale, v128.load(from + 3 * fromStride));
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + toStride, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * toStride, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5));
  v128.store(to + 3 * toStride, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7));
}

/** `width` (4 or 8) features of all rows as [rows][width]. */
@inline
function packFeatures(from: usize, fromStride: usize, width: usize, to: usize, blocks: i32): void {
  for (let t: i32 = 0; t < blocks; t++) {
    for (let half: usize = 0; half < 2; half++) {
      for (let q: usize = 0; q < width; q += 4) {
        transpose(from + q * FEATURE + half * 16, FEATURE, to + q * 4, width * 4, splat(1));
      }
      to += width * 16;
    }
    from += fromStride;
  }
}

/**
 * dW[k][n] = sum over rows of h[k] dz[n]; overwrites dW.
 *
 * Shapes  h: [blocks][K][8], dz: [blocks][N][8]; dW: element (k, n) at dW + k * rowStride + 4 n;
 *         scratch: 16 (8 blocks + 1) bytes for h and 256 blocks ceil(N / 8) bytes for dz
 * Order   rows ascending; with K < 4 or N < 4, eight lanes over the blocks, then these
 */
export function affineWeights(
  h: usize, hStride: usize, K: i32, dz: usize, dzStride: usize, N: i32, dW: usize, rowStride: usize, blocks: i32, scratch: usize,
): void {
  if (K < PANEL || N < PANEL) return narrowWeights(h, hStride, K, dz, dzStride, N, dW, rowStride, blocks);
  const rows = blocks << 3;
  const vectors = scratch + 16 + (<usize>rows << 4), vectorBytes = <usize>rows << 5;
  v128.store(scratch, splat(0));
  let to = vectors;
  for (let start: i32 = 0; start < N; start += EIGHT) {
    const n = max(0, min(start, N - EIGHT));
    packFeatures(dz + <usize>n * FEATURE, dzStride, 8, to, blocks);
    to += vectorBytes;
  }
  for (let start: i32 = 0; start < K; start += PANEL) {
    const k = min(start, K - PANEL);
    packFeatures(h + <usize>k * FEATURE, hStride, 4, scratch + 16, blocks);
    let from = vectors;
    for (let column: i32 = 0; column < N; column += EIGHT) {
      const place = dW + <usize>k * rowStride;
      if (N >= EIGHT) tile(from, scratch, rows, place + (<usize>min(column, N - EIGHT) << 2), rowStride);
      else partialTile(from, scratch, rows, place, rowStride, N);
      from += vectorBytes;
    }
  }
}

/** The first N of eight columns. */
@inline
function partialTile(h: usize, w: usize, rows: i32, out: usize, outStride: usize, N: i32): void {
  tile(h, w, rows, TILE, 32);
  for (let q: usize = 0; q < 4; q++) memory.copy(out + q * outStride, TILE + q * 32, <usize>N << 2);
}

/** dW of few rows or columns: four rows at a time, then one. */
function narrowWeights(
  h: usize, hStride: usize, K: i32, dz: usize, dzStride: usize, N: i32, dW: usize, rowStride: usize, blocks: i32,
): void {
  for (let n: i32 = 0; n < N; n++) {
    let k: i32 = 0;
    let from = h;
    let to = dW + (<usize>n << 2);
    for (; k + 4 <= K; k += 4) {
      const four = fourDots(from, hStride, dz + <usize>n * FEATURE, dzStride, blocks);
      v128.store32_lane(to, four, 0);
      v128.store32_lane(to + rowStride, four, 1);
      v128.store32_lane(to + 2 * rowStride, four, 2);
      v128.store32_lane(to + 3 * rowStride, four, 3);
      from += 4 * FEATURE;
      to += 4 * rowStride;
    }
    for (; k < K; k++) {
      store<f32>(to, oneDot(from, hStride, dz + <usize>n * FEATURE, dzStride, blocks));
      from += FEATURE;
      to += rowStride;
    }
  }
}

@inline
function fourDots(h: usize, hStride: usize, g: usize, gStride: usize, blocks: i32): v128 {
  const zero = splat(0);
  let a0 = zero, a1 = zero, a2 = zero, a3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
  do {
    const x = v128.load(g), y = v128.load(g, 16);
    a0 = fma(x, v128.load(h), a0);
    b0 = fma(y, v128.load(h, 16), b0);
    a1 = fma(x, v128.load(h, 32), a1);
    b1 = fma(y, v128.load(h, 48), b1);
    a2 = fma(x, v128.load(h, 64), a2);
    b2 = fma(y, v128.load(h, 80), b2);
    a3 = fma(x, v128.load(h, 96), a3);
    b3 = fma(y, v128.load(h, 112), b3);
    h += hStride;
    g += gStride;
  } while (--blocks);
  return sums(f32x4.add(a0, b0), f32x4.add(a1, b1), f32x4.add(a2, b2), f32x4.add(a3, b3));
}

@inline
function oneDot(h: usize, hStride: usize, g: usize, gStride: usize, blocks: i32): f32 {
  let a = splat(0), b = splat(0);
  do {
    a = fma(v128.load(h), v128.load(g), a);
    b = fma(v128.load(h, 16), v128.load(g, 16), b);
    h += hStride;
    g += gStride;
  } while (--blocks);
  return sum(f32x4.add(a, b));
}

/**
 * out[n] = sum over rows of g[n]; overwrites.
 *
 * Shapes  g: [blocks][N][8]; out: n at out + n * outStride
 */
export function sumRows(g: usize, gStride: usize, N: i32, out: usize, outStride: usize, blocks: i32): void {
  for (let n: i32 = 0; n < N; n++) {
    let a = splat(0), b = splat(0);
    let from = g + <usize>n * FEATURE;
    for (let t: i32 = 0; t < blocks; t++) {
      a = f32x4.add(a, v128.load(from));
      b = f32x4.add(b, v128.load(from, 16));
      from += gStride;
    }
    store<f32>(out, sum(f32x4.add(a, b)));
    out += outStride;
  }
}
