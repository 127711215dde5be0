/** @file Classes: their order, and which cell belongs to which. One number may be written `1`, `+1` and `1.0`; `01` is another class. */

import type { NumberStyle } from './numbers.js';
import { parseNumber, plainWriting } from './numbers.js';
import type { ColumnSchema } from './schema.js';

/** Sorted by value when all are numbers, by text otherwise. Of equal numbers the first way of writing stands for all. */
export function classesOf(column: ColumnSchema, counts: ReadonlyMap<string, number>): string[] {
  const style = styleOf(column);
  const first = new Map<string, string>();
  for (const text of counts.keys()) {
    const key = classKey(text, style);
    if (!first.has(key)) first.set(key, text);
  }
  const texts = [...first.values()].sort();
  const values = new Map(texts.map((text) => [text, parseNumber(text, style)]));
  return areNumbers(texts, column) ? texts.sort((a, b) => values.get(a)! - values.get(b)!) : texts;
}

/** Whether every class is a number: then their order is that of their values. */
export function areNumbers(classes: readonly string[], column: ColumnSchema): boolean {
  const style = styleOf(column);
  return classes.every((text) => Number.isFinite(parseNumber(text, style)));
}

/** Text -> class index, or -1; a number matches in any plain writing. */
export function labeller(classes: readonly string[], column: ColumnSchema): (text: string) => number {
  const style = styleOf(column);
  const byText = new Map(classes.map((text, index) => [text, index]));
  const byKey = new Map(classes.map((text, index) => [classKey(text, style), index]));
  return (text) => byText.get(text) ?? byKey.get(classKey(text, style)) ?? -1;
}

/**
 * The same for two texts that are one label: equal texts, and the same number in plain writing. Never compared as doubles, which
 * take long numbers, `01` and `1`, `1E2` and `100` for equal.
 */
export function classKey(text: string, style: NumberStyle): string {
  const plain = plainWriting(text, style);
  // No cell holds a NUL: a text never has the key of a number.
  return plain === undefined ? text : `\0${plain}`;
}

/** How the numbers of a column are written. */
export function styleOf({ decimal = '.', thousands, units, signs, clock }: Partial<ColumnSchema>): NumberStyle {
  return { decimal, thousands, units, signs, clock };
}
