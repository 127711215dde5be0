/**
 * @file Rows that need no second look, read from bytes at once: as many cells as there are names, and no quotes but such as stand around a
 * whole cell. At the first row that is not so it stops; that row is for the reader of records, which knows every kind.
 */

import { HASH_START, hashStep } from './byte-dictionary.js';
import type { Dialect, PlainPlace } from './csv-records.js';
import { MAX_DIGITS, POWERS } from './decimals.js';
import type { TextColumnBuilder } from './text-column.js';

const BLANK = 0x20;
const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Digits that an integer of 32 bits holds. */
const WORD_DIGITS = 9;

/** What a cell is: a decimal of so many places, or one of these. */
const TEXT = 32;
/** In quotes or between blanks: what is in it is looked at once more. */
const LOOSE = 33;

export interface PlainShape extends Dialect {
  /** Cells of a row. */
  readonly width: number;
}

/** Whether rows of a file may be read here: not where a sign of numbers, or a blank, stands between cells. */
export function maybePlain({ delimiter }: Dialect): boolean {
  return !/[\d. +-]/.test(delimiter);
}

/** What a reader of plain rows asks before rows, and tells of them. */
export interface RowGate {
  /** Rows that may still come. */
  room(): number;
  /** So many rows begin, one on each line from this one on. */
  begin(line: number, count: number): void;
}

export interface PlainReader {
  /**
   * Reads rows from `place` on, which moves behind the last one.
   *
   * @param kept  columns by the places of their cells
   */
  read(
    bytes: Buffer,
    place: PlainPlace,
    kept: readonly number[],
    columns: readonly TextColumnBuilder[],
    gate: RowGate,
  ): void;
}

/** One row at a time: its cells are found first, and given to the columns once the row is known to be whole and plain. */
export class PlainRows implements PlainReader {
  private readonly delimiter: number;
  private readonly comment: number;
  /** 1 for bytes at which an unquoted text stops. */
  private readonly stops = new Uint8Array(256);
  private readonly kinds: Uint8Array;
  private readonly units: Float64Array;
  private readonly starts: Int32Array;
  private readonly ends: Int32Array;
  private readonly hashes: Int32Array;

  constructor(private readonly shape: PlainShape) {
    const { delimiter, comment, width } = shape;
    this.delimiter = delimiter.charCodeAt(0);
    this.comment = comment?.charCodeAt(0) ?? -1;
    for (const sign of [this.delimiter, LINE_FEED, CARRIAGE_RETURN, QUOTE]) this.stops[sign] = 1;
    this.kinds = new Uint8Array(width);
    this.units = new Float64Array(width);
    this.starts = new Int32Array(width);
    this.ends = new Int32Array(width);
    this.hashes = new Int32Array(width);
  }

  read(
    bytes: Buffer,
    place: PlainPlace,
    kept: readonly number[],
    columns: readonly TextColumnBuilder[],
    gate: RowGate,
  ): void {
    const limit = bytes.lastIndexOf(LINE_FEED);
    while (place.at <= limit) {
      const blank = lengthOfBreak(bytes, place.at);
      const next = blank > 0 ? place.at + blank : this.rowFrom(bytes, place.at);
      if (next < 0 || (blank === 0 && gate.room() < 1)) return;
      if (blank === 0) {
        gate.begin(place.line, 1);
        this.give(bytes, kept, columns);
      }
      place.at = next;
      place.line++;
    }
  }

  private give(bytes: Buffer, kept: readonly number[], columns: readonly TextColumnBuilder[]): void {
    const { kinds, units, starts, ends, hashes } = this;
    for (let i = 0; i < kept.length; i++) {
      const j = kept[i];
      const kind = kinds[j];
      if (kind < TEXT) columns[i].addDecimal(units[j], kind);
      else if (kind === TEXT) columns[i].addText(bytes, starts[j], ends[j], hashes[j]);
      else columns[i].addBytes(bytes, starts[j], ends[j]);
    }
  }

  /** Finds the cells of the row at `start`, and where the next line begins; -1 where the row is none for this reader. */
  private rowFrom(bytes: Buffer, start: number): number {
    const { delimiter } = this;
    const { width } = this.shape;
    if (bytes[start] === this.comment) return -1;
    let at = start;
    for (let j = 0; j < width; j++) {
      const end = this.cellFrom(bytes, at, j);
      if (end < 0) return -1;
      const isLast = j === width - 1;
      if (bytes[end] === delimiter) {
        if (isLast) return -1;
        at = end + 1;
      } else {
        const length = lengthOfBreak(bytes, end);
        return isLast && length > 0 ? end + length : -1;
      }
    }
    return -1;
  }

  /** Finds the cell at `start`, and where it ends: at a delimiter or a line's end; -1 where it is none for this reader. */
  private cellFrom(bytes: Buffer, start: number, j: number): number {
    let at = start;
    let byte = bytes[at];
    if (byte === QUOTE) return this.quotedFrom(bytes, start, j);
    const isNegative = byte === MINUS;
    if (isNegative) byte = bytes[++at];
    let digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      // The first nine digits, or all where there are not more, and the others.
      let head = 0;
      let tail = 0;
      let digits = 0;
      const isZero = digit === 0;
      do {
        if (digits === WORD_DIGITS) {
          head = tail;
          tail = 0;
        }
        tail = (Math.imul(tail, 10) + digit) | 0;
        digits++;
        byte = bytes[++at];
        digit = byte - ZERO;
      } while (digit >= 0 && digit <= 9);
      let isDecimal = !isZero || digits === 1;
      const whole = digits;
      if (byte === POINT) {
        byte = bytes[++at];
        digit = byte - ZERO;
        while (digit >= 0 && digit <= 9) {
          if (digits === WORD_DIGITS) {
            head = tail;
            tail = 0;
          }
          tail = (Math.imul(tail, 10) + digit) | 0;
          digits++;
          byte = bytes[++at];
          digit = byte - ZERO;
        }
        isDecimal &&= digits > whole;
      }
      if (isDecimal && digits <= MAX_DIGITS && this.stops[byte] === 1 && byte !== QUOTE) {
        const size = digits <= WORD_DIGITS ? tail : head * POWERS[digits - WORD_DIGITS] + tail;
        if (size !== 0 || !isNegative) {
          this.kinds[j] = digits - whole;
          this.units[j] = isNegative ? -size : size;
          return at;
        }
      }
    }
    return this.textFrom(bytes, start, j);
  }

  private textFrom(bytes: Buffer, start: number, j: number): number {
    const { stops } = this;
    let at = start;
    let hash = HASH_START;
    let byte = bytes[at];
    while (stops[byte] === 0) {
      hash = hashStep(hash, byte);
      byte = bytes[++at];
    }
    if (byte === QUOTE) return -1;
    this.starts[j] = start;
    this.ends[j] = at;
    this.hashes[j] = hash;
    this.kinds[j] = at > start && (bytes[start] === BLANK || bytes[at - 1] === BLANK) ? LOOSE : TEXT;
    return at;
  }

  /** A cell in quotes, with neither quotes nor line breaks in it, and nothing between the quotes and the delimiters. */
  private quotedFrom(bytes: Buffer, start: number, j: number): number {
    let at = start + 1;
    for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[++at]) {
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN || (byte === BACKSLASH && this.shape.backslash)) return -1;
    }
    this.starts[j] = start + 1;
    this.ends[j] = at;
    this.kinds[j] = LOOSE;
    const after = bytes[at + 1];
    return this.stops[after] === 1 && after !== QUOTE ? at + 1 : -1;
  }
}

/** Bytes of the line break at a place; 0 where there is none, or only a carriage return. */
function lengthOfBreak(bytes: Buffer, at: number): number {
  if (bytes[at] === LINE_FEED) return 1;
  return bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED ? 2 : 0;
}
