/** @file Rows in which columns are not as usual, listed by the kernels for eight columns at a time. */

import type { BinnedTable } from './bins.js';
import { blockBytes, LANES } from './bins.js';
import { Plan } from './wasm/build.js';
import type { Kernels } from './wasm/kernels.gen.js';

export class UnusualRows {
  private readonly kernels: Kernels;
  private readonly buffer: ArrayBuffer;
  private readonly at;
  private readonly counts: Uint32Array;
  private readonly missing: Uint8Array;

  /** Memory  40 bytes a row */
  constructor(private readonly table: BinnedTable) {
    const plan = new Plan();
    this.at = {
      block: plan.room(blockBytes(table.rows)),
      lists: plan.room(LANES * table.rows * 4),
      usual: plan.room(LANES),
      looked: plan.room(LANES),
      counts: plan.room(LANES * 4),
      missing: plan.room(LANES),
    };
    ({ kernels: this.kernels, buffer: this.buffer } = plan.build());
    this.counts = new Uint32Array(this.buffer, this.at.counts, LANES);
    this.missing = new Uint8Array(this.buffer, this.at.missing, LANES);
  }

  /** Looks at some columns of one block, each with its usual bin; what was found before is forgotten. */
  look(block: number, usual: ReadonlyMap<number, number>): void {
    const { kernels, buffer, at, table } = this;
    const bytes = blockBytes(table.rows);
    new Uint8Array(buffer, at.block, bytes).set(table.bins.subarray(block * bytes, (block + 1) * bytes));
    const [bins, looked] = [at.usual, at.looked].map((from) => new Uint8Array(buffer, from, LANES).fill(0));
    for (const [column, bin] of usual) {
      bins[column & 7] = bin;
      looked[column & 7] = 255;
    }
    kernels.unusual8(at.block, table.rows, at.usual, at.looked, at.lists, at.counts, at.missing);
  }

  /** How many rows a column has that are not as usual. */
  count(column: number): number {
    return this.counts[column & 7];
  }

  /** These rows. */
  rows(column: number): Uint32Array {
    const { lists } = this.at;
    return new Uint32Array(this.buffer, lists + 4 * (column & 7) * this.table.rows, this.count(column)).slice();
  }

  /** Whether cells are missing in some of them. */
  hasMissing(column: number): boolean {
    return this.missing[column & 7] === 1;
  }
}
