/** @file What models say of rows that had no part in where they were stopped. */

import type { Matrix } from '../core/index.js';
import { checkData } from '../core/index.js';
import { mean } from '../evaluate/index.js';
import type { Steps } from '../models/index.js';
import type { Storage } from '../search/index.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import { trialPredictions } from './out-of-fold.js';
import { bytesToFloats, floatsToBytes } from './state-codec.js';

/** Name of the blob of a fold that holds its steps until all folds of its trial are there. */
export const STEPS = 'steps';

/** Steps as one array: how many, columns, their numbers, their losses, their predictions. */
export function stepsToBytes({ steps, losses, predictions }: Steps): Uint8Array {
  const size = predictions[0].data.length;
  const flat = new Float32Array(2 + steps.length * (2 + size));
  flat.set([steps.length, predictions[0].cols]);
  flat.set(steps, 2);
  flat.set(losses, 2 + steps.length);
  predictions.forEach(({ data }, i) => flat.set(data, 2 + 2 * steps.length + i * size));
  return floatsToBytes(flat);
}

export function stepsFromBytes(bytes: Uint8Array): Steps {
  const flat = bytesToFloats(bytes);
  const [count, cols] = flat;
  const size = (flat.length - 2) / count - 2;
  const isWhole = [count, cols, size, size / cols].every((number) => Number.isInteger(number) && number >= 0);
  checkData(isWhole, 'steps', 'must be whole numbers of rows for each step', count);
  const at = (i: number): number => 2 + 2 * count + i * size;
  return {
    steps: [...flat.subarray(2, 2 + count)],
    losses: [...flat.subarray(2 + count, 2 + 2 * count)],
    predictions: Array.from({ length: count }, (_, i) => {
      return { rows: size / cols, cols, data: flat.slice(at(i), at(i + 1)) };
    }),
  };
}

/**
 * Every fold as its model said it at the step that the other folds like best together.
 *
 * A fit ends where its validation rows like it best, and what it says of them there is the best of many: on pure noise boosted
 * trees reach an AUC of 0.55. The step of the others' mean curve has not seen these rows. A fit that ended before that step
 * counts as of its last one. With `ordered`, earlier folds choose for later ones, and all others for the first.
 */
export function judgedByOthers(folds: readonly Steps[], ordered: boolean): Matrix[] {
  return folds.map((own, fold) => {
    const earlier = folds.slice(0, fold);
    const others = ordered && fold > 0 ? earlier : folds.filter((_, other) => other !== fold);
    return own.predictions[placeOf(own, bestStep(others))];
  });
}

/** Where the mean loss is smallest, the first of equals. */
function bestStep(folds: readonly Steps[]): number {
  const steps = [...new Set(folds.flatMap((fold) => fold.steps))].sort((a, b) => a - b);
  const losses = steps.map((step) => mean(folds.map((fold) => fold.losses[placeOf(fold, step)])));
  return steps[losses.indexOf(Math.min(...losses))];
}

/** The last step that was kept up to this one. */
function placeOf({ steps }: Steps, step: number): number {
  return Math.max(
    0,
    steps.findLastIndex((kept) => kept <= step),
  );
}

/** Keeps what a trial whose folds have all ended says of rows that did not stop it, where its folds tell. */
export function keepJudged(storage: Storage, trial: number, folds: number, ordered: boolean): void {
  const blobs = Array.from({ length: folds }, (_, fold) => storage.blob(trial, fold, STEPS));
  if (!blobs.every((bytes) => bytes !== undefined)) return;
  const judged = judgedByOthers(blobs.map(stepsFromBytes), ordered);
  const flat = new Float32Array(judged.reduce((sum, { data }) => sum + data.length, 0));
  judged.reduce((at, { data }) => (flat.set(data, at), at + data.length), 0);
  storage.putBlob(nameOf(trial), floatsToBytes(flat));
}

/** Predictions of a complete trial, each fold at the step that the others chose; as it was stopped where that is not known. */
export function judgedPredictions(storage: Storage, trial: number, oof: OutOfFoldRows): Matrix {
  const bytes = storage.getBlob(nameOf(trial));
  if (!bytes) return trialPredictions(storage, trial, oof);
  return { rows: oof.rows.length, cols: oof.outputs, data: bytesToFloats(bytes) };
}

const nameOf = (trial: number): string => `judged/${trial}`;
