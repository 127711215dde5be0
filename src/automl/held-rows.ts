/** @file What finalists say of the rows held out: kept when they are scored, for pages and for who takes them away. */

import type { Matrix } from '../core/index.js';
import type { Storage } from '../search/index.js';
import type { HeldRows, HeldView } from './held-view.js';
import { studyRecord } from './settings.js';
import { bytesToFloats, floatsToBytes } from './state-codec.js';

const ROWS = 'holdout/rows';
const Y = 'holdout/y';
const WEIGHTS = 'holdout/weights';
const nameOf = (model: string): string => `holdout/predictions/${model}`;

export function storeHeldRows(storage: Storage, { rows, y, weights }: HeldRows): void {
  storage.putBlob(ROWS, new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
  storage.putBlob(Y, floatsToBytes(y));
  if (weights) storage.putBlob(WEIGHTS, floatsToBytes(weights));
}

export function storeHeld(storage: Storage, model: string, predictions: Matrix): void {
  storage.putBlob(nameOf(model), floatsToBytes(predictions.data));
}

/** Null for a model that is no finalist, without a hold-out, and in studies of versions that kept none. */
export function loadHeld(storage: Storage, model: string): HeldView | null {
  // What is kept of an earlier session need not be what the study says now.
  const isScored = studyRecord.finalists(storage).some((own) => own.model === model && own.holdout !== null);
  const kept = isScored && storage.getBlob(nameOf(model));
  const bytes = storage.getBlob(ROWS);
  if (!kept || !bytes) return null;
  const rows = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const data = bytesToFloats(kept);
  const weights = storage.getBlob(WEIGHTS);
  return {
    rows,
    y: bytesToFloats(storage.getBlob(Y)!),
    weights: weights && bytesToFloats(weights),
    predictions: { rows: rows.length, cols: data.length / rows.length, data },
  };
}
