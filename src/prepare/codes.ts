/** @file Categories as numbers that name them, for trees that part them by sets. */

import type { JsonObject, Matrix } from '../core/index.js';
import type { CategoricalColumn, Frame } from '../data/index.js';
import { columnNamed, NO_SLOT, slotsOf } from './columns.js';
import type { FittedTransformer } from './transformer.js';

/** Levels, "missing" among them, that have a code: as many as trees have bins for. */
export const MOST_CODES = 255;

/** Code i stands for level i; null is a missing cell. Plain JSON. */
interface CodesFit {
  readonly type: 'codes';
  readonly column: string;
  readonly levels: readonly (string | null)[];
}

/**
 * A code for each of the most frequent levels, the most frequent first; of equally frequent ones the first of `levels`.
 *
 * Missing  a level of its own where the training rows have it; NaN, as is every level without a code, where they do not
 */
export function fitCodes(frame: Frame, column: string, levels: readonly (string | null)[], rows: Uint32Array) {
  const counts = countsOf(columnNamed(frame, column, 'categorical'), levels, rows);
  const order = levels.map((_, slot) => slot).sort((a, b) => counts[b] - counts[a] || a - b);
  return coded({ type: 'codes', column, levels: order.slice(0, MOST_CODES).map((slot) => levels[slot]) });
}

/** From its JSON. */
export function restoreCodes(json: JsonObject): FittedTransformer {
  return coded(json as unknown as CodesFit);
}

function coded(fit: CodesFit): FittedTransformer {
  const { column, levels } = fit;
  return {
    names: levels.length > 1 ? [column] : [],
    hasCodes: true,
    transform(frame: Frame, { data, cols }: Matrix, offset: number): void {
      const slots = slotsOf(columnNamed(frame, column, 'categorical'), levels);
      for (let i = 0; i < slots.length; i++) data[i * cols + offset] = slots[i] === NO_SLOT ? NaN : slots[i];
    },
    toJSON: () => ({ ...fit }),
  };
}

function countsOf(column: CategoricalColumn, levels: readonly (string | null)[], rows: Uint32Array): Uint32Array {
  const slots = slotsOf(column, levels);
  const counts = new Uint32Array(levels.length);
  for (const row of rows) if (slots[row] !== NO_SLOT) counts[slots[row]]++;
  return counts;
}
