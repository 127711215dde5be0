/** @file Whole numbers that are names and no quantities: postal codes, account numbers, hotel rooms. Told by how they are written. */

import { DecimalCounts } from './counts.js';
import { grouped } from './words.js';

/** Cells that are written otherwise may be so many before a column of codes is none. */
const STRAY_SHARE = 0.01;
/** Codes of one width need one leading zero; where widths differ, this share of the cells. */
const PADDED_SHARE = 0.01;
/** Quantities that are written with leading zeros in tables, such as the hour 08. */
const PADDED_QUANTITIES = new Set(
  'age hour hours hh minute minutes mm second seconds ss year years yr month months day days count counts qty quantity amount price cost'.split(
    ' ',
  ),
);
/** Names of instants, which are counted in nanoseconds beyond 2^53. */
const INSTANTS = new Set(['time', 'timestamp', 'datetime', 'date', 'ts', 'ns', 'nanos', 'nanoseconds', 'epoch', 'at']);

interface Writing {
  cells: number;
  whole: number;
  padded: number;
  long: number;
  power: number;
  capitalPower: number;
  widths: Set<number>;
  values: Set<number>;
}

/**
 * Why these whole numbers are codes, or undefined when they may be quantities.
 *
 * Codes have leading zeros (`007`), or more digits than a double holds (which then are no round number, and no time in nanoseconds), or
 * stand beside a `1E2` that would become the same number as a `100`.
 *
 * @param tokens  the words of the column's name, in lower case
 */
export function codeReason(counts: ReadonlyMap<string, number>, tokens: readonly string[] = []): string | undefined {
  // No decimal has a leading zero, an exponent or so many digits.
  if (counts instanceof DecimalCounts) return undefined;
  const found = writingOf(counts);
  if (found.whole < (1 - STRAY_SHARE) * found.cells || found.whole === 0) return undefined;
  const isPadded = found.padded > 0 && (found.widths.size === 1 || found.padded >= PADDED_SHARE * found.cells);
  if (isPadded && !tokens.some((token) => PADDED_QUANTITIES.has(token))) {
    return `leading zeros in ${grouped(found.padded)} cells: codes, not quantities`;
  }
  if (found.long > found.whole / 2 && !tokens.some((token) => INSTANTS.has(token))) {
    return 'whole numbers beyond 2^53: codes, not quantities';
  }
  if (found.capitalPower > 0 || (found.power > 0 && found.values.size < counts.size)) {
    return 'codes such as 1E2 among whole numbers';
  }
  return undefined;
}

function writingOf(counts: ReadonlyMap<string, number>): Writing {
  const found: Writing = {
    cells: 0,
    whole: 0,
    padded: 0,
    long: 0,
    power: 0,
    capitalPower: 0,
    widths: new Set(),
    values: new Set(),
  };
  for (const [text, count] of counts) {
    found.cells += count;
    const match = /^\d+(?:([eE])\d+)?$/.exec(text);
    if (match === null) continue;
    const power = match[1] as string | undefined;
    found.whole += count;
    found.values.add(Number(text));
    if (power !== undefined) found.power += count;
    if (power === 'E') found.capitalPower += count;
    if (power !== undefined) continue;
    found.widths.add(text.length);
    if (/^0\d/.test(text)) found.padded += count;
    if (!Number.isSafeInteger(Number(text)) && !text.endsWith('000')) found.long += count;
  }
  return found;
}
