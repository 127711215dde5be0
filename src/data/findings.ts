/** @file What looking at a table has found, for people and for programs. */

/** 'leak': a column may give the target away. 'same': columns that say the same. 'repeats': rows that stand in the table more than once. */
export type FindingKind = 'leak' | 'same' | 'repeats';

export interface Finding {
  readonly kind: FindingKind;
  readonly columns: readonly string[];
  /** A whole sentence without a full stop. */
  readonly text: string;
  /** How it was measured, and what came out: 'correlation', 'auc', 'explained', 'rank correlation'. */
  readonly measure?: string;
  readonly value?: number;
  /** Rows that were looked at, or that are meant. */
  readonly rows?: number;
}
