/** @file Categories in an order: the rank of each as a number, scaled for networks, as it is for trees. */

import type { JsonObject, Matrix } from '../core/index.js';
import type { Frame } from '../data/index.js';
import { columnNamed, NO_SLOT, slotsOf } from './columns.js';
import type { NumbersFit } from './numbers.js';
import { fitNumbers, gather, numbersNames, writeNumbers } from './numbers.js';
import type { FittedTransformer, NumberKind } from './transformer.js';

/** Rank `ranks[i]` is that of level i. Plain JSON. */
interface RankFit {
  readonly type: 'rank';
  readonly column: string;
  readonly levels: readonly string[];
  readonly ranks: readonly number[];
  readonly numbers: NumbersFit;
}

/**
 * The ranks of a column whose levels have some. All levels have theirs, also those that no training row has.
 *
 * Missing  as of numbers: filled with the median rank for networks, NaN for trees; so is every cell of another level. No column says which
 *          cells are missing: the categories beside the ranks do
 */
export function fitRank(kind: NumberKind, frame: Frame, column: string, rows: Uint32Array): FittedTransformer {
  const { levels, ranks = [] } = columnNamed(frame, column, 'categorical');
  const values = gather(ranksOf(frame, { column, levels, ranks }), rows);
  const numbers = { ...fitNumbers(kind, column, values), hasIndicator: false };
  return ranked({ type: 'rank', column, levels, ranks, numbers });
}

/** From its JSON. */
export function restoreRank(json: JsonObject): FittedTransformer {
  return ranked(json as unknown as RankFit);
}

function ranked(fit: RankFit): FittedTransformer {
  return {
    names: numbersNames(fit.numbers),
    transform: (frame: Frame, out: Matrix, offset: number) =>
      writeNumbers(fit.numbers, ranksOf(frame, fit), out, offset),
    toJSON: () => ({ ...fit }) as unknown as JsonObject,
  };
}

function ranksOf(frame: Frame, { column, levels, ranks }: Pick<RankFit, 'column' | 'levels' | 'ranks'>): Float64Array {
  const slots = slotsOf(columnNamed(frame, column, 'categorical'), levels);
  return Float64Array.from(slots, (slot) => (slot === NO_SLOT ? NaN : ranks[slot]));
}
