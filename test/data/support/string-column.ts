/** @file A column of cells as strings: what typed columns are compared with. */

import type { TextEncoding } from '../../../src/data/csv-table.js';
import { decodeLatin1 } from '../../../src/data/decode.js';
import type { CellRule, ColumnBuilder, TextColumn } from '../../../src/data/text-column.js';

/** Cells as they came. */
export class StringColumnBuilder implements ColumnBuilder {
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
