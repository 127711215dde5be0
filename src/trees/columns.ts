/** @file A table's columns in the memory of the kernels: as bundles, with what the kernels must know to look for splits and to part rows. */

import type { BinnedTable, Stored } from './bins.js';
import { binCount, blockBytes, hasLevels, LANES, MAX_BINS } from './bins.js';
import { storedBin, storedColumns } from './bundles.js';
import type { GrownTree, GrowthParams, Split } from './tree.js';
import { binGoesLeft } from './tree.js';
import type { Plan } from './wasm/build.js';
import type { Kernels } from './wasm/kernels.gen.js';

/** A sum, and beside it the number of rows where they are counted. */
const SLOT_BYTES = 8;
const COUNTED_SLOT_BYTES = 16;
export const SET_BYTES = 32;
const RECORD_WORDS = 8;
const NODE_WORDS = 4;

/** Slots that a stored column may have. */
const WIDTHS = [16, 64, 256] as const;

/** Up to eight stored columns: where their slots begin in a histogram, in bytes, and how many each has. */
interface Block {
  readonly at: number;
  readonly width: number;
  readonly columns: number;
}

/** Rows named one after the other at an address. */
export interface RowsAt {
  readonly at: number;
  readonly count: number;
}

type Rule = Pick<Split, 'column' | 'bin' | 'missingLeft' | 'set'>;

/** Owns the bins, or looks at those that all threads have; what `plan` gives room to is used from `connect` on. */
export class Columns {
  /** Bytes of a histogram. */
  readonly bytes: number;
  private readonly slotBytes: number;
  private readonly stored: Stored;
  /** Stored columns that share blocks, and their slots. */
  private readonly blocks: Block[] = [];
  /** Byte offset of each stored column in a histogram. */
  private readonly slotsOf: number[] = [];
  private readonly rooms;
  private kernels!: Kernels;
  private buffer!: ArrayBuffer;
  /** Blocks that the tree under way looks at. */
  private used: readonly number[] = [];

  constructor(
    private readonly table: BinnedTable,
    private readonly params: GrowthParams,
    plan: Plan,
    private readonly isCounted: boolean,
  ) {
    this.stored = storedColumns(table);
    this.slotBytes = isCounted ? COUNTED_SLOT_BYTES : SLOT_BYTES;
    this.bytes = this.placeSlots(this.stored.counts) * this.slotBytes;
    const words = (MAX_BINS + 1) * 4;
    this.rooms = {
      bins: table.memory ? this.stored.bins.byteOffset : plan.room(this.stored.bins.length),
      records: plan.room(table.cols * RECORD_WORDS * 4),
      list: plan.room(table.cols * 4),
      ownSlots: plan.room((MAX_BINS + 1) * this.slotBytes),
      keys: plan.room(2 * words),
      ranks: plan.room(words),
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
    kernels.setTable(rooms.records, rooms.ownSlots, found, rooms.keys, rooms.ranks);
  }

  /** Names the columns that the next tree may split; returns the address of their list. */
  choose(columns: Int32Array): number {
    new Int32Array(this.buffer, this.rooms.list, columns.length).set(columns);
    this.used = [...new Set(Array.from(columns, (column) => this.stored.places[column].stored >> 3))];
    return this.rooms.list;
  }

  /** The histogram of some rows, whose packed gradients lie at `gathered` in their order. */
  fill(histogram: number, { at: rows, count }: RowsAt, gathered: number): void {
    const { kernels, rooms } = this;
    new Uint8Array(this.buffer, histogram, this.bytes).fill(0);
    for (const block of this.used) {
      const bins = rooms.bins + block * blockBytes(this.table.rows);
      const { at, width, columns } = this.blocks[block];
      kernels.histogram(bins, rows, gathered, count, histogram + at, width, columns, this.isCounted);
    }
  }

  /** The columns of a block have as many slots each, of the widths that kernels know; returns how many there are. */
  private placeSlots(counts: readonly number[]): number {
    let slots = 0;
    for (let first = 0; first < counts.length; first += LANES) {
      const own = counts.slice(first, first + LANES);
      const width = WIDTHS.find((slotsEach) => slotsEach > Math.max(...own))!;
      this.blocks.push({ at: slots * this.slotBytes, width, columns: own.length });
      for (let lane = 0; lane < own.length; lane++) this.slotsOf.push((slots + lane * width) * this.slotBytes);
      slots += width * (own.length > LANES / 2 ? LANES : LANES / 2);
    }
    return Math.max(WIDTHS[0], slots);
  }

  /** Rows that go left come first; returns how many. */
  part(rule: Rule, { at, count }: RowsAt, spare: number): number {
    const { kernels, rooms } = this;
    const column = this.columnAt(rule.column);
    if (this.needsSet(rule)) return kernels.partSet(column, at, count, this.writeSet(rule, rooms.set), spare);
    return kernels.part(column, at, count, rule.bin, Number(rule.missingLeft), spare);
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
