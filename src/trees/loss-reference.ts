/** @file Losses of one score, slowly and plainly: the oracle that gradients, hessians and leaf values are held against. */

import type { Loss } from './loss.js';

/** One row of a loss with one output. */
export interface Point {
  readonly score: number;
  readonly y: number;
  readonly weight: number;
}

export interface Slopes {
  readonly gradient: number;
  /** The second derivative; the weight where a loss has none that helps. */
  readonly hessian: number;
}

/** The loss of a row, as loss.ts states it; `shape` is the level, the distance or the power. */
export function lossAt(loss: Exclude<Loss, 'softmax'>, shape: number, { score: s, y, weight: w }: Point): number {
  const off = Math.abs(s - y);
  switch (loss) {
    case 'squared':
      return (w * off * off) / 2;
    case 'logistic':
      return w * Math.log1p(Math.exp(y === 1 ? -s : s));
    case 'absolute':
      return w * off;
    case 'huber':
      return w * (off <= shape ? (off * off) / 2 : shape * (off - shape / 2));
    case 'quantile':
      return w * (y >= s ? shape : 1 - shape) * off;
    case 'poisson':
      return w * (Math.exp(s) - y * s);
    case 'gamma':
      return w * (s + y * Math.exp(-s));
    case 'tweedie':
      return w * (Math.exp((2 - shape) * s) / (2 - shape) - (y * Math.exp((1 - shape) * s)) / (1 - shape));
  }
}

/** Its slopes; 0 in the kink of absolute and quantile. */
export function slopesAt(loss: Exclude<Loss, 'softmax'>, shape: number, { score: s, y, weight: w }: Point): Slopes {
  switch (loss) {
    case 'squared':
      return { gradient: w * (s - y), hessian: w };
    case 'logistic': {
      const p = 1 / (1 + Math.exp(-s));
      return { gradient: w * (p - y), hessian: w * p * (1 - p) };
    }
    case 'absolute':
      return { gradient: w * Math.sign(s - y), hessian: w };
    case 'huber':
      return { gradient: w * Math.min(Math.max(s - y, -shape), shape), hessian: w };
    case 'quantile':
      return { gradient: s === y ? 0 : w * (s > y ? 1 - shape : -shape), hessian: w };
    default: {
      const p = loss === 'poisson' ? 1 : loss === 'gamma' ? 2 : shape;
      const a = w * y * Math.exp((1 - p) * s);
      const b = w * Math.exp((2 - p) * s);
      return { gradient: b - a, hessian: (p - 1) * a + (2 - p) * b };
    }
  }
}
