/** @file Out-of-fold predictions of finished trials: the currency of ensembles, plots and honest scores. */

import type { Matrix } from '../core/index.js';
import { middleLevel } from '../data/index.js';
import type { Metric } from '../evaluate/index.js';
import { columnOf } from '../evaluate/index.js';
import type { Storage } from '../search/index.js';
import { bytesToFloats, floatsToBytes } from './state-codec.js';
import type { StudyData } from './study-data.js';
import { outputsOf, selectTarget } from './study-data.js';

/** The rows that out-of-fold predictions speak of: the validation rows of fold 0, then of fold 1, and so on. */
export interface OutOfFoldRows {
  readonly rows: Uint32Array;
  readonly y: Float32Array;
  /** Of each row; all 1 where left out. */
  readonly weights?: Float32Array | undefined;
  /** Of each row, where counts are learned per unit of something; y and predictions are per unit. */
  readonly exposure?: Float32Array | undefined;
  /** Rows of equal numbers belong together; left out where none do, and by studies of earlier versions. */
  readonly groups?: Int32Array | undefined;
  /** Fold f has rows [starts[f], starts[f + 1]). */
  readonly starts: readonly number[];
  /** Columns of the predictions. */
  readonly outputs: number;
  /** Of quantiles, the level of each column. */
  readonly quantiles?: readonly number[] | undefined;
}

export function outOfFoldRows(data: StudyData): OutOfFoldRows {
  const starts = [0];
  for (const { validation } of data.folds) starts.push(starts[starts.length - 1] + validation.length);
  const rows = new Uint32Array(starts[starts.length - 1]);
  data.folds.forEach(({ validation }, fold) => rows.set(validation, starts[fold]));
  const { quantiles } = data;
  const outputs = outputsOf(data);
  const weights = data.weights && selectTarget(data.weights, rows);
  const groups = data.groups && Int32Array.from(rows, (row) => data.groups![row]);
  const exposure = data.exposure && selectTarget(data.exposure, rows);
  return { rows, y: selectTarget(data.y, rows), starts, outputs, quantiles, weights, groups, exposure };
}

/** Keeps the rows and their targets in the study, so that pages need neither the CSV nor the folds. */
export function storeOutOfFoldRows(storage: Storage, oof: OutOfFoldRows): void {
  const { starts, outputs, quantiles } = oof;
  storage.set('outOfFold', { starts, outputs, ...(quantiles ? { quantiles } : {}) });
  storage.putBlob('outOfFold/rows', new Uint8Array(oof.rows.buffer, oof.rows.byteOffset, oof.rows.byteLength));
  storage.putBlob('outOfFold/y', floatsToBytes(oof.y));
  if (oof.weights) storage.putBlob('outOfFold/weights', floatsToBytes(oof.weights));
  if (oof.exposure) storage.putBlob('outOfFold/exposure', floatsToBytes(oof.exposure));
  if (oof.groups)
    storage.putBlob(
      'outOfFold/groups',
      new Uint8Array(oof.groups.buffer, oof.groups.byteOffset, oof.groups.byteLength),
    );
}

export function loadOutOfFoldRows(storage: Storage): OutOfFoldRows {
  const kinds = storage.get('outOfFold') as unknown as Pick<OutOfFoldRows, 'starts' | 'outputs' | 'quantiles'>;
  const bytes = storage.getBlob('outOfFold/rows')!;
  const rows = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const weights = storage.getBlob('outOfFold/weights');
  const y = bytesToFloats(storage.getBlob('outOfFold/y')!);
  const kept = storage.getBlob('outOfFold/groups');
  const groups = kept && new Int32Array(Uint8Array.from(kept).buffer);
  const exposure = storage.getBlob('outOfFold/exposure');
  return {
    rows,
    y,
    ...kinds,
    weights: weights && bytesToFloats(weights),
    groups,
    exposure: exposure && bytesToFloats(exposure),
  };
}

/** Predictions of one complete trial, [rows x outputs] in the order of `oof.rows`. */
export function trialPredictions(storage: Storage, trial: number, oof: OutOfFoldRows): Matrix {
  const data = new Float32Array(oof.rows.length * oof.outputs);
  for (let fold = 0; fold + 1 < oof.starts.length; fold++) {
    const bytes = storage.blob(trial, fold, 'predictions');
    if (bytes) data.set(bytesToFloats(bytes), oof.starts[fold] * oof.outputs);
  }
  return { rows: oof.rows.length, cols: oof.outputs, data };
}

const ENSEMBLE = 'ensemble/predictions';
/** The same weights, on what its members say of rows that did not stop them. */
const ENSEMBLE_JUDGED = 'ensemble/judged';

/** Keeps what the ensemble says of each fold's rows when it knows the other folds only: its weights do not give it back. */
export function storeCrossFitted(
  storage: Storage,
  { predictions, judged }: Record<'predictions' | 'judged', Matrix>,
): void {
  storage.putBlob(ENSEMBLE, floatsToBytes(predictions.data));
  storage.putBlob(ENSEMBLE_JUDGED, floatsToBytes(judged.data));
}

export function loadCrossFitted(storage: Storage, oof: OutOfFoldRows, isJudged = false): Matrix {
  const data = bytesToFloats(storage.getBlob(isJudged ? ENSEMBLE_JUDGED : ENSEMBLE)!);
  return { rows: oof.rows.length, cols: oof.outputs, data };
}

/** The metric on each fold's share of out-of-fold predictions. */
export function foldScores(predictions: Matrix, oof: OutOfFoldRows, metric: Metric): number[] {
  const scores: number[] = [];
  for (let fold = 0; fold + 1 < oof.starts.length; fold++) {
    const [from, to] = [oof.starts[fold], oof.starts[fold + 1]];
    const part = predictions.data.subarray(from * oof.outputs, to * oof.outputs);
    const judged = { rows: to - from, cols: oof.outputs, data: part };
    scores.push(metric.compute(oof.y.subarray(from, to), judged, oof.weights?.subarray(from, to)));
  }
  return scores;
}

/** Row positions of each fold. */
export function foldParts(oof: OutOfFoldRows): Uint32Array[] {
  return oof.starts
    .slice(1)
    .map((end, fold) => Uint32Array.from({ length: end - oof.starts[fold] }, (_, i) => oof.starts[fold] + i));
}

/** What pages show of quantiles: the one nearest to the median. */
export function middleOf(predictions: Matrix, { quantiles }: Pick<OutOfFoldRows, 'quantiles'>): Matrix {
  return quantiles ? columnOf(predictions, middleLevel(quantiles)) : predictions;
}
