/** @file Plain aligned tables for a terminal. */

export type Cell = string | number;

/** Lines of a table: the first column to the left, all others to the right, numbers with three significant digits. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const texts = [head, ...rows.map((row) => row.map(render))];
  const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    row.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))).join('  ');
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(texts[0]), rule, ...texts.slice(1).map(line)].map((text) => text.trimEnd());
}

/** Whole numbers as they are, in groups of three; others with three significant digits, never as powers of ten. */
function render(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (!Number.isFinite(cell)) return '-';
  if (Number.isInteger(cell) || Math.abs(cell) >= 100) return Math.round(cell).toLocaleString('en-US');
  return cell.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(cell)))));
}
