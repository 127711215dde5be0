/** @file The univariate functions of both kinds of network, in float64, with their derivatives. */

import type { Activation } from './spec.js';

interface UnivariateFunction {
  readonly value: (u: number) => number;
  /** The derivative; at the kinks of relu and spder, 0 (spder's slope tends to 0 there, relu follows PyTorch). */
  readonly slope: (u: number) => number;
  /** Value, slope, second and third derivative into f[at .. at + 4). Where spder has none (0), and at relu's kink, they are 0. */
  readonly taylor: (u: number, f: Float64Array, at: number) => void;
}

export const FUNCTIONS: Readonly<Record<Activation, UnivariateFunction>> = {
  sin: {
    value: Math.sin,
    slope: Math.cos,
    taylor: (u, f, at) => {
      const [s, c] = [Math.sin(u), Math.cos(u)];
      put(f, at, s, c, -s, -c);
    },
  },
  spder: {
    value: (u) => Math.sin(u) * Math.sqrt(Math.abs(u)),
    slope: (u) => {
      const root = Math.sqrt(Math.abs(u));
      return root === 0 ? 0 : Math.cos(u) * root + (Math.sin(u) * Math.sign(u)) / (2 * root);
    },
    taylor: (u, f, at) => {
      const size = Math.abs(u);
      if (size === 0) return put(f, at, 0, 0, 0, 0);
      const [s, c, r0] = [Math.sin(u), Math.cos(u), Math.sqrt(size)];
      // The root's own derivatives.
      const r1 = r0 / (2 * u);
      const r2 = -r1 / (2 * u);
      const r3 = (-3 * r2) / (2 * u);
      put(f, at, s * r0, c * r0 + s * r1, -s * r0 + 2 * c * r1 + s * r2, -c * r0 - 3 * s * r1 + 3 * c * r2 + s * r3);
    },
  },
  tanh: {
    value: Math.tanh,
    slope: (u) => 1 - Math.tanh(u) ** 2,
    taylor: (u, f, at) => {
      const y = Math.tanh(u);
      const slope = 1 - y * y;
      put(f, at, y, slope, -2 * y * slope, slope * (6 * y * y - 2));
    },
  },
  silu: {
    value: (u) => u * sigmoid(u),
    slope: (u) => sigmoid(u) * (1 + u * (1 - sigmoid(u))),
    taylor: (u, f, at) => {
      const s0 = sigmoid(u);
      // The sigmoid's own derivatives.
      const s1 = s0 * (1 - s0);
      const s2 = s1 * (1 - 2 * s0);
      const s3 = s2 * (1 - 2 * s0) - 2 * s1 * s1;
      put(f, at, u * s0, s0 + u * s1, 2 * s1 + u * s2, 3 * s2 + u * s3);
    },
  },
  relu: {
    value: (u) => (u < 0 ? 0 : u),
    slope: (u) => (u > 0 ? 1 : 0),
    taylor: (u, f, at) => put(f, at, u < 0 ? 0 : u, u > 0 ? 1 : 0, 0, 0),
  },
};

function put(f: Float64Array, at: number, f0: number, f1: number, f2: number, f3: number): void {
  f[at] = f0;
  f[at + 1] = f1;
  f[at + 2] = f2;
  f[at + 3] = f3;
}

function sigmoid(u: number): number {
  return 1 / (1 + Math.exp(-u));
}
