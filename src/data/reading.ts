/** @file How a text is to be read, where that is not to be found out. */

import { check } from '../core/index.js';

/** What stands between the whole and the fraction of a number. */
export type DecimalSign = '.' | ',';

export interface ReadingOptions {
  /** One ASCII character; sniffed from `, ; tab |` and a few rarer ones where left out. */
  readonly delimiter?: string | undefined;
  /**
   * Of all numbers of a delimited text; the other of the two then stands between thousands. Where left out, each column shows it. Without
   * meaning where numbers are no texts: JSON, Parquet, workbooks, tables in memory.
   */
  readonly decimal?: DecimalSign | undefined;
  /**
   * 'auto' reads UTF-8, or Latin-1 where most lines with other signs than ASCII are no UTF-8; UTF-16 is known by its mark or its zeros.
   * Or 'utf-8', 'latin1', or any name that TextDecoder knows.
   */
  readonly encoding?: string | undefined;
  /** One ASCII character: lines that begin with it are left out. */
  readonly comment?: string | undefined;
  /** The line (from 1) of the names; what stands above it is left out. */
  readonly header?: number | undefined;
  /** Of a workbook: the name of the sheet; the first that is not hidden where left out. */
  readonly sheet?: string | undefined;
}

/** Throws a usage error for what no text could be read by. */
export function checkReading({ delimiter, decimal, comment, header }: ReadingOptions): void {
  const isSign = (sign: string | undefined): boolean =>
    sign === undefined || /^[\t\x01-\x08\x20-\x21\x23-\x7e]$/.test(sign);
  check(isSign(delimiter), 'delimiter', 'must be one ASCII character other than a quote', delimiter);
  const isDecimal = decimal === undefined || decimal === '.' || decimal === ',';
  check(isDecimal, 'decimal', 'must be "," or "."', decimal);
  check(isSign(comment), 'comment', 'must be one ASCII character other than a quote', comment);
  check(comment === undefined || comment !== delimiter, 'comment', 'must not be the delimiter', comment);
  const isLine = header === undefined || (Number.isInteger(header) && header >= 1);
  check(isLine, 'header', 'must be the line of the names, from 1', header);
}
