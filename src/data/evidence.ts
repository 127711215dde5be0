/** @file What one column shows: how often each text occurs. Kinds are decided on this alone. */

import { codeReason } from './codes.js';
import type { NumberStyle } from './numbers.js';
import { parseNumber, PLAIN_STYLE } from './numbers.js';

/** Distinct texts that are counted; a column with more is judged by these, and its distinct count is a lower bound. */
const MAX_DISTINCT = 2_000_000;
/** With so many distinct texts, nearly all numbers, the rest of a column is read as numbers: a tenth of the time and memory. */
const MANY_DISTINCT = 50_000;
const PURE_SHARE = 0.99;

/** Anything with cells to read: a column of our own, or of arquero. */
export interface CellColumn {
  at(row: number): unknown;
}

export interface NumberEvidence {
  /** Cells that are finite numbers, plainly written or in the style of the file. */
  readonly cellCount: number;
  readonly distinctCount: number;
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

export interface Evidence {
  readonly rowCount: number;
  readonly presentCount: number;
  readonly missingCount: number;
  /** A lower bound where more than MAX_DISTINCT texts occur. */
  readonly distinctCount: number;
  /** Text -> occurrences, in the order of first appearance; every text unless `isComplete` is false. */
  readonly counts: ReadonlyMap<string, number>;
  /** False when `counts` has only the first of very many distinct texts, and every text that is no number. */
  readonly isComplete: boolean;
  /** Set for columns of so many distinct numbers that their texts were not all counted. */
  readonly numbers?: NumberEvidence;
}

/**
 * Counts the texts of the given rows. Cells are trimmed text, or null when missing.
 *
 * @param style  of cells that are surely numbers
 */
export function gatherEvidence(
  column: CellColumn,
  rows: ArrayLike<number>,
  style: NumberStyle = PLAIN_STYLE,
): Evidence {
  const counts = new Map<string, number>();
  let missingCount = 0;
  let isComplete = true;
  for (let i = 0; i < rows.length; i++) {
    const text = column.at(rows[i]) as string | null;
    if (text === null) {
      missingCount++;
      continue;
    }
    const count = counts.get(text);
    if (count === undefined && counts.size === MANY_DISTINCT && mostlyNumbers(counts, style)) {
      return gatherNumbers(column, rows, i, { counts, missingCount, style });
    }
    if (count !== undefined || counts.size < MAX_DISTINCT) counts.set(text, (count ?? 0) + 1);
    else isComplete = false;
  }
  const presentCount = rows.length - missingCount;
  return { rowCount: rows.length, presentCount, missingCount, distinctCount: counts.size, counts, isComplete };
}

/** Goes on from row `start` with numbers only; texts that are none are still counted. */
function gatherNumbers(
  column: CellColumn,
  rows: ArrayLike<number>,
  start: number,
  found: { counts: Map<string, number>; missingCount: number; style: NumberStyle },
): Evidence {
  const { counts, style } = found;
  let { missingCount } = found;
  const values = new Float64Array(counts.size + rows.length - start);
  let size = 0;
  let strayCount = 0;
  for (const [text, count] of counts) {
    const value = parseNumber(text, style);
    if (Number.isFinite(value)) values[size++] = value;
    else strayCount += count;
  }
  for (let i = start; i < rows.length; i++) {
    const text = column.at(rows[i]) as string | null;
    const value = text === null ? Number.NaN : parseNumber(text, style);
    if (Number.isFinite(value)) values[size++] = value;
    else if (text === null) missingCount++;
    else {
      strayCount++;
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
  }
  const presentCount = rows.length - missingCount;
  const numbers = summarise(values.subarray(0, size), presentCount - strayCount);
  let distinctCount = numbers.distinctCount;
  for (const text of counts.keys()) if (!Number.isFinite(parseNumber(text, style))) distinctCount++;
  return { rowCount: rows.length, presentCount, missingCount, distinctCount, counts, isComplete: false, numbers };
}

function mostlyNumbers(counts: ReadonlyMap<string, number>, style: NumberStyle): boolean {
  let numbers = 0;
  for (const text of counts.keys()) if (Number.isFinite(parseNumber(text, style))) numbers++;
  // Codes are counted by their texts: two of them can have the same double.
  return numbers >= PURE_SHARE * counts.size && codeReason(counts) === undefined;
}

/** Sorts the values in place. */
export function summarise(values: Float64Array, cellCount: number): NumberEvidence {
  values.sort();
  let distinctCount = 0;
  let isWhole = true;
  for (let i = 0; i < values.length; i++) {
    if (i === 0 || values[i] !== values[i - 1]) distinctCount++;
    isWhole &&= Number.isInteger(values[i]);
  }
  return { cellCount, distinctCount, min: values[0], max: values[values.length - 1], isWhole };
}

/** Cells that `counts` holds. */
export function countedCells(evidence: Evidence): number {
  if (evidence.isComplete) return evidence.presentCount;
  let sum = 0;
  for (const count of evidence.counts.values()) sum += count;
  return sum;
}
