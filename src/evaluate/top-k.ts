/** @file Whether the true class is among the first guesses. */

import type { Matrix } from '../core/index.js';
import type { Scorer, Targets } from './metric.js';
import { weightedMean } from './residuals.js';

/** Share of the rows whose class is among the `guesses` most probable; of equal ones the first come first, as in a decision. */
export function topAccuracy(guesses: number): Scorer {
  return (predictions) => {
    const { data } = predictions;
    if (data.length === 0 || data.some(Number.isNaN)) return () => NaN;
    let known: { readonly of: Targets; readonly before: Uint32Array } | undefined;
    return (y, weights) => {
      if (known?.of !== y) known = { of: y, before: guessesBefore(predictions, y) };
      const { before } = known;
      return weightedMean(y.length, (i) => Number(before[i] < guesses), weights);
    };
  };
}

/** [n] how many classes are guessed before the true one. */
function guessesBefore({ cols, data }: Matrix, y: Targets): Uint32Array {
  return Uint32Array.from(y, (c, i) => {
    const from = i * cols;
    const own = data[from + c];
    let before = 0;
    for (let at = from; at < from + c; at++) if (data[at] >= own) before++;
    for (let at = from + c + 1; at < from + cols; at++) if (data[at] > own) before++;
    return before;
  });
}
