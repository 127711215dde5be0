/** @file How near two signals are. */

/** Mean squared difference. */
export function meanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum / a.length;
}

/** Peak signal-to-noise ratio in decibels of a picture whose values lie in an interval of length `range`. */
export function psnr(mse: number, range: number): number {
  return 10 * Math.log10((range * range) / mse);
}

/**
 * Structural similarity of two n x n pictures with values in an interval of length `range`: the mean over windows of 7 x 7.
 *
 * Source   Wang et al. 2004, with their constants; uniform windows in place of Gaussian ones
 */
export function structuralSimilarity(a: ArrayLike<number>, b: ArrayLike<number>, n: number, range: number): number {
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  let sum = 0;
  for (let top = 0; top + WINDOW <= n; top++) {
    for (let left = 0; left + WINDOW <= n; left++) {
      let [ma, mb, aa, bb, ab] = [0, 0, 0, 0, 0];
      for (let i = top; i < top + WINDOW; i++) {
        for (let j = left; j < left + WINDOW; j++) {
          const [x, y] = [a[i * n + j], b[i * n + j]];
          ma += x;
          mb += y;
          aa += x * x;
          bb += y * y;
          ab += x * y;
        }
      }
      const size = WINDOW * WINDOW;
      ma /= size;
      mb /= size;
      const [va, vb, cov] = [aa / size - ma * ma, bb / size - mb * mb, ab / size - ma * mb];
      sum += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
    }
  }
  return sum / (n - WINDOW + 1) ** 2;
}

const WINDOW = 7;

/** Cosine of the angle between the magnitudes of two spectra: 1 for equal ones. Length a power of 2, or cut down to one. */
export function spectralSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [magnitudes(a), magnitudes(b)];
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((value, k) => {
    xy += value * y[k];
    xx += value * value;
    yy += y[k] * y[k];
  });
  return xy / Math.sqrt(xx * yy);
}

/** Magnitudes of the discrete Fourier transform at frequencies 0 .. n / 2 - 1, n the largest power of 2 that fits. */
export function magnitudes(signal: ArrayLike<number>): Float64Array {
  const n = 2 ** Math.floor(Math.log2(signal.length));
  const re = Float64Array.from({ length: n }, (_, i) => signal[i]);
  const im = new Float64Array(n);
  fourier(re, im);
  return Float64Array.from({ length: n / 2 }, (_, k) => Math.hypot(re[k], im[k]));
}

/** The discrete Fourier transform in place, by halves; length a power of 2. The inverse times n with re and im exchanged. */
export function fourier(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j], im[i], im[j]] = [re[j], re[i], im[j], im[i]];
  }
  for (let length = 2; length <= n; length *= 2) {
    for (let k = 0; k < length / 2; k++) {
      const [c, s] = [Math.cos((-2 * Math.PI * k) / length), Math.sin((-2 * Math.PI * k) / length)];
      for (let i = k; i < n; i += length) {
        const j = i + length / 2;
        const [x, y] = [re[j] * c - im[j] * s, re[j] * s + im[j] * c];
        [re[j], im[j]] = [re[i] - x, im[i] - y];
        [re[i], im[i]] = [re[i] + x, im[i] + y];
      }
    }
  }
}
