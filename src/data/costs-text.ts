/** @file What decisions cost, as somebody writes it down: read as tables are, with their separators, quotes and numbers. */

import { check, ToolkitError } from '../core/index.js';
import { chooseStyle } from './number-style.js';
import type { NumberStyle } from './numbers.js';
import { parseNumber } from './numbers.js';
import { sniffDelimiter } from './sniff.js';
import { quote } from './strays.js';
import { tidy } from './tidy.js';

/** Rows in the order of the classes, or by names: `{ true: { called: cost } }`, where calling a class by its own name costs 0 unless it is said. */
export type CostsOption = readonly (readonly number[])[] | Readonly<Record<string, Readonly<Record<string, number>>>>;

/** How costs are written. */
export const COSTS_FORM =
  'Write [[0,5],[1,0]] in the order of the classes, or {"true":{"called":5}}, or a CSV with a row per true class.';

/**
 * Costs as JSON, or as a CSV: first the classes that are called, then a line per true class, which begins with its name.
 *
 * Throws usage: it is neither, or a cost is no number
 */
export function parseCosts(written: string): CostsOption {
  const text = written.replace(/^\uFEFF/, '');
  if (!/^\s*[[{]/.test(text)) return costsIn(text);
  try {
    return JSON.parse(text) as CostsOption;
  } catch {
    throw refused(text);
  }
}

function costsIn(text: string): CostsOption {
  const delimiter = sniffDelimiter(text, true);
  const [names, ...rows] = recordsOf(text, delimiter);
  if (rows.length === 0) throw refused(text);
  for (const { length } of rows)
    check(length === names.length, 'costs', `must have ${names.length} cells in every line`, length);
  const style = styleOf(
    rows.flatMap((row) => row.slice(1)),
    delimiter,
  );
  const byName = Object.create(null) as Record<string, Record<string, number>>;
  for (const [truth, ...cells] of rows) {
    check(!(truth in byName), 'costs', 'must have one line per class', truth);
    byName[truth] = Object.create(null) as Record<string, number>;
    names.slice(1).forEach((called, i) => {
      check(!(called in byName[truth]), 'costs', 'must have one column per class', called);
      const cost = parseNumber(cells[i], style);
      const rule = `must be a number of 0 or more where ${quote(truth)} is called ${quote(called)}`;
      check(Number.isFinite(cost), 'costs', rule, cells[i]);
      byName[truth][called] = cost;
    });
  }
  return byName;
}

/**
 * Lines with something in them, as tidy cells. A quote opens at the start of a cell, and one that is not closed is a sign like others.
 * The reader of tables needs Node, and would be loaded with every command.
 */
function recordsOf(text: string, delimiter: string): string[][] {
  const sign = `\\x${delimiter.charCodeAt(0).toString(16).padStart(2, '0')}`;
  const blanks = `[^\\S\\r\\n${sign}]*`;
  const cell = new RegExp(
    `(?:${blanks}"((?:[^"]|"")*)"${blanks}(?=[\\r\\n${sign}]|$)|([^\\r\\n${sign}]*))(${sign}|\\r\\n?|\\n|$)`,
    'y',
  );
  const records: string[][] = [[]];
  while (cell.lastIndex < text.length) {
    const [, quoted, plain, end] = cell.exec(text)!;
    records.at(-1)!.push(tidy(quoted === undefined ? plain : quoted.replaceAll('""', '"')));
    if (end !== delimiter) records.push([]);
    // Behind the last delimiter of the text stands one more cell.
    else if (cell.lastIndex === text.length) records.at(-1)!.push('');
  }
  return records.filter((cells) => cells.some((text) => text !== ''));
}

/** Throws usage: `1,000` may be a thousand, or one. */
function styleOf(cells: readonly string[], delimiter: string): NumberStyle {
  const counts = new Map(cells.map((cell) => [cell, 1]));
  const { style, assumption } = chooseStyle(counts, { delimiter });
  const doubtful = cells.find((cell) => cell.includes(','));
  check(assumption === undefined, 'costs', 'must say whether a comma stands before decimals or thousands', doubtful);
  return { decimal: style.decimal, thousands: style.thousands };
}

function refused(text: string): ToolkitError {
  const got = text.trim().slice(0, 40);
  return new ToolkitError('usage', { where: 'costs', rule: 'must be JSON or a CSV', got, hint: COSTS_FORM });
}
