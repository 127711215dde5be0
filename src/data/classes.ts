/** @file Classes: their order, and which cell belongs to which. Numbers are equal however they are written. */

import type { NumberStyle } from './numbers.js';
import { parseNumber } from './numbers.js';
import type { ColumnSchema } from './schema.js';

/** Sorted by value when all are numbers, by text otherwise. Of equal numbers the first way of writing stands for all. */
export function classesOf(column: ColumnSchema, counts: ReadonlyMap<string, number>): string[] {
  const texts = [...counts.keys()];
  const style = styleOf(column);
  const numbers = new Map<number, string>();
  for (const text of texts) {
    const value = parseNumber(text, style);
    if (!Number.isFinite(value)) return texts.sort();
    if (!numbers.has(value)) numbers.set(value, text);
  }
  return [...numbers].sort((a, b) => a[0] - b[0]).map(([, text]) => text);
}

/** Text -> class index, or -1; numbers match however they are written. */
export function labeller(classes: readonly string[], column: ColumnSchema): (text: string) => number {
  const style = styleOf(column);
  const byText = new Map(classes.map((text, index) => [text, index]));
  const byNumber = new Map<number, number>();
  for (const [text, index] of byText) byNumber.set(parseNumber(text, style), index);
  byNumber.delete(Number.NaN);
  return (text) => byText.get(text) ?? byNumber.get(parseNumber(text, style)) ?? -1;
}

/** How the numbers of a column are written. */
export function styleOf(column: ColumnSchema): NumberStyle {
  return { decimal: column.decimal ?? '.', thousands: column.thousands };
}
