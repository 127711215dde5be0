/** @file A made-up row to show how a model is asked: typical values of a few columns. */

import type { ColumnSchema, Schema } from '../../../data/index.js';
import { readColumns } from '../../../data/index.js';
import type { ExplainSample } from '../../../explain/index.js';
import { tryFields } from '../try-page.js';

/** One cell twice: as a row of the package and its modules takes it, and as a graph of ONNX does. */
export interface ExampleCell {
  readonly column: string;
  readonly cell: string | number;
  readonly fed: string | number;
}

/** Fewer columns make a snippet that is read; those left out count as missing. */
const MOST_CELLS = 5;
const LONGEST_CELL = 40;

/** Medians and commonest categories; nothing of texts, which may say whose row it is. */
export function exampleRow(schema: Schema, sample: ExplainSample | null): ExampleCell[] {
  const features = readColumns(schema);
  const isFirst = ({ column }: ExampleCell): number => (column === schema.target.exposure ? 0 : 1);
  return (
    tryFields(schema, sample, null)
      .map(({ value }, i) => exampleCell(features[i], value))
      .filter((cell) => cell !== null)
      // No count is predicted without what it is for.
      .sort((a, b) => isFirst(a) - isFirst(b))
      .slice(0, MOST_CELLS)
  );
}

function exampleCell(schema: ColumnSchema, value: string): ExampleCell | null {
  const { name: column, kind, decimal, dateFormat } = schema;
  if (value === '' || value.length > LONGEST_CELL || kind === 'text') return null;
  if (kind === 'date') {
    if (dateFormat !== 'YYYY-MM-DD') return null;
    return { column, cell: value, fed: Date.parse(`${value}T00:00:00Z`) };
  }
  if (kind !== 'numeric') return { column, cell: value, fed: value };
  const number = Number(decimal === ',' ? value.replace(',', '.') : value);
  return Number.isFinite(number) ? { column, cell: number, fed: number } : null;
}
