/** @file Whether the true class is among the first guesses. */

import type { Matrix } from '../core/index.js';
import type { Scorer } from './metric.js';
import { weightedMean } from './residuals.js';

/** Share of the rows whose class is among the `guesses` most probable; of equal ones the first come first, as in a decision. */
export function topAccuracy(guesses: number): Scorer {
  return (predictions) => {
    const { cols, data } = predictions;
    if (data.length === 0 || data.some(Number.isNaN)) return () => NaN;
    const among = firstGuesses(predictions, guesses);
    return (y, weights) => weightedMean(y.length, (i) => among[i * cols + y[i]], weights);
  };
}

/** [n x k] 1 where a class is among the first guesses of its row. */
function firstGuesses({ rows, cols, data }: Matrix, guesses: number): Uint8Array {
  const out = new Uint8Array(rows * cols);
  const most = Math.min(guesses, cols);
  for (let i = 0; i < rows; i++) {
    for (let guess = 0; guess < most; guess++) {
      let best = -1;
      for (let at = i * cols; at < (i + 1) * cols; at++) {
        if (out[at] === 0 && (best < 0 || data[at] > data[best])) best = at;
      }
      out[best] = 1;
    }
  }
  return out;
}
