/** @file How an extremely randomised tree is grown, slowly and plainly: the oracle that the kernel is held against, to the bit. */

import { Rng } from '../core/index.js';
import type { BinnedTable } from './bins.js';
import { binOf, hasLevels } from './bins.js';
import type { ExtraParams, ExtraTree, ForestTask } from './extra.js';
import { weightedQuantile } from './loss.js';
import { binGoesLeft as splitsLeft } from './tree.js';

interface Cut {
  readonly column: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly set: readonly number[] | null;
}

/** An ExtraTree under way. */
interface Growing {
  readonly column: number[];
  readonly bin: number[];
  readonly missingLeft: boolean[];
  readonly sets: (readonly number[] | null)[];
  readonly left: number[];
  readonly rows: number[];
  readonly means: number[];
}

/**
 * One tree.
 *
 * Shapes  values: [cols][256], what stands for each bin
 * Source  Geurts, Ernst & Wehenkel 2006; missing cells as scikit-learn 1.6 has them: on a random side
 */
export function growExtraReference(
  table: BinnedTable,
  task: ForestTask,
  values: Float32Array,
  params: ExtraParams,
  seed: number,
): ExtraTree {
  const { y, outputs: k } = task;
  const weight = (row: number): number => task.weights?.[row] ?? 1;
  const rng = new Rng(seed);
  const columns = Array.from({ length: table.cols }, (_, i) => i);
  const tree: Growing = { column: [], bin: [], missingLeft: [], sets: [], left: [], rows: [], means: [] };

  const sumsOf = (rows: readonly number[]): { sums: number[]; weight: number } => {
    const sums = new Array<number>(k).fill(0);
    let total = 0;
    for (const row of rows) {
      total += weight(row);
      sums[k === 1 ? 0 : y[row]] += k === 1 ? weight(row) * y[row] : weight(row);
    }
    return { sums, weight: total };
  };

  const goesLeft = (row: number, cut: Cut): boolean => splitsLeft(cut, binOf(table, row, cut.column));

  const drawSet = (column: number, present: readonly number[], hasMissing: boolean): Cut | null => {
    const levels = [...new Set(present)].sort((a, b) => a - b);
    const cut = (set: readonly number[]) => ({ column, bin: 0, missingLeft: false, set });
    if (levels.length === 1) return hasMissing ? cut(levels) : null;
    for (;;) {
      const set = levels.filter(() => rng.uint32() >>> 31 === 1);
      if (set.length > 0 && (set.length < levels.length || hasMissing)) return cut(set);
    }
  };

  const draw = (column: number, rows: readonly number[]): Cut | null => {
    const own = rows.map((row) => binOf(table, row, column));
    const present = own.filter((bin) => bin > 0);
    const hasMissing = present.length < own.length;
    if (present.length === 0) return null;
    if (hasLevels(table, column)) return drawSet(column, present, hasMissing);
    const [low, high] = [Math.min(...present), Math.max(...present)];
    if (low === high) return hasMissing ? { column, bin: low, missingLeft: false, set: null } : null;
    const at = (bin: number): number => values[256 * column + bin];
    const x = at(low) + rng.uniform() * (at(high) - at(low));
    let bin = low;
    while (bin + 1 < high && at(bin + 1) <= x) bin++;
    return { column, bin, missingLeft: hasMissing && rng.uniform() < 0.5, set: null };
  };

  const score = (cut: Cut, rows: readonly number[]): number => {
    const left = rows.filter((row) => goesLeft(row, cut));
    if (left.length < params.minLeaf || rows.length - left.length < params.minLeaf) return Number.NaN;
    const [whole, part] = [sumsOf(rows), sumsOf(left)];
    let [a, b] = [0, 0];
    for (let c = 0; c < k; c++) {
      const rest = whole.sums[c] - part.sums[c];
      a += part.sums[c] * part.sums[c];
      b += rest * rest;
    }
    return a / part.weight + b / (whole.weight - part.weight);
  };

  const findCut = (rows: readonly number[]): Cut | null => {
    let best: { cut: Cut; score: number } | null = null;
    let looked = 0;
    for (let i = 0; i < columns.length && (looked < params.columnsPerNode || best === null); i++) {
      const chosen = i + rng.integer(columns.length - i);
      [columns[i], columns[chosen]] = [columns[chosen], columns[i]];
      const cut = draw(columns[i], rows);
      if (cut === null) continue;
      looked++;
      const own = score(cut, rows);
      if (own > (best?.score ?? -Infinity)) best = { cut, score: own };
    }
    return best?.cut ?? null;
  };

  const median = (rows: readonly number[], weights: Float32Array): number => {
    const [values, own] = [rows.map((row) => y[row]), rows.map((row) => weights[row])];
    return weightedQuantile(values, own, 0.5);
  };

  const add = (): number => {
    tree.column.push(-1);
    tree.bin.push(0);
    tree.missingLeft.push(false);
    tree.sets.push(null);
    tree.left.push(0);
    tree.rows.push(0);
    tree.means.push(...new Array<number>(k).fill(0));
    return tree.column.length - 1;
  };

  const grow = (node: number, rows: readonly number[]): void => {
    const { sums, weight: total } = sumsOf(rows);
    tree.rows[node] = rows.length;
    sums.forEach((sum, c) => (tree.means[node * k + c] = Math.fround(sum / total)));
    const isPure = rows.every((row) => y[row] === y[rows[0]]);
    const isSmall = isPure || rows.length < params.minSplit || rows.length < 2 * params.minLeaf;
    const cut = isSmall ? null : findCut(rows);
    if (cut === null) {
      if (task.medians) tree.means[node] = Math.fround(median(rows, task.medians));
      return;
    }
    const left = add();
    add();
    tree.column[node] = cut.column;
    tree.bin[node] = cut.bin;
    tree.missingLeft[node] = cut.missingLeft;
    tree.sets[node] = cut.set;
    tree.left[node] = left;
    grow(
      left,
      rows.filter((row) => goesLeft(row, cut)),
    );
    grow(
      left + 1,
      rows.filter((row) => !goesLeft(row, cut)),
    );
  };

  grow(add(), [...task.train]);
  return {
    ...tree,
    column: Int32Array.from(tree.column),
    bin: Uint8Array.from(tree.bin),
    left: Int32Array.from(tree.left),
    rows: Int32Array.from(tree.rows),
    means: Float32Array.from(tree.means),
  };
}
