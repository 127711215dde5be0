/** @file What the host prepares for a step: rows gathered side by side for all lanes, shares, targets, dropout masks. */

import { dropThreshold, isKept, layerKey } from '../dropout.js';
import type { Batch, LaneStep, LossSpec, Update } from '../engine.js';
import { isNumberLoss } from '../engine.js';
import type { NetworkSpec } from '../spec.js';
import { layerOutputs } from '../spec.js';

/** The batches of all lanes as one block, filled up with rows of zeros that weigh nothing. */
export interface HostBatch {
  /** Rows of each lane: those of the largest batch. */
  readonly n: number;
  /** [lanes x n x d] */
  readonly x: Float32Array;
  /** [lanes x n x k] what the outputs should be: numbers, or probabilities with the smoothing in them. */
  readonly target: Float32Array;
  /** [lanes x n] each row's weight over the sum of its lane's. */
  readonly share: Float32Array;
  /** Lanes with a non-finite number among their inputs. */
  readonly poisoned: readonly boolean[];
}

export function gatherBatches(spec: NetworkSpec, loss: LossSpec, batches: readonly (Batch | null)[]): HostBatch {
  const { inputs: d, outputs: k } = spec;
  const n = Math.max(...batches.map((batch) => batch?.count ?? 0));
  const x = new Float32Array(batches.length * n * d);
  const target = new Float32Array(batches.length * n * k);
  const share = new Float32Array(batches.length * n);
  const poisoned = batches.map((batch, lane) => {
    if (!batch) return false;
    const rows = batch.rows.subarray(batch.start, batch.start + batch.count);
    const own = x.subarray(lane * n * d, lane * n * d + rows.length * d);
    const isFinite = gatherRows(batch.X.data, d, rows, own);
    fillTargets(loss, batch.y, rows, target.subarray(lane * n * k, (lane + 1) * n * k), k);
    fillShares(batch.weights, rows, share.subarray(lane * n, (lane + 1) * n));
    return !isFinite;
  });
  return { n, x, target, share, poisoned };
}

/** Copies rows; returns whether all their numbers are finite. */
export function gatherRows(from: Float32Array, cols: number, rows: ArrayLike<number>, to: Float32Array): boolean {
  let check = 0;
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i] * cols;
    for (let j = 0; j < cols; j++) {
      const value = from[start + j];
      to[i * cols + j] = value;
      // 0 for a finite number, NaN for any other.
      check += value - value;
    }
  }
  return check === 0;
}

function fillTargets(loss: LossSpec, y: Float32Array, rows: Uint32Array, to: Float32Array, k: number): void {
  const { kind, labelSmoothing } = loss;
  if (isNumberLoss(kind)) {
    gatherRows(y, k, rows, to);
    return;
  }
  if (kind === 'binaryCrossEntropy') {
    rows.forEach((row, i) => (to[i] = y[row] * (1 - labelSmoothing) + labelSmoothing / 2));
    return;
  }
  to.fill(labelSmoothing / k, 0, rows.length * k);
  rows.forEach((row, i) => (to[i * k + y[row]] += 1 - labelSmoothing));
}

function fillShares(weights: Float32Array | undefined, rows: Uint32Array, to: Float32Array): void {
  let total = 0;
  for (const row of rows) total += weights?.[row] ?? 1;
  if (total === 0) return;
  rows.forEach((row, i) => (to[i] = (weights?.[row] ?? 1) / total));
}

/** Masks of one layer for all lanes, [lanes x n x units]: 0, or 1 / (1 - p). */
export function dropoutMask(
  spec: NetworkSpec,
  layer: number,
  work: readonly (LaneStep | null)[],
  n: number,
): Float32Array {
  const units = layerOutputs(spec, layer);
  const mask = new Float32Array(work.length * n * units).fill(1);
  work.forEach((step, lane) => {
    if (!step || step.update.dropout <= 0) return;
    const { key, threshold, scale } = laneDropout(step.update, layer);
    let at = lane * n * units;
    for (let row = 0; row < n; row++) {
      for (let unit = 0; unit < units; unit++) mask[at++] = isKept(key, unit, row, threshold) ? scale : 0;
    }
  });
  return mask;
}

/** What decides a lane's masks of one layer. */
export function laneDropout(update: Update, layer: number): { key: number; threshold: number; scale: number } {
  const { dropout, dropoutSeed } = update;
  return { key: layerKey(dropoutSeed, layer), threshold: dropThreshold(dropout), scale: 1 / (1 - dropout) };
}
