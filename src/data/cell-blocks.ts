/** @file Numbers of the cells of one column, a number and a kind for each: written in order, and kept in as few bytes as they need. */

import { rangeOf } from './loops.js';

/** Kinds below are places of a decimal, whose units are the number. */
export const TEXT_KIND = 32;
/** The number is a place among texts that are kept apart. */
export const PACKED_KIND = 33;
export const MISSING_KIND = 34;

/** Few enough that the open blocks of thousands of columns fit into memory. */
const BLOCK_ROWS = 1 << 14;
const FIRST_BLOCK_ROWS = 4;

type Numbers = Float64Array | Int32Array | Int16Array | Uint8Array;

interface Block {
  readonly numbers: Numbers;
  /** One for all where they are the same. */
  readonly kinds: Uint8Array | number;
}

/** Cells of one column as two plain arrays. */
export interface FlatCells {
  readonly numbers: Float64Array;
  readonly kinds: Uint8Array;
  /** The kind of all of them, where it is known that they have one. */
  readonly kind?: number | undefined;
}

/** Memory for the cells of one column after another: new memory costs as much as a look at all of them. */
export class ColumnRoom {
  private cells: FlatCells | undefined;
  private others: Float64Array[] = [];
  private words = new Uint32Array(0);

  cellsOf(length: number): FlatCells {
    if (this.cells?.numbers.length !== length) {
      this.cells = { numbers: new Float64Array(length), kinds: new Uint8Array(length) };
    }
    return this.cells;
  }

  /** One of several arrays of numbers, which hold what they held before. */
  numbers(which: number, length: number): Float64Array {
    if (this.others[which]?.length !== length) this.others[which] = new Float64Array(length);
    return this.others[which];
  }

  /** So many words of 32 bits, all of them zero. */
  zeros(length: number): Uint32Array {
    if (this.words.length < length) this.words = new Uint32Array(length);
    else this.words.fill(0, 0, length);
    return this.words;
  }
}

/** The first block doubles until it is whole, later ones are whole from the start; whole ones are narrowed. */
export class CellBlocks {
  private readonly blocks: Block[] = [];
  private numbers = new Float64Array(FIRST_BLOCK_ROWS);
  private kinds = new Uint8Array(FIRST_BLOCK_ROWS);
  private size = 0;

  get length(): number {
    return this.blocks.length * BLOCK_ROWS + this.size;
  }

  add(number: number, kind: number): void {
    if (this.size === this.numbers.length) this.makeRoom();
    this.numbers[this.size] = number;
    this.kinds[this.size] = kind;
    this.size++;
  }

  /** The first `count` of two arrays. */
  addMany(numbers: Float64Array, kinds: Uint8Array, count: number): void {
    for (let from = 0; from < count;) {
      if (this.size === this.numbers.length) this.makeRoom();
      const to = Math.min(count, from + this.numbers.length - this.size);
      this.numbers.set(numbers.subarray(from, to), this.size);
      this.kinds.set(kinds.subarray(from, to), this.size);
      this.size += to - from;
      from = to;
    }
  }

  /** No cell may be added afterwards. */
  seal(): void {
    if (this.size > 0) this.narrow();
    this.numbers = new Float64Array(0);
    this.kinds = new Uint8Array(0);
  }

  numberAt(row: number): number {
    return this.blocks[Math.floor(row / BLOCK_ROWS)].numbers[row % BLOCK_ROWS];
  }

  kindAt(row: number): number {
    const { kinds } = this.blocks[Math.floor(row / BLOCK_ROWS)];
    return typeof kinds === 'number' ? kinds : kinds[row % BLOCK_ROWS];
  }

  /** Of a sealed column. */
  flat(room: ColumnRoom, length: number): FlatCells {
    const flat = room.cellsOf(length);
    const { numbers, kinds } = flat;
    this.blocks.forEach((block, i) => {
      const start = i * BLOCK_ROWS;
      numbers.set(block.numbers, start);
      if (typeof block.kinds === 'number') kinds.fill(block.kinds, start, start + block.numbers.length);
      else kinds.set(block.kinds, start);
    });
    return { ...flat, kind: this.oneKind() };
  }

  private oneKind(): number | undefined {
    const [first] = this.blocks;
    const isOne = typeof first?.kinds === 'number' && this.blocks.every(({ kinds }) => kinds === first.kinds);
    return isOne ? first.kinds : undefined;
  }

  private makeRoom(): void {
    if (this.size === BLOCK_ROWS) {
      this.narrow();
      return;
    }
    const [numbers, kinds] = [new Float64Array(2 * this.size), new Uint8Array(2 * this.size)];
    numbers.set(this.numbers);
    kinds.set(this.kinds);
    [this.numbers, this.kinds] = [numbers, kinds];
  }

  /** The open block is copied, and used again for the next one. */
  private narrow(): void {
    const kinds = this.kinds.subarray(0, this.size);
    const isUniform = sameThroughout(kinds);
    this.blocks.push({
      numbers: narrowed(this.numbers.subarray(0, this.size)),
      kinds: isUniform ? kinds[0] : kinds.slice(),
    });
    this.size = 0;
  }
}

function narrowed(numbers: Float64Array): Numbers {
  const [low, high] = rangeOf(numbers);
  if (low >= 0 && high < 2 ** 8) return new Uint8Array(numbers);
  if (low >= -(2 ** 15) && high < 2 ** 15) return new Int16Array(numbers);
  return low >= -(2 ** 31) && high < 2 ** 31 ? new Int32Array(numbers) : numbers.slice();
}

function sameThroughout(kinds: Uint8Array): boolean {
  for (let i = 1; i < kinds.length; i++) if (kinds[i] !== kinds[0]) return false;
  return true;
}
