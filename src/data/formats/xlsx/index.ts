/** @file Workbooks of Excel as tables: one sheet, written as a CSV whose lines are its rows. */

import type { ByteSource } from '../../csv-source.js';
import { asDamage, checkGrowth, damage } from '../refuse.js';
import { csvOfLines } from '../rows.js';
import type { Archive } from '../zip.js';
import type { SheetRow } from './sheet.js';
import { rowsOf } from './sheet.js';
import { partOf, readWorkbook, sheetOf, workbookIn } from './workbook.js';

export interface SheetTable {
  readonly source: ByteSource;
  /** Its name. */
  readonly sheet: string;
  readonly notes: readonly string[];
  /** The row of the sheet that stands on a line of the CSV; both from 1. */
  readonly rowOfLine: (line: number) => number;
  readonly lineOfRow: (row: number) => number;
}

const RULE = 'a workbook must be whole';

/** Where the workbook lies in an archive that is one; undefined for any other archive. */
export async function workbookPart(archive: Archive, name: string): Promise<string | undefined> {
  return asDamage(RULE, `${name} is damaged or cut short.`, () => workbookIn(archive));
}

/**
 * One sheet of a workbook as CSV: dates as ISO 8601, numbers as JavaScript writes them, values of formulas as they were computed last.
 * Empty columns around the table and rows without cells are left out.
 *
 * Throws   data: a workbook that is damaged, a sheet that is not there; limit: cells or texts without measure
 */
export async function sheetTable(
  archive: Archive,
  part: string,
  { name, bytes, sheet }: { readonly name: string; readonly bytes: number; readonly sheet?: string | undefined },
): Promise<SheetTable> {
  const hint = `${name} is damaged or cut short.`;
  try {
    const workbook = await readWorkbook(archive, part, name);
    const entry = sheetOf(workbook, sheet);
    const rows = (): AsyncGenerator<SheetRow> => rowsOf(partOf(archive, entry.part), workbook);
    const shape = await shapeOf(rows());
    checkGrowth(name, bytes, shape.rows * (shape.to - shape.from));
    const others = workbook.sheets.filter((one) => one !== entry && !one.isHidden).length;
    const notes =
      sheet === undefined && others > 0 ? [`${name} has ${others + 1} sheets; the first is read: "${entry.name}"`] : [];
    if (shape.uncomputed > 0) {
      notes.push(
        `${shape.uncomputed} formulas of ${name} have no value and count as missing: open it in a spreadsheet and save it`,
      );
    }
    const source = csvOfLines(() => inWords(linesOf(rows(), shape), hint));
    return { source, sheet: entry.name, notes, ...linesAndRows(shape) };
  } catch (error) {
    throw damage(RULE, hint, error);
  }
}

async function* inWords<T>(items: AsyncIterable<T>, hint: string): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw damage(RULE, hint, error);
  }
}

interface Shape {
  /** Columns from, and up to. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly uncomputed: number;
  /** From `row` on lines stand `extra` lower than rows, for cells above hold line breaks. */
  readonly shifts: readonly { readonly row: number; readonly extra: number }[];
}

/** What must be known before the first line: columns that no row uses are no columns. */
async function shapeOf(rows: AsyncIterable<SheetRow>): Promise<Shape> {
  let [from, to, count, uncomputed, extra] = [Infinity, 0, 0, 0, 0];
  const shifts: { row: number; extra: number }[] = [];
  for await (const { number, cells, uncomputed: open } of rows) {
    uncomputed += open;
    if (cells.length === 0) continue;
    count++;
    from = Math.min(
      from,
      cells.findIndex((cell) => cell !== undefined),
    );
    to = Math.max(to, cells.length);
    const breaks = cells.reduce((sum, cell) => sum + (cell === undefined ? 0 : breaksIn(cell)), 0);
    if (breaks > 0) shifts.push({ row: number + 1, extra: (extra += breaks) });
  }
  return { from: Math.max(0, Math.min(from, to)), to, rows: count, uncomputed, shifts };
}

function breaksIn(text: string): number {
  return text.includes('\n') ? text.split('\n').length - 1 : 0;
}

async function* linesOf(rows: AsyncIterable<SheetRow>, { from, to }: Shape): AsyncGenerator<readonly string[]> {
  let last = 0;
  for await (const { number, cells } of rows) {
    if (cells.length === 0) continue;
    for (; last < number - 1; last++) yield [];
    yield Array.from({ length: to - from }, (_, j) => cells[from + j] ?? '');
    last = number;
  }
}

function linesAndRows({ shifts }: Shape): Pick<SheetTable, 'rowOfLine' | 'lineOfRow'> {
  return {
    lineOfRow: (row) => row + (shifts.findLast((shift) => shift.row <= row)?.extra ?? 0),
    rowOfLine: (line) => line - (shifts.findLast((shift) => shift.row + shift.extra <= line)?.extra ?? 0),
  };
}
