/** @file Which cells count as missing. */

import { DecimalCounts } from './counts.js';

/**
 * Matched after trimming, as written, in lower case and in upper case: "na" is missing, sodium's "Na" is not. What pandas, Excel and
 * databases write and nobody means; texts that may be an answer as well, such as "None", are missing among numbers and dates only.
 */
export const DEFAULT_MISSING_TOKENS: readonly string[] = [
  '',
  'NA',
  'N/A',
  'n.a.',
  'NaN',
  '-NaN',
  'null',
  '?',
  '-',
  '<NA>',
  '<null>',
  '(null)',
  '[null]',
  '\\N',
  '#N/A',
  '#N/A N/A',
  '#NA',
  '#DIV/0!',
  '#VALUE!',
  '#REF!',
  '#NUM!',
  '#NAME?',
  '#NULL!',
  '1.#IND',
  '-1.#IND',
  '1.#QNAN',
  '-1.#QNAN',
];

/** True for texts (already trimmed) that stand for "no value". The empty cell is always missing. */
export function missingTest(tokens: readonly string[]): (text: string) => boolean {
  const known = new Set(['']);
  for (const token of tokens) {
    const text = token.trim();
    known.add(text).add(text.toLowerCase()).add(text.toUpperCase());
  }
  const longest = Math.max(...[...known].map((text) => text.length));
  // Most cells of measures are longer: looking them up would cost more than reading them.
  return (text) => text.length <= longest && known.has(text);
}

/** Statistical offices, SAS, Stata and programs write these for "no value"; elsewhere they may be a class or a level. */
const MARKERS = new Set('. .. ... … -- --- – — : * ** / #### ##### none nat nil n.d. nd n/d missing ._'.split(' '));
const SPECIAL_SAS = /^\.[a-z]$/i;
const ZERO_DATE = /^0{1,4}([-/.])0{1,2}\1(?:00){1,2}(?:[T ]00:00(?::00(?:\.0+)?)?)?$/;

/** True for texts that stand for "no value" where the other cells are numbers or dates: `..`, `None`, SAS's `.A`, `0000-00-00`. */
export function isGapAmongNumbers(text: string): boolean {
  if (text.length <= 8 && (MARKERS.has(text.toLowerCase()) || SPECIAL_SAS.test(text))) return true;
  return text.startsWith('0') && ZERO_DATE.test(text);
}

/** The counted texts that stand for "no value" among numbers; no decimal does. */
export function gapsAmong(counts: ReadonlyMap<string, number>): string[] {
  return counts instanceof DecimalCounts ? [] : [...counts.keys()].filter(isGapAmongNumbers);
}
