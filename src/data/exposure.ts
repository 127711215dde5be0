/** @file How much of something each row's count was counted in: months, kilometres, inhabitants. Models see counts for one unit of it. */

import { ToolkitError } from '../core/index.js';
import type { CellColumn } from './cells.js';
import { styleOf } from './classes.js';
import type { Evidence } from './evidence.js';
import type { KindContext, Verdict } from './kinds.js';
import { asNumber, withGaps, withoutTexts } from './kinds.js';
import { gapsAmong } from './missing.js';
import { chooseStyle } from './number-style.js';
import { parseNumber } from './numbers.js';
import type { ColumnSchema, Schema } from './schema.js';
import { isFeature } from './schema.js';

/** The column of a schema whose target is counted in it; undefined where there is none. */
export function exposureColumn({ columns, target }: Pick<Schema, 'columns' | 'target'>): ColumnSchema | undefined {
  return target.exposure === undefined ? undefined : columns.find(({ name }) => name === target.exposure);
}

/** What is known of an exposure, which is a number however few of its values differ; cells that are none are refused when they are read. */
export function asExposure(evidence: Evidence, context: KindContext): Verdict {
  const gaps = gapsAmong(evidence.counts);
  const rest = gaps.length === 0 ? evidence : withoutTexts(evidence, gaps);
  const found = asNumber(rest, chooseStyle(rest.counts, context), 'exposure');
  return gaps.length === 0 ? found : withGaps(found, evidence, gaps);
}

/** The columns that a prediction looks at: features, and what counts are counted in, which is a number. */
export function readColumns(schema: Pick<Schema, 'columns' | 'target'>): ColumnSchema[] {
  const { exposure } = schema.target;
  const kept = schema.columns.filter((column) => isFeature(column) || column.name === exposure);
  return kept.map((column) => (column.name === exposure ? { ...column, kind: 'numeric' } : column));
}

/** The cells of some rows, null where they are missing. */
export interface ExposureCells {
  readonly count: number;
  readonly cells: CellColumn | undefined;
  readonly rows: ArrayLike<number> | undefined;
  readonly cleaned: (cell: unknown) => unknown;
}

/**
 * One number above 0 per row.
 *
 * Throws   data: a missing cell, or one that is no number above 0: nothing can be counted in it, and no exposure is as good as another
 */
export function readExposure(column: ColumnSchema, { count, cells, rows, cleaned }: ExposureCells): Float64Array {
  const values = new Float64Array(count);
  const style = styleOf(column);
  for (let i = 0; i < count; i++) {
    const row = rows === undefined ? i : rows[i];
    const cell = cleaned(cells?.at(row));
    values[i] = cell === null ? NaN : typeof cell === 'string' ? parseNumber(cell, style) : Number(cell);
    if (values[i] > 0 && values[i] < Infinity) continue;
    const rule = `every row must have a number above 0 in "${column.name}", the exposure that counts are predicted for`;
    const got = cell === null ? (cells ? 'a missing cell' : 'no such column') : cell;
    throw new ToolkitError('data', {
      where: 'exposure',
      rule,
      got,
      hint: cells && `It is row ${row + 1} of the table.`,
    });
  }
  return values;
}

/** What rates and rows count: counts per unit of exposure, each row weighing as much as its exposure, besides its own weight; on average 1. */
export function asRates(
  counts: Float64Array,
  exposure: Float64Array,
  weights: Float32Array | undefined,
): { readonly rates: Float64Array; readonly weights: Float32Array } {
  const own = exposure.map((units, row) => units * (weights?.[row] ?? 1));
  const total = own.reduce((sum, weight) => sum + weight, 0);
  const shared = new Float32Array(new SharedArrayBuffer(own.length * Float32Array.BYTES_PER_ELEMENT));
  shared.set(own.map((weight) => (weight * own.length) / total));
  return { rates: counts.map((count, row) => count / exposure[row]), weights: shared };
}
