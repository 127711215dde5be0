/** @file Decides what a column is, from counted evidence, with the reason in words. */

import { codeReason } from './codes.js';
import { chooseDateFormat, parseDate } from './dates.js';
import type { Evidence, NumberEvidence } from './evidence.js';
import { countedCells, summarise } from './evidence.js';
import type { NumberStyle } from './numbers.js';
import { chooseStyle, parseNumber } from './numbers.js';
import type { ColumnKind, ColumnSchema } from './schema.js';
import { byCountThenText, FALSE_WORDS, frequentWords, grouped, TRUE_WORDS, wordsOf } from './words.js';

/** This share of the cells must be numbers (or dates); the rest then counts as missing, and a warning names it. */
const PURE_SHARE = 0.99;
/** More levels than this are encoded by their target mean, not by a column each. */
export const MAX_ONE_HOT_LEVELS = 30;
/** Levels that a schema keeps; rarer ones count as unseen. */
const MAX_LEVELS = 50_000;
/** Below this many rows nothing is taken for an identifier by its distinctness alone. */
const MIN_ID_ROWS = 20;
const ID_SHARE = 0.95;
const TEXT_WORDS = 3;
const TEXT_DISTINCT_SHARE = 0.3;
const FEW_DISTINCT = 20;

const ID_NAMES = new Set([
  'id',
  'ids',
  'pid',
  'uid',
  'uuid',
  'guid',
  'key',
  'index',
  'idx',
  'rowid',
  'rownum',
  'rownames',
]);
const DATE_NAMES = new Set(['date', 'day', 'dt', 'time', 'datetime', 'timestamp', 'ymd', 'yyyymmdd', 'on', 'at']);

/** Everything of a column's schema but its name and counts, with what a user should be warned of. */
export interface Verdict {
  readonly fields: Omit<ColumnSchema, 'name' | 'missingCount' | 'distinctCount'>;
  readonly warning?: string;
}

export interface KindContext {
  readonly name: string;
  readonly delimiter: string;
}

/** The kind that the evidence speaks for. */
export function decideKind(evidence: Evidence, context: KindContext): Verdict {
  const { rowCount, counts } = evidence;
  if (counts.size === 0) return verdict('constant', `all ${grouped(rowCount)} cells are missing`);
  if (counts.size === 1) return single(evidence);
  if (isBoolean(counts)) return asBoolean(counts, `only ${[...counts.keys()].map(quote).join(' and ')}`);
  const style = chooseStyle(counts, context.delimiter);
  const cells = evidence.numbers?.cellCount ?? style.fitting;
  const outOf = evidence.numbers === undefined ? countedCells(evidence) : evidence.presentCount;
  if (cells >= PURE_SHARE * outOf) return numberLike(evidence, context, style);
  const dates = chooseDateFormat(counts);
  if (dates !== undefined && dates.fitting >= PURE_SHARE * countedCells(evidence)) return asDate(evidence, dates);
  return wordLike(evidence);
}

/** The kind that the user asked for, with the best reading of the cells that it allows. */
export function forceKind(kind: ColumnKind, evidence: Evidence, context: KindContext): Verdict {
  const { counts } = evidence;
  const reason = `you said ${kind}`;
  switch (kind) {
    case 'numeric':
      return asNumber(evidence, chooseStyle(counts, context.delimiter), reason);
    case 'date': {
      const compact = { format: 'YYYYMMDD' as const, fitting: fittingDates(counts) };
      const found = chooseDateFormat(counts) ?? compact;
      return asDate(evidence, found.fitting >= compact.fitting ? found : compact, reason);
    }
    case 'boolean':
      return asBoolean(counts, reason);
    case 'categorical':
    case 'high-cardinality':
      return asLevels(kind, counts, reason);
    case 'text':
      return asText(counts, reason);
    default:
      return verdict(kind, reason);
  }
}

function verdict(kind: ColumnKind, reason: string, rest: Partial<ColumnSchema> = {}, warning?: string): Verdict {
  return { fields: { kind, reason, ...rest }, ...(warning !== undefined && { warning }) };
}

/** One text only: constant, unless some cells are empty; then being empty is what the column says. */
function single({ missingCount, presentCount, counts }: Evidence): Verdict {
  const [text] = counts.keys();
  if (missingCount === 0) return verdict('constant', `every cell is ${quote(text)}`);
  return asLevels(
    'categorical',
    counts,
    `${quote(text)} in ${grouped(presentCount)} cells, missing in ${grouped(missingCount)}`,
  );
}

function isBoolean(counts: ReadonlyMap<string, number>): boolean {
  const words = [...new Set(firstKeys(counts, 9).map((text) => text.toLowerCase()))];
  const isTrue = words.filter((word) => TRUE_WORDS.includes(word)).length;
  const isFalse = words.filter((word) => FALSE_WORDS.includes(word)).length;
  return counts.size <= 8 && isTrue > 0 && isFalse > 0 && isTrue + isFalse === words.length;
}

/** Known words where they are used; otherwise the first text in order is false and the second true. */
function asBoolean(counts: ReadonlyMap<string, number>, reason: string): Verdict {
  if (isBoolean(counts)) return booleanVerdict(counts, reason, FALSE_WORDS, TRUE_WORDS);
  const words = [...new Set(firstKeys(counts, 1000).map((text) => text.toLowerCase()))].sort();
  const known = words.every((word) => TRUE_WORDS.includes(word) || FALSE_WORDS.includes(word));
  if (known) return booleanVerdict(counts, reason, FALSE_WORDS, TRUE_WORDS);
  return booleanVerdict(counts, `${reason}; ${quote(words[1] ?? '')} is true`, words.slice(0, 1), words.slice(1, 2));
}

function booleanVerdict(
  counts: ReadonlyMap<string, number>,
  reason: string,
  falseWords: readonly string[],
  trueWords: readonly string[],
): Verdict {
  const commonest = (words: readonly string[]): string | undefined =>
    [...counts].filter(([text]) => words.includes(text.toLowerCase())).sort(byCountThenText)[0]?.[0];
  const [ifFalse, ifTrue] = [commonest(falseWords), commonest(trueWords)];
  const texts = ifFalse === undefined || ifTrue === undefined ? {} : { truthTexts: [ifFalse, ifTrue] as const };
  return verdict('boolean', reason, { trueWords, falseWords, ...texts });
}

function numberLike(evidence: Evidence, context: KindContext, fit: ReturnType<typeof chooseStyle>): Verdict {
  const codes = codeReason(evidence.counts, nameTokens(context.name));
  if (codes !== undefined) return wordLike(evidence, codes);
  const numbers = evidence.numbers ?? numbersIn(evidence, fit.style);
  const { distinctCount, min, max, isWhole } = numbers;
  const isOne = distinctCount === 1 && numbers.cellCount === evidence.rowCount;
  if (isOne) return verdict('constant', `every cell is the number ${min}`);
  if (isWhole && looksLikeCompactDates(evidence, context.name)) {
    return asDate(evidence, { format: 'YYYYMMDD', fitting: fittingDates(evidence.counts) });
  }
  const id = isWhole ? idReason(evidence, context.name, numbers) : undefined;
  if (id !== undefined) return verdict('id', id);
  const few = isWhole && distinctCount <= FEW_DISTINCT ? `; whole numbers of few values stay numeric` : '';
  const range = `${isWhole ? 'whole numbers' : 'numbers'} from ${min} to ${max}`;
  return asNumber(evidence, fit, `${range}, ${grouped(distinctCount)} distinct${few}`);
}

function numbersIn({ counts }: Evidence, style: NumberStyle): NumberEvidence {
  const values: number[] = [];
  let cellCount = 0;
  for (const [text, count] of counts) {
    const value = parseNumber(text, style);
    if (!Number.isFinite(value)) continue;
    values.push(value);
    cellCount += count;
  }
  return summarise(Float64Array.from(values), cellCount);
}

function asNumber(evidence: Evidence, fit: ReturnType<typeof chooseStyle>, reason: string): Verdict {
  const { style, assumption } = fit;
  const said = [reason];
  if (style.decimal === ',') said.push('decimal comma');
  if (style.thousands !== undefined) said.push(`thousands separated by "${style.thousands}"`);
  if (assumption !== undefined) said.push(assumption);
  const stray = strayCells(evidence, (text) => !Number.isFinite(parseNumber(text, style)), 'finite numbers');
  const fields = { decimal: style.decimal, ...(style.thousands !== undefined && { thousands: style.thousands }) };
  return verdict('numeric', said.join('; '), fields, stray ?? assumption);
}

function asDate(evidence: Evidence, fit: NonNullable<ReturnType<typeof chooseDateFormat>>, reason?: string): Verdict {
  const { format, assumption } = fit;
  const stray = strayCells(evidence, (text) => Number.isNaN(parseDate(text, format)), `dates in the format ${format}`);
  const said = [reason ?? `dates in the format ${format}, ${grouped(evidence.distinctCount)} distinct`];
  if (assumption !== undefined) said.push(assumption);
  return verdict('date', said.join('; '), { dateFormat: format }, stray ?? assumption);
}

/** "3 cells are not numbers, such as "abc", and count as missing", or undefined when all fit. */
function strayCells(evidence: Evidence, isStray: (text: string) => boolean, what: string): string | undefined {
  let cells = 0;
  let first: string | undefined;
  for (const [text, count] of evidence.counts) {
    if (!isStray(text)) continue;
    cells += count;
    first ??= text;
  }
  if (first === undefined) return undefined;
  return `${grouped(cells)} ${cells === 1 ? 'cell is' : 'cells are'} not ${what}, such as ${quote(first)}, and ${cells === 1 ? 'counts' : 'count'} as missing`;
}

/** Eight digits that are always a valid day from 1900 to 2100, by name or by too many to be chance. */
function looksLikeCompactDates({ counts }: Evidence, name: string): boolean {
  for (const text of counts.keys()) {
    if (!/^(?:19|20)\d{6}$/.test(text) || Number.isNaN(parseDate(text, 'YYYYMMDD'))) return false;
  }
  return counts.size >= 10 || nameTokens(name).some((token) => DATE_NAMES.has(token));
}

function fittingDates(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [text, count] of counts) if (!Number.isNaN(parseDate(text, 'YYYYMMDD'))) sum += count;
  return sum;
}

/** A row counter, or distinct whole numbers under a name that says identifier. */
function idReason(evidence: Evidence, name: string, numbers: NumberEvidence): string | undefined {
  const { rowCount, missingCount } = evidence;
  const { distinctCount, min, max } = numbers;
  if (missingCount > 0 || distinctCount !== rowCount || rowCount < MIN_ID_ROWS) return undefined;
  if (max - min === rowCount - 1 && (min === 0 || min === 1)) return `counts the rows from ${min} to ${grouped(max)}`;
  const last = nameTokens(name).at(-1) ?? '';
  if (ID_NAMES.has(last))
    return `${grouped(rowCount)} distinct whole numbers in as many rows, and the name says "${last}"`;
  return undefined;
}

/** Lower-case parts of a name: `customerID` gives customer, id; `row_index` gives row, index. */
export function nameTokens(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((token) => token !== '');
}

function wordLike(evidence: Evidence, because?: string): Verdict {
  const { counts, presentCount, distinctCount: distinct } = evidence;
  const prefix = because === undefined ? '' : `${because}; `;
  const said = `${prefix}${grouped(distinct)} distinct texts in ${grouped(presentCount)} cells`;
  const words = meanWords(counts);
  if (distinct >= MIN_ID_ROWS && words >= TEXT_WORDS && distinct >= TEXT_DISTINCT_SHARE * presentCount) {
    return asText(counts, `${said}, ${words.toFixed(1)} words each`);
  }
  if (presentCount >= MIN_ID_ROWS && distinct >= ID_SHARE * presentCount)
    return verdict('id', `${said}: almost no two are equal`);
  return asLevels(distinct > MAX_ONE_HOT_LEVELS ? 'high-cardinality' : 'categorical', counts, said);
}

/** Over the first distinct texts: enough to tell sentences from labels. */
function meanWords(counts: ReadonlyMap<string, number>): number {
  const texts = firstKeys(counts, 1000);
  return texts.reduce((sum, text) => sum + wordsOf(text).length, 0) / texts.length;
}

function asText(counts: ReadonlyMap<string, number>, reason: string): Verdict {
  return verdict('text', reason, { words: frequentWords(counts) });
}

function asLevels(kind: ColumnKind, counts: ReadonlyMap<string, number>, reason: string): Verdict {
  const levels = [...counts]
    .sort(byCountThenText)
    .slice(0, MAX_LEVELS)
    .map(([text]) => text);
  const cut = counts.size > MAX_LEVELS ? `; the ${grouped(MAX_LEVELS)} most frequent are kept` : '';
  return verdict(kind, reason + cut, { levels });
}

function firstKeys(counts: ReadonlyMap<string, number>, limit: number): string[] {
  const keys: string[] = [];
  for (const key of counts.keys()) {
    if (keys.length >= limit) break;
    keys.push(key);
  }
  return keys;
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
}
