/** @file How a table was understood, one row per column: what a dry run prints. */

import type { CsvTable } from './csv-table.js';
import type { ColumnKind, ColumnSchema, Schema } from './schema.js';
import { taskWord } from './schema.js';
import { grouped } from './words.js';

export interface ColumnDescription {
  readonly column: string;
  readonly role: 'feature' | 'target' | 'not used';
  readonly kind: ColumnKind;
  readonly missing: number;
  readonly distinct: number;
  /** The first distinct values, as written, in file order. */
  readonly examples: readonly string[];
  readonly reason: string;
  /** Of levels in an order: from the lowest to the highest. */
  readonly order?: readonly string[];
}

const EXAMPLES = 3;
/** Columns that are named; the others are counted. */
const NAMED_COLUMNS = 10;
/** Rows searched for examples. */
const SEARCHED_ROWS = 1000;

/** One row per column, in file order. The target's reason is that of its task. */
export function describeSchema(schema: Schema, csv: CsvTable): ColumnDescription[] {
  return schema.columns.map((entry) => {
    const { name, kind, missingCount, distinctCount, reason, levels } = entry;
    const isTarget = name === schema.target.name;
    const unused = kind === 'id' || kind === 'constant' || kind === 'ignored';
    return {
      column: name,
      role: isTarget ? 'target' : unused ? 'not used' : 'feature',
      kind,
      missing: missingCount,
      distinct: distinctCount,
      examples: examplesOf(csv, name),
      reason: isTarget ? `${taskWord(schema.target)}: ${schema.target.reason}` : reason + useOf(entry),
      ...(kind === 'ordinal' && { order: levels }),
    };
  });
}

/** What is made of a text. */
function useOf({ kind, mostWords }: ColumnSchema): string {
  if (kind !== 'text' || mostWords === undefined) return '';
  return `; its words, and words side by side, are weighed by the target in each fold (the first ${grouped(mostWords)} of a cell)`;
}

/** Columns that are left out without anybody having said so, with their kinds; undefined when there are none. No full stop. */
export function leftOutNote({ columns }: Schema): string | undefined {
  const left = columns.filter(({ kind }) => kind === 'id' || kind === 'constant');
  if (left.length === 0) return undefined;
  const named = left.slice(0, NAMED_COLUMNS).map(({ name, kind }) => `${name} (${kind})`);
  const more = left.length > NAMED_COLUMNS ? ` and ${grouped(left.length - NAMED_COLUMNS)} more` : '';
  return `Left out: ${named.join(', ')}${more}`;
}

function examplesOf(csv: CsvTable, name: string): string[] {
  const column = csv.table.column(name);
  const found = new Set<string>();
  for (let row = 0; row < Math.min(csv.rowCount, SEARCHED_ROWS) && found.size < EXAMPLES; row++) {
    const cell = column?.at(row) as string | null | undefined;
    if (typeof cell === 'string') found.add(cell);
  }
  return [...found];
}
