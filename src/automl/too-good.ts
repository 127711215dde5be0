/** @file A model that is right on every row it has not seen: rare on real data, and often a leak. */

import type { Storage } from '../search/index.js';
import { outOfFoldPredictions } from './finalise.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import { loadOutOfFoldRows } from './out-of-fold.js';

/** On fewer rows being right everywhere is luck. */
const LEAST_ROWS = 300;
/** Share of the variance of a number that may be left. */
const NOTHING_LEFT = 1e-4;

/** A sentence without a full stop where a model's out-of-fold predictions have no error; else null. */
export function tooGood(storage: Storage, model: string): string | null {
  const oof = loadOutOfFoldRows(storage);
  const predictions = oof.rows.length < LEAST_ROWS ? null : outOfFoldPredictions(storage, model, oof);
  if (!predictions || !hasNoError(predictions.data, oof)) return null;
  const rows = `${oof.rows.length.toLocaleString('en-US')} rows`;
  const how =
    oof.outputs === 1 ? 'leaves next to nothing to explain in' : 'tells the classes apart without an error in';
  return `${model} ${how} ${rows} that it has not seen: look at what it goes by, a column may be known only together with the target`;
}

/** Classes: the wanted one is the most probable everywhere; of two, some threshold tells them apart. Numbers: next to nothing is left. */
export function hasNoError(predicted: Float32Array, { y, outputs, quantiles }: OutOfFoldRows): boolean {
  if (quantiles) return false;
  if (outputs === 2) {
    // Apart at some threshold, whichever it is.
    let [highest, lowest] = [-Infinity, Infinity];
    y.forEach((wanted, i) => {
      if (wanted === 0) highest = Math.max(highest, predicted[2 * i + 1]);
      else lowest = Math.min(lowest, predicted[2 * i + 1]);
    });
    return highest < lowest;
  }
  if (outputs > 1) {
    return y.every((wanted, i) => {
      const own = predicted.subarray(i * outputs, (i + 1) * outputs);
      return own.every((share, c) => c === wanted || share < own[wanted]);
    });
  }
  const mean = y.reduce((sum, value) => sum + value / y.length, 0);
  let left = 0;
  let all = 0;
  for (let i = 0; i < y.length; i++) {
    left += (y[i] - predicted[i]) ** 2;
    all += (y[i] - mean) ** 2;
  }
  return left <= NOTHING_LEFT * all;
}
