/** @file Numbers as people write them: plain, with a decimal comma, with separators between thousands. */

/** What stands between whole and fraction, and between groups of three digits (nothing where left out). */
export interface NumberStyle {
  readonly decimal: '.' | ',';
  readonly thousands?: ThousandsSeparator | undefined;
}
export type ThousandsSeparator = ',' | '.' | ' ' | "'";

export const PLAIN_STYLE: NumberStyle = { decimal: '.' };

/** In the order of preference when several fit equally well. */
const OTHER_STYLES: readonly NumberStyle[] = [
  { decimal: '.', thousands: ',' },
  { decimal: ',' },
  { decimal: ',', thousands: '.' },
  { decimal: ',', thousands: ' ' },
  { decimal: '.', thousands: ' ' },
  { decimal: '.', thousands: "'" },
];

const PREFIXED = /^\s*$|^0[xob]/i;
const DECIMAL_COMMA = /^[+-]?(?:\d+,?\d*|,\d+)(?:e[+-]?\d+)?$/i;
const GROUPED = new Map(
  OTHER_STYLES.filter((style) => style.thousands !== undefined).map((style) => {
    const group = style.thousands === ' ' ? '[ \u00a0\u202f]' : `[${style.thousands}]`;
    return [
      style.decimal + style.thousands,
      new RegExp(`^[+-]?[1-9]\\d{0,2}(?:${group}\\d{3})+(?:[${style.decimal}]\\d*)?$`),
    ];
  }),
);

/** The number in a trimmed cell, or NaN when it is none. `inf` and numbers beyond double precision give an infinity. */
export function parseNumber(text: string, style: NumberStyle = PLAIN_STYLE): number {
  const isPlain = style.decimal === '.' && style.thousands === undefined;
  return parsePlain(isPlain ? text : withPoint(text, style));
}

/**
 * The number digit by digit, the same for all plain ways of writing it: `+1`, `1.` and `1.00` are `1`. Undefined for what is no number,
 * and for writings that need not mean the number: exponents, infinities, whole parts with leading zeros.
 */
export function plainWriting(text: string, style: NumberStyle = PLAIN_STYLE): string | undefined {
  const match = /^([+-]?)(0|[1-9]\d*)?(?:\.(\d*))?$/.exec(withPoint(text, style));
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  if (whole + fraction === '') return undefined;
  const rest = fraction.replace(/0+$/, '');
  const digits = (whole || '0') + (rest && `.${rest}`);
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** The text with a decimal point and nothing between thousands, where it is a number in this style; an empty one where it is none. */
function withPoint(text: string, { decimal, thousands }: NumberStyle): string {
  if (thousands !== undefined && GROUPED.get(decimal + thousands)?.test(text) === true) {
    return text.replace(separatorsOf(thousands), '').replace(',', '.');
  }
  if (decimal === ',' && DECIMAL_COMMA.test(text)) return text.replace(',', '.');
  // "1.5" under a decimal comma is read as written, unless the point separates thousands.
  return thousands === '.' && text.includes('.') ? '' : text;
}

function separatorsOf(thousands: ThousandsSeparator): RegExp {
  return thousands === ' ' ? /[ \u00a0\u202f]/g : new RegExp(`[${thousands}]`, 'g');
}

/** JavaScript's own reading, without what it allows beyond decimal numbers: empty text, 0x10, 0b1, 0o7. */
function parsePlain(text: string): number {
  const number = Number(text);
  if (Number.isNaN(number)) return infinityIn(text);
  return PREFIXED.test(text) ? Number.NaN : number;
}

/** pandas and R write infinite numbers as words; NaN for any other text. */
function infinityIn(text: string): number {
  const match = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (match === null) return Number.NaN;
  return match[1] === '-' ? -Infinity : Infinity;
}

export interface StyleFit {
  readonly style: NumberStyle;
  /** How many of the cells (weights summed) are numbers in this style. */
  readonly fitting: number;
  /** A sentence part when the texts allow two readings. */
  readonly assumption?: string;
}

/**
 * The style in which most cells are numbers.
 *
 * `1,234` alone reads as 1234 and as 1.234. It is 1234 where cells below a thousand have no comma, and 1.234 where a cell such as
 * `1,5` or `0,125` cannot be grouped digits; when neither decides, a file delimited by semicolons is taken to be European.
 */
export function chooseStyle(counts: ReadonlyMap<string, number>, delimiter: string): StyleFit {
  const plain = { style: PLAIN_STYLE, fitting: fitting(counts, PLAIN_STYLE) };
  let total = 0;
  for (const count of counts.values()) total += count;
  if (plain.fitting === total || !hasSeparator(counts)) return plain;
  const fits = OTHER_STYLES.map((style) => ({ style, fitting: fitting(counts, style) }));
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

function fitting(counts: ReadonlyMap<string, number>, style: NumberStyle): number {
  let sum = 0;
  for (const [text, count] of counts) if (!Number.isNaN(parseNumber(text, style))) sum += count;
  return sum;
}

/** A quick look, so that columns of words do not pay for six readings of every cell. */
function hasSeparator(counts: ReadonlyMap<string, number>): boolean {
  for (const text of counts.keys())
    if (/^[+-]?[\d.]*[\d][,.' \u00a0\u202f]\d/.test(text) || /^[+-]?,\d/.test(text)) return true;
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
