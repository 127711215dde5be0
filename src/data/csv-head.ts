/** @file Where the names of a table stand, told by the shape of its first rows: lines above them, a field more in every row. */

import type { CsvRecord, Dialect } from './csv-records.js';
import { RecordReader } from './csv-records.js';

/** What stands around the table. */
export interface Layout {
  /** The line (from 1) of the names; what stands above it is left out. */
  readonly headerLine: number;
  /** Whether rows may end in one delimiter more than the header. */
  readonly trailing: boolean;
  /** Whether rows begin with a name for which the header has none. */
  readonly rowNames: boolean;
  /** What a user should know. */
  readonly notes: readonly string[];
  /** Why rows are not as wide as the header, where all of the first ones differ in the same way. */
  readonly hint?: string | undefined;
}

/** Rows that are looked at. */
const MAX_ROWS = 200;
/** Lines above the names at most. */
const MAX_ABOVE = 30;

/** Looks at the beginning of a text; the table begins at `headerLine` where that is given. */
export function layoutOf(
  text: { readonly head: string; readonly whole: boolean },
  dialect: Dialect,
  name: string,
  from: { readonly line: number; readonly isGiven: boolean },
): Layout {
  const records = firstRecords(text, dialect).filter(({ line }) => line >= from.line);
  const plain = { headerLine: from.line, trailing: false, rowNames: false, notes: [] };
  if (records.length < 2) return plain;
  const width = usualWidth(records);
  const above = from.isGiven ? 0 : linesAbove(records, width);
  const [header, ...rows] = records.slice(above);
  const notes =
    above === 0 ? [] : [`The names are read from line ${header.line} of ${name}; ${leftOut(records, above)}`];
  const found = { ...plain, headerLine: above === 0 ? from.line : header.line, notes };
  const isWider = rows.length > 0 && rows.every(({ cells }) => cells.length === header.cells.length + 1);
  if (!isWider) return found;
  const word = dialect.delimiter === '\t' ? 'tab' : dialect.delimiter;
  if (rows.every(({ cells }) => cells[cells.length - 1].trim() === '')) {
    const note = `Every row of ${name} ends in a "${word}" that the names have not; it is left out`;
    return { ...found, trailing: true, notes: [...notes, note] };
  }
  if (areRowNames(header, rows)) {
    const note = `Rows of ${name} begin with a name of their own, as R writes them, for which the header has no name`;
    return { ...found, rowNames: true, notes: [...notes, note] };
  }
  if (rows.length < 2) return found;
  return {
    ...found,
    hint: `every row has one field more than the names: does it begin with a name of its own, or is a text that contains "${word}" not in quotes?`,
  };
}

function firstRecords({ head, whole }: { head: string; whole: boolean }, dialect: Dialect): CsvRecord[] {
  const records: CsvRecord[] = [];
  const reader = new RecordReader(dialect, (record) => records.push(record));
  reader.push(Buffer.from(head, 'latin1'));
  if (whole) reader.end();
  return records.slice(0, MAX_ROWS);
}

/** The number of cells that most records have. */
function usualWidth(records: readonly CsvRecord[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/** How many records stand above the names: titles, comments, dates of a report. */
function linesAbove(records: readonly CsvRecord[], width: number): number {
  const comments = records.findIndex(({ raw }) => !raw.startsWith('#'));
  const isComment = comments > 1 || (comments === 1 && records[0].cells.length !== width);
  if (isComment && comments < records.length && records[comments].cells.length === width) return comments;
  if (width < 2) return 0;
  const above = records.findIndex((record) => record.cells.length === width && filled(record) > 1);
  if (above < 1 || above > MAX_ABOVE) return 0;
  const titles = records.slice(0, above);
  const [header, ...rows] = records.slice(above);
  const isTable = rows.length > 0 && rows.every(({ cells }) => cells.length === width) && areNames(header.cells);
  if (!isTable) return 0;
  const areTitles = titles.every((record) => record.cells.length === 1 || (width > 2 && filled(record) < 2));
  return areTitles || (titles.every(({ cells }) => cells.length < width) && isOfNumbers(rows)) ? above : 0;
}

function filled({ cells }: CsvRecord): number {
  return cells.filter((cell) => cell.trim() !== '').length;
}

function areNames(cells: readonly string[]): boolean {
  const names = cells.map((cell) => cell.trim());
  return new Set(names).size === names.length && names.every((name) => name !== '' && Number.isNaN(Number(name)));
}

/** Whether some column holds numbers only, which its name is not. */
function isOfNumbers(rows: readonly CsvRecord[]): boolean {
  return rows[0].cells.some((_, j) =>
    rows.every(({ cells }) => cells[j].trim() !== '' && Number.isFinite(Number(cells[j]))),
  );
}

/** R quotes all names, the rows' too, and no two rows have one name. */
function areRowNames(header: CsvRecord, rows: readonly CsvRecord[]): boolean {
  const isQuoted = ({ raw }: CsvRecord): boolean => raw.startsWith('"');
  return isQuoted(header) && rows.every(isQuoted) && new Set(rows.map(({ cells }) => cells[0])).size === rows.length;
}

function leftOut(records: readonly CsvRecord[], above: number): string {
  return above === 1
    ? `line ${records[0].line} is no row of the table`
    : `the ${above} lines above are no rows of the table`;
}
