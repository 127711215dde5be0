/** @file Many categories: each level by the target's mean over its rows, shrunk, and never by a row's own target. */

import type { JsonObject, Matrix } from '../core/index.js';
import type { Frame } from '../data/index.js';
import { columnNamed, NO_SLOT, slotsOf } from './columns.js';
import type { InnerFolds } from './inner-folds.js';
import { isKnownTo } from './inner-folds.js';
import type { NumbersFit } from './numbers.js';
import { fitNumbers, numbersNames, writeNumbers } from './numbers.js';
import type { EncodingTarget, FittedTransformer, NumberKind } from './transformer.js';

/** With more classes only the most frequent ones get an encoding. */
const MAX_CLASSES = 10;
/** Bounds of the pseudo-rows of prior that a level's mean is mixed with, and their number where it cannot be told. */
const MIN_SHRINKAGE = 1;
const MAX_SHRINKAGE = 1000;
const DEFAULT_SHRINKAGE = 10;

/** One output column: a number per level, and one for everything else. Plain JSON. */
interface LevelValues {
  readonly numbers: NumbersFit;
  readonly values: readonly number[];
  readonly other: number;
}

interface TargetFit {
  readonly type: 'target';
  readonly column: string;
  readonly levels: readonly (string | null)[];
  readonly outputs: readonly LevelValues[];
}

/** What the training rows are shown instead. */
interface TrainingValues {
  readonly rows: Uint32Array;
  readonly columns: readonly Float64Array[];
}

export interface TargetFitRequest {
  readonly kind: NumberKind;
  readonly frame: Frame;
  readonly column: string;
  readonly levels: readonly (string | null)[];
  readonly target: EncodingTarget;
  readonly rows: Uint32Array;
  readonly folds: InnerFolds;
}

/**
 * Smoothed target encoding of a categorical column, and the logarithm of each level's row count.
 *
 * Regression and two classes take one column, more classes one per class (of the ten most frequent). Training rows are
 * encoded out of fold: from the training rows of the other inner folds, or of the earlier ones. All other rows use all
 * training rows. A level that the training rows have not is encoded as their mean, with a count of 0; missing cells are a
 * level of their own.
 */
export function fitTarget({ kind, frame, column, levels, target, rows, folds }: TargetFitRequest): FittedTransformer {
  const slots = slotsOf(columnNamed(frame, column, 'categorical'), levels);
  const slotOfRow = Int32Array.from(rows, (row) => slots[row]);
  const encoded = outcomes(target, rows).map(({ label, outcome }) => {
    const { table, training } = crossEncode(slotOfRow, folds, levels.length, outcome);
    const numbers = fitNumbers(kind, `${column} → ${label}`, training);
    return { output: { numbers, values: Array.from(table.values), other: table.prior }, training };
  });
  encoded.push(countRows(kind, column, { slotOfRow, folds, levelCount: levels.length }));
  const kept = encoded.filter(({ output }) => output.numbers.hasValue);
  const fit: TargetFit = { type: 'target', column, levels, outputs: kept.map(({ output }) => output) };
  return targetEncoder(fit, { rows, columns: kept.map(({ training }) => training) });
}

/** From its JSON. */
export function restoreTarget(json: JsonObject): FittedTransformer {
  return targetEncoder(json as unknown as TargetFit);
}

function targetEncoder(fit: TargetFit, training?: TrainingValues): FittedTransformer {
  const { column, levels, outputs } = fit;
  return {
    names: outputs.flatMap(({ numbers }) => numbersNames(numbers)),
    transform(frame: Frame, out: Matrix, offset: number): void {
      const slots = slotsOf(columnNamed(frame, column, 'categorical'), levels);
      outputs.forEach(({ numbers, values, other }, j) => {
        const encoded = Float64Array.from(slots, (slot) => (slot === NO_SLOT ? other : values[slot]));
        writeNumbers(numbers, encoded, out, offset + j);
      });
    },
    ...(training && {
      transformTraining(out: Matrix, offset: number): void {
        outputs.forEach(({ numbers }, j) => writeNumbers(numbers, training.columns[j], out, offset + j, training.rows));
      },
    }),
    toJSON: () => ({ ...fit }) as unknown as JsonObject,
  };
}

/** The numbers to average: the target itself, or 1 and 0 for one class against all others. */
export function outcomes(
  { y, k, classes: names }: EncodingTarget,
  rows: Uint32Array,
): { label: string; outcome: Float64Array }[] {
  if (k <= 2) return [{ label: 'target', outcome: Float64Array.from(rows, (row) => y[row]) }];
  const counts = new Uint32Array(k);
  for (const row of rows) counts[y[row]]++;
  const classes = Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b);
  const chosen = classes.slice(0, MAX_CLASSES).sort((a, b) => a - b);
  return chosen.map((c) => ({
    label: names?.[c] ?? `class ${c + 1}`,
    outcome: Float64Array.from(rows, (row) => (y[row] === c ? 1 : 0)),
  }));
}

interface CountRequest {
  readonly slotOfRow: Int32Array;
  readonly folds: InnerFolds;
  readonly levelCount: number;
}

/** Where folds stand apart, training rows see the rows that the others have of their level, in proportion to all. */
function countRows(kind: NumberKind, column: string, { slotOfRow, folds, levelCount }: CountRequest) {
  const countWhere = (isKnown: (fold: number) => boolean): { counts: Float64Array; total: number } => {
    const counts = new Float64Array(levelCount);
    let total = 0;
    for (let i = 0; i < slotOfRow.length; i++) {
      if (!isKnown(folds.of[i])) continue;
      total++;
      if (slotOfRow[i] !== NO_SLOT) counts[slotOfRow[i]]++;
    }
    return { counts, total };
  };
  const logs = countWhere(() => true).counts.map(Math.log1p);
  const logsIn = Array.from({ length: folds.count }, (_, fold) => {
    if (!folds.isApart) return logs;
    const { counts, total } = countWhere((other) => isKnownTo(folds, fold, other));
    return counts.map((count) => Math.log1p(total > 0 ? (count * slotOfRow.length) / total : 0));
  });
  const training = Float64Array.from(slotOfRow, (slot, i) => (slot === NO_SLOT ? 0 : logsIn[folds.of[i]][slot]));
  const numbers = fitNumbers(kind, `${column} → rows (log)`, training);
  return { output: { numbers, values: Array.from(logs), other: 0 }, training };
}

/** Sums per level. */
interface Moments {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

interface EncodingTable {
  readonly values: Float64Array;
  readonly prior: number;
}

/**
 * The table of all training rows, and for each of them its value from the table of the folds that its own may look at.
 *
 * Where folds stand apart, what nobody knows is the mean of all training rows, as it is later: the mean of the other folds
 * would be one number per fold, and its distance from the others would tell the mean of the fold itself.
 */
function crossEncode(slotOfRow: Int32Array, folds: InnerFolds, levelCount: number, outcome: Float64Array) {
  // Deviations from the mean keep the squares exact for targets far from 0; the shift is added back at the end.
  const shift = outcome.reduce((sum, value) => sum + value, 0) / Math.max(1, outcome.length);
  const momentsWhere = (isKnown: (fold: number) => boolean): Moments => {
    const counts = new Float64Array(levelCount);
    const sums = new Float64Array(levelCount);
    const squares = new Float64Array(levelCount);
    for (let i = 0; i < slotOfRow.length; i++) {
      const slot = slotOfRow[i];
      if (slot === NO_SLOT || !isKnown(folds.of[i])) continue;
      const value = outcome[i] - shift;
      counts[slot]++;
      sums[slot] += value;
      squares[slot] += value * value;
    }
    return { counts, sums, squares };
  };
  const training = new Float64Array(slotOfRow.length);
  for (let fold = 0; fold < folds.count; fold++) {
    const moments = momentsWhere((other) => isKnownTo(folds, fold, other));
    const { values, prior } = encodingTable(moments, folds.isApart ? 0 : meanOf(moments));
    for (let i = 0; i < slotOfRow.length; i++) {
      if (folds.of[i] !== fold) continue;
      training[i] = shift + (slotOfRow[i] === NO_SLOT ? prior : values[slotOfRow[i]]);
    }
  }
  const all = momentsWhere(() => true);
  const { values, prior } = encodingTable(all, folds.isApart ? 0 : meanOf(all));
  return { table: { values: values.map((value) => value + shift), prior: prior + shift }, training };
}

/** Mean of each level mixed with the prior, worth as many rows as the shrinkage says. */
function encodingTable(moments: Moments, prior: number): EncodingTable {
  const { counts, sums } = moments;
  const shrinkage = shrinkageOf(moments, total(counts), meanOf(moments));
  return { values: counts.map((count, slot) => (sums[slot] + shrinkage * prior) / (count + shrinkage)), prior };
}

function meanOf({ counts, sums }: Moments): number {
  const n = total(counts);
  return n > 0 ? total(sums) / n : 0;
}

/**
 * How many rows the prior is worth: variance within levels over variance between them.
 *
 * Source   one-way random effects by the analysis of variance (Searle, Casella & McCulloch 1992, 3.6)
 */
function shrinkageOf({ counts, sums, squares }: Moments, n: number, mean: number): number {
  const levels = counts.filter((count) => count > 0).length;
  if (levels < 2 || n <= levels) return DEFAULT_SHRINKAGE;
  let within = 0;
  let between = 0;
  let squaredCounts = 0;
  for (let slot = 0; slot < counts.length; slot++) {
    if (counts[slot] === 0) continue;
    const own = sums[slot] / counts[slot];
    within += Math.max(0, squares[slot] - counts[slot] * own * own);
    between += counts[slot] * (own - mean) ** 2;
    squaredCounts += counts[slot] ** 2;
  }
  const withinVariance = within / (n - levels);
  const effectiveCount = (n - squaredCounts / n) / (levels - 1);
  const betweenVariance = (between / (levels - 1) - withinVariance) / effectiveCount;
  if (!(betweenVariance > 0)) return withinVariance > 0 ? MAX_SHRINKAGE : DEFAULT_SHRINKAGE;
  return Math.min(MAX_SHRINKAGE, Math.max(MIN_SHRINKAGE, withinVariance / betweenVariance));
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
