/** @file What strict predictions refuse: everything that would otherwise be coerced and counted. */

import { ToolkitError } from '../core/index.js';
import type { EncodeSummary } from '../data/index.js';

export interface PredictOptions {
  /** Refuses rows of which anything would have to be coerced. Default: false. */
  readonly strict?: boolean | undefined;
}

/**
 * Refuses rows of which anything had to be coerced; `where` of the error says what.
 *
 * Throws   data: missing-columns, extra-columns, unseen-categories or unparsable-cells, the first that there are
 */
export function requireUncoerced(summary: EncodeSummary): void {
  const { missingColumns, extraColumns, unseenCategories, unparsable } = summary;
  refuseAny('missing-columns', 'strict rows must not lack a column of the model', missingColumns);
  refuseAny('extra-columns', 'strict rows must have no column that the model does not know', extraColumns);
  refuseAny('unseen-categories', 'strict rows must have only categories of the training', counts(unseenCategories));
  refuseAny('unparsable-cells', 'strict rows must have only cells that their column can read', counts(unparsable));
}

function refuseAny(where: string, rule: string, found: readonly string[]): void {
  if (found.length > 0) throw new ToolkitError('data', { where, rule, got: found.join(', ') });
}

function counts(cells: Readonly<Record<string, number>>): string[] {
  return Object.entries(cells).map(([column, count]) => `${column} (${count})`);
}
