/** @file Tails of Student's t and of the normal distribution, in float64. */

/** Continued fractions stop when a step changes less than this, relatively. */
const PRECISION = 1e-15;
const MAX_STEPS = 300;
/** Stands in for a denominator of 0. */
const TINY = 1e-300;

/** P(T >= t) for Student's t with `df` degrees of freedom; t may be negative or infinite. */
export function studentTail(t: number, df: number): number {
  if (t < 0) return 1 - studentTail(-t, df);
  if (t === Infinity) return 0;
  return incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2;
}

/** Found by halving: a study of hundreds of trials asks for the same one hundreds of times. */
const knownQuantiles = new Map<string, number>();
const MOST_KNOWN = 100;

/** The t below which Student's t lies with probability `q`, to about 12 digits. */
export function studentQuantile(q: number, df: number): number {
  if (q < 0.5) return -studentQuantile(1 - q, df);
  if (q === 0.5) return 0;
  const key = `${q} ${df}`;
  const known = knownQuantiles.get(key);
  if (known !== undefined) return known;
  if (knownQuantiles.size >= MOST_KNOWN) knownQuantiles.clear();
  const found = halved(q, df);
  knownQuantiles.set(key, found);
  return found;
}

function halved(q: number, df: number): number {
  let low = 0;
  let high = 1;
  while (studentTail(high, df) > 1 - q) high *= 2;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (studentTail(middle, df) > 1 - q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(X >= x) for a normal X of mean 0 and the given standard deviation. */
export function normalTail(x: number, standardDeviation: number): number {
  if (!(standardDeviation > 0)) return x > 0 ? 0 : 1;
  const z = x / standardDeviation;
  if (z < 0) return 1 - normalTail(-z, 1);
  // erfc(u) is the incomplete gamma function Q(1/2, u^2): a series near 0, a continued fraction beyond.
  const square = (z * z) / 2;
  return (square < 1.5 ? 1 - lowerGammaHalf(square) : upperGammaHalf(square)) / 2;
}

/**
 * Regularised incomplete beta function I_x(a, b).
 *
 * Source   DLMF 8.17.22, by the modified Lentz algorithm (Thompson & Barnett 1986)
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  const term = (m: number): number => {
    const k = m >> 1;
    if (m % 2 === 0) return (k * (b - k) * x) / ((a + 2 * k - 1) * (a + 2 * k));
    return (-(a + k) * (a + b + k) * x) / ((a + 2 * k) * (a + 2 * k + 1));
  };
  return front / continuedFraction(1, term, () => 1);
}

/** b0 + a1 / (b1 + a2 / (b2 + ...)) */
function continuedFraction(b0: number, a: (step: number) => number, b: (step: number) => number): number {
  let value = b0 || TINY;
  let c = value;
  let d = 0;
  for (let step = 1; step <= MAX_STEPS; step++) {
    d = 1 / (b(step) + a(step) * d || TINY);
    c = b(step) + a(step) / c || TINY;
    value *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return value;
}

/** P(1/2, x): sum of x^n / ((1/2)(3/2)...(n + 1/2)), DLMF 8.11.4. */
function lowerGammaHalf(x: number): number {
  let term = 2;
  let sum = term;
  for (let n = 1; n < MAX_STEPS && term > PRECISION * sum; n++) {
    term *= x / (n + 0.5);
    sum += term;
  }
  return (sum * Math.sqrt(x) * Math.exp(-x)) / Math.sqrt(Math.PI);
}

/** Q(1/2, x) by DLMF 8.9.2. */
function upperGammaHalf(x: number): number {
  const fraction = continuedFraction(
    x + 0.5,
    (n) => -n * (n - 0.5),
    (n) => x + 2 * n + 0.5,
  );
  return (Math.sqrt(x) * Math.exp(-x)) / Math.sqrt(Math.PI) / fraction;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Stirling's series (DLMF 5.11.1) after shifting the argument beyond 10, where five terms reach float64. */
function logGamma(x: number): number {
  let shift = 0;
  while (x < 10) shift += Math.log(x++);
  const r = 1 / (x * x);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
