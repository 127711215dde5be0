/** @file The univariate functions of both kinds of network, in float64, with their slopes. */

import type { Activation } from './spec.js';

interface UnivariateFunction {
  readonly value: (u: number) => number;
  /** The derivative; at the kinks of relu and spder, 0 (spder's slope tends to 0 there, relu follows PyTorch). */
  readonly slope: (u: number) => number;
}

export const FUNCTIONS: Readonly<Record<Activation, UnivariateFunction>> = {
  sin: { value: Math.sin, slope: Math.cos },
  spder: {
    value: (u) => Math.sin(u) * Math.sqrt(Math.abs(u)),
    slope: (u) => {
      const root = Math.sqrt(Math.abs(u));
      return root === 0 ? 0 : Math.cos(u) * root + (Math.sin(u) * Math.sign(u)) / (2 * root);
    },
  },
  tanh: { value: Math.tanh, slope: (u) => 1 - Math.tanh(u) ** 2 },
  silu: {
    value: (u) => u * sigmoid(u),
    slope: (u) => sigmoid(u) * (1 + u * (1 - sigmoid(u))),
  },
  relu: { value: (u) => (u < 0 ? 0 : u), slope: (u) => (u > 0 ? 1 : 0) },
};

function sigmoid(u: number): number {
  return 1 / (1 + Math.exp(-u));
}
