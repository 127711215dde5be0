/** @file Parsed records on their way into columns: shape checked, lines counted. */

import { ColumnTable } from 'arquero';

import { ToolkitError } from '../core/index.js';
import type { FoundDialect } from './csv-dialect.js';
import type { Survey } from './csv-input.js';
import type { CsvRecord } from './csv-records.js';
import { refuse } from './csv-refuse.js';
import type { CsvTable } from './csv-table.js';
import { decodeLatin1 } from './decode.js';
import { nameColumns } from './header.js';
import { missingTest } from './missing.js';
import type { CellRule, ColumnBuilder, TextColumn } from './text-column.js';
import { TextColumnBuilder } from './text-column.js';

/** A table of more columns than this is no table that a search could be made of. */
const MAX_COLUMNS = 100_000;
/** A stray quote may hide where a field ends: only rows far beyond the limit are cut off while they are read. */
const SLACK = 4;

/** What a reader takes of a text; everything where left out. */
export interface RowLimits {
  /** More is refused when the header is read. */
  readonly maxColumns?: number | undefined;
  /** More is refused as soon as it is seen. */
  readonly maxRows?: number | undefined;
  /** The other columns are checked and counted, and not kept. */
  readonly wanted?: ReadonlySet<string> | undefined;
}

/** Cells of a row beyond which nobody counts. */
export function cellLimit({ maxColumns = MAX_COLUMNS }: RowLimits): number {
  return SLACK * maxColumns + 1;
}

/** Takes records one by one, checks their shape, and knows on which line each began. */
export class RowCollector {
  private names: string[] = [];
  private columns: ColumnBuilder[] = [];
  /** Places of the columns that are kept. */
  private kept: number[] = [];
  private rowCount = 0;
  /** Rows in blocks that were taken away. */
  private takenRows = 0;
  private notes: string[] = [];
  private skip: number;
  /** Records of several lines that all look like rows, and the line of the first. */
  private doubtful = { count: 0, line: 0 };
  /** Rows from `row` on begin `extra` lines later than row + 2. */
  private shifts: { row: number; extra: number }[] = [];

  constructor(
    private readonly fileName: string,
    private readonly dialect: FoundDialect,
    private readonly text: Pick<Survey, 'encoding' | 'bytes' | 'sha256'>,
    private readonly limits: RowLimits = {},
    private readonly makeColumn: () => ColumnBuilder = () => new TextColumnBuilder(),
  ) {
    this.skip = dialect.skip;
  }

  take(record: CsvRecord): void {
    if (record.quotes === 'open' || record.quotes === 'endless') this.refuseQuote(record);
    if (this.skip > 0) this.skip--;
    else if (this.names.length === 0) this.takeHeader(record.cells);
    else this.takeRow(record);
  }

  get isEmpty(): boolean {
    return this.rowCount === 0;
  }

  /** Rows that wait to be taken. */
  get waitingRows(): number {
    return this.rowCount - this.takenRows;
  }

  finish(missingTokens: string[]): CsvTable {
    const { names, rowCount, fileName, text } = this;
    if (names.length === 0) refuse('file must not be empty', `${fileName} has ${text.bytes} bytes and no names.`);
    if (rowCount === 0) refuse('file must have rows', `${fileName} has a header and nothing below it.`);
    return this.takeBlock(missingTokens);
  }

  /** The rows that came since the last block, which are forgotten here. */
  takeBlock(missingTokens: string[]): CsvTable {
    const { names, fileName, shifts, takenRows: first, waitingRows: rowCount } = this;
    const notes = [...this.notes, ...this.doubts()];
    const { encoding, bytes, sha256 } = this.text;
    const { delimiter } = this.dialect;
    const isMissing = missingTest(missingTokens);
    const rule: CellRule = (text) => {
      const cell = unwrap(text);
      return isMissing(cell) ? null : cell;
    };
    const data = Object.create(null) as Record<string, TextColumn>;
    const keptNames = this.kept.map((j) => names[j]);
    this.columns.forEach((column, i) => (data[keptNames[i]] = column.finish(encoding, rule)));
    this.columns = this.kept.map(() => this.makeColumn());
    this.takenRows = this.rowCount;
    this.shifts = shifts.slice(-1);
    const table = new ColumnTable(data as never, keptNames);
    const lineOf = (row: number): number =>
      first + row + 2 + (shifts.findLast((shift) => shift.row <= first + row)?.extra ?? 0);
    return { table, names, rowCount, delimiter, encoding, missingTokens, fileName, bytes, sha256, notes, lineOf };
  }

  private takeHeader(cells: readonly string[]): void {
    const { maxColumns = MAX_COLUMNS, wanted } = this.limits;
    this.requireAtMost(cells.length, maxColumns, 'columns');
    const header = nameColumns(
      cells.map((cell) => unwrap(this.decoded(cell))),
      this.fileName,
    );
    this.names = header.names;
    this.notes = [...this.dialect.notes, ...header.notes];
    this.kept = [...header.names.keys()].filter((j) => wanted?.has(header.names[j]) ?? true);
    this.columns = this.kept.map(() => this.makeColumn());
  }

  private takeRow(record: CsvRecord): void {
    const { columns, kept, names, rowCount } = this;
    const { cells, line } = record;
    if (cells.length !== names.length) {
      // White space alone is a blank line where one cell cannot be a row.
      if (cells.length === 1 && cells[0].trim() === '') return;
      this.refuseRow(record);
    }
    this.requireAtMost(rowCount + 1, this.limits.maxRows ?? Infinity, 'rows');
    if (record.lines > 1 && this.looksLikeRows(record) && this.doubtful.count++ === 0) this.doubtful.line = line;
    const extra = line - rowCount - 2;
    if (extra !== (this.shifts.at(-1)?.extra ?? 0)) this.shifts.push({ row: rowCount, extra });
    for (let i = 0; i < kept.length; i++) columns[i].add(cells[kept[i]]);
    this.rowCount++;
  }

  private requireAtMost(count: number, limit: number, what: 'columns' | 'rows'): void {
    if (count <= limit) return;
    const rule = `${this.fileName} must have at most ${limit} ${what}`;
    const isCounted = what === 'columns' && count < cellLimit(this.limits);
    throw new ToolkitError('limit', { where: what, rule, ...(isCounted && { got: count }) });
  }

  /** Whether each line of the record would be a row if the quotes were ordinary characters. */
  private looksLikeRows({ raw }: CsvRecord): boolean {
    const { names, dialect } = this;
    const lines = raw.split(/\r\n|\n|\r/);
    return names.length > 2 && lines.every((line) => line.split(dialect.delimiter).length === names.length);
  }

  private doubts(): string[] {
    const { count, line } = this.doubtful;
    if (count === 0) return [];
    const rows = count === 1 ? 'A row spans' : `${count} rows span`;
    return [
      `${rows} several lines that look like rows of their own, from line ${line} on; is a quote left open there?`,
    ];
  }

  private refuseQuote({ line, raw, quotes }: CsvRecord): never {
    const row = `The row that begins on line ${line} of ${this.fileName}`;
    if (quotes === 'endless') refuse('a row must end within 64 MiB', `${row} does not; is a quote left open?`);
    const hint = `${row} opens a quote that is not closed where it should be.${this.escapeHint(raw)}`;
    refuse('every quote must be closed', hint);
  }

  private refuseRow({ cells, line, lines, raw }: CsvRecord): never {
    const { names, fileName, dialect } = this;
    const word = dialect.delimiter === '\t' ? 'tab' : dialect.delimiter;
    const last = this.decoded(cells.at(-1) ?? '').slice(0, 30);
    const hint = cells.some((cell) => /^\s+"/.test(cell))
      ? 'a quote must follow the delimiter without a space'
      : lines > 1
        ? 'it spans several lines: is a quote left open?'
        : cells.length < names.length
          ? `is a "${word}" missing, or is the row cut after ${JSON.stringify(last)}?`
          : `is a text that contains "${word}" not in quotes?`;
    const escape = this.escapeHint(raw);
    throw new ToolkitError('data', {
      where: 'csv',
      rule: `row ${this.rowCount + 1} must have ${names.length} fields, as the header has`,
      got: cells.length,
      hint: escape === '' ? `Line ${line} of ${fileName}; ${hint}` : `Line ${line} of ${fileName}.${escape}`,
    });
  }

  /** What to say of a row with `\"` in it, which only some programs understand. */
  private escapeHint(raw: string): string {
    if (this.dialect.backslash || !raw.includes('\\"')) return '';
    return ' It holds \\", which is no escape in CSV: write a quote inside a cell as "".';
  }

  private decoded(cell: string): string {
    return decodeLatin1(cell, this.text.encoding);
  }
}

/** The cell without the white space around it, and without quotes that a space kept from being seen as such: `1, "x"`. */
function unwrap(text: string): string {
  if (!text.includes('"')) return text.trim();
  return (
    /^(?:\s+"([^"]*)"\s*|"([^"]*)"\s+)$/
      .exec(text)
      ?.slice(1)
      .find((inner) => inner !== undefined) ?? text
  ).trim();
}
