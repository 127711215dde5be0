/** @file Columns that steer a study and are no features: the group of a row, its place in time, and what it counts. */

import { check, checkData, ToolkitError } from '../core/index.js';
import type { CellColumn } from './cells.js';
import { readCells } from './cells.js';
import { styleOf } from './classes.js';
import type { CsvTable } from './csv-table.js';
import { parseDate } from './dates.js';
import { gatherEvidence } from './evidence.js';
import { decideKind } from './kinds.js';
import { columnHint } from './nearest.js';
import { sureStyle, writtenIn } from './number-style.js';
import { isPlainStyle, parseNumber } from './numbers.js';

/**
 * The group of each row as a number, 0 for the first group that occurs; rows whose cell is missing form one group each,
 * since nothing says that they belong together.
 *
 * Throws   usage: the column does not exist
 */
export function readGroups(csv: CsvTable, name: string, rows: ArrayLike<number>): Int32Array {
  const column = keyColumn(csv, name, 'group');
  const codes = new Map<string, number>();
  const groups = new Int32Array(new SharedArrayBuffer(rows.length * Int32Array.BYTES_PER_ELEMENT));
  let next = 0;
  for (let i = 0; i < rows.length; i++) {
    const text = column.at(rows[i]) as string | null;
    const known = text === null ? undefined : codes.get(text);
    groups[i] = known ?? next++;
    if (text !== null && known === undefined) codes.set(text, groups[i]);
  }
  return groups;
}

/**
 * The place of each row in time: milliseconds since 1970 for dates, the number itself for numbers.
 *
 * Throws   usage: the column does not exist; data: a missing cell, or one that is neither date nor number, with its line
 */
export function readTimes(csv: CsvTable, name: string, rows: ArrayLike<number>): Float64Array {
  const column = keyColumn(csv, name, 'time');
  const { fields } = decideKind(gatherEvidence(column, rows, sureStyle(csv)), { name, ...writtenIn(csv) });
  const format = fields.dateFormat;
  const style = styleOf(fields);
  const times = new Float64Array(new SharedArrayBuffer(rows.length * Float64Array.BYTES_PER_ELEMENT));
  const timeOf = (text: string): number => (format === undefined ? parseNumber(text, style) : parseDate(text, format));
  const of = (cell: unknown): number => (cell === null ? Number.NaN : timeOf(cell as string));
  const valuesBut = format === undefined && isPlainStyle(style) ? [] : undefined;
  readCells(times, column, rows, { of, valuesBut });
  for (let i = 0; i < rows.length; i++) {
    if (!Number.isFinite(times[i])) {
      throw new ToolkitError('data', {
        where: 'time',
        rule: `every cell of "${name}" must be a date or a number`,
        got: column.at(rows[i]) ?? 'a missing cell',
        hint: `Line ${csv.lineOf(rows[i])} of ${csv.fileName}.`,
      });
    }
  }
  return times;
}

/**
 * What each row counts, on average 1.
 *
 * Throws   usage: the column does not exist; data: a cell that is missing, no number, or below 0, with its line; all cells 0
 */
export function readWeights(csv: CsvTable, name: string, rows: ArrayLike<number>): Float32Array {
  const column = keyColumn(csv, name, 'weights');
  const { fields } = decideKind(gatherEvidence(column, rows, sureStyle(csv)), { name, ...writtenIn(csv) });
  const style = styleOf(fields);
  const weights = new Float64Array(rows.length);
  let total = 0;
  for (let i = 0; i < rows.length; i++) {
    const text = column.at(rows[i]) as string | null;
    weights[i] = text === null ? Number.NaN : parseNumber(text, style);
    const rule = `every cell of "${name}" must be a number of 0 or more`;
    if (!(weights[i] >= 0 && weights[i] < Infinity)) {
      const hint = `Line ${csv.lineOf(rows[i])} of ${csv.fileName}.`;
      throw new ToolkitError('data', { where: 'weights', rule, got: text ?? 'a missing cell', hint });
    }
    total += weights[i];
  }
  checkData(total > 0, 'weights', 'must not all be 0', total);
  const shared = new Float32Array(new SharedArrayBuffer(rows.length * Float32Array.BYTES_PER_ELEMENT));
  shared.set(weights.map((weight) => (weight * rows.length) / total));
  return shared;
}

function keyColumn(csv: CsvTable, name: string, where: string): CellColumn {
  const column = csv.names.includes(name) ? csv.table.column(name) : undefined;
  check(column !== undefined, where, 'must name a column', name, columnHint(name, csv.names));
  return column;
}
