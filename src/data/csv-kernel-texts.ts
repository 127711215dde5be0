/**
 * @file Texts of a column by number, as the kernel of plain rows finds them: short ones in tables in its memory. The numbers are those of
 * the columns' dictionaries, which are asked for every text that a table does not have.
 */

import { PACKED_KIND, TEXT_KIND } from './cell-blocks.js';
import type { TextColumnBuilder } from './text-column.js';
import type { Plan } from './wasm/build.js';
import type { Kernels } from './wasm/kernels.gen.js';

const WAITING_TEXTS = 1 << 12;
/** Of a text that waits: row, column, where it begins and where it ends. */
const WAITING_WORDS = 4;
/** Of a column: its table, the mask of it, texts found there since they were asked for. */
const COLUMN_WORDS = 4;
const SLOT_BYTES = 32;
/** Longer texts are in no table. */
const MOST_TEXT_BYTES = 24;
const FIRST_SLOTS = 1 << 6;
const MOST_SLOTS = 1 << 15;
/** Of all tables; what nobody writes to takes no memory. */
const TABLE_BYTES = 1 << 26;

interface Places {
  readonly width: number;
  readonly columns: number;
  readonly waiting: number;
  readonly mostWaiting: number;
  readonly tables: number;
  /** For the tables of one column, each of twice the slots of the one before. */
  readonly tableBytes: number;
}

export class KernelTexts {
  private readonly words: Uint32Array;
  private readonly waiting: Uint32Array;
  /** Of each column: texts in its table. */
  private readonly counts: Uint32Array;
  /** By the places of cells; undefined where the column is not kept. */
  private readonly owners: (TextColumnBuilder | undefined)[];
  private columns: readonly TextColumnBuilder[] = [];

  static plan(plan: Plan, width: number): Places {
    const mostWaiting = Math.max(WAITING_TEXTS, width);
    const slots = 2 ** Math.floor(Math.log2(TABLE_BYTES / SLOT_BYTES / width));
    const tableBytes = SLOT_BYTES * Math.min(2 * MOST_SLOTS, Math.max(FIRST_SLOTS, slots));
    return {
      width,
      columns: plan.room(4 * COLUMN_WORDS * width),
      waiting: plan.room(4 * WAITING_WORDS * mostWaiting),
      mostWaiting,
      tables: plan.room(tableBytes * width),
      tableBytes,
    };
  }

  constructor(
    private readonly places: Places,
    private readonly kernels: Kernels,
    private readonly memory: Buffer,
  ) {
    const { width, columns, waiting, mostWaiting } = places;
    this.words = new Uint32Array(memory.buffer, columns, COLUMN_WORDS * width);
    this.waiting = new Uint32Array(memory.buffer, waiting, WAITING_WORDS * mostWaiting);
    this.counts = new Uint32Array(width);
    this.owners = new Array<undefined>(width).fill(undefined);
    kernels.setTexts(columns, waiting, mostWaiting);
  }

  /** Forgets all texts where other columns than before number them. */
  belongTo(kept: readonly number[], columns: readonly TextColumnBuilder[]): void {
    if (columns === this.columns) return;
    this.columns = columns;
    this.words.fill(0);
    this.counts.fill(0);
    kept.forEach((j, i) => {
      this.owners[j] = columns[i];
      this.setTable(j, this.places.tables + j * this.places.tableBytes, FIRST_SLOTS);
    });
  }

  /** Writes the cells of the texts that wait. */
  take(count: number, numbers: readonly Float64Array[], kinds: readonly Uint8Array[]): void {
    const { waiting } = this;
    for (let i = 0; i < count; i++) {
      const [row, j, from, to] = waiting.subarray(WAITING_WORDS * i, WAITING_WORDS * (i + 1));
      const number = this.numberOf(j, from, to);
      numbers[j][row] = number < 0 ? -1 - number : number;
      kinds[j][row] = number < 0 ? PACKED_KIND : TEXT_KIND;
    }
  }

  /** How many cells of a column were found in its table since this was asked last. */
  takeFound(j: number): number {
    const place = COLUMN_WORDS * j + 2;
    const found = this.words[place];
    this.words[place] = 0;
    return found;
  }

  /** A number of the column's dictionary; below zero, a place among its other texts. */
  private numberOf(j: number, from: number, to: number): number {
    const { kernels, words } = this;
    const at = COLUMN_WORDS * j;
    const known = kernels.find(words[at], words[at + 1], from, to - from);
    if (known >= 0) return known;
    const number = this.owners[j]!.numberOf(this.memory, from, to);
    if (number >= 0 && to - from <= MOST_TEXT_BYTES && this.hasRoom(j)) {
      kernels.put(words[at], words[at + 1], from, to - from, number);
      this.counts[j]++;
    }
    return number;
  }

  /** Whether the table of a column can take one more text, in a larger one if need be: it is half empty at least. */
  private hasRoom(j: number): boolean {
    const { kernels, words, places, counts } = this;
    const at = COLUMN_WORDS * j;
    const [table, mask] = [words[at], words[at + 1]];
    if (2 * counts[j] < mask) return true;
    const next = table + SLOT_BYTES * (mask + 1);
    const slots = 2 * (mask + 1);
    if (next + SLOT_BYTES * slots > places.tables + (j + 1) * places.tableBytes) return false;
    this.setTable(j, next, slots);
    kernels.move(table, mask, next, slots - 1);
    return true;
  }

  private setTable(j: number, table: number, slots: number): void {
    this.memory.fill(0, table, table + SLOT_BYTES * slots);
    this.words[COLUMN_WORDS * j] = table;
    this.words[COLUMN_WORDS * j + 1] = slots - 1;
  }
}
