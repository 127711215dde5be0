/**
 * @file One column of cells, built a cell at a time and read through `at`, the way arquero reads any column. Decimals are kept as their
 * digits, of which the text follows; other frequent texts live once in a dictionary, and a column of mostly distinct ones keeps their bytes
 * outside the JavaScript heap. No cell is made a string before somebody asks for it.
 */

import { ByteDictionary, hashOf } from './byte-dictionary.js';
import type { ColumnRoom, FlatCells } from './cell-blocks.js';
import { CellBlocks, MISSING_KIND, PACKED_KIND, TEXT_KIND } from './cell-blocks.js';
import type { TextEncoding } from './csv-table.js';
import type { Decimal } from './decimals.js';
import { decimalOf, decimalsAmong, decimalText, isOneOf, MAX_DIGITS } from './decimals.js';
import { decodeBytes, decodeLatin1 } from './decode.js';
import { PackedTexts } from './packed-texts.js';

/** Distinct texts a column keeps in its dictionary; whatever is new after that goes to the byte store. */
const DICTIONARY_LIMIT = 1 << 14;
/**
 * When so many distinct texts are known, every tenth cell must have been one of them, or the dictionary is not asked again: it would be of
 * no use to a column of distinct texts, and many such columns do not fit into the processor's caches.
 */
const EARLY_TEXTS = 1 << 12;
const FEWEST_HITS = 0.1;
/** Once the dictionary is full, it must answer a quarter of this many look-ups, or it is not asked again. */
const TRIAL_CELLS = 1 << 12;

/** What arquero asks of a column. */
export interface TextColumn {
  readonly length: number;
  at(row: number): string | null;
}

/** A column under construction. */
export interface ColumnBuilder {
  /** One cell, as Latin-1: one character per byte of the file. */
  add(bytes: string): void;
  /**
   * The column, read only; the builder must not be used afterwards.
   *
   * @param missing  texts of which the rule makes null
   */
  finish(encoding: TextEncoding, rule: CellRule, missing?: readonly string[]): TextColumn;
}

/** Turns a decoded cell into what the table shows: trimmed text, or null when missing. It leaves decimals as they are. */
export type CellRule = (text: string) => string | null;

/** Collects cells as bytes of the file; the true encoding is known at the end. */
export class TextColumnBuilder implements ColumnBuilder {
  private readonly cells = new CellBlocks();
  private readonly packed = new PackedTexts();
  private dictionary: ByteDictionary | undefined;
  private texts = 0;
  private hits = 0;
  private lookups = 0;
  private gaveUp = false;

  add(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.addBytes(bytes, 0, bytes.length);
  }

  /** A number of at most 15 digits. */
  addDecimal(units: number, places: number): void {
    this.cells.add(units, places);
  }

  /** A cell of any bytes, such as a decimal in quotes or between blanks. */
  addBytes(bytes: Buffer, from: number, to: number): void {
    const decimal = decimalIn(bytes, from, to);
    if (decimal !== undefined) this.addDecimal(decimal.units, decimal.places);
    else this.addText(bytes, from, to, hashOf(bytes, from, to));
  }

  /** A cell that is no decimal. */
  addText(bytes: Buffer, from: number, to: number, hash: number): void {
    const code = this.codeOf(bytes, from, to, hash);
    this.texts++;
    if (code >= 0) this.cells.add(code, TEXT_KIND);
    else this.cells.add(this.packed.add(bytes, from, to), PACKED_KIND);
  }

  /** The first `count` cells of two arrays; so many of them are texts that the dictionary has, and was not asked for. */
  addMany(numbers: Float64Array, kinds: Uint8Array, count: number, found: number): void {
    this.cells.addMany(numbers, kinds, count);
    this.texts += found;
    if ((this.dictionary?.size ?? 0) >= DICTIONARY_LIMIT) this.judge(found, found);
  }

  /** The number of a text, for a cell that is added later: its place in the dictionary, or -1 - its place among the other texts. */
  numberOf(bytes: Buffer, from: number, to: number): number {
    const code = this.codeOf(bytes, from, to, hashOf(bytes, from, to));
    this.texts++;
    return code >= 0 ? code : -1 - this.packed.add(bytes, from, to);
  }

  finish(encoding: TextEncoding, rule: CellRule, missing: readonly string[] = []): DecodedColumn {
    const { cells, packed } = this;
    const { length } = cells;
    cells.seal();
    const read = (bytes: Buffer): string | null => rule(decodeLatin1(bytes.toString('latin1'), encoding));
    const texts = this.dictionary?.texts(read) ?? [];
    const gaps = decimalsAmong(missing);
    const packedAt = (index: number): string | null => rule(decodeBytes(packed.bytesAt(index), encoding));
    return new DecodedColumn({ length, cells, texts, gaps, packedAt });
  }

  /** Place in the dictionary; -1 for the byte store. */
  private codeOf(bytes: Buffer, from: number, to: number, hash: number): number {
    if (this.gaveUp) return -1;
    const dictionary = (this.dictionary ??= new ByteDictionary());
    const known = dictionary.find(bytes, from, to, hash);
    if (dictionary.size >= DICTIONARY_LIMIT) this.judge(known >= 0 ? 1 : 0, 1);
    if (known >= 0 || dictionary.size >= DICTIONARY_LIMIT) return known;
    const code = dictionary.add(bytes, from, to, hash);
    if (dictionary.size === EARLY_TEXTS) this.gaveUp = (1 - FEWEST_HITS) * this.texts < EARLY_TEXTS;
    return code;
  }

  private judge(hits: number, lookups: number): void {
    this.hits += hits;
    this.lookups += lookups;
    if (this.lookups < TRIAL_CELLS) return;
    this.gaveUp = this.hits < this.lookups / 4;
    this.hits = this.lookups = 0;
  }
}

const BLANK = 0x20;

/** The decimal that a cell is, blanks around it left out. */
function decimalIn(bytes: Buffer, from: number, to: number): Decimal | undefined {
  let [start, end] = [from, to];
  while (start < end && bytes[start] === BLANK) start++;
  while (end > start && bytes[end - 1] === BLANK) end--;
  if (end === start || end - start > MAX_DIGITS + 2) return undefined;
  return decimalOf(bytes.toString('latin1', start, end));
}

interface ColumnParts {
  readonly length: number;
  readonly cells: CellBlocks;
  /** Of the dictionary; null for what is missing. */
  readonly texts: readonly (string | null)[];
  /** Decimals that stand for a missing cell. */
  readonly gaps: readonly Decimal[];
  packedAt(index: number): string | null;
}

/** A column that knows which of its cells are decimals, and its frequent texts by number. */
export class DecodedColumn implements TextColumn {
  readonly length: number;
  readonly texts: readonly (string | null)[];

  constructor(private readonly parts: ColumnParts) {
    this.length = parts.length;
    this.texts = parts.texts;
  }

  at(row: number): string | null {
    if (!(row >= 0 && row < this.length)) return null;
    const { cells, gaps } = this.parts;
    const [number, kind] = [cells.numberAt(row), cells.kindAt(row)];
    if (kind >= TEXT_KIND) return this.textOf(number, kind);
    return isOneOf(gaps, number, kind) ? null : decimalText(number, kind);
  }

  /** Every text that is no decimal, some of them more than once; not the missing ones. */
  *distinctTexts(): Generator<string> {
    const { texts, cells } = this.parts;
    for (const text of texts) if (text !== null) yield text;
    for (let row = 0; row < this.length; row++) {
      const text = cells.kindAt(row) === PACKED_KIND ? this.parts.packedAt(cells.numberAt(row)) : null;
      if (text !== null) yield text;
    }
  }

  /** What a cell that is no decimal says, by its number and kind. */
  textOf(number: number, kind: number): string | null {
    if (kind === TEXT_KIND) return this.texts[number];
    return kind === PACKED_KIND ? this.parts.packedAt(number) : null;
  }

  /** All cells: decimals as units and places, texts by their numbers, and which are missing. They lie in `room` until it is used again. */
  flat(room: ColumnRoom): FlatCells {
    const flat = this.parts.cells.flat(room, this.length);
    const { texts, gaps } = this.parts;
    const isGap = texts.map((text) => text === null);
    if (gaps.length === 0 && !isGap.includes(true)) return flat;
    const { numbers, kinds } = flat;
    for (let row = 0; row < kinds.length; row++) {
      const [number, kind] = [numbers[row], kinds[row]];
      const isMissing = kind === TEXT_KIND ? isGap[number] : kind < TEXT_KIND && isOneOf(gaps, number, kind);
      if (isMissing) kinds[row] = MISSING_KIND;
    }
    return { numbers, kinds };
  }
}
