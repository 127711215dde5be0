/** @file Few categories: a column per level, or a single column where there are two. */

import type { JsonObject, Matrix } from '../core/index.js';
import type { Frame } from '../data/index.js';
import { columnNamed, slotsOf } from './columns.js';
import type { FittedTransformer, NumberKind } from './transformer.js';

/** The place of each level (null: a missing cell) in the columns; plain JSON. */
interface OneHotFit {
  readonly type: 'one-hot' | 'two-level';
  readonly kind: NumberKind;
  readonly column: string;
  readonly levels: readonly (string | null)[];
}

/**
 * The encoding of the levels that the training rows have; null among them is "is missing".
 *
 * Two levels become one column: -1 and 1 (else 0) for networks, 0 and 1 (else NaN) for trees. More levels become a
 * column each, 1 where the row has it. A level that the training rows have not, or a gap where they have none, is all zeros.
 */
export function fitOneHot(kind: NumberKind, column: string, levels: readonly (string | null)[]): FittedTransformer {
  const named = levels.filter((level) => level !== null).length;
  return oneHot({ type: named === 2 ? 'two-level' : 'one-hot', kind, column, levels });
}

/** From its JSON. */
export function restoreOneHot(json: JsonObject): FittedTransformer {
  return oneHot(json as unknown as OneHotFit);
}

function oneHot(fit: OneHotFit): FittedTransformer {
  const { column, levels } = fit;
  const write = fit.type === 'two-level' ? writeTwoLevels : writeOneHot;
  const names = columnsOf(fit).map((level) => (level === null ? `${column} is missing` : `${column} = ${level}`));
  return {
    names,
    transform: (frame: Frame, out: Matrix, offset: number) =>
      write(fit, slotsOf(columnNamed(frame, column, 'categorical'), levels), out, offset),
    toJSON: () => ({ ...fit }),
  };
}

/** The levels that own an output column. */
function columnsOf({ type, kind, levels }: OneHotFit): readonly (string | null)[] {
  if (type === 'two-level') return kind === 'tree' ? [levels[1]] : levels.slice(1);
  // One level and gaps: both columns would say the same.
  return levels.length === 2 && levels[1] === null ? [null] : levels.length > 1 ? levels : [];
}

function writeTwoLevels({ kind, levels }: OneHotFit, slots: Int32Array, { data, cols }: Matrix, offset: number): void {
  const [first, second, other] = kind === 'tree' ? [0, 1, NaN] : [-1, 1, 0];
  for (let i = 0; i < slots.length; i++) {
    data[i * cols + offset] = slots[i] === 0 ? first : slots[i] === 1 ? second : other;
  }
  if (kind === 'tree' || levels.length < 3) return;
  for (let i = 0; i < slots.length; i++) data[i * cols + offset + 1] = slots[i] === 2 ? 1 : 0;
}

function writeOneHot(fit: OneHotFit, slots: Int32Array, { data, cols }: Matrix, offset: number): void {
  const width = columnsOf(fit).length;
  const skipped = fit.levels.length - width;
  for (let i = 0; i < slots.length; i++) {
    const start = i * cols + offset;
    data.fill(0, start, start + width);
    if (slots[i] >= skipped && width > 0) data[start + slots[i] - skipped] = 1;
  }
}
