/** @file Decides what a column is, from counted evidence, with the reason in words. */

import { codeReason } from './codes.js';
import { DecimalCounts } from './counts.js';
import { chooseDateFormat, parseDate } from './dates.js';
import type { NumberEvidence } from './distinct.js';
import { summarise } from './distinct.js';
import type { Evidence } from './evidence.js';
import { countedCells } from './evidence.js';
import { gapsAmong } from './missing.js';
import type { StyleFit, WrittenIn } from './number-style.js';
import { chooseStyle } from './number-style.js';
import type { NumberStyle } from './numbers.js';
import { parseNumber, PLAIN_STYLE } from './numbers.js';
import type { ColumnKind, ColumnSchema } from './schema.js';
import { fewWords, quote, strayCells, toleratedStrays } from './strays.js';
import { isUnspaced, tokensOf } from './terms.js';
import { byCountThenText, FALSE_WORDS, frequentWords, grouped, TRUE_WORDS } from './words.js';

/** This share of the cells must be numbers (or dates); the rest then counts as missing, and a warning names it. */
const PURE_SHARE = 0.99;
/** The same for columns of so many distinct numbers that chance is out of the question. */
const MOST_OF_MANY = 0.9;
/** More levels than this are encoded by their target mean, not by a column each. */
export const MAX_ONE_HOT_LEVELS = 30;
/** Levels that a schema keeps; rarer ones count as unseen. */
const MAX_LEVELS = 50_000;
/** Longer texts are no levels: every model, and every fold of a study, would carry them whole. */
export const LONGEST_LEVEL = 1_000;
/** Below this many rows nothing is taken for an identifier by its distinctness alone. */
const MIN_ID_ROWS = 20;
const ID_SHARE = 0.95;
/** With so many cells that are numbers with a fraction nothing is an identifier. */
const QUANTITY_SHARE = 0.5;
const TEXT_WORDS = 3;
/** Some of them must begin with a letter: of phone numbers and codes with blanks few do. */
const TEXT_PLAIN_WORDS = 1.5;
const PLAIN_WORD = /^\p{L}./u;
const LETTERS_ONLY = /^\p{L}[\p{L}\p{M}]+$/u;
const MOST_WORDS_COUNTED = 100;
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
  /** Cells of the texts in `fields.gaps`. */
  readonly gapCount?: number;
}

export interface KindContext extends WrittenIn {
  readonly name: string;
}

/**
 * The kind that the evidence speaks for.
 *
 * Texts such as `..` or `None` stand for a missing cell where the others are numbers or dates; elsewhere they are what they say.
 */
export function decideKind(evidence: Evidence, context: KindContext): Verdict {
  const gaps = gapsAmong(evidence.counts);
  if (gaps.length > 0) {
    const rest = withoutTexts(evidence, gaps);
    const found = quantity(rest, context, chooseStyle(rest.counts, context));
    if (found !== undefined) return withGaps(found, evidence, gaps);
  }
  const { rowCount, counts } = evidence;
  if (counts.size === 0) return verdict('constant', `all ${grouped(rowCount)} cells are missing`);
  if (counts.size === 1) return single(evidence);
  if (isBoolean(counts)) return asBoolean(counts, `only ${[...counts.keys()].map(quote).join(' and ')}`);
  const style = chooseStyle(counts, context);
  return quantity(evidence, context, style) ?? wordLike(evidence, { context, style });
}

/** A number, a date, or codes made of digits; undefined when the cells are none of these. */
function quantity(evidence: Evidence, context: KindContext, style: StyleFit): Verdict | undefined {
  const { counts } = evidence;
  if (counts.size === 0) return undefined;
  const cells = evidence.numbers?.cellCount ?? style.fitting;
  const outOf = evidence.numbers === undefined ? countedCells(evidence) : evidence.presentCount;
  if (cells >= PURE_SHARE * outOf) {
    return isBoolean(counts) ? asBoolean(counts, 'only 0 and 1') : numberLike(evidence, context, style);
  }
  const dates = cells > outOf / 2 ? undefined : chooseDateFormat(counts);
  if (dates !== undefined && dates.fitting >= PURE_SHARE * countedCells(evidence)) return asDate(evidence, dates);
  const isNumber = (text: string): boolean => Number.isFinite(parseNumber(text, style.style));
  const isMost = evidence.numbers !== undefined && cells >= MOST_OF_MANY * outOf;
  const words = isMost ? fewWords(counts, isNumber) : toleratedStrays(counts, cells, isNumber);
  if (words !== undefined) return withStrays(numberLike(evidence, context, style), evidence, words);
  if (dates === undefined) return undefined;
  const isDate = (text: string): boolean => !Number.isNaN(parseDate(text, dates.format));
  const others = toleratedStrays(counts, dates.fitting, isDate);
  return others === undefined ? undefined : withStrays(asDate(evidence, dates), evidence, others);
}

/** The evidence of the other cells, these counted as missing. */
export function withoutTexts(evidence: Evidence, texts: readonly string[]): Evidence {
  const counts = new Map(evidence.counts);
  let cells = 0;
  for (const text of texts) {
    cells += counts.get(text) ?? 0;
    counts.delete(text);
  }
  const { presentCount, missingCount, distinctCount } = evidence;
  const left = { presentCount: presentCount - cells, missingCount: missingCount + cells };
  return { ...evidence, ...left, distinctCount: distinctCount - texts.length, counts };
}

export function withGaps(found: Verdict, evidence: Evidence, gaps: readonly string[]): Verdict {
  const cells = gaps.reduce((sum, text) => sum + (evidence.counts.get(text) ?? 0), found.gapCount ?? 0);
  return { ...found, fields: { ...found.fields, gaps: [...gaps, ...(found.fields.gaps ?? [])] }, gapCount: cells };
}

/** Numbers and dates remember the words that stood among them: in new rows they are no surprise. */
function withStrays(found: Verdict, evidence: Evidence, words: readonly string[]): Verdict {
  const isQuantity = found.fields.kind === 'numeric' || found.fields.kind === 'date';
  return isQuantity && words.length > 0 ? withGaps(found, evidence, words) : found;
}

export function verdict(kind: ColumnKind, reason: string, rest: Partial<ColumnSchema> = {}, warning?: string): Verdict {
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
export function asBoolean(counts: ReadonlyMap<string, number>, reason: string): Verdict {
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

function numberLike(evidence: Evidence, context: KindContext, fit: StyleFit): Verdict {
  const codes = codeReason(evidence.counts, nameTokens(context.name));
  if (codes !== undefined) return wordLike(evidence, { context, style: fit, because: codes });
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

export function asNumber(evidence: Evidence, fit: StyleFit, reason: string): Verdict {
  const { style, assumption } = fit;
  const { decimal, thousands, units, signs, clock } = style;
  const said = [reason];
  if (decimal === ',') said.push('decimal comma');
  if (thousands !== undefined) said.push(`thousands separated by "${thousands}"`);
  if (units !== undefined) said.push(`${units.map(quote).join(' or ')} beside the number`);
  if (signs !== undefined) said.push('signs as accountants write them');
  if (clock !== undefined) said.push('times in seconds');
  if (assumption !== undefined) said.push(assumption);
  const isStray = (text: string): boolean => !Number.isFinite(parseNumber(text, style));
  const areDecimals = evidence.counts instanceof DecimalCounts && style === PLAIN_STYLE;
  const stray = areDecimals ? undefined : strayCells(evidence.counts, isStray, 'finite numbers');
  const fields = {
    decimal,
    ...(thousands !== undefined && { thousands }),
    ...(units !== undefined && { units }),
    ...(signs !== undefined && { signs }),
    ...(clock !== undefined && { clock }),
  };
  return verdict('numeric', said.join('; '), fields, stray ?? assumption);
}

export function asDate(
  evidence: Evidence,
  fit: NonNullable<ReturnType<typeof chooseDateFormat>>,
  reason?: string,
): Verdict {
  const { format, assumption } = fit;
  const isStray = (text: string): boolean => Number.isNaN(parseDate(text, format));
  const stray = strayCells(evidence.counts, isStray, `dates in the format ${format}`);
  const said = [reason ?? `dates in the format ${format}, ${grouped(evidence.distinctCount)} distinct`];
  if (assumption !== undefined) said.push(assumption);
  return verdict('date', said.join('; '), { dateFormat: format }, stray ?? assumption);
}

/** Eight digits that are always a valid day from 1900 to 2100, by name or by too many to be chance. */
function looksLikeCompactDates({ counts }: Evidence, name: string): boolean {
  for (const text of counts.keys()) {
    if (!/^(?:19|20)\d{6}$/.test(text) || Number.isNaN(parseDate(text, 'YYYYMMDD'))) return false;
  }
  return counts.size >= 10 || nameTokens(name).some((token) => DATE_NAMES.has(token));
}

export function fittingDates(counts: ReadonlyMap<string, number>): number {
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

interface Words {
  readonly context: KindContext;
  readonly style: StyleFit;
  /** Why digits are words here. */
  readonly because?: string;
}

function wordLike(evidence: Evidence, { context, style, because }: Words): Verdict {
  const { counts, presentCount, distinctCount: distinct } = evidence;
  const prefix = because === undefined ? '' : `${because}; `;
  const said = `${prefix}${grouped(distinct)} distinct texts in ${grouped(presentCount)} cells`;
  const { words, plain } = meanWords(counts);
  const share = because === undefined ? fractionShare(evidence, style) : 0;
  const doubt =
    share < QUANTITY_SHARE
      ? undefined
      : `${Math.round(100 * share)} % of its cells are numbers; say ${context.name}=numeric if the others are missing`;
  const areSentences = words >= TEXT_WORDS && plain >= TEXT_PLAIN_WORDS;
  if (distinct >= MIN_ID_ROWS && areSentences && distinct >= TEXT_DISTINCT_SHARE * presentCount) {
    return asText(counts, `${said}, ${words.toFixed(1)} words each`);
  }
  if (presentCount >= MIN_ID_ROWS && distinct >= ID_SHARE * presentCount && doubt === undefined)
    return verdict('id', `${said}: almost no two are equal`);
  const found = asLevels(distinct > MAX_ONE_HOT_LEVELS ? 'high-cardinality' : 'categorical', counts, said);
  return doubt === undefined ? found : { ...found, warning: doubt };
}

/** The share of cells that are numbers, where one of these has a fraction; 0 for times. */
function fractionShare(evidence: Evidence, { style, fitting }: StyleFit): number {
  if (fitting < QUANTITY_SHARE * countedCells(evidence) || style.clock === true) return 0;
  for (const text of evidence.counts.keys()) {
    const value = parseNumber(text, style);
    if (Number.isFinite(value) && !Number.isInteger(value)) return fitting / countedCells(evidence);
  }
  return 0;
}

/**
 * Over the first distinct texts, enough to tell sentences from labels: words, and those that begin with a letter. Where no blank parts
 * them (`550e8400-e29b-41d4`, `INV-2024-7`), only words of nothing but letters count. A character of a script without blanks is half a word.
 */
function meanWords(counts: ReadonlyMap<string, number>): { words: number; plain: number } {
  const texts = firstKeys(counts, 1000);
  let [words, plain] = [0, 0];
  for (const text of texts) {
    const tokens = tokensOf(text, MOST_WORDS_COUNTED);
    const characters = tokens.filter(isUnspaced).length;
    const hasBlanks = /\s/u.test(text);
    const isWord = hasBlanks ? PLAIN_WORD : LETTERS_ONLY;
    const found = tokens.filter((token) => isWord.test(token) && !isUnspaced(token)).length + characters / 2;
    plain += found;
    words += hasBlanks ? tokens.length - characters / 2 : found;
  }
  return { words: words / texts.length, plain: plain / texts.length };
}

export function asText(counts: ReadonlyMap<string, number>, reason: string): Verdict {
  return verdict('text', reason, { words: frequentWords(counts) });
}

/** Levels of the texts that are short enough for one; words of them where none is. */
export function asLevels(kind: ColumnKind, counts: ReadonlyMap<string, number>, reason: string): Verdict {
  const short = [...counts].filter(([text]) => text.length <= LONGEST_LEVEL);
  const long = counts.size - short.length;
  if (short.length === 0 && long > 0)
    return asText(counts, `${reason}, all of more than ${grouped(LONGEST_LEVEL)} characters`);
  const levels = short
    .sort(byCountThenText)
    .slice(0, MAX_LEVELS)
    .map(([text]) => text);
  const cut = short.length > MAX_LEVELS ? `; the ${grouped(MAX_LEVELS)} most frequent are kept` : '';
  const alike =
    long > 0 ? `; those of more than ${grouped(LONGEST_LEVEL)} characters (${grouped(long)}) count as one` : '';
  return verdict(kind, reason + cut + alike, { levels });
}

function firstKeys(counts: ReadonlyMap<string, number>, limit: number): string[] {
  const keys: string[] = [];
  for (const key of counts.keys()) {
    if (keys.length >= limit) break;
    keys.push(key);
  }
  return keys;
}
