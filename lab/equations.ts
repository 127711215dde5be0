/** @file Differential equations with known solutions: what must hold where, for networks, and how finite differences solve them. */

import type { Rng } from '../src/core/index.js';

/** A network's output at one point with its first and second derivatives along each coordinate. */
export interface Point {
  readonly u: number;
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** How much a residual changes with each of them. */
export interface Slopes {
  u: number;
  readonly first: number[];
  readonly second: number[];
}

/** Something that must be 0 at some points; its mean square counts `weight` in the loss. */
export interface Condition {
  /** Share of the points of a step. */
  readonly share: number;
  readonly weight: number;
  /** Coordinates of point i of n, drawn anew in every step. */
  readonly place: (i: number, n: number, rng: Rng) => readonly number[];
  /** Writes its slopes, which are 0 before. */
  readonly residual: (x: readonly number[], at: Point, slopes: Slopes) => number;
}

/** An equation on [-1, 1]^inputs; the second coordinate of those that move is time. */
export interface Equation {
  readonly name: string;
  readonly title: string;
  readonly inputs: 1 | 2;
  /** Scale of the frequencies (radians to a unit) that its solution has. */
  readonly frequency: number;
  readonly conditions: readonly Condition[];
  readonly exact: (x: readonly number[]) => number;
  /** Its solution at `grid(points)`, by finite differences of second order on about so many points. */
  readonly differences: (points: number) => { readonly at: readonly (readonly number[])[]; readonly u: Float64Array };
}

const PI = Math.PI;

/** -u'' = f on [-1, 1] for two quick waves, the quicker one of `periods` periods to a unit. */
export function poissonLine(periods: number): Equation {
  const waves = [
    [1, periods],
    [0.5, 2 * periods],
  ];
  const exact = ([x]: readonly number[]): number => waves.reduce((sum, [a, k]) => sum + a * Math.sin(k * PI * x), 0);
  const source = (x: number): number =>
    waves.reduce((sum, [a, k]) => sum + a * (k * PI) ** 2 * Math.sin(k * PI * x), 0);
  const scale = 0.5 * (2 * periods * PI) ** 2;
  return {
    name: 'poisson1',
    title: `Poisson in one dimension, ${periods} periods to a unit`,
    inputs: 1,
    frequency: 2 * periods * PI,
    exact,
    conditions: [
      {
        share: 0.98,
        weight: 1,
        place: (i, n, rng) => [-1 + (2 * (i + rng.uniform())) / n],
        residual: ([x], { second }, slopes) => {
          slopes.second[0] = 1 / scale;
          return (second[0] + source(x)) / scale;
        },
      },
      { share: 0.02, weight: 10, place: (i) => [i % 2 === 0 ? -1 : 1], residual: isValue(() => 0) },
    ],
    differences: (points) => {
      const n = points - 1;
      const h = 2 / n;
      const at = Array.from({ length: n - 1 }, (_, i) => [-1 + (i + 1) * h]);
      return { at, u: tridiagonal(Float64Array.from(at, ([x]) => h * h * source(x))) };
    },
  };
}

/** Solves -u[i - 1] + 2 u[i] - u[i + 1] = b[i] with 0 beyond both ends. Source: Thomas's elimination */
function tridiagonal(b: Float64Array): Float64Array {
  const n = b.length;
  const upper = new Float64Array(n);
  const u = b.slice();
  for (let i = 0; i < n; i++) {
    const pivot = 2 + (i > 0 ? upper[i - 1] : 0);
    upper[i] = -1 / pivot;
    u[i] = (u[i] + (i > 0 ? u[i - 1] : 0)) / pivot;
  }
  for (let i = n - 2; i >= 0; i--) u[i] -= upper[i] * u[i + 1];
  return u;
}

/** -(u_xx + u_yy) = f on a square, of `periods` periods along each side. */
export function poissonSquare(periods: number): Equation {
  const k = periods * PI;
  const exact = ([x, y]: readonly number[]): number => Math.sin(k * x) * Math.sin(k * y);
  const scale = 2 * k * k;
  return {
    name: 'poisson2',
    title: `Poisson in two dimensions, ${periods} periods along each side`,
    inputs: 2,
    frequency: k,
    exact,
    conditions: [
      {
        share: 0.8,
        weight: 1,
        place: inSquare,
        residual: (x, { second }, slopes) => {
          slopes.second[0] = slopes.second[1] = 1 / scale;
          return (second[0] + second[1]) / scale + exact(x);
        },
      },
      { share: 0.2, weight: 1, place: onEdges, residual: isValue(() => 0) },
    ],
    differences: (points) => {
      const n = Math.round(Math.sqrt(points)) - 1;
      const at = Array.from({ length: (n - 1) ** 2 }, (_, i) =>
        [i % (n - 1), Math.floor(i / (n - 1))].map((k) => -1 + (2 * (k + 1)) / n),
      );
      return {
        at,
        u: fivePoint(
          Float64Array.from(at, (x) => scale * exact(x)),
          n,
        ),
      };
    },
  };
}

/** Solves the five-point stencil's equations for f [(n - 1)^2] with 0 around it, in the sines that they leave apart. */
function fivePoint(f: Float64Array, n: number): Float64Array {
  const size = n - 1;
  const sine = Float64Array.from({ length: size * size }, (_, i) => {
    const angle = (PI * (1 + (i % size)) * (1 + Math.floor(i / size))) / n;
    return Math.sqrt(2 / n) * Math.sin(angle);
  });
  const both = (A: Float64Array): Float64Array => matrixProduct(matrixProduct(sine, A, size), sine, size);
  const value = (k: number): number => (n * Math.sin((PI * (k + 1)) / (2 * n))) ** 2;
  const parts = both(f).map((part, i) => part / (value(i % size) + value(Math.floor(i / size))));
  return both(parts);
}

function matrixProduct(A: Float64Array, B: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) out[i * n + j] += A[i * n + k] * B[k * n + j];
  return out;
}

/** Times run from 0 to `span` while the second coordinate runs from -1 to 1. */
function timed(span: number): { time: (y: number) => number; rate: number } {
  return { time: (y) => ((y + 1) / 2) * span, rate: 2 / span };
}

/** u_t = D u_xx + r u (1 - u): a front that eats its way from left to right. Source: Ablowitz & Zeppetella 1979, its exact wave */
export function reactionDiffusion(): Equation {
  const [D, r, span] = [0.01, 10, 0.6];
  const { time, rate } = timed(span);
  const exact = ([x, y]: readonly number[]): number =>
    (1 + Math.exp(Math.sqrt(r / (6 * D)) * (x + 0.4) - (5 / 6) * r * time(y))) ** -2;
  return {
    name: 'reaction',
    title: 'Reaction and diffusion: a front that travels',
    inputs: 2,
    frequency: 8,
    exact,
    conditions: [
      {
        share: 0.7,
        weight: 1,
        place: inSquare,
        residual: (_, { u, first, second }, slopes) => {
          const scale = 1 / r;
          slopes.first[1] = scale * rate;
          slopes.second[0] = -scale * D;
          slopes.u = -scale * r * (1 - 2 * u);
          return scale * (rate * first[1] - D * second[0] - r * u * (1 - u));
        },
      },
      { share: 0.15, weight: 10, place: atStart, residual: isValue(exact) },
      { share: 0.15, weight: 10, place: atSides, residual: isValue(exact) },
    ],
    differences: (points) => {
      // Steps in time are Heun's, as many as stay stable: only points in space count.
      const n = points - 1;
      const h = 2 / n;
      const steps = Math.ceil(span / (0.4 * h * h * (1 / D)));
      const count = Math.max(steps, 200);
      const dt = span / count;
      const X = Array.from({ length: n + 1 }, (_, i) => -1 + i * h);
      const change = (u: Float64Array): Float64Array =>
        u.map((v, i) => (i === 0 || i === n ? 0 : (D * (u[i - 1] - 2 * v + u[i + 1])) / (h * h) + r * v * (1 - v)));
      let u = Float64Array.from(X, (x) => exact([x, -1]));
      for (let step = 0; step < count; step++) {
        const y = -1 + (2 * (step + 1)) / count;
        const k1 = change(u);
        const half = u.map((v, i) => v + dt * k1[i]);
        for (const i of [0, n]) half[i] = exact([X[i], y]);
        const k2 = change(half);
        u = u.map((v, i) => v + (dt / 2) * (k1[i] + k2[i]));
        for (const i of [0, n]) u[i] = exact([X[i], y]);
      }
      return { at: X.map((x) => [x, 1]), u };
    },
  };
}

/** u_tt = c^2 u_xx on a string held at both ends, plucked in two waves. */
export function waves(): Equation {
  const [c, span] = [1, 2];
  const { time, rate } = timed(span);
  const parts = [
    [1, 2],
    [0.5, 5],
  ];
  const exact = ([x, y]: readonly number[]): number =>
    parts.reduce((sum, [a, k]) => sum + a * Math.sin(k * PI * x) * Math.cos(c * k * PI * time(y)), 0);
  const scale = (5 * PI) ** 2;
  return {
    name: 'wave',
    title: 'Waves on a string',
    inputs: 2,
    frequency: 5 * PI,
    exact,
    conditions: [
      {
        share: 0.7,
        weight: 1,
        place: inSquare,
        residual: (_, { second }, slopes) => {
          slopes.second[1] = (rate * rate) / scale;
          slopes.second[0] = (-c * c) / scale;
          return (rate * rate * second[1] - c * c * second[0]) / scale;
        },
      },
      { share: 0.1, weight: 10, place: atStart, residual: isValue(exact) },
      {
        share: 0.1,
        weight: 1,
        place: atStart,
        residual: (_, { first }, slopes) => {
          slopes.first[1] = rate / 10;
          return (rate * first[1]) / 10;
        },
      },
      { share: 0.1, weight: 10, place: atSides, residual: isValue(() => 0) },
    ],
    differences: (points) => {
      const n = points - 1;
      const h = 2 / n;
      const steps = Math.ceil(span / (0.5 * h));
      const courant = ((span / steps) * c) / h;
      const X = Array.from({ length: n + 1 }, (_, i) => -1 + i * h);
      const bend = (u: Float64Array): Float64Array =>
        u.map((v, i) => (i === 0 || i === n ? 0 : courant * courant * (u[i - 1] - 2 * v + u[i + 1])));
      let before = Float64Array.from(X, (x) => exact([x, -1]));
      let u = before.map((v, i) => v + bend(before)[i] / 2);
      for (let step = 1; step < steps; step++) {
        const bent = bend(u);
        [before, u] = [u, u.map((v, i) => 2 * v - before[i] + bent[i])];
      }
      return { at: X.map((x) => [x, 1]), u };
    },
  };
}

function isValue(wanted: (x: readonly number[]) => number): Condition['residual'] {
  return (x, { u }, slopes) => {
    slopes.u = 1;
    return u - wanted(x);
  };
}

/** One point in each cell of a grid over the square; what is left of n anywhere. */
function inSquare(i: number, n: number, rng: Rng): readonly number[] {
  const side = Math.floor(Math.sqrt(n));
  const [a, b] = [rng.uniform(), rng.uniform()];
  if (i >= side * side) return [2 * a - 1, 2 * b - 1];
  return [-1 + (2 * ((i % side) + a)) / side, -1 + (2 * (Math.floor(i / side) + b)) / side];
}

function onEdges(i: number, n: number, rng: Rng): readonly number[] {
  const along = -1 + (2 * (Math.floor(i / 4) + rng.uniform())) / Math.ceil(n / 4);
  const edge = i % 2 === 0 ? -1 : 1;
  return i % 4 < 2 ? [edge, along] : [along, edge];
}

function atStart(i: number, n: number, rng: Rng): readonly number[] {
  return [-1 + (2 * (i + rng.uniform())) / n, -1];
}

function atSides(i: number, n: number, rng: Rng): readonly number[] {
  return [i % 2 === 0 ? -1 : 1, -1 + (2 * (i + rng.uniform())) / n];
}
