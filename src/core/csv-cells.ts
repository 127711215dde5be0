/** @file Tables as CSV (RFC 4180) that programs read as they are and spreadsheets take for no formulas. */

export type CsvCell = string | number | null | undefined;

/** A CSV cell, quoted where RFC 4180 asks for it. */
export function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A spreadsheet must not take a name for a formula: an apostrophe stands before what begins like one and is no number. Wide forms of
 * the signs begin formulas, too.
 */
export function harmlessCell(text: string): string {
  return /^[=+\-@\t\r\n＝＋－＠]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
}

/** Lines end with a line feed, the last one, too. Numbers as JavaScript writes them; what is none is an empty cell. */
export function csvText(columns: readonly string[], rows: Iterable<readonly CsvCell[]>): string {
  const lines = [columns.map(cellText).join(',')];
  for (const row of rows) lines.push(row.map(cellText).join(','));
  return `${lines.join('\n')}\n`;
}

function cellText(cell: CsvCell): string {
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  return cell === null || cell === undefined ? '' : quotedCell(harmlessCell(cell));
}
