/** @file The order of classes that are more or less of something: as somebody says it, by their numbers, or by words that everybody orders alike. */

import { check, ToolkitError } from '../core/index.js';
import { areNumbers, labeller } from './classes.js';
import { nearestName } from './nearest.js';
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

/** The order of numbers, of words of one scale, or of the numbers that texts begin with; undefined where none of these is sure. */
export function knownOrder(classes: readonly string[], column: ColumnSchema): ClassOrder | undefined {
  if (areNumbers(classes, column)) return { classes, reason: 'in the order of their numbers' };
  const plain = classes.map(plainWord);
  const places = wordOrder(classes);
  if (places) return { classes: sortedBy(classes, (i) => places[i]), reason: 'in the order of these words' };
  const starts = plain.map(firstNumber);
  const isSure = starts.every((start) => start !== null) && new Set(starts).size === classes.length;
  if (!isSure) return undefined;
  return { classes: sortedBy(classes, (i) => starts[i]), reason: 'in the order of the numbers that they begin with' };
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

function plainWord(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\p{Pd}]+/gu, ' ')
    .replace(/^["'\s]+|["'.,;:!?\s]+$/g, '');
}

/** How far a range lies from the number that it names: below it, from it on, above it. */
const ASIDE: Readonly<Record<string, number>> = { '<': -1, under: -1, below: -1, '<=': -1, '≤': -1, 'up to': -1 };
/** Less than any two numbers that texts of one column begin with are apart. */
const A_LITTLE = 1e-9;

/** `10-20`, `< 5`, `60+`, `3 stars`; null where a text begins otherwise. */
function firstNumber(text: string): number | null {
  const [, word, digits] = /^(<=?|>=?|≤|≥|under|below|up to|over|above|more than)?\s*(\d+(?:\.\d+)?)/.exec(text) ?? [];
  if (digits === undefined) return null;
  const number = Number(digits);
  const aside = word === undefined ? 0 : (ASIDE[word] ?? 1);
  return number + aside * A_LITTLE * Math.max(1, number);
}

function sortedBy(classes: readonly string[], rank: (i: number) => number): string[] {
  return classes
    .map((_, i) => i)
    .sort((a, b) => rank(a) - rank(b))
    .map((i) => classes[i]);
}
