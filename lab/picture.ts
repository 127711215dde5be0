/** @file A picture of our own making, at any size: a sphere on a tripod before sky, a tower and grass; edges, shades and texture. */

import { Rng } from '../src/core/index.js';

/** Grey values in [0, 1] in 256 steps, n x n, from above; the same scene at any n. */
export function picture(n: number): Float32Array {
  const noise = makeNoise();
  const out = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let a = 0.125; a < 1; a += 0.25)
        for (let b = 0.125; b < 1; b += 0.25) sum += scene((j + b) / n, (i + a) / n, noise);
      out[i * n + j] = Math.round((255 * sum) / 16) / 255;
    }
  }
  return out;
}

/** Coordinates of the pixels' centres in [-1, 1], [n * n x 2]: x to the right, y downwards. */
export function pixelCentres(n: number): { rows: number; cols: number; data: Float32Array } {
  const data = new Float32Array(2 * n * n);
  for (let i = 0; i < n * n; i++) {
    data[2 * i] = -1 + (2 * (i % n) + 1) / n;
    data[2 * i + 1] = -1 + (2 * Math.floor(i / n) + 1) / n;
  }
  return { rows: n * n, cols: 2, data };
}

type Noise = (u: number, v: number, frequency: number) => number;

function scene(u: number, v: number, noise: Noise): number {
  let grey = 0.75 - 0.35 * v + 0.25 * (noise(u, v, 4) - 0.5);
  if (v > 0.68) grey = 0.25 + 0.5 * noise(1.5 * u, 4 * v, 9);
  if (Math.abs(u - 0.8) < 0.05 && v > 0.25 && v < 0.7) grey = 0.3 + 0.3 * (Math.floor(40 * v) % 2);
  const [x, y] = [(u - 0.38) / 0.2, (v - 0.45) / 0.2];
  if (x * x + y * y < 1) {
    const light = Math.max(0, -0.5 * x - 0.6 * y + 0.62 * Math.sqrt(1 - x * x - y * y));
    grey = 0.08 + 0.7 * light + 0.5 * light ** 20;
  }
  const isLeg = [-1, 0, 1].some((side) => Math.abs(u - 0.38 - 0.35 * side * (v - 0.6)) < 0.012);
  if (v > 0.62 && v < 0.95 && isLeg) grey = 0.03;
  return Math.min(1, Math.max(0, grey));
}

const LATTICE = 64;

/** Five octaves of smooth noise around 0.5. */
function makeNoise(): Noise {
  const rng = new Rng(7);
  const lattice = Float64Array.from({ length: LATTICE * LATTICE }, () => rng.uniform());
  const at = (i: number, j: number): number => lattice[(j & (LATTICE - 1)) * LATTICE + (i & (LATTICE - 1))];
  const smooth = (t: number): number => t * t * (3 - 2 * t);
  const octave = (x: number, y: number): number => {
    const [i, j] = [Math.floor(x), Math.floor(y)];
    const [s, t] = [smooth(x - i), smooth(y - j)];
    const above = at(i, j) + s * (at(i + 1, j) - at(i, j));
    const below = at(i, j + 1) + s * (at(i + 1, j + 1) - at(i, j + 1));
    return above + t * (below - above);
  };
  return (u, v, frequency) => {
    let sum = 0;
    for (let k = 0; k < 5; k++)
      sum += 0.5 ** (k + 1) * octave(u * frequency * 2 ** k + 17 * k, v * frequency * 2 ** k + 5 * k);
    return sum;
  };
}
