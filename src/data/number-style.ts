/** @file Which way of writing numbers fits a column. */

import { DecimalCounts } from './counts.js';
import type { NumberStyle } from './numbers.js';
import { parseNumber, PLAIN_STYLE } from './numbers.js';
import type { DecimalSign } from './reading.js';
import { isSurelyTime } from './seconds.js';
import { wrappingOf } from './units.js';
import { spread } from './words.js';

/** A comma before the fraction, and a point nowhere else than between thousands. */
export const EUROPEAN_STYLE: NumberStyle = { decimal: ',', thousands: '.' };

/** In the order of preference when several fit equally well. */
const SEPARATED_STYLES: readonly NumberStyle[] = [
  { decimal: '.', thousands: ',' },
  { decimal: ',' },
  EUROPEAN_STYLE,
  { decimal: ',', thousands: ' ' },
  { decimal: '.', thousands: ' ' },
  { decimal: '.', thousands: "'" },
];
/** The same where the decimal sign is given: the other sign stands between thousands, unless most cells say otherwise. */
const STYLES_OF: Readonly<Record<DecimalSign, readonly NumberStyle[]>> = {
  ',': [EUROPEAN_STYLE, { decimal: ',', thousands: ' ' }],
  '.': SEPARATED_STYLES.filter(({ decimal }) => decimal === '.'),
};
const CLOCK_STYLE: NumberStyle = { decimal: '.', clock: true };

/** What is known of the file whose column is looked at. */
export interface WrittenIn {
  readonly delimiter: string;
  /** Where it is given for the whole file. */
  readonly decimal?: DecimalSign | undefined;
}

export function writtenIn({ delimiter, decimal }: WrittenIn): WrittenIn {
  return { delimiter, decimal };
}

/** In which a cell of such a file is surely a number. */
export function sureStyle({ decimal }: WrittenIn): NumberStyle {
  return decimal === ',' ? EUROPEAN_STYLE : PLAIN_STYLE;
}

export interface StyleFit {
  readonly style: NumberStyle;
  /** How many of the cells (weights summed) are numbers in this style. */
  readonly fitting: number;
  /** A sentence part when the texts allow two readings. */
  readonly assumption?: string;
}

/** So many distinct texts show whether a column has numbers at all. */
const LOOK = 1000;
/** Fewer than this share of them, and no style is worth a look at the others. */
const FEW = 0.25;

/** The style in which most cells are numbers; a plainer one where two fit as well. */
export function chooseStyle(counts: ReadonlyMap<string, number>, file: WrittenIn): StyleFit {
  // Decimals fit as they are, unless their points are said to stand between thousands.
  if (counts instanceof DecimalCounts && file.decimal !== ',') return { style: PLAIN_STYLE, fitting: counts.cells };
  if (counts.size > LOOK) {
    const some = spread(counts, LOOK);
    const { style, fitting: found } = chooseFrom(some, file);
    if (found < FEW * cellsOf(some)) return { style: PLAIN_STYLE, fitting: fitting(counts, PLAIN_STYLE) };
    // Points for decimals, nothing between thousands: when that fits every cell, no other reading is as good.
    const fit = { style, fitting: fitting(counts, style) };
    if (style.decimal === '.' && style.thousands === undefined && fit.fitting === cellsOf(counts)) return fit;
  }
  return chooseFrom(counts, file);
}

function cellsOf(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

function chooseFrom(counts: ReadonlyMap<string, number>, file: WrittenIn): StyleFit {
  const total = cellsOf(counts);
  const bare = chooseSeparators(counts, file, total);
  if (bare.fitting === total) return bare;
  const wrapping = wrappingOf(counts);
  const wrapped = wrapping === undefined ? undefined : chooseWrapped(counts, wrapping, file, total);
  const best = wrapped !== undefined && wrapped.fitting > bare.fitting ? wrapped : bare;
  if (best.fitting > total / 2 || !someTimes(counts)) return best;
  const clock = { style: CLOCK_STYLE, fitting: fitting(counts, CLOCK_STYLE) };
  return clock.fitting > best.fitting ? clock : best;
}

/** The texts without their wrapping decide about separators, as texts that never had one would. */
function chooseWrapped(
  counts: ReadonlyMap<string, number>,
  wrapping: NonNullable<ReturnType<typeof wrappingOf>>,
  file: WrittenIn,
  total: number,
): StyleFit {
  const { units, signs, bare } = wrapping;
  const { style, assumption } = chooseSeparators(bare, file, total);
  const whole: NumberStyle = { ...style, ...(units.length > 0 && { units }), ...(signs && { signs }) };
  return { style: whole, fitting: fitting(counts, whole), ...(assumption !== undefined && { assumption }) };
}

/**
 * `1,234` alone reads as 1234 and as 1.234. It is 1234 where cells below a thousand have no comma, and 1.234 where a cell such as
 * `1,5` or `0,125` cannot be grouped digits; when neither decides, a file delimited by semicolons is taken to be European.
 */
function chooseSeparators(counts: ReadonlyMap<string, number>, file: WrittenIn, total: number): StyleFit {
  const { delimiter, decimal } = file;
  if (decimal !== undefined) return separatorsOf(counts, decimal, total);
  const plain = { style: PLAIN_STYLE, fitting: fitting(counts, PLAIN_STYLE) };
  if (plain.fitting === total || !hasSeparator(counts)) return plain;
  const fits = SEPARATED_STYLES.map((style) => ({ style, fitting: fitting(counts, style) }));
  const best = fits.reduce((a, b) => (b.fitting > a.fitting ? b : a), plain);
  const comma = fits.filter((fit) => fit.fitting === best.fitting && (fit === fits[0] || fit === fits[1]));
  if (comma.length < 2 || best.fitting === plain.fitting) return best;
  return groupedBelowThousand(counts)
    ? comma[0]
    : {
        ...comma[delimiter === ';' ? 1 : 0],
        assumption: `the comma is taken for ${delimiter === ';' ? 'a decimal' : 'a thousands'} sign`,
      };
}

/**
 * Where the decimal sign is given, nothing has two readings. Under a comma a point is one between thousands; a column of which most
 * cells can only be numbers with a point is read as it is written all the same.
 */
function separatorsOf(counts: ReadonlyMap<string, number>, decimal: DecimalSign, total: number): StyleFit {
  const plain = { style: PLAIN_STYLE, fitting: fitting(counts, PLAIN_STYLE) };
  if (decimal === '.' && plain.fitting === total) return plain;
  const pointless = new Map([...counts].filter(([text]) => !text.includes('.')));
  const fits = STYLES_OF[decimal].map((style) => {
    const cells = decimal === ',' && style.thousands !== '.' ? pointless : counts;
    return { style, fitting: fitting(cells, style) };
  });
  const best = fits.reduce((a, b) => (b.fitting > a.fitting ? b : a), decimal === '.' ? plain : fits[0]);
  return best.fitting > total / 2 || plain.fitting <= total / 2 ? best : plain;
}

function fitting(counts: ReadonlyMap<string, number>, style: NumberStyle): number {
  let sum = 0;
  for (const [text, count] of counts) if (!Number.isNaN(parseNumber(text, style))) sum += count;
  return sum;
}

/** A quick look, so that columns of words do not pay for six readings of every cell. */
function hasSeparator(counts: ReadonlyMap<string, number>): boolean {
  for (const text of counts.keys())
    if (/^[+-]?[\d.]*[\d][,.' \u00a0\u202f\u2019]\d/.test(text) || /^[+-]?,\d/.test(text)) return true;
  return false;
}

function someTimes(counts: ReadonlyMap<string, number>): boolean {
  for (const text of counts.keys()) if (isSurelyTime(text)) return true;
  return false;
}

/** Whole numbers without a comma all stay below 1000, and there are some: the comma separates thousands. */
function groupedBelowThousand(counts: ReadonlyMap<string, number>): boolean {
  let some = false;
  for (const text of counts.keys()) {
    if (!/^[+-]?\d+$/.test(text)) continue;
    if (Math.abs(Number(text)) >= 1000) return false;
    some = true;
  }
  return some;
}
