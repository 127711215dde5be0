/** @file Cells sorted and binned by the kernels, in a memory of their own through which a table goes piece by piece. */

import type { Matrix } from '../core/index.js';
import { LANES, MAX_BINS } from './bins.js';
import { Plan } from './wasm/build.js';
import type { Kernels } from './wasm/kernels.gen.js';

/** Cells of a piece, which the second nearest cache holds, and its rows at least. */
const PIECE_CELLS = 2 ** 16;
const LEAST_ROWS = 64;
const CELL_BYTES = 4;
/** Kernels read eight cells of a row also where there are fewer. */
const BEYOND = LANES * CELL_BYTES;
/** Different values of a column that are looked for one by one, columns that are looked at together, and what says that one is not. */
const VERY_FEW = 8;
const GROUP = 4;
const NOT_LOOKED_AT = VERY_FEW + 1;
/** The bits of NaN as they mostly are. */
const MISSING = 0x7fc00000;
const DIGITS = 3 * 2048;
const PLACES = MAX_BINS + 1;

export class Binner {
  /** [8][most] float32: room for what is to be sorted. */
  readonly unsorted: Uint32Array;
  private readonly kernels: Kernels;
  private readonly buffer: ArrayBuffer;
  private readonly at;
  private readonly pieceRows: number;

  /** `most`: numbers that are sorted at once, eight times. */
  constructor(
    private readonly X: Matrix,
    private readonly most: number,
  ) {
    const plan = new Plan();
    const { cols, rows } = X;
    this.pieceRows = Math.min(rows, Math.max(LEAST_ROWS, Math.floor(PIECE_CELLS / Math.max(1, cols))));
    const columns = Math.ceil(cols / LANES) * LANES;
    this.at = {
      piece: plan.room(this.pieceRows * cols * CELL_BYTES + BEYOND),
      bins: plan.room(this.pieceRows * LANES),
      cuts: plan.room(columns * PLACES * CELL_BYTES),
      onlyCuts: plan.room(columns * CELL_BYTES),
      unsorted: plan.room(LANES * most * CELL_BYTES),
      spare: plan.room(most * CELL_BYTES),
      starts: plan.room(DIGITS * CELL_BYTES),
      groups: plan.room((columns / GROUP) * CELL_BYTES),
      found: plan.room(VERY_FEW * columns * CELL_BYTES),
      counts: plan.room(columns * CELL_BYTES),
    };
    ({ kernels: this.kernels, buffer: this.buffer } = plan.build());
    this.unsorted = new Uint32Array(this.buffer, this.at.unsorted, LANES * most);
  }

  /**
   * By column, its different values in the named rows where they are at most eight and at most `most`, ascending; else null. Of categories
   * always null.
   */
  fewValues(rows: Uint32Array, most: number, isCategory: readonly boolean[] = []): (Float32Array | null)[] {
    const { at, buffer, kernels } = this;
    const { cols } = this.X;
    const width = Math.ceil(cols / GROUP) * GROUP;
    const found = new Uint32Array(buffer, at.found, VERY_FEW * width).fill(MISSING);
    const counts = new Int32Array(buffer, at.counts, width).fill(NOT_LOOKED_AT, cols);
    for (let column = 0; column < cols; column++) if (isCategory[column]) counts[column] = NOT_LOOKED_AT;
    let left = width / GROUP;
    new Int32Array(buffer, at.groups, left).forEach((_, i, groups) => (groups[i] = GROUP * i));
    for (let from = 0; from < rows.length && left > 0;) {
      const n = this.gather(rows, from);
      left = kernels.findFew(at.piece, n, cols, at.groups, left, at.found, at.counts, Math.min(VERY_FEW, most));
      from += n;
    }
    return Array.from({ length: cols }, (_, column) => {
      if (counts[column] === NOT_LOOKED_AT) return null;
      const bits = Uint32Array.from({ length: counts[column] }, (_, i) => found[i * width + column]);
      return new Float32Array(bits.buffer).sort();
    });
  }

  /** The next of some rows as a piece, in their order; returns how many. */
  private gather(rows: Uint32Array, from: number): number {
    const { data, cols } = this.X;
    const n = Math.min(this.pieceRows, rows.length - from);
    const piece = new Float32Array(this.buffer, this.at.piece, n * cols);
    for (let i = 0; i < n;) {
      const first = rows[from + i];
      let run = 1;
      while (i + run < n && rows[from + i + run] === first + run) run++;
      piece.set(data.subarray(first * cols, (first + run) * cols), i * cols);
      i += run;
    }
    return n;
  }

  /** The first `n` numbers of one of the eight rooms, ascending; they stay where they are. */
  sorted(room: number, n: number): Float32Array {
    const values = this.at.unsorted + room * this.most * CELL_BYTES;
    this.kernels.sortFloats(values, n, this.at.spare, this.at.starts);
    return new Float32Array(this.buffer, values, n);
  }

  /** Fills the bins of all columns but those without cuts of their own, which are null and stay 0. */
  fill(cuts: readonly (Float32Array | null)[], bins: Uint8Array): void {
    const { X, at, pieceRows, buffer } = this;
    const halves = this.writeCuts(cuts);
    const piece = new Float32Array(buffer, at.piece, pieceRows * X.cols);
    for (let from = 0; from < X.rows; from += pieceRows) {
      const rows = Math.min(pieceRows, X.rows - from);
      piece.set(X.data.subarray(from * X.cols, (from + rows) * X.cols));
      for (let first = 0; first < X.cols; first += LANES) {
        this.fillBlock(halves.subarray(first, first + LANES), first, rows);
        bins.set(new Uint8Array(buffer, at.bins, rows * LANES), first * X.rows + from * LANES);
      }
    }
  }

  /** Half of the least power of 2 that is above each column's cuts: 1 of one or none, 0 where it has no bins by cuts. */
  private writeCuts(cuts: readonly (Float32Array | null)[]): Int32Array {
    const { at, buffer } = this;
    const onlyCuts = new Float32Array(buffer, at.onlyCuts, cuts.length);
    return Int32Array.from(cuts, (own, column) => {
      if (!own) return 0;
      const places = new Float32Array(buffer, at.cuts + column * PLACES * CELL_BYTES, PLACES);
      places.fill(Number.NaN).set(own);
      onlyCuts[column] = places[0];
      let half = 1;
      while (2 * half <= own.length) half *= 2;
      return half;
    });
  }

  private fillBlock(halves: Int32Array, first: number, rows: number): void {
    const { kernels, at, buffer, X } = this;
    const stride = X.cols * CELL_BYTES;
    const cells = at.piece + first * CELL_BYTES;
    if (halves.every((half) => half === 1)) {
      kernels.binSimple8(cells, stride, rows, at.onlyCuts + first * CELL_BYTES, halves.length, at.bins);
      return;
    }
    new Uint8Array(buffer, at.bins, rows * LANES).fill(0);
    halves.forEach((half, lane) => {
      if (half === 0) return;
      const cuts = at.cuts + (first + lane) * PLACES * CELL_BYTES;
      kernels.binColumn(cells + lane * CELL_BYTES, stride, rows, cuts, half, at.bins + lane);
    });
  }
}
