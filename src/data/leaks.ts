/** @file Columns that say too much: features that almost are the target, and may be known only after it. */

import type { CategoricalColumn, Frame } from './frame.js';
import type { Schema } from './schema.js';

/** Honest features of real tables stay well below (0.92 is high); a total that contains the target reaches 0.97. */
const LEAK_CORRELATION = 0.97;
/** Share of rows whose class is the usual one of their category. */
const LEAK_PURITY = 0.995;
/** A category is judged when its column has so many rows per level on average; finer ones are pure by chance. */
const ROWS_PER_LEVEL = 20;

/**
 * One sentence per suspicious column, without a full stop; empty for most tables.
 *
 * Numbers and dates are suspected by their linear correlation with the target (two classes count as 0 and 1), categories by
 * how nearly each level has one class only. A suspicion is no proof: nothing is removed.
 *
 * @param target  [frame.rowCount] numbers, or class indices
 */
export function suspectLeaks(frame: Frame, target: ArrayLike<number>, schema: Schema): string[] {
  const { name, task } = schema.target;
  const warnings: string[] = [];
  for (const column of frame.columns) {
    if (column.kind === 'categorical') {
      if (task === 'regression' || column.codes.length < ROWS_PER_LEVEL * column.levels.length) continue;
      const purity = classPurity(column, target);
      if (purity >= LEAK_PURITY)
        warnings.push(`column "${column.name}" gives "${name}" away in ${percent(purity)} of the rows${ADVICE}`);
    } else if (task !== 'multiclass') {
      const r = correlation(column.kind === 'date' ? column.epochMs : column.values, target);
      if (Math.abs(r) >= LEAK_CORRELATION)
        warnings.push(`column "${column.name}" is almost "${name}" itself (correlation ${r.toFixed(3)})${ADVICE}`);
    }
  }
  return warnings;
}

const ADVICE = '; if it is known only together with the target, ignore it';

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Share of rows that have the most frequent class of their level; missing is a level. 0 when one class has nearly all rows. */
function classPurity({ codes, levels }: CategoricalColumn, target: ArrayLike<number>): number {
  const byLevel = Array.from({ length: levels.length + 2 }, () => new Map<number, number>());
  const all = new Map<number, number>();
  for (let i = 0; i < codes.length; i++) {
    const level = byLevel[codes[i] + 2];
    level.set(target[i], (level.get(target[i]) ?? 0) + 1);
    all.set(target[i], (all.get(target[i]) ?? 0) + 1);
  }
  const usual = (counts: ReadonlyMap<number, number>): number => Math.max(0, ...counts.values());
  if (usual(all) >= 0.95 * codes.length) return 0;
  return byLevel.reduce((sum, counts) => sum + usual(counts), 0) / codes.length;
}

/** Pearson's, over the rows where the column is present; 0 where it is undefined. Two passes, so that large offsets do no harm. */
export function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let n = 0;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i])) continue;
    n++;
    meanX += (x[i] - meanX) / n;
    meanY += (y[i] - meanY) / n;
  }
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i])) continue;
    xx += (x[i] - meanX) ** 2;
    yy += (y[i] - meanY) ** 2;
    xy += (x[i] - meanX) * (y[i] - meanY);
  }
  return n > 2 && xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
