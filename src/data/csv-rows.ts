/** @file Parsed records on their way into columns: shape checked, lines counted. */

import { ColumnTable } from 'arquero';
import type { CsvError, InfoRecord } from 'csv-parse';

import { ToolkitError } from '../core/index.js';
import { refuse } from './csv-refuse.js';
import type { CsvTable, TextEncoding } from './csv-table.js';
import { decodeBytes, Utf8Watch } from './decode.js';
import { nameColumns } from './header.js';
import { missingTest } from './missing.js';
import type { CellRule, ColumnBuilder, TextColumn } from './text-column.js';
import { TextColumnBuilder } from './text-column.js';

/** What is known of the bytes. */
interface Found {
  readonly encoding: TextEncoding;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a reader takes of a text; everything where left out. */
export interface RowLimits {
  /** More is refused when the header is read. */
  readonly maxColumns?: number | undefined;
  /** More is refused as soon as it is seen. */
  readonly maxRows?: number | undefined;
  /** The other columns are checked and counted, and not kept. */
  readonly wanted?: ReadonlySet<string> | undefined;
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
  private nextLine = 1;
  private emptyLines = 0;
  private parserLines = 0;
  /** Rows from `row` on begin `extra` lines later than row + 2. */
  private shifts: { row: number; extra: number }[] = [];

  constructor(
    private readonly fileName: string,
    private readonly delimiter: string,
    skip: number,
    private readonly limits: RowLimits = {},
    private readonly makeColumn: () => ColumnBuilder = () => new TextColumnBuilder(),
  ) {
    this.skip = skip;
  }

  take(record: string[], context: InfoRecord): void {
    const line = this.advance(record, context);
    if (this.skip > 0) this.skip--;
    else if (this.names.length === 0) this.takeHeader(record);
    else this.takeRow(record, line);
  }

  /** The only fault that the parser itself finds is a quote that never closes. */
  refuse(error: CsvError): never {
    if (error.code === 'CSV_QUOTE_NOT_CLOSED') this.refuseQuote(this.nextLine);
    throw new ToolkitError(
      'data',
      { where: 'csv', rule: error.message, hint: `It is in ${this.fileName}.` },
      { cause: error },
    );
  }

  get isEmpty(): boolean {
    return this.rowCount === 0;
  }

  /** Rows that wait to be taken. */
  get waitingRows(): number {
    return this.rowCount - this.takenRows;
  }

  finish(found: Found, missingTokens: string[]): CsvTable {
    const { names, rowCount, fileName } = this;
    if (names.length === 0) refuse('file must not be empty', `${fileName} has ${found.bytes} bytes and no names.`);
    if (rowCount === 0) refuse('file must have rows', `${fileName} has a header and nothing below it.`);
    return this.takeBlock(found, missingTokens);
  }

  /** The rows that came since the last block, which are forgotten here. */
  takeBlock(found: Found, missingTokens: string[]): CsvTable {
    const { names, fileName, delimiter, notes, shifts, takenRows: first, waitingRows: rowCount } = this;
    const isMissing = missingTest(missingTokens);
    const rule: CellRule = (text) => {
      const cell = unwrap(text);
      return isMissing(cell) ? null : cell;
    };
    const data = Object.create(null) as Record<string, TextColumn>;
    const keptNames = this.kept.map((j) => names[j]);
    this.columns.forEach((column, i) => (data[keptNames[i]] = column.finish(found.encoding, rule)));
    this.columns = this.kept.map(() => this.makeColumn());
    this.takenRows = this.rowCount;
    this.shifts = shifts.slice(-1);
    const table = new ColumnTable(data as never, keptNames);
    const lineOf = (row: number): number =>
      first + row + 2 + (shifts.findLast((shift) => shift.row <= first + row)?.extra ?? 0);
    return { table, names, rowCount, delimiter, missingTokens, fileName, notes, lineOf, ...found };
  }

  /** The line on which this record begins; moves on past it. The parser's own count is off by one per quoted CRLF. */
  private advance(record: string[], context: InfoRecord): number {
    const blanks = context.empty_lines - this.emptyLines;
    const simple = context.lines - this.parserLines === 1 + blanks;
    this.emptyLines = context.empty_lines;
    this.parserLines = context.lines;
    const line = this.nextLine + blanks;
    this.nextLine = line + 1 + (simple ? 0 : breaksIn(record));
    return line;
  }

  private takeHeader(record: string[]): void {
    const { maxColumns = Infinity, wanted } = this.limits;
    this.requireAtMost(record.length, maxColumns, 'columns');
    const bytes = record.map((cell) => Buffer.from(cell, 'latin1'));
    const watch = new Utf8Watch();
    for (const cell of bytes) watch.push(cell);
    const cells = bytes.map((cell) => decodeBytes(cell, watch.end() ? 'utf-8' : 'latin1'));
    const header = nameColumns(cells.map(unwrap), this.fileName);
    this.names = header.names;
    this.notes = header.notes;
    this.kept = [...header.names.keys()].filter((j) => wanted?.has(header.names[j]) ?? true);
    this.columns = this.kept.map(() => this.makeColumn());
  }

  private takeRow(record: string[], line: number): void {
    const { columns, kept } = this;
    if (record.length !== this.names.length) this.refuseRow(record, line);
    this.requireAtMost(this.rowCount + 1, this.limits.maxRows ?? Infinity, 'rows');
    if (this.nextLine > line + 1 && record.some((cell) => looksUnclosed(cell, this.delimiter))) this.refuseQuote(line);
    const extra = line - this.rowCount - 2;
    if (extra !== (this.shifts.at(-1)?.extra ?? 0)) this.shifts.push({ row: this.rowCount, extra });
    for (let i = 0; i < kept.length; i++) columns[i].add(record[kept[i]]);
    this.rowCount++;
  }

  private requireAtMost(count: number, limit: number, what: 'columns' | 'rows'): void {
    if (count <= limit) return;
    const rule = `${this.fileName} must have at most ${limit} ${what}`;
    throw new ToolkitError('limit', { where: what, rule, ...(what === 'columns' && { got: count }) });
  }

  private refuseQuote(line: number): never {
    refuse(
      'every quote must be closed',
      `The row that begins on line ${line} of ${this.fileName} opens a quote that is not closed where it should be.`,
    );
  }

  private refuseRow(record: string[], line: number): never {
    const { names, fileName, delimiter } = this;
    const word = delimiter === '\t' ? 'tab' : delimiter;
    const last = record.at(-1)?.slice(0, 30) ?? '';
    const hint = record.some((cell) => /^\s+"/.test(cell))
      ? 'a quote must follow the delimiter without a space'
      : breaksIn(record) > 0
        ? 'it spans several lines: is a quote left open?'
        : record.length < names.length
          ? `is a "${word}" missing, or is the row cut after ${JSON.stringify(last)}?`
          : `is a text that contains "${word}" not in quotes?`;
    throw new ToolkitError('data', {
      where: 'csv',
      rule: `row ${this.rowCount + 1} must have ${names.length} fields, as the header has`,
      got: record.length,
      hint: `Line ${line} of ${fileName}; ${hint}`,
    });
  }
}

/**
 * A cell of several lines that begins with a quote, has the next one right after a delimiter, and an odd number in all: an open
 * quote ran on until the quote of another field. Texts that only quote somebody are not like that.
 */
function looksUnclosed(cell: string, delimiter: string): boolean {
  const parts = cell.split('"');
  return (
    parts.length >= 4 &&
    parts.length % 2 === 0 &&
    parts[0] === '' &&
    parts[1].endsWith(delimiter) &&
    /[\r\n]/.test(cell)
  );
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

/** Line breaks inside the fields of one record. */
function breaksIn(record: string[]): number {
  let count = 0;
  for (const cell of record) count += cell.match(/\r\n|\n|\r/g)?.length ?? 0;
  return count;
}
