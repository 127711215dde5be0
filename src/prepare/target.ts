/** @file Many categories: each level by the target's mean over its rows, shrunk, and never by a row's own target. */

import type { JsonObject, Matrix } from '../core/index.js';
import { Rng } from '../core/index.js';
import type { Frame } from '../data/index.js';
import { columnNamed, NO_SLOT, slotsOf } from './columns.js';
import type { NumbersFit } from './numbers.js';
import { fitNumbers, numbersNames, writeNumbers } from './numbers.js';
import type { EncodingTarget, FittedTransformer, RecipeKind } from './transformer.js';

/** Training rows are encoded from the other four fifths of the training rows. */
const INNER_FOLDS = 5;
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

interface TargetFitRequest {
  readonly kind: RecipeKind;
  readonly frame: Frame;
  readonly column: string;
  readonly levels: readonly (string | null)[];
  readonly target: EncodingTarget;
  readonly rows: Uint32Array;
  readonly seed: number;
}

/**
 * Smoothed target encoding of a categorical column, and the logarithm of each level's row count.
 *
 * Regression and two classes take one column, more classes one per class (of the ten most frequent). Training rows are
 * encoded out of fold: from the training rows of the other inner folds. All other rows use all training rows. A level
 * that the training rows have not is encoded as their mean, with a count of 0; missing cells are a level of their own.
 *
 * Random   the inner folds, from the seed
 */
export function fitTarget({ kind, frame, column, levels, target, rows, seed }: TargetFitRequest): FittedTransformer {
  const slots = slotsOf(columnNamed(frame, column, 'categorical'), levels);
  const slotOfRow = Int32Array.from(rows, (row) => slots[row]);
  const foldOfRow = innerFolds(rows.length, seed);
  const encoded = outcomes(target, rows).map(({ label, outcome }) => {
    const { table, training } = crossEncode(slotOfRow, foldOfRow, levels.length, outcome);
    const numbers = fitNumbers(kind, `${column} → ${label}`, training);
    return { output: { numbers, values: Array.from(table.values), other: table.prior }, training };
  });
  encoded.push(countRows(kind, column, slotOfRow, levels.length));
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

/** A fold in [0, 5) for each training row, sizes even. */
function innerFolds(n: number, seed: number): Uint8Array {
  const folds = Uint8Array.from({ length: n }, (_, i) => i % INNER_FOLDS);
  return new Rng(seed).shuffle(folds);
}

/** The numbers to average: the target itself, or 1 and 0 for one class against all others. */
function outcomes(
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

function countRows(kind: RecipeKind, column: string, slotOfRow: Int32Array, levelCount: number) {
  const counts = new Float64Array(levelCount);
  for (const slot of slotOfRow) if (slot !== NO_SLOT) counts[slot]++;
  const logs = counts.map(Math.log1p);
  const training = Float64Array.from(slotOfRow, (slot) => (slot === NO_SLOT ? 0 : logs[slot]));
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

/** The table of all training rows, and for each of them its value from the table of the other folds. */
function crossEncode(slotOfRow: Int32Array, foldOfRow: Uint8Array, levelCount: number, outcome: Float64Array) {
  // Deviations from the mean keep the squares exact for targets far from 0; the shift is added back at the end.
  const shift = outcome.reduce((sum, value) => sum + value, 0) / Math.max(1, outcome.length);
  const momentsWhere = (isIn: (fold: number) => boolean): Moments => {
    const counts = new Float64Array(levelCount);
    const sums = new Float64Array(levelCount);
    const squares = new Float64Array(levelCount);
    for (let i = 0; i < slotOfRow.length; i++) {
      const slot = slotOfRow[i];
      if (slot === NO_SLOT || !isIn(foldOfRow[i])) continue;
      const value = outcome[i] - shift;
      counts[slot]++;
      sums[slot] += value;
      squares[slot] += value * value;
    }
    return { counts, sums, squares };
  };
  const training = new Float64Array(slotOfRow.length);
  for (let fold = 0; fold < INNER_FOLDS; fold++) {
    const { values, prior } = encodingTable(momentsWhere((other) => other !== fold));
    for (let i = 0; i < slotOfRow.length; i++) {
      if (foldOfRow[i] !== fold) continue;
      training[i] = shift + (slotOfRow[i] === NO_SLOT ? prior : values[slotOfRow[i]]);
    }
  }
  const { values, prior } = encodingTable(momentsWhere(() => true));
  return { table: { values: values.map((value) => value + shift), prior: prior + shift }, training };
}

/** Mean of each level mixed with the mean of all rows, worth as many rows as the shrinkage says. */
function encodingTable(moments: Moments): EncodingTable {
  const { counts, sums } = moments;
  const n = total(counts);
  const prior = n > 0 ? total(sums) / n : 0;
  const shrinkage = shrinkageOf(moments, n, prior);
  return { values: counts.map((count, slot) => (sums[slot] + shrinkage * prior) / (count + shrinkage)), prior };
}

/**
 * How many rows the prior is worth: variance within levels over variance between them.
 *
 * Source   one-way random effects by the analysis of variance (Searle, Casella & McCulloch 1992, 3.6)
 */
function shrinkageOf({ counts, sums, squares }: Moments, n: number, prior: number): number {
  const levels = counts.filter((count) => count > 0).length;
  if (levels < 2 || n <= levels) return DEFAULT_SHRINKAGE;
  let within = 0;
  let between = 0;
  let squaredCounts = 0;
  for (let slot = 0; slot < counts.length; slot++) {
    if (counts[slot] === 0) continue;
    const mean = sums[slot] / counts[slot];
    within += Math.max(0, squares[slot] - counts[slot] * mean * mean);
    between += counts[slot] * (mean - prior) ** 2;
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
