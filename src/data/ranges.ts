/** @file The range of each column of numbers, remembered so that numbers beyond it can be counted later. */

import type { Frame } from './frame.js';
import type { ColumnSchema, NumberRange, Schema } from './schema.js';

/** The schema with the range of every numeric column of the frame; columns of nothing but gaps get none. */
export function withRanges(schema: Schema, frame: Frame): Schema {
  const ranges = new Map<string, NumberRange>();
  for (const column of frame.columns) {
    const range = column.kind === 'numeric' ? rangeOf(column.values) : undefined;
    if (range !== undefined) ranges.set(column.name, range);
  }
  const columns = schema.columns.map((column): ColumnSchema => {
    const range = column.kind === 'numeric' ? ranges.get(column.name) : undefined;
    return range === undefined ? column : { ...column, range };
  });
  return { ...schema, columns };
}

/** The schema without ranges, as programs wrote it that remembered none. */
export function withoutRanges(schema: Schema): Schema {
  return { ...schema, columns: schema.columns.map(({ range: _, ...column }) => column) };
}

/** Numbers outside the range; NaN is missing and counts as nothing. */
export function countOutside(values: Float64Array, [low, high]: NumberRange): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] < low || values[i] > high) count++;
  return count;
}

function rangeOf(values: Float64Array): NumberRange | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return low <= high ? [low, high] : undefined;
}
