/** @file Numbers from a text column: its size, its make-up, and which frequent words it holds. */

import type { NumericColumn } from './frame.js';
import type { ColumnSchema } from './schema.js';
import { wordsOf } from './words.js';

/**
 * `<name>: length`, `words`, `digits share`, `upper-case share`, then `has "<word>"` (0 or 1) for each word of the schema.
 *
 * Shares are of the characters that are not white space. A missing text gives NaN everywhere.
 */
export function textFeatures(column: ColumnSchema, count: number, read: (i: number) => string | null): NumericColumn[] {
  const words = column.words ?? [];
  const titles = [
    'length',
    'words',
    'digits share',
    'upper-case share',
    ...words.map((word) => `has ${JSON.stringify(word)}`),
  ];
  const columns = titles.map((title) => ({
    kind: 'numeric' as const,
    name: `${column.name}: ${title}`,
    values: new Float64Array(new SharedArrayBuffer(count * Float64Array.BYTES_PER_ELEMENT)),
  }));
  for (let i = 0; i < count; i++) {
    const text = read(i);
    const numbers = text === null ? titles.map(() => Number.NaN) : measure(text, words);
    columns.forEach((target, j) => (target.values[i] = numbers[j]));
  }
  return columns;
}

function measure(text: string, words: readonly string[]): number[] {
  const found = wordsOf(text);
  const present = new Set(found);
  const visible = text.match(/\S/gu)?.length ?? 0;
  const share = (pattern: RegExp): number => (visible === 0 ? 0 : (text.match(pattern)?.length ?? 0) / visible);
  return [
    [...text].length,
    found.length,
    share(/\p{Nd}/gu),
    share(/\p{Lu}/gu),
    ...words.map((word) => (present.has(word) ? 1 : 0)),
  ];
}
