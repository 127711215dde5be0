/** @file The normal distribution where it is hard: logarithms of tiny tails, narrow intervals, truncation. */

const LOG_SQRT_2PI = 0.918938533204672741780329736406;
/** Beyond this many deviations the tail comes from a continued fraction, inside from a series; both are good to 1e-14. */
const TAIL = 2;
/** Narrower intervals (times their distance) are integrated by two terms about their middle: the next is below 1e-15. */
const NARROW = 1e-3;
/** Terms of the continued fraction, times z^2: its error falls like exp(-2 z sqrt(2 terms)). */
const FRACTION_WORK = 320;
const NEWTON_STEPS = 60;

/** Natural logarithm of the standard normal density. */
export function logDensity(z: number): number {
  return -0.5 * z * z - LOG_SQRT_2PI;
}

/** log P(Z <= z), to about 1e-14 relative down to z = -1e150, where the square overflows. */
export function logCdf(z: number): number {
  if (z === -Infinity) return -Infinity;
  if (z < -TAIL) return logDensity(z) - Math.log(inverseMills(-z));
  if (z > TAIL) return Math.log1p(-Math.exp(logCdf(-z)));
  return Math.log(0.5 + half(z));
}

/** P(0 < Z <= z) by the series phi(z) (z + z^3/3 + z^5/15 + ...), odd in z; |z| <= TAIL. */
function half(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return sum * Math.exp(logDensity(z));
}

/** phi(z) / P(Z > z) by the continued fraction z + 1/(z + 2/(z + 3/(z + ...))), from the inside out; z >= TAIL. */
function inverseMills(z: number): number {
  let value = z;
  for (let k = Math.ceil(FRACTION_WORK / (z * z)) + 8; k > 0; k--) value = z + k / value;
  return value;
}

/** log P(a < Z <= b); -Infinity where the interval is empty. Narrow and far intervals keep their precision. */
export function logMass(a: number, b: number): number {
  if (!(a < b)) return -Infinity;
  if (a > 0) return logMass(-b, -a);
  const width = b - a;
  const middle = (a + b) / 2;
  if (width * (1 + Math.abs(middle)) < NARROW) {
    return logDensity(middle) + Math.log(width) + Math.log1p((width * width * (middle * middle - 1)) / 24);
  }
  const upper = logCdf(b);
  // On one side of the centre the difference is taken between logarithms, across it between both halves.
  if (b <= 0) return upper + Math.log(-Math.expm1(logCdf(a) - upper));
  if (a >= -TAIL && b <= TAIL) return Math.log(half(b) - half(a));
  return Math.log1p(-Math.exp(logCdf(a)) - Math.exp(logCdf(-b)));
}

/**
 * Quantile of a standard normal truncated to [a, b], for u in [0, 1): the inverse of its distribution function.
 *
 * Source   log cdf is concave, so Newton from the left of the root never overshoots; -sqrt(-2 q) is on its left because
 *          P(Z < -s) <= exp(-s^2 / 2) / 2
 */
export function truncatedQuantile(u: number, a: number, b: number): number {
  if (a > 0) return -truncatedQuantile(1 - u, -b, -a);
  const mass = logMass(a, b);
  const lower = logSum(logCdf(a), Math.log(u) + mass);
  const inLeftHalf = b <= 0 || lower <= -Math.LN2;
  const z = inLeftHalf ? leftQuantile(lower) : -leftQuantile(logSum(logCdf(-b), Math.log1p(-u) + mass));
  return Math.min(b, Math.max(a, z));
}

/** The z <= 0 with log P(Z <= z) = q. */
function leftQuantile(q: number): number {
  if (q === -Infinity) return -Infinity;
  let z = -Math.sqrt(Math.max(0, -2 * q));
  for (let i = 0; i < NEWTON_STEPS; i++) {
    const value = logCdf(z);
    const step = (q - value) / Math.exp(logDensity(z) - value);
    z += step;
    if (Math.abs(step) <= 1e-15 * Math.abs(z)) break;
  }
  return z;
}

/** log(exp(a) + exp(b)) */
export function logSum(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}
