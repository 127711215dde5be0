/** @file How often each text of a column occurs, in the order of first appearance; texts that are decimals are counted as such. */

import type { FlatCells } from './cell-blocks.js';
import { TEXT_KIND } from './cell-blocks.js';
import { decimalOf, decimalText } from './decimals.js';
import { hashOfWhole } from './distinct.js';

const FIRST_SIZE = 64;

/** Counts texts and decimals; a decimal and its text are one. */
export class CellCounter {
  size = 0;
  /** Distinct texts that are no decimals. */
  textCount = 0;
  private counts = new Int32Array(FIRST_SIZE);
  private units = new Float64Array(FIRST_SIZE);
  /** Of a decimal; what is no decimal has TEXT. */
  private places = new Uint8Array(FIRST_SIZE);
  /** By number of the entry, where it is no decimal. */
  private readonly textOf: string[] = [];
  private readonly entryOf = new Map<string, number>();
  /** 1 + number of an entry that is a decimal; 0 where the slot is free. */
  private slots = new Int32Array(2 * FIRST_SIZE);

  /** The number of the entry of a decimal; -1 where it is new. */
  findDecimal(units: number, places: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    for (let at = hashOf(units, places) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const entry = slots[at] - 1;
      if (this.units[entry] === units && this.places[entry] === places) return entry;
    }
    return -1;
  }

  findText(text: string): number {
    const decimal = decimalOf(text);
    return decimal === undefined ? (this.entryOf.get(text) ?? -1) : this.findDecimal(decimal.units, decimal.places);
  }

  addDecimal(units: number, places: number): number {
    const entry = this.newEntry();
    this.units[entry] = units;
    this.places[entry] = places;
    if (2 * this.size > this.slots.length) this.growSlots();
    else this.place(entry);
    return entry;
  }

  addText(text: string): number {
    const decimal = decimalOf(text);
    if (decimal !== undefined) return this.addDecimal(decimal.units, decimal.places);
    const entry = this.newEntry();
    this.places[entry] = TEXT;
    this.textOf[entry] = text;
    this.entryOf.set(text, entry);
    this.textCount++;
    return entry;
  }

  /** Counts decimals from row `from` on; gives the first that is none, or is new where there are `most` entries already. */
  countDecimals(
    { numbers, kinds }: FlatCells,
    rows: ArrayLike<number>,
    from: number,
    to: number,
    most: number,
  ): number {
    for (let i = from; i < to; i++) {
      const row = rows[i];
      const kind = kinds[row];
      if (kind >= TEXT_KIND) return i;
      let entry = this.findDecimal(numbers[row], kind);
      if (entry < 0) {
        if (this.size >= most) return i;
        entry = this.addDecimal(numbers[row], kind);
      }
      this.counts[entry]++;
    }
    return to;
  }

  /** Counts texts of a dictionary from row `from` on; gives the first that is none, or has no entry yet. */
  countKnown(
    { numbers, kinds }: FlatCells,
    rows: ArrayLike<number>,
    from: number,
    to: number,
    entryOf: Int32Array,
  ): number {
    for (let i = from; i < to; i++) {
      const row = rows[i];
      if (kinds[row] !== TEXT_KIND) return i;
      const entry = entryOf[numbers[row]];
      if (entry < 0) return i;
      this.counts[entry]++;
    }
    return to;
  }

  /** One more cell of an entry. */
  count(entry: number): void {
    this.counts[entry]++;
  }

  /** Texts that are no decimals, with their cells. */
  *texts(): Generator<[string, number]> {
    for (const [text, entry] of this.entryOf) yield [text, this.counts[entry]];
  }

  /** As a map from texts, of what was counted so far. */
  finish(): ReadonlyMap<string, number> {
    const { size, counts, units, places, textOf } = this;
    const entries = function* (): Generator<[string, number]> {
      for (let i = 0; i < size; i++) {
        yield [places[i] === TEXT ? textOf[i] : decimalText(units[i], places[i]), counts[i]];
      }
    };
    if (this.textCount > 0) return new Map(entries());
    let cells = 0;
    for (let i = 0; i < size; i++) cells += counts[i];
    return new DecimalCounts(size, cells, entries);
  }

  private newEntry(): number {
    if (this.size === this.counts.length) this.growEntries();
    return this.size++;
  }

  private growEntries(): void {
    const length = 2 * this.counts.length;
    const [counts, units, places] = [new Int32Array(length), new Float64Array(length), new Uint8Array(length)];
    counts.set(this.counts);
    units.set(this.units);
    places.set(this.places);
    [this.counts, this.units, this.places] = [counts, units, places];
  }

  private growSlots(): void {
    this.slots = new Int32Array(2 * this.slots.length);
    for (let entry = 0; entry < this.size; entry++) if (this.places[entry] !== TEXT) this.place(entry);
  }

  private place(entry: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let at = hashOf(this.units[entry], this.places[entry]) & mask;
    while (slots[at] !== 0) at = (at + 1) & mask;
    slots[at] = entry + 1;
  }
}

const TEXT = 255;
function hashOf(units: number, places: number): number {
  return hashOfWhole(units) ^ places;
}

/** The counts of a column of nothing but decimals; their texts are made when asked for. */
export class DecimalCounts implements ReadonlyMap<string, number> {
  private map: ReadonlyMap<string, number> | undefined;

  constructor(
    readonly size: number,
    /** The sum of the counts. */
    readonly cells: number,
    readonly entries: () => MapIterator<[string, number]>,
  ) {}

  *keys(): MapIterator<string> {
    for (const [text] of this.entries()) yield text;
  }

  *values(): MapIterator<number> {
    for (const [, count] of this.entries()) yield count;
  }

  [Symbol.iterator](): MapIterator<[string, number]> {
    return this.entries();
  }

  forEach(visit: (count: number, text: string, map: ReadonlyMap<string, number>) => void): void {
    for (const [text, count] of this.entries()) visit(count, text, this);
  }

  get(text: string): number | undefined {
    return this.whole().get(text);
  }

  has(text: string): boolean {
    return this.whole().has(text);
  }

  private whole(): ReadonlyMap<string, number> {
    return (this.map ??= new Map(this.entries()));
  }
}
