/** @file How the cells of a text are told apart: the delimiter, Excel's line that names it, backslashes before quotes. */

import type { Layout } from './csv-head.js';
import { layoutOf } from './csv-head.js';
import type { Survey } from './csv-input.js';
import type { CsvRecord, Dialect } from './csv-records.js';
import { RecordReader } from './csv-records.js';
import type { ReadingOptions } from './reading.js';
import { sniffDelimiter } from './sniff.js';

export interface FoundDialect extends Dialect, Layout {}

/** The dialect of a text; what is given is obeyed. */
export async function dialectOf(text: Survey, name: string, options: ReadingOptions): Promise<FoundDialect> {
  const { comment, header } = options;
  const sep = sepLine(text.head);
  const from = { line: header ?? (sep === undefined ? 1 : 2), isGiven: header !== undefined };
  const delimiter = options.delimiter ?? sep ?? sniffDelimiter(afterLines(text.head, from.line - 1), text.whole);
  const plain = { delimiter, comment, backslash: false };
  const backslash = text.hasEscapedQuote && (await escapesByBackslash(text, plain, from.line));
  const escapes = backslash ? [`Quotes in cells of ${name} are written as \\", and are read as quotes`] : [];
  const layout = layoutOf(text, { ...plain, backslash }, name, from);
  return { ...layout, ...plain, backslash, notes: [...text.notes, ...escapes, ...layout.notes] };
}

/** The text behind its first lines. */
function afterLines(text: string, lines: number): string {
  let at = 0;
  for (let i = 0; i < lines; i++) {
    const end = /\r\n|\n|\r/g;
    end.lastIndex = at;
    if (end.exec(text) === null) return '';
    at = end.lastIndex;
  }
  return text.slice(at);
}

/** Excel's first line `sep=;` names the delimiter and is no row. */
function sepLine(head: string): string | undefined {
  return /^"?sep=([^"\r\n])"?\r?\n/i.exec(head)?.[1];
}

/** Whether the text has faults as CSV that it has not when `\"` stands for a quote. */
async function escapesByBackslash(text: Survey, dialect: Dialect, from: number): Promise<boolean> {
  const plain = await faultsOf(text, dialect, from);
  if (plain === 0) return false;
  return (await faultsOf(text, { ...dialect, backslash: true }, from)) < plain;
}

/** Records that are not as wide as most are, or quoted wrongly; infinite where a quote is left open. */
async function faultsOf(text: Survey, dialect: Dialect, from: number): Promise<number> {
  const widths = new Map<number, number>();
  let records = 0;
  let isOpen = false;
  const reader = new RecordReader(dialect, ({ cells, quotes, line }: CsvRecord) => {
    if (line < from) return;
    records++;
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
