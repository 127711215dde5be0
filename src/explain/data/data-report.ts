/** @file What a table looks like, made once at the start of a study: profiles, relations to the target, warnings. */

import type { StudyData } from '../../automl/index.js';
import type { ColumnProfile, Finding, FindingKind, Frame, FrameColumn, Schema } from '../../data/index.js';
import { profile, profileTarget, valued } from '../../data/index.js';
import type { Storage } from '../../search/index.js';
import { featuresOf } from '../columns.js';
import { cellOf } from '../frames.js';
import { asJson } from '../sample.js';
import { driftOfGroups, hasDrifted } from './drift.js';
import type { Duplicates } from './duplicates.js';
import { countDuplicates } from './duplicates.js';
import type { Grouping, Relation } from './relation.js';
import { grouping, relationOfGroups } from './relation.js';
import type { LookedAt, TimeOrder } from './sample-rows.js';
import { lookedAt } from './sample-rows.js';

export type DataWarningKind =
  'leak' | 'same' | 'id' | 'constant' | 'missing' | 'imbalance' | 'duplicates' | 'drift' | 'other';

export interface DataWarning {
  readonly kind: DataWarningKind;
  /** A whole sentence without a full stop. */
  readonly text: string;
}

export interface ColumnReport extends ColumnProfile {
  /** Null for columns that are not used, and texts. */
  readonly relation: Relation | null;
}

export interface DataReport {
  readonly version: 1;
  readonly rows: number;
  /** Rows that relations and drift were read from, evenly spread; left out where they were all. */
  readonly lookedAt?: number;
  /** Profile of the target; its kind is 'ignored'. */
  readonly target: Pick<ColumnProfile, 'numeric' | 'top'>;
  /** In the order of the schema, without the target. */
  readonly columns: readonly ColumnReport[];
  readonly duplicates: Duplicates;
  readonly warnings: readonly DataWarning[];
}

/** Share of missing cells from which a column is named. */
const MUCH_MISSING = 0.5;
/** Share of rows below which a class is rare. */
const RARE_CLASS = 0.05;

/** What reading the data has found. */
export interface AlreadyKnown {
  readonly warnings?: readonly string[];
  readonly findings?: readonly Finding[];
  readonly order?: TimeOrder | null;
}

/**
 * Looks at every row, hold-out included: nothing here chooses a model. Relations and drift of large tables are those of a
 * sample, so that a report takes seconds at most.
 */
export function reportData(
  data: StudyData,
  schema: Schema,
  { warnings: said = [], findings = [], order = null }: AlreadyKnown = {},
): DataReport {
  const { frame, y } = data;
  const target = profileTarget(y, schema);
  const looked = lookedAt(data, order);
  const groups = groupings(looked, schema);
  const columns = profile(frame, schema)
    .filter(({ name }) => name !== schema.target.name)
    .map((column) => ({ ...column, relation: relation(groups.get(column.name), looked.data) }));
  const duplicates = countDuplicates(frame, y);
  const warnings = [
    ...said.map((text) => ({ kind: kindOf(text, findings), text })),
    ...findings.filter(({ text }) => !said.includes(text)).map(({ kind, text }) => ({ kind: WORDS[kind], text })),
    ...columnWarnings(columns),
    ...targetWarnings(target, y.length),
    ...duplicateWarnings(duplicates, y.length),
    ...driftWarnings(looked, schema, groups),
  ];
  const part = looked.data.y.length < y.length ? { lookedAt: looked.data.y.length } : {};
  return { version: 1, rows: y.length, ...part, target, columns, duplicates, warnings };
}

/** The groups of every column of the frame, and of the target under its name. */
function groupings({ data }: LookedAt, schema: Schema): Map<string, Grouping> {
  const columns = [...valued(data.frame), targetColumn(data, schema)];
  return new Map(columns.map((column) => [column.name, grouping(column, data.y.length)]));
}

function relation(groups: Grouping | undefined, { y, k }: StudyData): Relation | null {
  return groups ? relationOfGroups(groups, { y, k }) : null;
}

/** What reading the data has already said. */
function kindOf(text: string, findings: readonly Finding[]): DataWarningKind {
  const finding = findings.find((candidate) => candidate.text === text);
  if (finding) return WORDS[finding.kind];
  return /duplicate/.test(text) ? 'duplicates' : 'other';
}

const WORDS: Readonly<Record<FindingKind, DataWarningKind>> = { leak: 'leak', same: 'same', repeats: 'duplicates' };

function columnWarnings(columns: readonly ColumnReport[]): DataWarning[] {
  return columns.flatMap(({ name, kind, reason, missingShare }): DataWarning[] => {
    if (kind === 'id')
      return [{ kind: 'id', text: `column "${name}" looks like an identifier and is not used: ${reason}` }];
    if (kind === 'constant')
      return [{ kind: 'constant', text: `column "${name}" does not vary and is not used: ${reason}` }];
    if (missingShare < MUCH_MISSING || kind === 'ignored') return [];
    return [{ kind: 'missing', text: `column "${name}" is missing in ${percent(missingShare)} of the rows` }];
  });
}

function targetWarnings({ top }: DataReport['target'], rows: number): DataWarning[] {
  const rare = (top ?? []).filter(({ count }) => count < RARE_CLASS * rows);
  return rare.slice(0, 5).map(({ level, count }) => ({
    kind: 'imbalance',
    text: `class "${level}" has ${count} of ${rows} rows (${percent(count / rows)}): accuracy says little here`,
  }));
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function duplicateWarnings({ same, contradicting }: Duplicates, rows: number): DataWarning[] {
  const share = (count: number): string =>
    `${grouped(count)} of ${grouped(rows)} rows (${count / rows < 0.0005 ? '< 0.1 %' : percent(count / rows)})`;
  return [
    ...(same > 0
      ? [
          {
            kind: 'duplicates' as const,
            text: `${share(same)} ${same === 1 ? 'repeats' : 'repeat'} an earlier row`,
          },
        ]
      : []),
    ...(contradicting > 0
      ? [
          {
            kind: 'duplicates' as const,
            text: `${share(contradicting)} ${contradicting === 1 ? 'has' : 'have'} the features of an earlier row and another target: no model can be right on both`,
          },
        ]
      : []),
  ];
}

/**
 * Each fold's validation rows against all others, and the earlier half against the later one: by the study's own time column,
 * or by the first date. The target may drift, too.
 */
function driftWarnings(
  { data, order, marks }: LookedAt,
  schema: Schema,
  groups: ReadonlyMap<string, Grouping>,
): DataWarning[] {
  const names = [...featuresOf(data.frame, schema).map(({ name }) => name), schema.target.name];
  const named = (marked: Uint8Array): string[] =>
    names.flatMap((name) => {
      const own = groups.get(name);
      if (!own || !hasDrifted(driftOfGroups(own, marked))) return [];
      return [name === schema.target.name ? `the target "${name}"` : `"${name}"`];
    });
  const say = (names: readonly string[], where: string): DataWarning[] =>
    names.length === 0
      ? []
      : [
          {
            kind: 'drift',
            text: `${where} other values of ${names.slice(0, 4).join(', ')}${names.length > 4 ? ` and ${names.length - 4} more columns` : ''}`,
          },
        ];
  const late = lateRows(data.frame, order);
  return [
    ...marks.folds.flatMap((marked, fold) => say(named(marked), `the rows of fold ${fold + 1} have`)),
    ...(marks.holdout ? say(named(marks.holdout), 'the held-out rows have') : []),
    ...(late
      ? say(
          named(late.marked).filter((name) => name !== `"${late.column}"`),
          `by "${late.column}", later rows have`,
        )
      : []),
  ];
}

/** The target as a column among the others. */
function targetColumn({ y, task }: Pick<StudyData, 'y' | 'task'>, { target }: Schema): FrameColumn {
  if (task === 'regression') return { kind: 'numeric', name: target.name, values: Float64Array.from(y) };
  return { kind: 'categorical', name: target.name, codes: Int32Array.from(y), levels: target.classes };
}

/** The later half of the rows. */
function lateRows(
  frame: Frame,
  order: TimeOrder | null,
): { readonly column: string; readonly marked: Uint8Array } | null {
  const dates = frame.columns.find(({ kind }) => kind === 'date');
  if (!order && !dates) return null;
  const column = order?.column ?? dates!.name;
  const cells = Float64Array.from({ length: frame.rowCount }, (_, row) =>
    order ? order.times[row] : cellOf(dates!, row),
  );
  const present = cells.filter((cell) => !Number.isNaN(cell)).sort();
  const middle = present[Math.floor(present.length / 2)];
  return { column, marked: Uint8Array.from(cells, (cell) => (cell >= middle ? 1 : 0)) };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.095 ? 1 : 0)} %`;
}

const KEY = 'explain/data';

/** Keeps the report with the study. */
export function storeDataReport(storage: Storage, report: DataReport): void {
  storage.set(KEY, asJson(report));
}

/** Null in studies that were begun before reports were kept. */
export function loadDataReport(storage: Storage): DataReport | null {
  return (storage.get(KEY) ?? null) as unknown as DataReport | null;
}
