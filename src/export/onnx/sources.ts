/** @file From the inputs of an ONNX model to its numbers: texts parsed, truth values read, dates taken apart. In float64. */

import { ToolkitError } from '../../core/index.js';
import type { ColumnSchema } from '../../data/index.js';
import { missingTexts } from '../missing-texts.js';
import type { Plan } from '../plan.js';
import type { Graph, Value } from './graph.js';
import type { OnnxInput, OnnxInputs } from './inputs.js';
import { textScores } from './texts.js';

/**
 * Finite decimal numbers as JavaScript reads them, in the words of RE2. Runtimes fail as a whole on one number that float64
 * cannot hold, so only those surely within 1e-306 and 1e306, and 0, are let through: up to a hundred digits on either side of
 * the point with an exponent of two digits, or one digit before the point with an exponent of three.
 */
const PLAIN = '(?:[0-9]{1,100}\\.?[0-9]{0,100}|\\.[0-9]{1,100})(?:[eE][+-]?0{0,9}[0-9]{1,2})?';
const SCIENTIFIC = '[1-9](?:\\.[0-9]{0,100})?[eE][+-]?0{0,9}(?:[12][0-9]{2}|30[0-5])';
const NUMBER = `[+-]?(?:${PLAIN}|${SCIENTIFIC})`;
const MS_PER_DAY = 86_400_000;

/** A double matrix [rows x columns], and the column of each source in it. */
export interface SourceMatrix {
  readonly values: Value;
  readonly columnOf: readonly number[];
}

/** All sources side by side; null when there are none. */
export function sourceMatrix(g: Graph, plan: Plan, { cells: inputs, terms }: OnnxInputs): SourceMatrix | null {
  const { sources, features } = plan;
  if (sources.length === 0) return null;
  const columnOf = new Array<number>(sources.length);
  const pieces: Value[] = [];
  let columns = 0;
  const add = (piece: Value, of: readonly number[]): void => {
    pieces.push(piece);
    for (const source of of) columnOf[source] = columns++;
  };
  for (const group of groupsOf(plan, inputs)) {
    const first = sources[group[0]];
    if (first.text !== undefined) {
      const text = plan.texts[first.text];
      const scores = textScores(g, text, terms[text.feature]!.name);
      const places = group.map((s) => sources[s].place);
      add(g.node('Gather', [scores, g.int64(places)], { axis: 1 }), group);
      continue;
    }
    const texts = () =>
      sideBySide(
        g,
        group.map((s) => inputs[sources[s].feature]!.name),
      );
    const { schema } = features[first.feature];
    const input = inputs[first.feature]!;
    if (schema.kind === 'boolean') add(truths(g, texts(), schema, plan), group);
    else if (input.kind === 'text') add(parsed(g, texts(), plan), group);
    else add(hostNumbers(g, input, sources[group[0]]), group);
  }
  return { values: sideBySide(g, pieces), columnOf };
}

/** Sources that are read by the same few nodes: all plain numbers, all truth values of the same words; others alone. */
function groupsOf({ sources, features }: Plan, inputs: readonly (OnnxInput | undefined)[]): number[][] {
  const groups = new Map<string, number[]>();
  sources.forEach(({ feature, text }, s) => {
    if (text !== undefined) {
      const key = `scores ${text}`;
      groups.set(key, [...(groups.get(key) ?? []), s]);
      return;
    }
    const { kind, trueWords, falseWords } = features[feature].schema;
    const isText = inputs[feature]!.kind === 'text';
    const key = isText ? JSON.stringify([kind === 'boolean', trueWords ?? [], falseWords ?? []]) : `alone ${s}`;
    groups.set(key, [...(groups.get(key) ?? []), s]);
  });
  return [...groups.values()];
}

/** Texts [rows x c] to numbers: what is no finite number, or stands for a missing cell, becomes NaN before it is cast. */
function parsed(g: Graph, texts: Value, { schema }: Plan): Value {
  const isNumber = g.node('RegexFullMatch', [texts], { pattern: NUMBER });
  const missing = missingTexts(schema.missingTokens).filter((text) => new RegExp(`^(?:${NUMBER})$`).test(text));
  const ok = missing.length === 0 ? isNumber : g.node('And', [isNumber, g.node('Not', [anyOf(g, texts, missing)])]);
  const numbers = g.node('Cast', [g.node('Where', [ok, texts, g.strings(['NaN'])])], { to: 11 });
  return finite(g, numbers);
}

/** 1 for true words, 0 for false words, else NaN; upper and lower case are one. */
function truths(g: Graph, texts: Value, column: ColumnSchema, { schema }: Plan): Value {
  const missing = new Set(missingTexts(schema.missingTokens).map((text) => text.toLowerCase()));
  const words = (list: readonly string[] = []) => list.filter((word) => !missing.has(word));
  const isTrue = anyOf(g, texts, words(column.trueWords));
  const isFalse = anyOf(g, texts, words(column.falseWords));
  const rest = g.node('Where', [isFalse, g.double([0]), g.double([NaN])]);
  return g.node('Where', [isTrue, g.double([1]), rest]);
}

function anyOf(g: Graph, texts: Value, words: readonly string[]): Value {
  const alternatives = words.map((word) => Array.from(word, eitherCase).join(''));
  return g.node('RegexFullMatch', [texts], { pattern: `(?:${alternatives.join('|')})` });
}

/** A letter in either case. RE2 would take the long s for an s, which JavaScript does not; the Kelvin sign is a k for both. */
function eitherCase(letter: string): string {
  if (/[a-z]/i.test(letter)) {
    const lower = letter.toLowerCase();
    return `[${lower}${lower.toUpperCase()}${lower === 'k' ? '\u212a' : ''}]`;
  }
  if (letter > '\u007f') return `(?i:${letter})`;
  return /\w/.test(letter) ? letter : `\\${letter}`;
}

/** A column of numbers that the host has made, or a part of the date that it stands for. */
function hostNumbers(
  g: Graph,
  { name, width }: OnnxInput,
  { place, part }: { place: number; part: string | null },
): Value {
  const all = finite(g, name);
  if (part !== null) return datePart(g, all, part);
  return width === 1 ? all : g.node('Gather', [all, g.int64([place])], { axis: 1 });
}

function finite(g: Graph, numbers: Value): Value {
  return g.node('Where', [g.node('IsInf', [numbers]), g.double([NaN]), numbers]);
}

export function sideBySide(g: Graph, pieces: readonly Value[]): Value {
  return pieces.length === 1 ? pieces[0] : g.node('Concat', pieces, { axis: 1 });
}

/**
 * A part of dates given in milliseconds since 1970, in the calendar that JavaScript uses for all times.
 *
 * Source   civil_from_days of http://howardhinnant.github.io/date_algorithms.html, in floored float64
 */
function datePart(g: Graph, ms: Value, part: string): Value {
  const c = arithmetic(g);
  const days = c.floor(c.div(ms, MS_PER_DAY));
  const z = c.add(days, 719_468);
  const era = c.floor(c.div(z, 146_097));
  const doe = c.sub(z, c.mul(era, 146_097));
  const leaps = c.sub(c.floorDiv(doe, 36_524), c.add(c.floorDiv(doe, 1460), c.floorDiv(doe, 146_096)));
  const yoe = c.floorDiv(c.add(doe, leaps), 365);
  const doy = c.sub(doe, c.add(c.mul(yoe, 365), c.sub(c.floorDiv(yoe, 4), c.floorDiv(yoe, 100))));
  const mp = c.floorDiv(c.add(c.mul(doy, 5), 2), 153);
  const isSpringOrLater = g.node('Less', [mp, g.double([10])]);
  const month = g.node('Where', [isSpringOrLater, c.add(mp, 3), c.sub(mp, 9)]);
  const marchYear = c.add(yoe, c.mul(era, 400));
  const year = g.node('Where', [isSpringOrLater, marchYear, c.add(marchYear, 1)]);
  switch (part) {
    case 'year':
      return year;
    case 'month':
      return month;
    case 'day':
      return c.add(c.sub(doy, c.floorDiv(c.add(c.mul(mp, 153), 2), 5)), 1);
    case 'weekday': {
      const shifted = c.add(days, 3);
      return c.add(c.sub(shifted, c.mul(c.floorDiv(shifted, 7), 7)), 1);
    }
    case 'hour':
      return c.div(c.sub(ms, c.mul(days, MS_PER_DAY)), MS_PER_DAY / 24);
    case 'day of year': {
      const before = c.sub(year, 1);
      const leapDays = c.add(c.sub(c.floorDiv(before, 4), c.floorDiv(before, 100)), c.floorDiv(before, 400));
      const newYear = c.sub(c.add(c.mul(before, 365), leapDays), 719_162);
      return c.add(c.sub(days, newYear), 1);
    }
    case 'days since 1970':
      return c.div(ms, MS_PER_DAY);
    default:
      throw new ToolkitError('data', { where: 'export', rule: 'every part of a date must be known', got: part });
  }
}

/** Float64 arithmetic with constants written as numbers. */
function arithmetic(g: Graph) {
  const value = (x: Value | number): Value => (typeof x === 'number' ? g.double([x]) : x);
  const binary = (op: string) => (a: Value, b: Value | number) => g.node(op, [a, value(b)]);
  const floor = (x: Value) => g.node('Floor', [x]);
  const div = binary('Div');
  const floorDiv = (a: Value, b: number) => floor(div(a, b));
  return { add: binary('Add'), sub: binary('Sub'), mul: binary('Mul'), div, floor, floorDiv };
}
