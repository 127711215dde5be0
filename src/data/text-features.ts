/** @file From a text column: numbers of its size and make-up, and its terms (or, in models of earlier versions, which frequent words it holds). */

import { DocumentsBuilder } from './documents.js';
import type { FrameColumn, NumericColumn } from './frame.js';
import { MISSING_CODE } from './frame.js';
import type { TextNames } from './frame-names.js';
import type { ColumnSchema } from './schema.js';
import { wordsOf } from './words.js';

/** Texts that are read at a step. */
const STEP = 1024;

/**
 * The numbers of each text and, where the schema says how many words count, its terms: a missing text has neither, an empty one no terms.
 * Some texts at a step.
 */
export function* encodingTexts(
  column: ColumnSchema,
  { numbers, terms }: TextNames,
  count: number,
  read: (i: number) => string | null,
): Generator<undefined, FrameColumn[]> {
  if (column.mostWords === undefined || terms === null) return textFeatures(column, numbers, count, read);
  const columns = emptyColumns(numbers, count);
  const codes = new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
  const builder = new DocumentsBuilder(column.mostWords);
  for (let i = 0; i < count; i++) {
    const text = read(i);
    writeRow(columns, i, text === null ? null : measure(text, []));
    codes[i] = text === null ? MISSING_CODE : builder.codeOf(text);
    if (i % STEP === STEP - 1) yield;
  }
  return [...columns, { kind: 'text', name: terms, codes, documents: builder.finish() }];
}

/**
 * `<name>: length`, `words`, `digits share`, `upper-case share`, then `has "<word>"` (0 or 1) for each word of the schema.
 *
 * Shares are of the characters that are not white space. A missing text gives NaN everywhere.
 */
function textFeatures(
  { words = [] }: ColumnSchema,
  names: readonly string[],
  count: number,
  read: (i: number) => string | null,
): NumericColumn[] {
  const columns = emptyColumns(names, count);
  for (let i = 0; i < count; i++) {
    const text = read(i);
    writeRow(columns, i, text === null ? null : measure(text, words));
  }
  return columns;
}

function emptyColumns(names: readonly string[], count: number): NumericColumn[] {
  return names.map((name) => ({
    kind: 'numeric' as const,
    name,
    values: new Float64Array(new SharedArrayBuffer(count * Float64Array.BYTES_PER_ELEMENT)),
  }));
}

function writeRow(columns: readonly NumericColumn[], row: number, numbers: readonly number[] | null): void {
  columns.forEach(({ values }, j) => (values[row] = numbers?.[j] ?? Number.NaN));
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
