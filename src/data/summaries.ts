/** @file What rows had that the training had not, of several models that are asked about the same rows. */

import type { EncodeSummary } from './encode.js';

/** Columns that some model misses, those that none knows, and of each column the most cells that one of them had to coerce. */
export function summaryOfAll(all: readonly EncodeSummary[]): EncodeSummary {
  if (all.length === 1) return all[0];
  const most = (key: 'unseenCategories' | 'unparsable' | 'outOfRange'): Readonly<Record<string, number>> => {
    const counts = Object.create(null) as Record<string, number>;
    for (const summary of all) {
      for (const [column, count] of Object.entries(summary[key])) counts[column] = Math.max(counts[column] ?? 0, count);
    }
    return counts;
  };
  const missingColumns = [...new Set(all.flatMap((summary) => summary.missingColumns))];
  const extraColumns = all[0].extraColumns.filter((name) =>
    all.every((summary) => summary.extraColumns.includes(name)),
  );
  const renamed = all.flatMap(({ maybeRenamed }) => Object.entries(maybeRenamed));
  return {
    missingColumns,
    extraColumns,
    unseenCategories: most('unseenCategories'),
    unparsable: most('unparsable'),
    outOfRange: most('outOfRange'),
    maybeRenamed: Object.fromEntries(renamed.filter(([, name]) => extraColumns.includes(name))),
  };
}
