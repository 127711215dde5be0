/** @file The bins of a whole table, made once for all fits on it and all threads. */

import type { Matrix } from '../core/index.js';
import { allRows, NoRoom, SharedMemory } from '../core/index.js';
import { binTable } from './binning.js';
import type { BinnedTable } from './bins.js';
import { binBytes, MAX_BINS } from './bins.js';
import { storedColumns } from './bundles.js';

/** From so many bytes on fits work on the bins where they lie; fewer are copied into a memory of their own in no time. */
const SHARED_BYTES = 2 ** 22;

/**
 * Bins by quantiles of all rows, on memory that threads share: posting them copies none, and large ones are not copied by fits either.
 *
 * Quantiles say nothing of the target: rows that judge a fit may say where columns are cut.
 *
 * Missing  NaN is bin 0
 */
export function shareBins(X: Matrix, isCategory: readonly boolean[] = [], sharedBytes = SHARED_BYTES): BinnedTable {
  const bytes = binBytes(X);
  const memory = bytes >= sharedBytes ? SharedMemory.make() : null;
  const table = binTable(X, allRows(X.rows), MAX_BINS, isCategory, roomFor(bytes, memory));
  const stored = storedColumns(table);
  const isApart = stored.bins !== table.bins;
  const own = isApart ? { ...stored, bins: roomFor(stored.bins.length, memory) } : stored;
  if (isApart) own.bins.set(stored.bins);
  // No room of a shared memory begins at 0.
  const isShared = memory !== null && table.bins.byteOffset > 0 && own.bins.byteOffset > 0;
  return { ...table, stored: own, ...(isShared ? { memory: memory.memory } : {}) };
}

/** In the memory of all threads while it has room, beside it else. */
function roomFor(bytes: number, memory: SharedMemory | null): Uint8Array<ArrayBuffer> {
  try {
    if (memory) {
      const at = memory.room(bytes);
      return new Uint8Array(memory.memory.buffer, at, bytes);
    }
  } catch (error) {
    if (!(error instanceof NoRoom)) throw error;
  }
  if (typeof SharedArrayBuffer === 'undefined') return new Uint8Array(bytes);
  return new Uint8Array(new SharedArrayBuffer(bytes)) as Uint8Array<ArrayBufferLike> as Uint8Array<ArrayBuffer>;
}
