/** @file What trees are grown on: the bins that all fits of a table share, or a fit's own rows, binned. */

import { NoRoom } from '../core/index.js';
import type { BinnedTable } from '../trees/index.js';
import { binTable, MAX_BINS } from '../trees/index.js';
import type { Sample } from './estimator.js';
import { ownRows } from './own-rows.js';

/** Rows to learn from, ascending, of a table and its bins. */
export interface BinnedSample {
  readonly sample: Sample;
  readonly table: BinnedTable;
}

/** The shared bins where the sample has them and the fit wants as many; else its own rows as a table, which knows of no other. */
export function binnedSample(train: Sample, maxBin: number): BinnedSample {
  if (train.bins && maxBin === MAX_BINS && isAscending(train.rows)) return { sample: train, table: train.bins };
  const sample = ownRows(train);
  return { sample, table: binTable(sample.X, sample.rows, maxBin, train.categories) };
}

/** What `make` makes on a table: in the memory that threads share while that has room, else in one of its own. */
export function withRoom<T>(table: BinnedTable, make: (table: BinnedTable) => T): T {
  try {
    return make(table);
  } catch (error) {
    if (!(error instanceof NoRoom)) throw error;
    return make({ ...table, memory: undefined });
  }
}

function isAscending(rows: Uint32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (rows[i] <= rows[i - 1]) return false;
  return true;
}
