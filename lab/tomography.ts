/** @file Parallel-beam tomography of a phantom: what a scanner measures, the projection of a pixel grid, and the classical way back. */

import { fourier } from './measures.js';

/** An ellipse of a phantom: centre, half axes, angle in degrees, and what it adds to the density inside. */
type Ellipse = readonly [density: number, a: number, b: number, x: number, y: number, degrees: number];

/** Shepp and Logan's head with the contrasts of Toft 1996, in [-1, 1]^2, y upwards. */
const HEAD: readonly Ellipse[] = [
  [1, 0.69, 0.92, 0, 0, 0],
  [-0.8, 0.6624, 0.874, 0, -0.0184, 0],
  [-0.2, 0.11, 0.31, 0.22, 0, -18],
  [-0.2, 0.16, 0.41, -0.22, 0, 18],
  [0.1, 0.21, 0.25, 0, 0.35, 0],
  [0.1, 0.046, 0.046, 0, 0.1, 0],
  [0.1, 0.046, 0.046, 0, -0.1, 0],
  [0.1, 0.046, 0.023, -0.08, -0.605, 0],
  [0.1, 0.023, 0.023, 0, -0.606, 0],
  [0.1, 0.023, 0.046, 0.06, -0.605, 0],
];

/** Where rays run: `views` angles over half a turn, `bins` of a detector as wide as the picture. */
export interface Scan {
  readonly views: number;
  readonly bins: number;
}

/** The phantom on n x n pixels, row by row from above: the mean over 4 x 4 points of each. */
export function phantom(n: number): Float32Array {
  const out = new Float32Array(n * n);
  for (let i = 0; i < n * n; i++) {
    for (let a = 0.125; a < 1; a += 0.25) {
      for (let b = 0.125; b < 1; b += 0.25) {
        const [x, y] = [-1 + (2 * ((i % n) + a)) / n, 1 - (2 * (Math.floor(i / n) + b)) / n];
        out[i] += densityAt(x, y) / 16;
      }
    }
  }
  return out;
}

function densityAt(x: number, y: number): number {
  let sum = 0;
  for (const [density, a, b, x0, y0, degrees] of HEAD) {
    const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    const u = (c * (x - x0) + s * (y - y0)) / a;
    const v = (c * (y - y0) - s * (x - x0)) / b;
    if (u * u + v * v <= 1) sum += density;
  }
  return sum;
}

/**
 * What the scanner measures of the phantom: exact lengths of rays through ellipses, three to a bin, and no pixels, so that no method
 * is told the answer in its own discretisation.
 *
 * Shapes   returns [views x bins]
 */
export function measured(scan: Scan): Float32Array {
  const { views, bins } = scan;
  const out = new Float32Array(views * bins);
  for (let view = 0; view < views; view++) {
    const angle = (Math.PI * view) / views;
    for (let bin = 0; bin < bins; bin++) {
      const centre = binCentre(bin, bins);
      for (const part of RAYS) out[view * bins + bin] += rayIntegral(angle, centre + (2 * part) / bins) / RAYS.length;
    }
  }
  return out;
}

/** The integral along x cos angle + y sin angle = t. */
function rayIntegral(angle: number, t: number): number {
  let sum = 0;
  for (const [density, a, b, x0, y0, degrees] of HEAD) {
    const turned = angle - (degrees * Math.PI) / 180;
    const reach = (a * Math.cos(turned)) ** 2 + (b * Math.sin(turned)) ** 2;
    const off = t - x0 * Math.cos(angle) - y0 * Math.sin(angle);
    if (off * off < reach) sum += (density * 2 * a * b * Math.sqrt(reach - off * off)) / reach;
  }
  return sum;
}

function binCentre(bin: number, bins: number): number {
  return -1 + (2 * bin + 1) / bins;
}

/** Where the rays of a bin run, in widths of a bin from its centre. */
const RAYS = [-1 / 3, 0, 1 / 3];

/** A sparse linear map from n x n pixels to [views x bins] line integrals, and its transpose. */
export interface Projector {
  forward(image: ArrayLike<number>): Float64Array;
  /** What the transpose makes of a sinogram. */
  adjoint(sinogram: ArrayLike<number>): Float64Array;
}

/**
 * Rays through a pixel grid: along the axis that a ray follows more closely, one sample per line of pixels, between two of them.
 *
 * Source   Joseph 1982
 */
export function projector(n: number, { views, bins }: Scan): Projector {
  const [rows, pixels, weights]: [number[], number[], number[]] = [[], [], []];
  for (let ray = 0; ray < views * bins; ray++) {
    const angle = (Math.PI * Math.floor(ray / bins)) / views;
    for (const part of RAYS) {
      traceRay(n, angle, binCentre(ray % bins, bins) + (2 * part) / bins, (pixel, weight) => {
        rows.push(ray);
        pixels.push(pixel);
        weights.push(weight / RAYS.length);
      });
    }
  }
  const [from, at, size] = [Uint32Array.from(rows), Uint32Array.from(pixels), Float32Array.from(weights)];
  return {
    forward: (image) => {
      const out = new Float64Array(views * bins);
      for (let i = 0; i < from.length; i++) out[from[i]] += size[i] * image[at[i]];
      return out;
    },
    adjoint: (sinogram) => {
      const out = new Float64Array(n * n);
      for (let i = 0; i < from.length; i++) out[at[i]] += size[i] * sinogram[from[i]];
      return out;
    },
  };
}

function traceRay(n: number, angle: number, t: number, visit: (pixel: number, weight: number) => void): void {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const isSteep = Math.abs(c) >= Math.abs(s);
  const length = 2 / n / Math.max(Math.abs(c), Math.abs(s));
  for (let line = 0; line < n; line++) {
    // The ray's place on this row (x) or column (y) of pixels, in pixels from the first centre.
    const own = (2 * line + 1) / n - 1;
    const across = isSteep ? (t + own * s) / c : (t - own * c) / s;
    const place = (((isSteep ? across : -across) + 1) * n) / 2 - 0.5;
    const first = Math.floor(place);
    for (const [k, weight] of [
      [first, 1 - (place - first)],
      [first + 1, place - first],
    ]) {
      if (k >= 0 && k < n && weight > 0) visit(isSteep ? line * n + k : k * n + line, weight * length);
    }
  }
}

/**
 * Filtered back-projection onto n x n pixels: the ramp filter, with Hann's window where `smooth`, then the mean over views.
 *
 * Source   Kak & Slaney 1988, chapter 3 (the ramp's taps in space, so that the mean is right)
 */
export function filteredBackProjection(
  sinogram: ArrayLike<number>,
  n: number,
  { views, bins }: Scan,
  smooth: boolean,
): Float32Array {
  const filtered = Array.from({ length: views }, (_, view) =>
    rampFiltered(
      Array.from({ length: bins }, (_, bin) => sinogram[view * bins + bin]),
      smooth,
    ),
  );
  const out = new Float32Array(n * n);
  for (let i = 0; i < n * n; i++) {
    const [x, y] = [-1 + (2 * (i % n) + 1) / n, 1 - (2 * Math.floor(i / n) + 1) / n];
    for (let view = 0; view < views; view++) {
      const angle = (Math.PI * view) / views;
      const place = ((x * Math.cos(angle) + y * Math.sin(angle) + 1) * bins) / 2 - 0.5;
      const bin = Math.floor(place);
      const line = filtered[view];
      const at = (k: number): number => (k >= 0 && k < bins ? line[k] : 0);
      out[i] += ((at(bin) + (place - bin) * (at(bin + 1) - at(bin))) * Math.PI) / views;
    }
  }
  return out;
}

function rampFiltered(line: readonly number[], smooth: boolean): Float64Array {
  const bins = line.length;
  const width = 2 / bins;
  const size = 2 ** Math.ceil(Math.log2(2 * bins));
  const [re, im, ramp, none] = [0, 0, 0, 0].map(() => new Float64Array(size));
  re.set(line);
  ramp[0] = 1 / (4 * width);
  for (let k = 1; k < size / 2; k += 2) ramp[k] = ramp[size - k] = -1 / (Math.PI ** 2 * k * k * width);
  fourier(re, im);
  fourier(ramp, none);
  for (let k = 0; k < size; k++) {
    const window = smooth ? 0.5 + 0.5 * Math.cos((2 * Math.PI * k) / size) : 1;
    re[k] *= ramp[k] * window;
    im[k] *= ramp[k] * window;
  }
  fourier(im, re); // exchanged: the inverse, times size
  return re.subarray(0, bins).map((value) => value / size);
}
