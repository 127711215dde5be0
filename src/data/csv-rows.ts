/** @file Parsed records on their way into columns: shape checked, lines counted. */

import { ColumnTable } from 'arquero';

import { ToolkitError } from '../core/index.js';
import type { FoundDialect } from './csv-dialect.js';
import type { Survey } from './csv-input.js';
import { PlainKernel } from './csv-kernel.js';
import type { RowLimits } from './csv-limits.js';
import { beyondLimit, cellLimit, MAX_COLUMNS } from './csv-limits.js';
import type { PlainReader, PlainShape, RowGate } from './csv-plain.js';
import { maybePlain, PlainRows } from './csv-plain.js';
import type { CsvRecord, PlainPlace } from './csv-records.js';
import { refuse } from './csv-refuse.js';
import type { CsvTable } from './csv-table.js';
import { decodeLatin1 } from './decode.js';
import { nameColumns } from './header.js';
import { missingTest } from './missing.js';
import type { CellRule, ColumnBuilder, TextColumn } from './text-column.js';
import { TextColumnBuilder } from './text-column.js';
import { tidy } from './tidy.js';

/** Smaller texts are read before a kernel has its memory. */
const KERNEL_BYTES = 1 << 18;
/** With more columns than this few rows are gathered at a time, and tables of texts take more than they give. */
const KERNEL_COLUMNS = 1 << 14;

/** The reader of plain rows for a text of so many bytes. */
export function plainReader(shape: PlainShape, bytes: number): PlainReader {
  return bytes < KERNEL_BYTES || shape.width > KERNEL_COLUMNS ? new PlainRows(shape) : new PlainKernel(shape);
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
  /** Records of several lines that all look like rows, and the line of the first. */
  private doubtful = { count: 0, line: 0 };
  private plain: PlainReader | undefined;
  /** Rows from `row` on begin `extra` lines later than row + 2. */
  private shifts: { row: number; extra: number }[] = [];

  constructor(
    private readonly fileName: string,
    private readonly dialect: FoundDialect,
    private readonly text: Pick<Survey, 'encoding' | 'bytes' | 'sha256'>,
    private readonly limits: RowLimits = {},
    private readonly makeColumn: () => ColumnBuilder = () => new TextColumnBuilder(),
    private readonly readerOf: (shape: PlainShape) => PlainReader = (shape) => plainReader(shape, text.bytes),
  ) {}

  take(record: CsvRecord): void {
    if (record.line < this.dialect.headerLine) return;
    if (record.quotes === 'open' || record.quotes === 'endless') this.refuseQuote(record);
    if (this.names.length === 0) this.takeHeader(record.cells);
    else this.takeRow(record);
  }

  /** Reads the rows from `place` on that need no second look, and moves it behind them. */
  takePlain(bytes: Buffer, place: PlainPlace): void {
    this.plain?.read(bytes, place, this.kept, this.columns as TextColumnBuilder[], this.gate);
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
    this.columns.forEach((column, i) => (data[keptNames[i]] = column.finish(encoding, rule, missingTokens)));
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
    if (cells.length > maxColumns) {
      const count = cells.length < cellLimit(this.limits) ? cells.length : undefined;
      throw beyondLimit(this.fileName, 'columns', maxColumns, count);
    }
    const names = cells.map((cell) => unwrap(this.decoded(cell)));
    const header = nameColumns(this.dialect.rowNames ? ['', ...names] : names, this.fileName);
    this.names = header.names;
    this.notes = [...this.dialect.notes, ...header.notes];
    const isWanted = wanted && new Set([...wanted].map(tidy));
    this.kept = [...header.names.keys()].filter((j) => isWanted?.has(header.names[j]) ?? true);
    this.columns = this.kept.map(() => this.makeColumn());
    const isTyped = this.columns.every((column) => column instanceof TextColumnBuilder);
    if (isTyped && maybePlain(this.dialect)) {
      this.plain = this.readerOf({ ...this.dialect, width: this.names.length });
    }
  }

  /** A row too many is refused by `takeRow`. */
  private readonly gate: RowGate = {
    room: () => (this.limits.maxRows ?? Infinity) - this.rowCount,
    begin: (line, count) => {
      this.countRow(line);
      this.rowCount += count - 1;
    },
  };

  private countRow(line: number): void {
    const extra = line - this.rowCount - 2;
    if (extra !== (this.shifts.at(-1)?.extra ?? 0)) this.shifts.push({ row: this.rowCount, extra });
    this.rowCount++;
  }

  private takeRow(record: CsvRecord): void {
    const { columns, kept, names, rowCount } = this;
    const { cells, line } = record;
    if (cells.length !== names.length) {
      // White space alone is a blank line where one cell cannot be a row.
      if (cells.length === 1 && cells[0].trim() === '') return;
      const isTrailed = this.dialect.trailing && cells.length === names.length + 1 && cells[names.length].trim() === '';
      if (!isTrailed) this.refuseRow(record);
    }
    const { maxRows = Infinity } = this.limits;
    if (rowCount >= maxRows) throw beyondLimit(this.fileName, 'rows', maxRows);
    if (record.lines > 1 && this.looksLikeRows(record) && this.doubtful.count++ === 0) this.doubtful.line = line;
    for (let i = 0; i < kept.length; i++) columns[i].add(cells[kept[i]]);
    this.countRow(line);
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

  private refuseRow(record: CsvRecord): never {
    const { names, fileName, dialect } = this;
    const { cells, line, raw } = record;
    const pattern = this.rowCount === 0 ? dialect.hint : undefined;
    const hint = pattern ?? this.hintFor(record);
    const escape = this.escapeHint(raw);
    throw new ToolkitError('data', {
      where: 'csv',
      rule: `row ${this.rowCount + 1} must have ${names.length} fields, as the header has`,
      got: cells.length,
      hint: escape === '' ? `Line ${line} of ${fileName}; ${hint}` : `Line ${line} of ${fileName}.${escape}`,
    });
  }

  /** What may be wrong with a row that is not as wide as the header, told by the row itself. */
  private hintFor({ cells, lines, raw }: CsvRecord): string {
    const { names, dialect } = this;
    const word = dialect.delimiter === '\t' ? 'tab' : dialect.delimiter;
    const last = this.decoded(cells.at(-1) ?? '').slice(0, 30);
    if (raw.startsWith('#')) return 'is it a comment (--comment "#")?';
    return cells.some((cell) => /^\s+"/.test(cell))
      ? 'a quote must follow the delimiter without a space'
      : lines > 1
        ? 'it spans several lines: is a quote left open?'
        : cells.length < names.length
          ? `is a "${word}" missing, or is the row cut after ${JSON.stringify(last)}?`
          : `is a text that contains "${word}" not in quotes?`;
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
  if (!text.includes('"')) return tidy(text);
  const inner = /^(?:\s+"([^"]*)"\s*|"([^"]*)"\s+)$/.exec(text);
  return tidy(inner?.[1] ?? inner?.[2] ?? text);
}
