/**
 * @file One column of raw cells, built a cell at a time and read through `at`, the way arquero reads any column.
 * Frequent texts live once in a dictionary; a column of mostly distinct texts keeps its bytes outside the JavaScript heap,
 * so that files of hundreds of megabytes fit. Blocks begin small and double: a column of few cells takes few bytes.
 */

import type { TextEncoding } from './csv-table.js';
import { decodeBytes, decodeLatin1 } from './decode.js';

/** Distinct texts a column keeps as strings; whatever is new after that goes to the byte store. */
const DICTIONARY_LIMIT = 1 << 14;
/**
 * When so many distinct texts are known, every second cell must have been one of them, or the dictionary is not asked again: of many
 * columns of measures the dictionaries do not fit into the processor's caches, and each look-up waits for memory.
 */
const EARLY_TEXTS = 1 << 10;
/** Once the dictionary is full, it must answer a quarter of this many look-ups, or it is not asked again. */
const TRIAL_CELLS = 1 << 12;
const BLOCK_ROWS = 1 << 16;
const FIRST_BLOCK_ROWS = 16;
const BLOCK_BYTES = 1 << 20;
const FIRST_BLOCK_BYTES = 1 << 10;

/** What arquero asks of a column. */
export interface TextColumn {
  readonly length: number;
  at(row: number): string | null;
}

/** A column under construction. */
export interface ColumnBuilder {
  /** One cell, as Latin-1: one character per byte of the file. */
  add(bytes: string): void;
  /** The column, read only; the builder must not be used afterwards. */
  finish(encoding: TextEncoding, rule: CellRule): TextColumn;
}

/** Turns a decoded cell into what the table shows: trimmed text, or null when missing. */
export type CellRule = (text: string) => string | null;

/** Collects cells as Latin-1 strings (one character per byte of the file); the true encoding is known at the end. */
export class TextColumnBuilder implements ColumnBuilder {
  private readonly codes = new GrowingInts();
  private readonly memo = new Map<string, number>();
  private readonly packed = new PackedTexts();
  private length = 0;
  private hits = 0;
  private lookups = 0;
  private gaveUp = false;

  add(bytes: string): void {
    this.codes.set(this.length, this.codeOf(bytes));
    this.length++;
  }

  /** The column, read only; the builder must not be used afterwards. */
  finish(encoding: TextEncoding, rule: CellRule): TextColumn {
    const { codes, packed, length } = this;
    const dictionary = Array.from(this.memo.keys(), (bytes) => rule(decodeLatin1(bytes, encoding)));
    this.memo.clear();
    const at = (row: number): string | null => {
      if (!(row >= 0 && row < length)) return null;
      const code = codes.at(row);
      return code >= 0 ? dictionary[code] : rule(decodeBytes(packed.bytesAt(-1 - code), encoding));
    };
    return { length, at };
  }

  /** Dictionary index, or -1 - index of the byte store. */
  private codeOf(bytes: string): number {
    if (this.gaveUp) return -1 - this.packed.add(bytes);
    const known = this.memo.get(bytes);
    if (this.memo.size >= DICTIONARY_LIMIT) this.judge(known !== undefined);
    if (known !== undefined) return known;
    if (this.memo.size >= DICTIONARY_LIMIT) return -1 - this.packed.add(bytes);
    this.memo.set(bytes, this.memo.size);
    if (this.memo.size === EARLY_TEXTS) this.gaveUp = this.length < 2 * EARLY_TEXTS;
    return this.memo.size - 1;
  }

  private judge(hit: boolean): void {
    if (hit) this.hits++;
    if (++this.lookups < TRIAL_CELLS) return;
    this.gaveUp = this.hits < TRIAL_CELLS / 4;
    this.hits = this.lookups = 0;
  }
}

/** Cells as they came, for the few rows of a block that are read once. */
export class PlainColumnBuilder implements ColumnBuilder {
  private readonly cells: string[] = [];

  add(bytes: string): void {
    this.cells.push(bytes);
  }

  finish(encoding: TextEncoding, rule: CellRule): TextColumn {
    const { cells } = this;
    const at = (row: number): string | null =>
      row >= 0 && row < cells.length ? rule(decodeLatin1(cells[row], encoding)) : null;
    return { length: cells.length, at };
  }
}

/** Integers by place, set in order. The first block doubles until it is whole, later ones are whole from the start. */
class GrowingInts {
  private readonly blocks: Int32Array[] = [];

  set(place: number, value: number): void {
    const index = Math.floor(place / BLOCK_ROWS);
    const slot = place % BLOCK_ROWS;
    if (index === this.blocks.length) this.blocks.push(new Int32Array(index === 0 ? FIRST_BLOCK_ROWS : BLOCK_ROWS));
    else if (slot === this.blocks[index].length) this.blocks[index] = doubled(this.blocks[index]);
    this.blocks[index][slot] = value;
  }

  at(place: number): number {
    return this.blocks[Math.floor(place / BLOCK_ROWS)][place % BLOCK_ROWS];
  }
}

function doubled(block: Int32Array): Int32Array {
  const larger = new Int32Array(2 * block.length);
  larger.set(block);
  return larger;
}

/** Texts end to end in blocks of bytes; entry i is found by its block, start and length. */
class PackedTexts {
  private readonly blocks: Buffer[] = [];
  private readonly places = new GrowingInts();
  private used = 0;
  private count = 0;

  add(bytes: string): number {
    const last = this.blocks.at(-1)?.length ?? 0;
    if (this.blocks.length === 0 || this.used + bytes.length > last) {
      const size = Math.min(BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, 2 * last));
      this.blocks.push(Buffer.allocUnsafeSlow(Math.max(size, bytes.length)));
      this.used = 0;
    }
    const place = 3 * this.count;
    this.places.set(place, this.blocks.length - 1);
    this.places.set(place + 1, this.used);
    this.places.set(place + 2, bytes.length);
    this.used += this.blocks[this.blocks.length - 1].write(bytes, this.used, 'latin1');
    return this.count++;
  }

  bytesAt(index: number): Buffer {
    const { places } = this;
    const start = places.at(3 * index + 1);
    return this.blocks[places.at(3 * index)].subarray(start, start + places.at(3 * index + 2));
  }
}
