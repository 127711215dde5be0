/**
 * @file Four lanes of float32: multiply-add, sums, and the elementary functions.
 *
 * Errors are maxima over the stated range, in units in the last place (ULP) of the float32 result, with the fused
 * multiply-add of the relaxed build / without it. NaN in gives NaN out. The polynomials are minimax fits made for this
 * file (Lawson's iteration on Chebyshev nodes).
 */

/** Rows in a block: every activation is stored as [block][feature][ROWS]. */
export const ROWS: i32 = 8;
/** Bytes of one feature of one block: two vectors. */
export const FEATURE: usize = 32;

/** a * b + c; rounded once where the build is relaxed-simd and the machine can. */
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  else return f32x4.add(f32x4.mul(a, b), c);
}

/** c - a * b. */
@inline
export function fnma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  else return f32x4.sub(c, f32x4.mul(a, b));
}

@inline
export function splat(value: f32): v128 {
  return f32x4.splat(value);
}

/**
 * Below this nothing that a gradient is made of counts: AdamW divides by its epsilon, 1e-8, at the least. Products with what is
 * left (activations and weights) stay far above 1.2e-38, where float32 loses digits and processors take ten to a hundred times as
 * long, which WebAssembly cannot switch off.
 */
export const NOTHING: f32 = 1e-20;

/** v with 0 where it is nearer to 0 than `least`; NaN stays. */
@inline
export function flush(v: v128, least: f32): v128 {
  return v128.andnot(v, f32x4.lt(f32x4.abs(v), splat(least)));
}

/** The sums of four vectors: [sum a, sum b, sum c, sum d]; each adds lanes 0+2 and 1+3, then these. */
@inline
export function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** The sum of four lanes: (0 + 2) + (1 + 3). */
@inline
export function sum(a: v128): f32 {
  const pair = f32x4.add(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1);
}

/** Adding and subtracting 1.5 * 2^23 rounds to an integer and leaves it in the low bits. */
const ROUND: f32 = 12582912.0;

/** sin(pi v): absolute error below 1.5e-7 for |v| < 2^21, and below 2 ULP where |v| <= 1/2. Half turns need no reduction by pi. */
@inline
export function sinPi(v: v128): v128 {
  const turns = f32x4.add(v, splat(ROUND));
  const r = f32x4.sub(v, f32x4.sub(turns, splat(ROUND)));
  const s = f32x4.mul(r, r);
  let p = fma(s, splat(0.07755129784345627), splat(-0.5982380509376526));
  p = fma(s, p, splat(2.5500690937042236));
  p = fma(s, p, splat(-5.167709827423096));
  p = fma(s, p, splat(3.1415927410125732));
  return v128.xor(f32x4.mul(r, p), i32x4.shl(turns, 31));
}

/** cos(pi v): absolute error below 2.5e-7 for |v| < 2^21. */
@inline
export function cosPi(v: v128): v128 {
  const turns = f32x4.add(v, splat(ROUND));
  const r = f32x4.sub(v, f32x4.sub(turns, splat(ROUND)));
  const s = f32x4.mul(r, r);
  let p = fma(s, splat(0.22005107998847961), splat(-1.3320814371109009));
  p = fma(s, p, splat(4.058449745178223));
  p = fma(s, p, splat(-4.934795379638672));
  return v128.xor(fma(s, p, splat(1)), i32x4.shl(turns, 31));
}

/** tanh u for every u: a rational function of u, constant beyond |u| = 8; below 7 ULP. */
@inline
export function tanh(u: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(u, splat(-8)), splat(8));
  const s = f32x4.mul(x, x);
  let p = fma(s, splat(1.142853761848528e-5), splat(2.9510355088859797e-3));
  let q = fma(s, splat(2.459244967667473e-7), splat(2.3867074924055487e-4));
  p = fma(s, p, splat(0.1292567402124405));
  q = fma(s, q, splat(2.381560392677784e-2));
  p = fma(s, p, splat(0.9999998807907104));
  q = fma(s, q, splat(0.462588906288147));
  q = fma(s, q, splat(1));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** 1 / (1 + exp(-u)) for |u| <= 16, as (1 + tanh(u / 2)) / 2; absolute error below 2e-7. */
@inline
export function sigmoid(x: v128): v128 {
  const s = f32x4.mul(x, x);
  let p = fma(s, splat(<f32>(1.142853761848528e-5 / 256)), splat(<f32>(2.9510355088859797e-3 / 64)));
  let q = fma(s, splat(<f32>(2.459244967667473e-7 / 256)), splat(<f32>(2.3867074924055487e-4 / 64)));
  p = fma(s, p, splat(<f32>(0.1292567402124405 / 16)));
  q = fma(s, q, splat(<f32>(2.381560392677784e-2 / 16)));
  p = fma(s, p, splat(<f32>(0.9999998807907104 / 4)));
  q = fma(s, q, splat(<f32>(0.462588906288147 / 4)));
  q = fma(s, q, splat(1));
  return f32x4.add(f32x4.div(f32x4.mul(x, p), q), splat(0.5));
}

/** ln 2 in two parts, the first short enough for exact products. */
const LN2_1: f32 = 0.693359375;
const LN2_2: f32 = -2.1219444005469057e-4;

/** exp u; u is clamped to [-87, 88], below 2 ULP there. */
@inline
export function exp(u: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(u, splat(-87)), splat(88));
  const turns = fma(x, splat(1.4426950408889634), splat(ROUND));
  const k = f32x4.sub(turns, splat(ROUND));
  const r = fnma(k, splat(LN2_2), fnma(k, splat(LN2_1), x));
  let p = fma(r, splat(1.3814467238262296e-3), splat(8.368780836462975e-3));
  p = fma(r, p, splat(4.166839271783829e-2));
  p = fma(r, p, splat(0.1666651964187622));
  p = fma(r, p, splat(0.4999999403953552));
  p = fma(f32x4.mul(r, r), p, f32x4.add(r, splat(1)));
  return i32x4.add(p, i32x4.shl(turns, 23));
}
