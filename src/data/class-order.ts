/** @file The order of classes that are more or less of something: as somebody says it, by their numbers and ranges, or by words that everybody orders alike. */

import { check, ToolkitError } from '../core/index.js';
import { areNumbers, labeller } from './classes.js';
import { nearestName } from './nearest.js';
import { placesOfSpans, spanOf } from './scale-ranges.js';
import { wordOrder } from './scale-words.js';
import type { ColumnSchema } from './schema.js';
import { quote } from './strays.js';
import { tidy } from './tidy.js';

/** Classes from the least to the most, and who says so. */
export interface ClassOrder {
  readonly classes: readonly string[];
  readonly reason: string;
}

/**
 * The order that was said, or the one that is sure.
 *
 * Throws   usage: a name that is no class, or a class that is not named; data: nothing says which order it is
 */
export function orderClasses(
  classes: readonly string[],
  column: ColumnSchema,
  said: readonly string[] | undefined,
): ClassOrder {
  if (said !== undefined) return { classes: saidOrder(classes, column, said), reason: 'you said their order' };
  const known = knownOrder(classes, column);
  if (known) return known;
  const shown = classes.slice(0, 8).map(quote).join(', ') + (classes.length > 8 ? ' ...' : '');
  const hint = 'Say it from the least to the most, such as --order low,medium,high.';
  const rule = `classes of "${column.name}" must be in an order that is known`;
  throw new ToolkitError('data', { where: 'order', rule, got: shown, hint });
}

/** The order of numbers, of words of one scale, of ranges and limits, or of the numbers of a list; undefined where none of these is sure. */
export function knownOrder(classes: readonly string[], column: ColumnSchema): ClassOrder | undefined {
  if (areNumbers(classes, column)) return { classes, reason: 'in the order of their numbers' };
  const ways = [
    [wordOrder, 'these words'],
    [rangeOrder, 'their ranges'],
    [listOrder, 'the numbers that they begin with'],
  ] as const;
  for (const [orderOf, what] of ways) {
    const places = orderOf(classes);
    if (places) return { classes: sortedBy(classes, (i) => places[i]), reason: `in the order of ${what}` };
  }
  return undefined;
}

function saidOrder(classes: readonly string[], column: ColumnSchema, said: readonly string[]): string[] {
  const label = labeller(classes, column);
  const places = said.map((text) => {
    const found = label(tidy(text));
    const nearest = nearestName(text, classes);
    const hint = nearest === undefined ? undefined : `Did you mean ${quote(nearest)}?`;
    check(found >= 0, 'order', `must name classes of "${column.name}"`, text, hint);
    return found;
  });
  const twice = said.find((_, i) => places.indexOf(places[i]) !== i);
  check(twice === undefined, 'order', 'must name every class once', twice);
  const left = classes.find((_, c) => !places.includes(c));
  check(left === undefined, 'order', `must name every class of "${column.name}", and does not name`, left);
  return places.map((c) => classes[c]);
}

/** `1,000` and `1.125`: thousands or a fraction. */
const EITHER = /(?<![\d.,])(\d{1,3}[.,]\d{3})(?![.,]?\d)/gu;

/** The places of `<5`, `5-9`, `10+`; undefined where they overlap, count different things, or can be read in two ways that differ. */
function rangeOrder(texts: readonly string[]): readonly number[] | undefined {
  if (!areMillions(texts)) return undefined;
  const places = spanPlaces(texts);
  // With a fourth digit it is no thousand.
  const asFractions = spanPlaces(texts.map((text) => text.replace(EITHER, '$10')));
  if (places && asFractions && places.join() !== asFractions.join()) return undefined;
  return places ?? asFractions;
}

function spanPlaces(texts: readonly string[]): readonly number[] | undefined {
  const spans = texts.flatMap((text) => spanOf(text) ?? []);
  const places = spans.length < texts.length ? undefined : placesOfSpans(spans);
  return new Set(places).size === texts.length ? places : undefined;
}

/** Whether a lone `m` means the same everywhere, or surely millions, with `k` or money beside it: `30m` and `2h`, `500m` and `1km` do not. */
function areMillions(texts: readonly string[]): boolean {
  const some = (pattern: RegExp): boolean => texts.some((text) => pattern.test(text));
  const isMixed = some(/\d\s?m(?!\p{L})/iu) && some(/^(?!.*\d\s?m(?!\p{L})).*[1-9]/iu);
  return !isMixed || some(/\d\s?k(?!\p{L})|\p{Sc}/iu);
}

/** A number of a list, and the words behind it: `1 - low`, `2: high`, `(3) c`; not `2 hours`, `1-3` and `30-day`. */
const LISTED = /^\(?(-?\d{1,3})(?:\s*[.:)]|\s*-(?=\s))\s*(\p{L}\D*)$/u;

/** The numbers of a list without a gap, unless the words behind them say another order. */
function listOrder(texts: readonly string[]): readonly number[] | undefined {
  const parts = texts.map((text) => LISTED.exec(text.normalize('NFKC').replace(/[\p{Pd}\u2212]/gu, '-')));
  const numbers = parts.map((part) => (part ? Number(part[1]) : Number.NaN));
  const isList = Math.max(...numbers) - Math.min(...numbers) === texts.length - 1;
  if (!isList || new Set(numbers).size < texts.length) return undefined;
  const words = wordOrder(parts.map((part) => part![2]));
  const isAlike = words?.every((place, i) => words.every((other, k) => place < other === numbers[i] < numbers[k]));
  return isAlike === false ? undefined : numbers;
}

function sortedBy(classes: readonly string[], rank: (i: number) => number): string[] {
  return classes
    .map((_, i) => i)
    .sort((a, b) => rank(a) - rank(b))
    .map((i) => classes[i]);
}
