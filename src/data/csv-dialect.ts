/** @file How the cells of a text are told apart: the delimiter, Excel's line that names it, backslashes before quotes. */

import type { Survey } from './csv-input.js';
import type { CsvRecord, Dialect } from './csv-records.js';
import { RecordReader } from './csv-records.js';
import { sniffDelimiter } from './sniff.js';

export interface FoundDialect extends Dialect {
  /** Records before the header. */
  readonly skip: number;
  /** What a user should know. */
  readonly notes: readonly string[];
}

/** The dialect of a text; a delimiter that is given is obeyed. */
export async function dialectOf(text: Survey, name: string, delimiter: string | undefined): Promise<FoundDialect> {
  const sep = sepLine(text.head);
  const found = {
    delimiter: delimiter ?? sep ?? sniffDelimiter(text.head, text.whole),
    skip: sep === undefined ? 0 : 1,
  };
  const backslash = text.hasEscapedQuote && (await escapesByBackslash(text, found));
  const notes = backslash ? [`Quotes in cells of ${name} are written as \\", and are read as quotes`] : [];
  return { ...found, backslash, notes };
}

/** Excel's first line `sep=;` names the delimiter and is no row. */
function sepLine(head: string): string | undefined {
  return /^"?sep=([^"\r\n])"?\r?\n/i.exec(head)?.[1];
}

/** Whether the text has faults as CSV that it has not when `\"` stands for a quote. */
async function escapesByBackslash(
  text: Survey,
  { delimiter, skip }: { delimiter: string; skip: number },
): Promise<boolean> {
  const plain = await faultsOf(text, { delimiter, backslash: false }, skip);
  if (plain === 0) return false;
  return (await faultsOf(text, { delimiter, backslash: true }, skip)) < plain;
}

/** Records that are not as wide as most are, or quoted wrongly; infinite where a quote is left open. */
async function faultsOf(text: Survey, dialect: Dialect, skip: number): Promise<number> {
  const widths = new Map<number, number>();
  let records = -skip;
  let isOpen = false;
  const reader = new RecordReader(dialect, ({ cells, quotes }: CsvRecord) => {
    if (records++ < 0) return;
    isOpen ||= quotes === 'open' || quotes === 'endless';
    const isBroken = quotes === 'broken' && (dialect.backslash || cells.some((cell) => cell.includes('\\"')));
    if (!isBroken) widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1);
  });
  for await (const chunk of text.chunks()) {
    reader.push(chunk);
    if (isOpen) return Infinity;
  }
  reader.end();
  return isOpen ? Infinity : records - Math.max(0, ...widths.values());
}
