/** @file Columns of numbers (or dates) with other texts among them: when they are numbers all the same. */

import { grouped } from './words.js';

/** Cells that must fit where few distinct texts do not, and where only one or two words do not. */
const MOST = 0.8;
const HALF = 0.5;
/** Where so many fit, any number of words may stand between them. */
const NEARLY_ALL = 0.9;
const FEW_WORDS = 3;
/** With fewer distinct whole numbers than this the texts may be levels among levels. */
const MIN_DISTINCT = 10;
const MANY_DISTINCT = 20;

/** A limit instead of a number: `<5`, `>= 100`, `10+`. */
const LIMIT = /^(?:[<>\u2264\u2265~\u2248]=?\s*[^\s]*\d\S*|\d[\d.,]*\s*\+)$/u;

/** The texts without a digit that do not fit, when they are few: words for "no value", as far as this column tells. */
export function fewWords(counts: ReadonlyMap<string, number>, fits: (text: string) => boolean): readonly string[] {
  const words: string[] = [];
  for (const text of counts.keys()) if (!/\d/.test(text) && !fits(text)) words.push(text);
  return words.length <= FEW_WORDS ? words : [];
}

/**
 * The words among the texts that do not fit, when all these are few enough for the column to be one of numbers; undefined when they are
 * not, or when the numbers are few and whole, and may be levels beside other levels.
 *
 * @param fitting  how many cells have a text that fits
 */
export function toleratedStrays(
  counts: ReadonlyMap<string, number>,
  fitting: number,
  fits: (text: string) => boolean,
): readonly string[] | undefined {
  let total = 0;
  for (const count of counts.values()) total += count;
  const share = fitting / total;
  if (share < HALF) return undefined;
  const words: string[] = [];
  let [distinct, others] = [0, 0];
  let hasFraction = false;
  for (const text of counts.keys()) {
    if (fits(text)) {
      distinct++;
      hasFraction ||= /[.,:/-]\d/.test(text);
    } else if (!/\d/.test(text)) words.push(text);
    else if (!LIMIT.test(text)) others++;
  }
  if (distinct < MIN_DISTINCT && !(hasFraction && distinct > FEW_WORDS)) return undefined;
  const isMost = share >= MOST && words.length <= FEW_WORDS && others <= FEW_WORDS;
  const isNearlyAll = share >= NEARLY_ALL && others <= FEW_WORDS;
  const isHalf = share >= HALF && words.length <= 2 && others === 0 && distinct > MANY_DISTINCT;
  if (!isMost && !isNearlyAll && !isHalf) return undefined;
  return words.length <= FEW_WORDS ? words : [];
}

/** "3 cells are not finite numbers, such as "abc", and count as missing", or undefined when all fit. */
export function strayCells(
  counts: ReadonlyMap<string, number>,
  isStray: (text: string) => boolean,
  what: string,
): string | undefined {
  let cells = 0;
  const first: string[] = [];
  for (const [text, count] of counts) {
    if (!isStray(text)) continue;
    cells += count;
    if (first.length < FEW_WORDS) first.push(text);
  }
  if (first.length === 0) return undefined;
  const [verb, goes] = cells === 1 ? ['cell is', 'counts'] : ['cells are', 'count'];
  return `${grouped(cells)} ${verb} not ${what}, such as ${first.map(quote).join(', ')}, and ${goes} as missing`;
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
}
