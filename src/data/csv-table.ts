/** @file The table that a CSV becomes: strings and nulls, with what is needed to point back into the file. */

import type { ColumnTable } from 'arquero';

import type { DecimalSign } from './reading.js';

/** 'utf-8', 'latin1' (Windows-1252), 'utf-16le', 'utf-16be', or what the platform's decoder calls it. */
export type TextEncoding = string;

/** Cells are trimmed text; missing ones are null. */
export interface CsvTable {
  readonly table: ColumnTable;
  /** In file order. */
  readonly names: readonly string[];
  readonly rowCount: number;
  readonly delimiter: string;
  readonly encoding: TextEncoding;
  /** That of all its numbers, where somebody said so. */
  readonly decimal?: DecimalSign | undefined;
  /** What the file is, where it is no CSV: "JSON", "Parquet", a sheet of a workbook. */
  readonly format?: string;
  /** Whether its cells were values before they were texts. */
  readonly isMade?: boolean;
  readonly missingTokens: readonly string[];
  readonly fileName: string;
  readonly bytes: number;
  /** Of the bytes as they were read, in hex. */
  readonly sha256: string;
  /** Anything a user should know: a column that got a name, a header that looks like data. */
  readonly notes: readonly string[];
  /** The line of the file (from 1) on which a row begins; quoted line breaks and blank lines are counted. */
  lineOf(row: number): number;
}
