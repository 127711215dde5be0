/** @file What a search would understand of a file, in words: the table that the form of a new search shows before it starts. */

import { metricLabel } from './families.js';
import { cut, formatCount, plural } from './format.js';

/** What looking at a file found. */
export interface LookedAtFile {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly target: string;
  readonly task: string;
  readonly metric: string;
  readonly warnings: readonly string[];
  readonly table: readonly {
    readonly column: string;
    readonly role: 'feature' | 'target' | 'not used';
    readonly kind: string;
    readonly missing: number;
    readonly distinct: number;
    readonly examples: readonly string[];
    readonly reason: string;
  }[];
}

export interface SearchLook {
  readonly lead: string;
  readonly warnings: readonly string[];
  readonly rows: readonly {
    readonly column: string;
    readonly isTarget: boolean;
    readonly kind: string;
    /** Of the choice of another kind: `kind:<column>`; null for the target. */
    readonly field: string | null;
    readonly chosen: string;
    readonly missing: string;
    readonly distinct: string;
    readonly examples: string;
    readonly reason: string;
  }[];
  readonly kinds: readonly string[];
  /** Columns that the page has no room for. */
  readonly hidden: number;
}

/** Names of fields that say a column's kind begin so. */
export const KIND_FIELD = 'kind:';
/** A form has room for so many columns. */
export const MOST_LOOKED = 400;
/** Kinds that a person may say; `ignored` leaves the column out. */
export const SAID_KINDS = ['numeric', 'boolean', 'categorical', 'date', 'text', 'id', 'ignored'] as const;

/**
 * `found` is what each target would be searched by, at least of one: columns are those of the first, and what was noted of any is said once.
 * `fields` are those of the form: kinds that were said before stay said.
 */
export function searchLook(found: readonly LookedAtFile[], fields: Readonly<Record<string, string>>): SearchLook {
  const [{ rowCount, columnCount, table }] = found;
  const targets = new Set(found.map(({ target }) => target));
  const aims = found.map(({ target, task, metric }) => `${target}: ${task}, judged by ${metricLabel(metric)}`);
  return {
    lead: `${plural(rowCount, 'row')}, ${plural(columnCount, 'column')}; predicts ${aims.join('; ')}. Nothing has been started.`,
    warnings: [...new Set(found.flatMap(({ warnings }) => warnings))],
    rows: table.slice(0, MOST_LOOKED).map(({ column, role, kind, missing, distinct, examples, reason }) => {
      const field = `${KIND_FIELD}${column}`;
      const isTarget = role === 'target' || targets.has(column);
      return {
        column,
        isTarget,
        kind: isTarget ? 'target' : kind,
        field: isTarget ? null : field,
        chosen: Object.hasOwn(fields, field) ? fields[field] : '',
        missing: missing === 0 ? 'none' : formatCount(missing),
        distinct: formatCount(distinct),
        examples: examples.map((example) => cut(example, 24)).join(', '),
        reason,
      };
    }),
    kinds: SAID_KINDS,
    hidden: Math.max(0, table.length - MOST_LOOKED),
  };
}
