/** @file Numbers as people write them: with a decimal comma, separated thousands, a sign or a unit around them, or as times. */

import { secondsIn } from './seconds.js';

/** How the numbers of a column are written, besides plainly. */
export interface NumberStyle {
  /** Between whole and fraction. */
  readonly decimal: '.' | ',';
  /** Between groups of three digits; nothing where left out. */
  readonly thousands?: ThousandsSeparator | undefined;
  /** Texts before or after a number that say what it counts, such as `$`, `%` or `kg`. Upper and lower case are one. */
  readonly units?: readonly string[] | undefined;
  /** Negative numbers may be `(5)`, `5-` or have U+2212 for a minus; a number may be Excel's `="5"`. */
  readonly signs?: true | undefined;
  /** Times of day and durations, as seconds. */
  readonly clock?: true | undefined;
}
export type ThousandsSeparator = ',' | '.' | ' ' | "'";

export const PLAIN_STYLE: NumberStyle = { decimal: '.' };

const PREFIXED = /^\s*$|^0[xob]/i;
const DECIMAL_COMMA = /^[+-]?(?:\d+,?\d*|,\d+)(?:e[+-]?\d+)?$/i;
const SEPARATORS: Readonly<Record<ThousandsSeparator, string>> = {
  ',': ',',
  '.': '\\.',
  ' ': '[ \u00a0\u202f]',
  "'": "['\u2019]",
};
const GROUPED = new Map(
  (['.,', ',.', ', ', '. ', ".'"] as const).map(([decimal, thousands]) => {
    const group = SEPARATORS[thousands as ThousandsSeparator];
    // In India groups above the first have two digits: 1,23,456.
    const lakhs = thousands === ',' ? '|[1-9]\\d?(?:,\\d{2})+,\\d{3}' : '';
    const whole = `(?:[1-9]\\d{0,2}(?:${group}\\d{3})+${lakhs})`;
    return [decimal + thousands, new RegExp(`^[+-]?${whole}(?:[${decimal}]\\d*)?$`)];
  }),
);

/** Whether numbers are read as JavaScript would write them. */
export function isPlainStyle({ decimal, thousands, units, signs, clock }: NumberStyle): boolean {
  return decimal === '.' && [thousands, units, signs, clock].every((part) => part === undefined);
}

/** The number in a trimmed cell, or NaN when it is none. `inf` and numbers beyond double precision give an infinity. */
export function parseNumber(text: string, style: NumberStyle = PLAIN_STYLE): number {
  if (style.clock === true) return secondsIn(text);
  return parsePlain(plainly(text, style));
}

/**
 * The number digit by digit, the same for all plain ways of writing it: `+1`, `1.` and `1.00` are `1`. Undefined for what is no number,
 * and for writings that need not mean the number: exponents, infinities, whole parts with leading zeros, times.
 */
export function plainWriting(text: string, style: NumberStyle = PLAIN_STYLE): string | undefined {
  if (style.clock === true) return undefined;
  const match = /^([+-]?)(0|[1-9]\d*)?(?:\.(\d*))?$/.exec(plainly(text, style));
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  if (whole + fraction === '') return undefined;
  const rest = fraction.replace(/0+$/, '');
  const digits = (whole || '0') + (rest && `.${rest}`);
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** A number of this style as JavaScript would write it. What is no number stays none. */
function plainly(text: string, style: NumberStyle): string {
  if (isPlainStyle(style)) return text;
  return withPoint(unwrapped(text, style), style);
}

function withPoint(text: string, { decimal, thousands }: NumberStyle): string {
  if (thousands !== undefined && GROUPED.get(decimal + thousands)?.test(text) === true) {
    return text.replace(new RegExp(SEPARATORS[thousands], 'g'), '').replace(',', '.');
  }
  if (decimal === ',' && DECIMAL_COMMA.test(text)) return text.replace(',', '.');
  // "1.5" under a decimal comma is read as written, unless the point separates thousands.
  return thousands === '.' && text.includes('.') ? '' : text;
}

/** The digits without what stands around them, a minus in front where they are negative; an empty text where two things say so. */
function unwrapped(text: string, { units = [], signs }: NumberStyle): string {
  if (units.length === 0 && signs === undefined) return text;
  let rest = text;
  let minus = 0;
  let isStripped = { front: false, back: false };
  for (let before = ''; before !== rest;) {
    before = rest;
    if (signs !== undefined) {
      if (/^="[^"]*"$/.test(rest)) rest = rest.slice(2, -1).trim();
      else if (/^\(.*\)$/.test(rest)) [rest, minus] = [rest.slice(1, -1).trim(), minus + 1];
      else if (rest.startsWith('\u2212')) [rest, minus] = [rest.slice(1).trim(), minus + 1];
      else if (/[-\u2212]$/.test(rest)) [rest, minus] = [rest.slice(0, -1).trim(), minus + 1];
    }
    if (/^[+-]\s*[^\d\s.,]/.test(rest)) [rest, minus] = [rest.slice(1).trim(), minus + (rest[0] === '-' ? 1 : 0)];
    [rest, isStripped] = withoutUnit(rest, units, isStripped);
  }
  if (minus === 0) return rest;
  return minus > 1 || /^[+-]/.test(rest) ? '' : `-${rest}`;
}

interface Stripped {
  readonly front: boolean;
  readonly back: boolean;
}

/** Takes one unit off either end, and from none a second one. */
function withoutUnit(text: string, units: readonly string[], { front, back }: Stripped): [string, Stripped] {
  for (const unit of units) {
    const { length } = unit;
    if (!front && text.slice(0, length).toLowerCase() === unit.toLowerCase())
      return [text.slice(length).trim(), { front: true, back }];
    if (!back && text.length > length && text.slice(-length).toLowerCase() === unit.toLowerCase())
      return [text.slice(0, -length).trim(), { front, back: true }];
  }
  return [text, { front, back }];
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
