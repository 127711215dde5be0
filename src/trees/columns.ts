/** @file A table's columns in the memory of the kernels: as bundles, with what the kernels must know to look for splits and to part rows. */

import type { BinnedTable, Stored } from './bins.js';
import { binCount, blockBytes, hasLevels, LANES, MAX_BINS } from './bins.js';
import { storedBin, storedColumns } from './bundles.js';
import type { GrownTree, GrowthParams, Split } from './tree.js';
import { binGoesLeft } from './tree.js';
import type { Plan } from './wasm/build.js';
import type { Kernels } from './wasm/kernels.gen.js';

const SLOT_BYTES = 8;
export const SET_BYTES = 32;
const RECORD_WORDS = 8;
const NODE_WORDS = 4;

/** Rows named one after the other at an address. */
export interface RowsAt {
  readonly at: number;
  readonly count: number;
}

type Rule = Pick<Split, 'column' | 'bin' | 'missingLeft' | 'set'>;

/** Owns the bins, or looks at those that all threads have; what `plan` gives room to is used from `connect` on. */
export class Columns {
  /** Slots of a histogram. */
  readonly slots: number;
  private readonly stored: Stored;
  /** Byte offset of each stored column in a histogram. */
  private readonly slotsOf: number[] = [];
  private readonly rooms;
  private kernels!: Kernels;
  private buffer!: ArrayBuffer;
  /** Stored columns of the tree under way, ascending. */
  private used: readonly number[] = [];

  constructor(
    private readonly table: BinnedTable,
    private readonly params: GrowthParams,
    plan: Plan,
  ) {
    this.stored = storedColumns(table);
    let slots = 0;
    for (const bins of this.stored.counts) {
      this.slotsOf.push(slots * SLOT_BYTES);
      slots += bins + 1;
    }
    this.slots = Math.max(1, slots);
    const words = (MAX_BINS + 1) * 4;
    this.rooms = {
      bins: table.memory ? this.stored.bins.byteOffset : plan.room(this.stored.bins.length),
      records: plan.room(table.cols * RECORD_WORDS * 4),
      list: plan.room(table.cols * 4),
      counts: plan.room(words),
      ownCounts: plan.room(words),
      ownSlots: plan.room(2 * words),
      keys: plan.room(2 * words),
      ranks: plan.room(words),
      /** Where columns that are not looked at leave their sums. */
      waste: plan.room(2 * words),
      set: plan.room(SET_BYTES),
      nodes: plan.room(2 * params.leaves * NODE_WORDS * 4),
      sets: plan.room(params.leaves * SET_BYTES),
    };
  }

  /** The memory is there: bins are copied into it where they lie elsewhere, and the kernels told where they are. */
  connect(kernels: Kernels, buffer: ArrayBuffer, found: number): void {
    this.kernels = kernels;
    this.buffer = buffer;
    const { table, stored, rooms, slotsOf } = this;
    if (!table.memory) new Uint8Array(buffer).set(stored.bins, rooms.bins);
    const records = new Int32Array(buffer, rooms.records, table.cols * RECORD_WORDS);
    stored.places.forEach(({ stored: column, first, usual, lowest }, i) => {
      const direction = this.params.monotone?.[i] ?? 0;
      const own = [slotsOf[column], binCount(table, i), direction, Number(hasLevels(table, i))];
      records.set([...own, first, usual, lowest, this.columnAt(i)], i * RECORD_WORDS);
    });
    const { counts, ownCounts, ownSlots, keys, ranks } = rooms;
    kernels.setTable(rooms.records, counts, ownCounts, ownSlots, found, keys, ranks);
  }

  /** Names the columns that the next tree may split; returns the address of their list. */
  choose(columns: Int32Array): number {
    new Int32Array(this.buffer, this.rooms.list, columns.length).set(columns);
    const used = new Set(Array.from(columns, (column) => this.stored.places[column].stored));
    this.used = [...used].sort((a, b) => a - b);
    return this.rooms.list;
  }

  /** The histogram of some rows, whose packed gradients lie at `gathered` in their order. */
  fill(histogram: number, { at: rows, count }: RowsAt, gathered: number): void {
    const { kernels, used, slotsOf, rooms } = this;
    new Uint8Array(this.buffer, histogram, this.slots * SLOT_BYTES).fill(0);
    const to = new Array<number>(LANES);
    for (let i = 0; i < used.length;) {
      const block = used[i] >> 3;
      to.fill(rooms.waste);
      for (; i < used.length && used[i] >> 3 === block; i++) to[used[i] & 7] = histogram + slotsOf[used[i]];
      const bins = rooms.bins + block * blockBytes(this.table.rows);
      kernels.histogram8(bins, rows, gathered, count, to[0], to[1], to[2], to[3], to[4], to[5], to[6], to[7]);
    }
  }

  /** Rows that go left come first; returns how many. */
  part(rule: Rule, { at, count }: RowsAt, spare: number): number {
    const { kernels, rooms } = this;
    const column = this.columnAt(rule.column);
    if (this.needsSet(rule)) return kernels.partSet(column, at, count, this.writeSet(rule, rooms.set), spare);
    return kernels.part(column, at, count, rule.bin, Number(rule.missingLeft), spare);
  }

  /** How many rows go left. */
  countLeft(rule: Rule, { at, count }: RowsAt): number {
    const { kernels, rooms } = this;
    const column = this.columnAt(rule.column);
    if (this.needsSet(rule)) return kernels.countSet(column, at, count, this.writeSet(rule, rooms.set));
    return kernels.countLeft(column, at, count, rule.bin, Number(rule.missingLeft));
  }

  /** scores[row] += the tree's value for some rows, by their bins. */
  walk(tree: GrownTree, { at: rows, count }: RowsAt, scores: number): void {
    const { rooms, buffer } = this;
    const length = tree.column.length * NODE_WORDS;
    const words = new Uint32Array(buffer, rooms.nodes, length);
    const values = new Float32Array(buffer, rooms.nodes, length);
    let sets = rooms.sets;
    for (let i = 0; i < tree.column.length; i++) {
      const at = i * NODE_WORDS;
      words[at + 2] = tree.left[i];
      values[at + 3] = tree.value[i];
      if (tree.left[i] === 0) continue;
      const rule = { column: tree.column[i], bin: tree.bin[i], missingLeft: tree.missingLeft[i], set: tree.sets[i] };
      words[at] = this.columnAt(rule.column);
      if (this.needsSet(rule)) {
        words[at + 1] = this.writeSet(rule, sets);
        sets += SET_BYTES;
      } else {
        words[at + 1] = rule.bin | (Number(rule.missingLeft) << 8);
      }
    }
    this.kernels.walk(rows, count, rooms.nodes, scores);
  }

  /** Where the stored bins of a column begin; those of successive rows are eight bytes apart. */
  private columnAt(column: number): number {
    const { stored } = this.stored.places[column];
    return this.rooms.bins + (stored >> 3) * blockBytes(this.table.rows) + (stored & 7);
  }

  /** In a bundle, bins that go left need not be the lowest ones. */
  private needsSet({ column, set }: Rule): boolean {
    return set !== null || this.stored.places[column].first > 0;
  }

  /** Writes the stored bins that go left as 256 bits; returns where. */
  private writeSet(rule: Rule, at: number): number {
    const place = this.stored.places[rule.column];
    const isUsualLeft = place.first > 0 && binGoesLeft(rule, place.usual);
    const bits = new Uint8Array(this.buffer, at, SET_BYTES).fill(isUsualLeft ? 255 : 0);
    for (let bin = place.lowest; bin <= binCount(this.table, rule.column); bin++) {
      const own = storedBin(place, bin);
      if (binGoesLeft(rule, bin)) bits[own >> 3] |= 1 << (own & 7);
      else bits[own >> 3] &= ~(1 << (own & 7));
    }
    return at;
  }
}
