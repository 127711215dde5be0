/**
 * @file Bytes to records, in one streaming pass. A line without quotes is split at once. One with quotes is walked, to see where the record
 * ends and whether its quotes are right; then csv-parse reads it, many such records at a time, and what it would refuse is read here.
 * Bytes are read as Latin-1, in which every byte is one character and the signs that matter are where they are in UTF-8.
 */

import { parse } from 'csv-parse/sync';

/** How the cells of a file are told apart. */
export interface Dialect {
  /** One ASCII character. */
  readonly delimiter: string;
  /** Whether `\"` inside quotes stands for a quote, and `\\` for a backslash. Doubled quotes do in any case. */
  readonly backslash: boolean;
  /** Lines that begin with this character are left out. */
  readonly comment?: string | undefined;
}

/** One record, as it stands in the file. */
export interface CsvRecord {
  readonly cells: string[];
  /** The line (from 1) on which it begins. */
  readonly line: number;
  /** Lines that it covers: more than one where a quoted cell holds line breaks. */
  readonly lines: number;
  /**
   * What its quotes are: 'right'; 'stray' where one stands inside an unquoted cell; 'broken' where text follows a closing quote,
   * so that the cell counts as unquoted; 'open' where either is so in a record of several lines, or a quote never closes;
   * 'endless' where the record has no end within 64 MiB.
   */
  readonly quotes: 'right' | 'stray' | 'broken' | 'open' | 'endless';
  /** The bytes from its first sign to its last, for messages; at most some thousand. */
  readonly raw: string;
}

/** Where reading stands. */
export interface PlainPlace {
  /** Of the next byte. */
  at: number;
  /** Of the next row, from 1. */
  line: number;
}

/** A record that is longer has lost a quote: memory must not grow with the file. */
const MAX_RECORD_BYTES = 1 << 26;
const MAX_RAW_BYTES = 1 << 13;
/** V8 keeps the whole text alive for a piece of so many signs. Pieces of a line this long are copied. */
const MIN_SLICE = 13;
const MAX_LINE_KEPT = 1 << 12;

const QUOTE = '"';

/** Takes chunks, gives records; blank lines and comments are counted and left out. */
export class RecordReader {
  /** Bytes after the last whole record. */
  private waiting = Buffer.alloc(0);
  private waitingBytes = 0;
  /** So many bytes must wait before another try, so that a long record is not walked again for every chunk. */
  private enough = 0;
  private line = 1;

  constructor(
    private readonly dialect: Dialect,
    private readonly take: (record: CsvRecord) => void,
    /** Cells of one record after which the others are passed over. */
    private readonly maxCells = Infinity,
    /** Takes rows that need no second look from the place on, and moves it behind them. */
    private readonly takePlain?: (bytes: Buffer, place: PlainPlace) => void,
  ) {}

  push(chunk: Buffer): void {
    this.keep(chunk);
    if (this.waitingBytes >= this.enough || this.waitingBytes > MAX_RECORD_BYTES) this.read(false);
  }

  end(): void {
    this.read(true);
  }

  private read(isLast: boolean): void {
    const at = this.readRows(this.waiting.subarray(0, this.waitingBytes), isLast);
    this.waiting.copyWithin(0, at, this.waitingBytes);
    this.waitingBytes -= at;
    this.enough = 2 * this.waitingBytes;
  }

  /** Chunks are copied behind what waits, into the same memory again and again. */
  private keep(chunk: Buffer): void {
    const length = this.waitingBytes + chunk.length;
    if (length > this.waiting.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, Math.min(2 * this.waiting.length, MAX_RECORD_BYTES)));
      this.waiting.copy(larger, 0, 0, this.waitingBytes);
      this.waiting = larger;
    }
    chunk.copy(this.waiting, this.waitingBytes);
    this.waitingBytes = length;
  }

  /** Plain rows and others by turns; gives where the last whole one ends. */
  private readRows(bytes: Buffer, isLast: boolean): number {
    const place: PlainPlace = { at: 0, line: this.line };
    let pass: Pass | undefined;
    let base = 0;
    // Where most rows are not plain, more and more of them are read before another try.
    for (let stretch = this.takePlain ? 1 : Infinity; ;) {
      const before = place.line;
      this.takePlain?.(bytes, place);
      if (place.at === bytes.length) break;
      stretch = place.line - before > stretch ? 1 : 2 * stretch;
      // Often only the beginning of a row is left.
      if (pass === undefined) base = place.at;
      pass ??= new Pass(bytes.subarray(base), { ...this.dialect, maxCells: this.maxCells }, isLast);
      pass.goTo({ at: place.at - base, line: place.line });
      const isEnd = this.readRecords(pass, stretch);
      place.at = base + pass.at;
      place.line = pass.line;
      if (!isEnd) continue;
      if (bytes.length - place.at > MAX_RECORD_BYTES) this.take(pass.endless());
      break;
    }
    this.line = place.line;
    return place.at;
  }

  /** At most so many records of any kind; true where there were fewer. */
  private readRecords(pass: Pass, most: number): boolean {
    const records: Walked[] = [];
    while (records.length < most) {
      const record = pass.next();
      if (record === null) break;
      records.push(record);
    }
    readCells(records, this.dialect.delimiter);
    for (const { record } of records) this.take(record);
    return records.length < most;
  }
}

/** A record, and its text where its cells are still to be read from that. */
interface Walked {
  readonly record: CsvRecord;
  readonly unread: string | null;
}

/** Reads the cells of well-formed records that hold quotes. */
function readCells(walked: readonly Walked[], delimiter: string): void {
  const waiting = walked.filter(({ unread }) => unread !== null);
  if (waiting.length === 0) return;
  const text = Buffer.from(waiting.map(({ unread }) => unread).join('\n'), 'latin1');
  const options = { delimiter, encoding: 'latin1', record_delimiter: LINE_ENDS, relax_column_count: true } as const;
  const rows: string[][] = parse(text, options);
  if (rows.length !== waiting.length) throw new Error(`csv: ${waiting.length} records were read as ${rows.length}`);
  waiting.forEach(({ record }, i) => {
    for (const cell of rows[i]) record.cells.push(cell);
  });
}

const LINE_ENDS = ['\r\n', '\n', '\r'];

/** A field from its first sign to behind its last; inside a pair of quotes or not. */
interface Field {
  readonly from: number;
  readonly to: number;
  readonly isQuoted: boolean;
}

/** What was found of a record so far. */
interface Fields {
  readonly found: Field[];
  /** Spaces between a closing quote and the delimiter. */
  isSpaced: boolean;
  /** A quote inside a cell that counts as unquoted. */
  isStray: boolean;
  /** Text behind a closing quote. */
  isBroken: boolean;
  /** A quote that is not closed where it should be, and more than one line. */
  isOpen: boolean;
}

/** One walk over the bytes that wait. */
class Pass {
  at = 0;
  line = 1;
  private readonly text: string;
  /** The next of these signs from the last place that was asked for; infinite where there is none. */
  private newline = -1;
  private carriage = -1;
  private quote = -1;
  private delimiter = -1;

  constructor(
    private readonly bytes: Buffer,
    private readonly dialect: Dialect & { readonly maxCells: number },
    private readonly isLast: boolean,
  ) {
    this.text = bytes.toString('latin1');
  }

  /** A place behind the last record, at which a line begins. */
  goTo({ at, line }: PlainPlace): void {
    this.at = at;
    this.line = line;
  }

  /** The next record; null where the bytes hold no further whole one. */
  next(): Walked | null {
    for (;;) {
      if (this.at >= this.text.length) return null;
      const end = this.lineEnd(this.at);
      if (end === null) return null;
      if (end === this.at || this.text[this.at] === this.dialect.comment) {
        this.at = this.afterBreak(end);
        this.line++;
        continue;
      }
      if (this.quote < this.at) this.quote = found(this.text.indexOf(QUOTE, this.at));
      return this.quote < end ? this.quoted() : this.plain(end);
    }
  }

  /** The record that is too long to be one. */
  endless(): CsvRecord {
    const raw = this.bytes.toString('latin1', this.at, this.at + MAX_RAW_BYTES);
    return { cells: [], line: this.line, lines: 1, quotes: 'endless', raw };
  }

  private plain(end: number): Walked {
    const raw = this.bytes.toString('latin1', this.at, end);
    const { line } = this;
    this.at = this.afterBreak(end);
    this.line++;
    const record: CsvRecord = { cells: piecesOf(raw, this.dialect), line, lines: 1, quotes: 'right', raw };
    return { record, unread: null };
  }

  /** A record in which a quote stands somewhere; null where it goes on beyond the bytes. */
  private quoted(): Walked | null {
    const { text, at: start, dialect } = this;
    const fields: Fields = { found: [], isSpaced: false, isStray: false, isBroken: false, isOpen: false };
    for (let at = start; ;) {
      const end = text[at] === QUOTE ? this.quotedField(at, fields) : this.plainField(at, at, fields);
      if (end === null) return null;
      if (end < text.length && text[end] === dialect.delimiter) {
        at = end + 1;
        if (fields.found.length > dialect.maxCells) fields.found.pop();
        // A record may end with an empty cell, whose line break has not come yet.
        if (at === text.length && !this.isLast) return null;
      } else {
        return this.record(start, end, fields);
      }
    }
  }

  /** Adds the field whose quote opens at `at`, and gives its end. */
  private quotedField(at: number, fields: Fields): number | null {
    const { text } = this;
    const close = this.closing(at);
    if (close === null) return null;
    const end = close === text.length ? -1 : this.fieldEndAfter(close);
    if (end === null) return null;
    if (end >= 0) {
      fields.isSpaced ||= end > close + 1;
      fields.found.push({ from: at + 1, to: close, isQuoted: true });
      return end;
    }
    fields.isBroken = true;
    fields.isOpen ||= close === text.length || breaksIn(text.slice(at, close)) > 0;
    return this.plainField(at, close, fields);
  }

  /** Adds the field from `at` to the next delimiter or line break behind `from`, and gives its end. */
  private plainField(at: number, from: number, fields: Fields): number | null {
    const lineEnd = this.lineEnd(from);
    if (lineEnd === null) return null;
    if (this.delimiter < from) this.delimiter = found(this.text.indexOf(this.dialect.delimiter, from));
    const end = Math.min(this.delimiter, lineEnd);
    if (this.quote < at) this.quote = found(this.text.indexOf(QUOTE, at));
    fields.isStray ||= this.quote < end;
    fields.found.push({ from: at, to: end, isQuoted: false });
    return end;
  }

  private record(start: number, end: number, { found: fields, isSpaced, isStray, isBroken, isOpen }: Fields): Walked {
    const { line, dialect } = this;
    const lines = 1 + breaksIn(this.text.slice(start, end));
    const raw = this.bytes.toString('latin1', start, Math.min(end, start + MAX_RAW_BYTES));
    this.at = this.afterBreak(end);
    this.line += lines;
    const isWrong = isOpen || (isStray && lines > 1);
    const quotes = isWrong ? 'open' : isBroken ? 'broken' : isStray ? 'stray' : 'right';
    const isCsv = quotes === 'right' && !isSpaced && !dialect.backslash && fields.length <= dialect.maxCells;
    const unread = isCsv ? this.bytes.toString('latin1', start, end) : null;
    const cells = isCsv ? [] : fields.map((field) => this.cellOf(field));
    return { record: { cells, line, lines, quotes, raw }, unread };
  }

  private cellOf({ from, to, isQuoted }: Field): string {
    const cell = this.bytes.toString('latin1', from, to);
    return isQuoted ? unescaped(cell, this.dialect.backslash) : cell;
  }

  /** Where the quote that opens at `open` closes; the text's end where it never does; null where that is not known yet. */
  private closing(open: number): number | null {
    const { text, dialect } = this;
    for (let at = open + 1; ;) {
      const quote = text.indexOf(QUOTE, at);
      if (quote < 0) return this.isLast ? text.length : null;
      if (dialect.backslash && backslashesBefore(text, quote, open) % 2 === 1) at = quote + 1;
      else if (text[quote + 1] === QUOTE) at = quote + 2;
      else return quote + 1 === text.length && !this.isLast ? null : quote;
    }
  }

  /** The end of the field whose quote closes at `close`: spaces may follow. -1 where other text does, null where it is not known yet. */
  private fieldEndAfter(close: number): number | null {
    const { text, dialect } = this;
    let at = close + 1;
    while (text[at] === ' ' && dialect.delimiter !== ' ') at++;
    if (at === text.length) return this.isLast ? at : null;
    if (text[at] === '\r' && at + 1 === text.length && !this.isLast) return null;
    return text[at] === dialect.delimiter || text[at] === '\n' || text[at] === '\r' ? at : -1;
  }

  /** Where the line that holds `from` ends; null where its break has not come, or only the half of one. */
  private lineEnd(from: number): number | null {
    const { text } = this;
    if (this.newline < from) this.newline = found(text.indexOf('\n', from));
    if (this.carriage < from) this.carriage = found(text.indexOf('\r', from));
    const end = Math.min(this.newline, this.carriage);
    if (end === Infinity) return this.isLast ? text.length : null;
    return end === text.length - 1 && end === this.carriage && !this.isLast ? null : end;
  }

  private afterBreak(end: number): number {
    const { text } = this;
    return Math.min(text.length, text[end] === '\r' && text[end + 1] === '\n' ? end + 2 : end + 1);
  }
}

function found(index: number): number {
  return index < 0 ? Infinity : index;
}

function piecesOf(line: string, { delimiter, maxCells }: { delimiter: string; maxCells: number }): string[] {
  const pieces = line.split(delimiter, Math.min(maxCells, 2 ** 32 - 1));
  if (line.length <= MAX_LINE_KEPT) return pieces;
  return pieces.map((piece) => (piece.length < MIN_SLICE ? piece : Buffer.from(piece, 'latin1').toString('latin1')));
}

function backslashesBefore(text: string, at: number, open: number): number {
  let count = 0;
  while (at - 1 - count > open && text[at - 1 - count] === '\\') count++;
  return count;
}

function unescaped(inner: string, backslash: boolean): string {
  if (backslash && inner.includes('\\')) return inner.replace(/\\(["\\])|""/g, (_, sign?: string) => sign ?? QUOTE);
  return inner.includes(QUOTE) ? inner.replaceAll('""', QUOTE) : inner;
}

/** Line breaks in a text: LF, CRLF or CR. */
export function breaksIn(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}
