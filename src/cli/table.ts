/** @file Rows below each other, aligned: the only layout of the command line. */

import type { Paint } from './text.js';
import { cut, displayWidth, harmless, pad } from './text.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Cells it takes at most; longer texts are cut. */
  readonly maxWidth?: number;
  /** The column that gives way when the table is wider than its terminal. */
  readonly shrinks?: boolean;
}

export interface TableOptions {
  /** Cells in a line; Infinity where nothing must be cut. */
  readonly width: number;
  readonly paint: Paint;
  /** A row to stand out, such as the winner. */
  readonly strong?: number;
}

const GAP = '  ';
const INDENT = '  ';
/** A column that gives way keeps at least this much. */
const MIN_WIDTH = 8;

/** Lines of an aligned table: titles, then rows. Cells are made harmless. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions,
): string[] {
  const { paint, strong = -1 } = options;
  const titles = columns.map(({ title }) => harmless(title));
  const cells = rows.map((row) => row.map(harmless));
  const widths = fittingWidths(columns, [titles, ...cells], options.width);
  const line = (row: readonly string[]): string =>
    (INDENT + row.map((text, j) => pad(cut(text, widths[j]), widths[j], columns[j].align)).join(GAP)).trimEnd();
  return [paint.bold(line(titles)), ...cells.map((row, i) => (i === strong ? paint.green(line(row)) : line(row)))];
}

/** Natural widths, up to each column's own limit; then those that give way share what is missing, the widest first. */
function fittingWidths(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): number[] {
  const widths = columns.map(({ maxWidth = Infinity }, j) =>
    Math.min(maxWidth, Math.max(...rows.map((row) => displayWidth(row[j])))),
  );
  let excess = INDENT.length + sum(widths) + GAP.length * (columns.length - 1) - width;
  while (excess > 0) {
    const widest = columns.reduce(
      (best, { shrinks }, j) => (shrinks && widths[j] > (widths[best] ?? 0) ? j : best),
      -1,
    );
    if (widest < 0 || widths[widest] <= MIN_WIDTH) break;
    widths[widest]--;
    excess--;
  }
  return widths;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
