/** @file Categories that stand in an order: found by their words, or by ranges of numbers, or said by the user. */

import { check, ToolkitError } from '../core/index.js';
import type { Evidence } from './evidence.js';
import { countedCells } from './evidence.js';
import type { KindContext, Verdict } from './kinds.js';
import { decideKind, verdict, withGaps } from './kinds.js';
import type { Span } from './scale-ranges.js';
import { placesOfSpans, spanOf } from './scale-ranges.js';
import { folded, isNoAnswer, wordPlaces } from './scale-words.js';
import type { ColumnKind } from './schema.js';
import { quote, strayCells } from './strays.js';
import { tidy } from './tidy.js';
import { byCountThenText, grouped } from './words.js';

/** This share of the cells must be on one scale; the rest then counts as missing, and a warning names it. */
const PURE_SHARE = 0.99;
/** "Unknown" and the like may be so many cells beside those of the scale. */
const MOST_UNKNOWN = 0.5;
/** Two places are two categories, which are a number anyway. */
const FEWEST_PLACES = 3;
/** More different texts are looked at by nobody. */
const MOST_LEVELS = 200;
/** Levels of an order that a reason names; the middle of longer ones is left out. */
const NAMED_LEVELS = 12;

/** A kind that the user decides; with an order where it is `ordinal(low<medium<high)`. */
export type SaidKind = ColumnKind | `ordinal(${string})`;

/** What a feature is: as `decideKind` has it, but for categories that stand in an order. */
export function decideFeature(evidence: Evidence, context: KindContext): Verdict {
  const found = decideKind(evidence, context);
  const isLevels = found.fields.kind === 'categorical' || found.fields.kind === 'high-cardinality';
  if (!isLevels || found.warning !== undefined || !evidence.isComplete) return found;
  const places = scaleOf(evidence.counts, FEWEST_PLACES);
  if (places === undefined) return found;
  const order = inOrder(places, evidence.counts);
  return withOthers(order, evidence, `${found.fields.reason}, in the order ${orderText(order)}`);
}

/** The place of each text that is on the one scale of nearly all cells; undefined where there is none. */
function scaleOf(counts: ReadonlyMap<string, number>, fewest: number): ReadonlyMap<string, number> | undefined {
  if (counts.size < fewest || counts.size > MOST_LEVELS) return undefined;
  const texts = [...counts.keys()];
  const words = new Map(texts.map((text) => [text, wordPlaces(text)]));
  const scales = new Set([...words.values()].flatMap((places) => [...places.keys()]));
  for (const scale of [...scales].sort(byScale)) {
    const places = new Map<string, number>();
    for (const [text, own] of words) if (own.has(scale)) places.set(text, own.get(scale)!);
    if (isScale(places, counts, fewest)) return places;
  }
  const spans = spanPlaces(texts);
  return spans !== undefined && isScale(spans, counts, fewest) ? spans : undefined;
}

/** Those of the list first, as listed. */
function byScale(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return typeof a === typeof b ? (a < b ? -1 : 1) : typeof a === 'number' ? -1 : 1;
}

function isScale(places: ReadonlyMap<string, number>, counts: ReadonlyMap<string, number>, fewest: number): boolean {
  if (new Set(places.values()).size < fewest) return false;
  let [on, unknown, total] = [0, 0, 0];
  for (const [text, count] of counts) {
    total += count;
    if (places.has(text)) on += count;
    else if (isNoAnswer(text)) unknown += count;
  }
  return unknown <= MOST_UNKNOWN * total && on >= PURE_SHARE * (total - unknown);
}

/** Ranges and limits that do not overlap, of one unit, at least one of them no plain number. */
function spanPlaces(texts: readonly string[]): ReadonlyMap<string, number> | undefined {
  const spans: [string, Span][] = [];
  for (const text of texts) {
    const span = spanOf(text);
    if (span !== undefined) spans.push([text, span]);
  }
  if (spans.every(([, { low, high }]) => low === high && Number.isFinite(low))) return undefined;
  const places = placesOfSpans(spans.map(([, span]) => span));
  return places && new Map(spans.map(([text], i) => [text, places[i]]));
}

/** Levels from the lowest to the highest, with their ranks; of equal rank the most frequent first. */
interface Order {
  readonly levels: readonly string[];
  /** Whole numbers from 0 upwards without a gap, as long as `levels`. */
  readonly ranks: readonly number[];
}

function inOrder(places: ReadonlyMap<string, number>, counts: ReadonlyMap<string, number>): Order {
  const sorted = [...places].sort(
    ([a, placeA], [b, placeB]) => placeA - placeB || byCountThenText([a, counts.get(a) ?? 0], [b, counts.get(b) ?? 0]),
  );
  const distinct = [...new Set(sorted.map(([, place]) => place))];
  const rankOf = new Map(distinct.map((place, rank) => [place, rank]));
  return { levels: sorted.map(([text]) => text), ranks: sorted.map(([, place]) => rankOf.get(place)!) };
}

/** `"low" < "medium" < "high"`, the middle of long ones left out; levels of one rank with `=` between them. */
export function orderText({ levels, ranks }: Order): string {
  const signs = levels.map((level, i) => (i === 0 ? '' : ranks[i] === ranks[i - 1] ? ' = ' : ' < ') + quote(level));
  if (signs.length <= NAMED_LEVELS) return signs.join('');
  const half = NAMED_LEVELS / 2;
  return `${signs.slice(0, half).join('')} < … (${grouped(signs.length - NAMED_LEVELS)} more)${signs.slice(-half).join('')}`;
}

/** What is on no place counts as missing; other words than "unknown" are a surprise. */
function withOthers({ levels, ranks }: Order, evidence: Evidence, reason: string): Verdict {
  const known = new Set(levels);
  const others = [...evidence.counts.keys()].filter((text) => !known.has(text));
  const isStray = (text: string): boolean => !known.has(text) && !isNoAnswer(text);
  const warning = strayCells(evidence.counts, isStray, 'on the scale of the others');
  const found = verdict('ordinal', reason, { levels, ranks }, warning);
  return others.length > 0 ? withGaps(found, evidence, others.slice(0, MOST_LEVELS)) : found;
}

/** The kind of what was said, and its order. Throws usage: an order of fewer than two levels, or with one twice. */
export function saidKind(
  name: string,
  said: SaidKind,
): { readonly kind: ColumnKind; readonly order?: readonly string[] } {
  const [, inside] = /^ordinal\((.*)\)$/su.exec(said) ?? [];
  if (inside === undefined) return { kind: said as ColumnKind };
  const parts = inside.match(/(?:"(?:[^"]|"")*"|[^<"])+/gu) ?? [];
  const order = parts.map((part) => tidy(unquoted(part.trim())));
  const isOrder = order.length > 1 && order.every((level) => level !== '') && new Set(order).size === order.length;
  const rule = `the order of "${name}" must be two different levels or more, such as ordinal(low<medium<high)`;
  check(isOrder, 'types', rule, said, 'A level with a comma, < or quotes in it stands in double quotes.');
  return { kind: 'ordinal', order };
}

function unquoted(text: string): string {
  return /^"(?:[^"]|"")*"$/u.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** `column=kind`: where the name ends. The last `=` counts, but for those within an order. */
export function kindStart(pair: string): number {
  const order = /=ordinal\(.*\)$/su.exec(pair);
  return order === null ? pair.lastIndexOf('=') : pair.indexOf('=ordinal(', order.index);
}

/**
 * The order that the user said, or else the one that the cells speak for; numbers stand in their own.
 *
 * Throws   data: nobody says an order, or hardly any cell is in it
 */
export function forceOrdinal(evidence: Evidence, { name }: KindContext, order?: readonly string[]): Verdict {
  const { counts } = evidence;
  const places = order === undefined ? (scaleOf(counts, 2) ?? numberPlaces(counts)) : saidPlaces(order, counts);
  const hint = `Say it: ${name}=ordinal(low<medium<high), with its own levels.`;
  const parts = { where: 'types', rule: `${JSON.stringify(name)} = ordinal must have an order`, hint };
  if (places === undefined)
    throw new ToolkitError('data', { ...parts, got: [...counts.keys()].slice(0, 3).join(', ') });
  let on = 0;
  for (const [text, count] of counts) if (places.has(text)) on += count;
  const rule = `${JSON.stringify(name)} = ordinal must name levels of the cells`;
  const most = [...counts].sort(byCountThenText)[0]?.[0];
  if (on < FORCED_SHARE * countedCells(evidence))
    throw new ToolkitError('data', {
      where: 'types',
      rule,
      got: order?.join(' < ') ?? '',
      hint: `The commonest is ${quote(most ?? '')}.`,
    });
  const found = inOrder(places, counts);
  return withOthers(found, evidence, `you said ordinal: ${orderText(found)}`);
}

/** The kind must fit this share of the cells. */
const FORCED_SHARE = 0.1;

/** Cells are the levels as they are said, or but for case, accents and signs between words; levels that no cell has keep their places. */
function saidPlaces(order: readonly string[], counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const places = new Map(order.map((level, place) => [level, place]));
  const alike = new Map(order.map((level, place) => [folded(level), place]));
  for (const text of counts.keys()) {
    const place = alike.get(folded(text));
    if (!places.has(text) && place !== undefined && folded(text) !== '' && alike.size === order.length)
      places.set(text, place);
  }
  return places;
}

function numberPlaces(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> | undefined {
  const places = new Map<string, number>();
  for (const text of counts.keys()) {
    const span = spanOf(text);
    if (span === undefined || span.low !== span.high) return undefined;
    places.set(text, span.low);
  }
  return places.size > 1 ? places : undefined;
}
