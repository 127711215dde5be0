/** @file What strict predictions refuse: everything that would otherwise be coerced and counted. */

import { ToolkitError } from '../../core/index.js';
import type { EncodeSummary } from '../../data/index.js';

export interface PredictOptions {
  /** Refuses rows of which anything would have to be coerced. Default: false. */
  readonly strict?: boolean | undefined;
  /** The probability with which intervals, or sets of classes, hold the truth: from 0.5 to 0.999. Left out: none are given. */
  readonly interval?: number | undefined;
}

/**
 * Refuses rows of which anything had to be coerced; `where` of the error says what. A number out of range is not coerced: it is
 * predicted as it is, and stays a count.
 *
 * Throws   data: missing-columns, extra-columns, unseen-categories or unparsable-cells, the first that there are
 */
export function requireUncoerced(summary: EncodeSummary): void {
  const { missingColumns, extraColumns, unseenCategories, unparsable } = summary;
  const rule = 'strict rows must not lack a column of the model';
  refuseAny('missing-columns', rule, missingColumns, renamingHint(summary));
  refuseAny('extra-columns', 'strict rows must have no column that the model does not know', extraColumns);
  refuseAny('unseen-categories', 'strict rows must have only categories of the training', counts(unseenCategories));
  refuseAny('unparsable-cells', 'strict rows must have only cells that their column can read', counts(unparsable));
}

/** Whether there is nothing that `requireUncoerced` would refuse. */
export function isUncoerced({ missingColumns, extraColumns, unseenCategories, unparsable }: EncodeSummary): boolean {
  const lists = [missingColumns, extraColumns, Object.keys(unseenCategories), Object.keys(unparsable)];
  return lists.every(({ length }) => length === 0);
}

/** "Is ... the same?" for each missing column that a new one may be, renamed; undefined where there is none. */
function renamingHint({ maybeRenamed }: EncodeSummary): string | undefined {
  const pairs = Object.entries(maybeRenamed).map(([name, now]) => `"${now}" a new name of "${name}"`);
  return pairs.length === 0 ? undefined : `Is ${pairs.join(', ')}?`;
}

function refuseAny(where: string, rule: string, found: readonly string[], hint?: string): void {
  if (found.length > 0) throw new ToolkitError('data', { where, rule, got: found.join(', '), hint });
}

function counts(cells: Readonly<Record<string, number>>): string[] {
  return Object.entries(cells).map(([column, count]) => `${column} (${count})`);
}
