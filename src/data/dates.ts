/** @file Dates as people write them, read as UTC unless the text names an offset. */

import { spread } from './words.js';

/** The forms of a date; a time of day may follow each. `-`, `/` and `.` are the same separator. */
export const DATE_FORMATS = [
  'YYYY-MM-DD',
  'M/D/YYYY',
  'D/M/YYYY',
  'YYYYMMDD',
  'D MMM YYYY',
  'MMM D YYYY',
  'YYYY-MM',
  'MMM YYYY',
] as const;
export type DateFormat = (typeof DATE_FORMATS)[number];

/** Oracle writes points for colons, web servers a colon in front; `T0915` and `T000000` have neither. A name of the offset may stand behind it, as in mails. */
const CLOCK = String.raw`(?:T|:|,?\s+)(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*(am|pm|a\.m\.|p\.m\.)?|T(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?`;
const TIME = String.raw`(?:(?:${CLOCK})\s*(z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2}){0,2})?(?:\s*\([a-z ]+\))?)?$`;
const DAY = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]*\\s+)?';
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = `(?:${MONTHS.join('|')})[a-z]*`;

/** Two-digit years are accepted after `/`, `.` and names of months: 70 to 99 are 1970 to 1999, 00 to 69 are 2000 to 2069. */
const NUMBERS = String.raw`^${DAY}(\d{1,2})(?:([-])(\d{1,2})-(\d{4})|([/.])(\d{1,2})\5(\d{4}|\d{2}))`;
const PATTERNS: Record<DateFormat, RegExp> = {
  'YYYY-MM-DD': new RegExp(String.raw`^${DAY}(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${TIME}`, 'i'),
  'M/D/YYYY': new RegExp(NUMBERS + TIME, 'i'),
  'D/M/YYYY': new RegExp(NUMBERS + TIME, 'i'),
  YYYYMMDD: new RegExp(String.raw`^(\d{4})(\d{2})(\d{2})${TIME}`, 'i'),
  'D MMM YYYY': new RegExp(
    String.raw`^${DAY}(\d{1,2})(?:st|nd|rd|th)?[-/. ]*(${MONTH})[-/. ,]*(\d{4}|'?\d{2})${TIME}`,
    'i',
  ),
  'MMM D YYYY': new RegExp(String.raw`^${DAY}(${MONTH})[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/. ,]+(\d{4})${TIME}`, 'i'),
  'YYYY-MM': /^(\d{4})[-/.](\d{2})$/,
  'MMM YYYY': new RegExp(String.raw`^(${MONTH})[-/. ,]+(\d{4})$`, 'i'),
};

/** The year behind the time of day, as `date` and tweets have it: `Mon May 22 18:07:00 +0000 2017`. */
const YEAR_LAST = new RegExp(String.raw`^(${DAY}${MONTH}\s+\d{1,2}) (\d{1,2}:\d{2}(?::\d{2})?(?: \S+)?) (\d{4})$`, 'i');

/**
 * Milliseconds since 1970 UTC, or NaN when the text is no valid date in this format.
 *
 * A date without a time is midnight; a time without an offset is UTC, so that no machine's time zone changes a model.
 */
export function parseDate(text: string, format: DateFormat): number {
  const match = PATTERNS[format].exec(format === 'MMM D YYYY' ? text.replace(YEAR_LAST, '$1 $3 $2') : text);
  if (match === null) return Number.NaN;
  const day = dayOf(match, format);
  return format === 'YYYY-MM' || format === 'MMM YYYY' ? day : day + timeOf(match.slice(-10));
}

function dayOf(match: RegExpExecArray, format: DateFormat): number {
  switch (format) {
    case 'YYYY-MM-DD':
      return utcDay(Number(match[1]), Number(match[3]), Number(match[4]));
    case 'YYYYMMDD':
      return utcDay(Number(match[1]), Number(match[2]), Number(match[3]));
    case 'YYYY-MM':
      return utcDay(Number(match[1]), Number(match[2]), 1);
    case 'MMM YYYY':
      return utcDay(Number(match[2]), monthNumber(match[1]), 1);
    case 'D MMM YYYY':
      return utcDay(fullYear(match[3].replace("'", '')), monthNumber(match[2]), Number(match[1]));
    case 'MMM D YYYY':
      return utcDay(Number(match[3]), monthNumber(match[1]), Number(match[2]));
    default: {
      const [first, second, year] = [Number(match[1]), Number(match[3] ?? match[6]), match[4] ?? match[7]];
      return format === 'M/D/YYYY' ? utcDay(fullYear(year), first, second) : utcDay(fullYear(year), second, first);
    }
  }
}

function fullYear(year: string): number {
  return year.length === 4 ? Number(year) : Number(year) + (Number(year) < 70 ? 2000 : 1900);
}

function monthNumber(word: string): number {
  return MONTHS.indexOf(word.slice(0, 3).toLowerCase()) + 1;
}

/** Midnight UTC; NaN when the calendar has no such day (it would run over into another month). */
function utcDay(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 ? date.getTime() : Number.NaN;
}

/** The parts that TIME captures, as milliseconds of the day. */
function timeOf(parts: (string | undefined)[]): number {
  const half = parts[4];
  const [hours, minutes, seconds, fraction] = parts[5] === undefined ? parts : parts.slice(5);
  if (hours === undefined) return 0;
  let h = Number(hours);
  if (half !== undefined) {
    if (h < 1 || h > 12) return Number.NaN;
    h = (h % 12) + (/^p/i.test(half) ? 12 : 0);
  }
  const [m, s] = [Number(minutes), Number(seconds ?? 0)];
  if (h > 24 || m > 59 || s > 60 || (h === 24 && m + s > 0)) return Number.NaN;
  return ((h * 60 + m) * 60 + s) * 1000 + Number(`0.${fraction ?? 0}`) * 1000 - offsetMs(parts[9]);
}

/** `+02`, `+0530`, `+05:30`, `GMT+2`, and `+05:53:28` of times before there were zones. */
function offsetMs(zone: string | undefined): number {
  const match = /([+-])(\d{1,2}):?(\d{2})?:?(\d{2})?$/.exec(zone ?? '');
  if (match === null) return 0;
  const [, sign, hours, minutes = '0', seconds = '0'] = match;
  return (sign === '-' ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** So many distinct texts show which formats are worth a look at all. */
const LOOK = 1000;

export interface DateFit {
  readonly format: DateFormat;
  /** How many of the cells (weights summed) are dates in this format. */
  readonly fitting: number;
  /** How the order of day and month was decided, when it had to be. */
  readonly assumption?: string;
}

/**
 * The format that fits most cells; undefined when none fits any. YYYYMMDD without a time is left to the caller: it is a number as well.
 *
 * Where day and month could be exchanged in every cell, the reading in which the file is in time order wins; failing that, `/` and `-`
 * are taken as month first, `.` as day first, and the assumption is stated.
 *
 * @param inOrder  the distinct texts with their counts, in the order in which they appear in the file
 */
export function chooseDateFormat(inOrder: ReadonlyMap<string, number>): DateFit | undefined {
  const some = spread(inOrder, LOOK);
  const fits = DATE_FORMATS.filter((format) => fitting(some, format) > 0)
    .map((format) => ({ format, fitting: fitting(inOrder, format) }))
    .filter((fit) => fit.fitting > 0)
    .sort((a, b) => b.fitting - a.fitting);
  const [best, second] = fits;
  const tie = second?.fitting === best?.fitting && best?.format === 'M/D/YYYY' && second.format === 'D/M/YYYY';
  if (!tie) return best;
  const texts = [...inOrder.keys()];
  const [monthFirst, dayFirst] = [isAscending(texts, best.format), isAscending(texts, second.format)];
  if (monthFirst !== dayFirst) {
    const fit = monthFirst ? best : second;
    return { ...fit, assumption: `read as ${fit.format}, the reading in which the rows are in time order` };
  }
  const fit = texts[0].includes('.') ? second : best;
  return { ...fit, assumption: `day and month could be exchanged in every cell; ${fit.format} is assumed` };
}

function fitting(texts: ReadonlyMap<string, number>, format: DateFormat): number {
  let sum = 0;
  for (const [text, count] of texts) {
    if (format === 'YYYYMMDD' && /^\d*$/.test(text)) continue;
    if (!Number.isNaN(parseDate(text, format))) sum += count;
  }
  return sum;
}

function isAscending(texts: readonly string[], format: DateFormat): boolean {
  let last = -Infinity;
  for (const text of texts) {
    const time = parseDate(text, format);
    if (time < last) return false;
    if (!Number.isNaN(time)) last = time;
  }
  return texts.length > 1;
}
