/** @file How much of a text is taken: columns, rows, and an eye on streams that may never end. */

import { ToolkitError } from '../core/index.js';
import { DELIMITERS } from './sniff.js';

/** What a reader takes of a text; everything where left out. */
export interface RowLimits {
  /** More is refused when the header is read. */
  readonly maxColumns?: number | undefined;
  /** More is refused as soon as it is seen. */
  readonly maxRows?: number | undefined;
  /** The other columns are checked and counted, and not kept. */
  readonly wanted?: ReadonlySet<string> | undefined;
}

/** A table of more columns than this is no table that a search could be made of. */
export const MAX_COLUMNS = 100_000;
/** A stray quote may hide where a field or a row ends: only what is far beyond a limit is refused before it is parsed. */
const SLACK = 4;

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cells of a row beyond which nobody counts. */
export function cellLimit({ maxColumns = MAX_COLUMNS }: RowLimits): number {
  return SLACK * maxColumns + 1;
}

/** The error of a text with more columns or rows than there may be; `count` where it is known. */
export function beyondLimit(name: string, what: 'columns' | 'rows', limit: number, count?: number): ToolkitError {
  const rule = `${name} must have at most ${limit} ${what}`;
  return new ToolkitError('limit', { where: what, rule, ...(count !== undefined && { got: count }) });
}

/** Looks at the chunks of a stream before any is parsed, and throws at the first that goes far beyond the limits. */
export function streamGuard(limits: RowLimits, delimiter: string | undefined, name: string): (chunk: Buffer) => void {
  const { maxColumns = MAX_COLUMNS, maxRows = Infinity } = limits;
  const isDelimiter = new Uint8Array(256);
  for (const sign of delimiter === undefined ? DELIMITERS : [delimiter]) isDelimiter[sign.charCodeAt(0)] = 1;
  let [isQuoted, fields, rows] = [false, 0, 0];
  return (chunk) => {
    for (const byte of chunk) {
      if (byte === QUOTE) isQuoted = !isQuoted;
      else if (isQuoted) continue;
      else if (isDelimiter[byte] === 1) fields++;
      else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        rows++;
        fields = 0;
      }
    }
    if (fields > SLACK * maxColumns) throw beyondLimit(name, 'columns', maxColumns);
    if (rows > SLACK * (maxRows + 1)) throw beyondLimit(name, 'rows', maxRows);
  };
}
