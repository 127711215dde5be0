/** @file What decisions cost, as somebody writes it down. */

import { check, ToolkitError } from '../core/index.js';

/** Rows in the order of the classes, or by names: `{ true: { called: cost } }`, where calling a class by its own name costs 0 unless it is said. */
export type CostsOption = readonly (readonly number[])[] | Readonly<Record<string, Readonly<Record<string, number>>>>;

/** How costs are written. */
export const COSTS_FORM =
  'Write [[0,5],[1,0]] in the order of the classes, or {"true":{"called":5}}, or a CSV with a row per true class.';

/**
 * Costs as JSON, or as a CSV: first the classes that are called, then a line per true class, which begins with its name.
 *
 * Throws usage: it is neither
 */
export function parseCosts(text: string): CostsOption {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.parse(text) as CostsOption;
    } catch {
      throw refused('must be JSON or a CSV', text.trim().slice(0, 40), COSTS_FORM);
    }
  }
  const [names, ...rows] = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map(cellsOf);
  check(rows.length > 0, 'costs', 'must be JSON or a CSV', text.trim().slice(0, 40), COSTS_FORM);
  const byName = Object.create(null) as Record<string, Record<string, number>>;
  for (const [truth, ...cells] of rows) {
    check(
      cells.length === names.length - 1,
      'costs',
      `must have ${names.length} cells in every line`,
      cells.length + 1,
    );
    check(!(truth in byName), 'costs', 'must have one line per class', truth);
    byName[truth] = Object.create(null) as Record<string, number>;
    names.slice(1).forEach((called, i) => {
      check(!(called in byName[truth]), 'costs', 'must have one column per class', called);
      byName[truth][called] = /\S/.test(cells[i]) ? Number(cells[i]) : NaN;
    });
  }
  return byName;
}

/** Cells between commas, semicolons or tabs, whichever the line has first outside quotes. */
function cellsOf(line: string): string[] {
  const sign = /^(?:"(?:[^"]|"")*"|[^,;\t"])*([,;\t])/.exec(line)?.[1] ?? ',';
  const cells = line.split(new RegExp(`${sign}(?=(?:[^"]*"[^"]*")*[^"]*$)`));
  return cells.map((cell) => {
    const text = cell.trim();
    return /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
  });
}

function refused(rule: string, got: unknown, hint?: string): ToolkitError {
  return new ToolkitError('usage', { where: 'costs', rule, got, hint });
}
