/** @file The page of a table: what every column was taken for and why, how it is spread, and what it says of the target. */

import type { StudyView } from '../../automl/index.js';
import type { ColumnSchema } from '../../data/index.js';
import { positiveIndex, taskWord, truthText } from '../../data/index.js';
import type { ColumnReport, DataReport, DataWarningKind, ExplainSample, Relation } from '../../explain/index.js';
import { dateText } from '../../explain/index.js';
import { tickText } from '../plots/common.js';
import type { Figure } from '../plots/svg.js';
import { formatCount, formatNumber, formatPercent, NOT_THERE } from '../words/format.js';
import type { BetweenView } from './data/between-view.js';
import { betweenView } from './data/between-view.js';
import { columnMini } from './data/column-mini.js';
import type { Fact, StatusView, Tab } from './study-page.js';
import { statusView, studyTabs } from './study-page.js';

export interface ColumnRow {
  readonly name: string;
  readonly kind: string;
  readonly isTarget: boolean;
  readonly reason: string;
  readonly missing: string;
  readonly distinct: string;
  /** Least, median, mean, greatest, standard deviation, and how many are 0; of categories the most frequent. */
  readonly numbers: readonly string[];
  /** Share of the target's variance that its groups explain. */
  readonly relation: string;
  /** The same, in [0, 100], for a bar. */
  readonly relationPercent: number | null;
}

export interface DataPage {
  readonly name: string;
  readonly status: StatusView;
  readonly tabs: readonly Tab[];
  readonly facts: readonly Fact[];
  readonly warnings: readonly { readonly label: string; readonly text: string; readonly tone: 'warn' | 'plain' }[];
  readonly columns: readonly ColumnRow[];
  readonly target: Figure | null;
  /** One per column, the strongest relations first. */
  readonly figures: readonly Figure[];
  /** What a bar of them means. */
  readonly figuresLead: string;
  /** Null where the study keeps no rows. */
  readonly between: BetweenView | null;
  readonly hiddenColumns: number;
  /** Said where the study keeps no report. */
  readonly note: string | null;
}

const MOST_DRAWN = 36;
export const NUMBER_HEADS = ['Least', 'Median', 'Mean', 'Greatest', 'Deviation', 'Zeros'] as const;

/** `name` is the name of the study's folder; `report` is null in studies of versions that did not look at the table. */
export function dataPage(
  view: StudyView,
  report: DataReport | null,
  name: string,
  sample: ExplainSample | null = null,
): DataPage {
  const reported = new Map((report?.columns ?? []).map((column) => [column.name, column]));
  const drawn = (report?.columns ?? [])
    .filter(({ relation }) => relation !== null)
    .sort((a, b) => b.relation!.strength - a.relation!.strength);
  return {
    name,
    status: statusView(view.status),
    tabs: studyTabs(name, 'data'),
    facts: dataFacts(view, report),
    warnings: report
      ? report.warnings.map(({ kind, text }) => ({
          label: WARNING_WORDS[kind],
          text,
          tone: QUIET.has(kind) ? 'plain' : 'warn',
        }))
      : view.warnings.map((text) => ({ label: 'Note', text, tone: 'warn' })),
    columns: columnRows(view, reported, report),
    target: report ? targetFigure(report, view, sample) : null,
    figures: drawn.slice(0, MOST_DRAWN).map((column, i) => columnFigure(column, i, view, sample)),
    figuresLead: figuresLead(view),
    between: betweenView(
      sample,
      drawn.map((column) => column.name),
    ),
    hiddenColumns: Math.max(0, drawn.length - MOST_DRAWN),
    note: noteOf(report),
  };
}

/** What the reader of the figures must know besides. */
function noteOf(report: DataReport | null): string | null {
  if (!report) return 'This study was made by a version that did not look closer at the table.';
  if (report.lookedAt === undefined) return null;
  return `Relations to the target and drift were read from ${formatCount(report.lookedAt)} of the rows, evenly spread.`;
}

const WARNING_WORDS: Readonly<Record<DataWarningKind, string>> = {
  leak: 'Leak?',
  same: 'The same',
  id: 'Identifier',
  constant: 'Constant',
  missing: 'Missing',
  imbalance: 'Rare class',
  duplicates: 'Duplicates',
  drift: 'Drift',
  other: 'Note',
};
const QUIET: ReadonlySet<DataWarningKind> = new Set(['id', 'constant', 'same']);

function dataFacts({ summary, schema, holdoutRows, dataFile }: StudyView, report: DataReport | null): Fact[] {
  const used = schema.columns.filter(({ kind }) => !['id', 'constant', 'ignored'].includes(kind)).length;
  const cells = Math.max(1, summary.rows * schema.columns.length);
  const missing = schema.columns.reduce((sum, { missingCount }) => sum + missingCount, 0);
  return [
    { label: 'File', value: dataFile },
    {
      label: 'Rows',
      value: formatCount(summary.rows),
      note: holdoutRows > 0 ? `${formatCount(holdoutRows)} held out` : 'none held out',
    },
    { label: 'Columns', value: formatCount(schema.columns.length), note: `${used} used as features` },
    {
      label: 'Missing cells',
      value: missing === 0 ? 'none' : formatPercent(missing / cells),
      note: missing === 0 ? '' : formatCount(missing),
    },
    ...(report
      ? [
          {
            label: 'Repeated rows',
            value: formatCount(report.duplicates.same),
            note: `${formatCount(report.duplicates.contradicting)} contradicting`,
          },
        ]
      : []),
  ];
}

function columnRows(
  { schema, summary }: StudyView,
  reported: ReadonlyMap<string, ColumnReport>,
  report: DataReport | null,
): ColumnRow[] {
  const row = (column: ColumnSchema): ColumnRow => {
    const isTarget = column.name === schema.target.name;
    const strength = reported.get(column.name)?.relation?.strength ?? null;
    return {
      name: column.name,
      kind: isTarget ? 'target' : column.kind,
      isTarget,
      reason: isTarget ? `${taskWord(schema.target)}: ${schema.target.reason}` : column.reason,
      missing: column.missingCount === 0 ? 'none' : formatPercent(column.missingCount / Math.max(1, summary.rows)),
      distinct: formatCount(column.distinctCount),
      numbers: numbersOf(isTarget && report ? { ...report.target, kind: 'numeric' } : reported.get(column.name)),
      relation: formatPercent(strength),
      relationPercent: strength === null ? null : Math.round(100 * strength),
    };
  };
  return schema.columns.map(row).sort((a, b) => Number(b.isTarget) - Number(a.isTarget));
}

/** As the heads of the table say; one text for categories. */
function numbersOf(report: Pick<ColumnReport, 'numeric' | 'top' | 'kind'> | undefined): string[] {
  const { numeric, top, kind } = report ?? {};
  if (kind === 'boolean' || (!numeric && !top)) return NUMBER_HEADS.map(() => NOT_THERE);
  if (top) {
    const most = top.filter(({ count }) => count > 0).slice(0, 3);
    return [most.map(({ level, count }) => `${level} (${formatCount(count)})`).join(', ')];
  }
  const { min, median, mean, max, deviation, zeros } = numeric!;
  if (kind === 'date')
    return [...[min, median, mean, max].map((value) => dateText(value).slice(0, 10)), NOT_THERE, NOT_THERE];
  const isWhole = [min, max].every(Number.isInteger);
  const isYears = isWhole && min >= 1000 && max < 3000;
  const text = (value: number): string => (isYears ? String(Math.round(value)) : plainText(value));
  return [
    ...[min, median, mean, max].map(text),
    deviation === undefined ? NOT_THERE : plainText(deviation),
    zeros === undefined ? NOT_THERE : formatCount(zeros),
  ];
}

/** Four significant digits; whole numbers, and what is as large, with all digits before the point. */
function plainText(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) if (Math.abs(value) < 1e6) return formatNumber(value, 0);
  return tickText(Number(value.toPrecision(4)));
}

function figuresLead({ schema }: StudyView): string {
  const { name, classes } = schema.target;
  if (classes.length === 0)
    return `above, rows per value; below, mean ${name} in groups of values; in percent, how much of it they explain`;
  if (classes.length === 2)
    return `above, rows per value; below, share of ${classes[positiveIndex(schema.target)]} in groups of values; in percent, how much of it they explain`;
  return 'above, rows per value; below, shares of the classes in groups of values; in percent, how much of them they explain';
}

/** How the values are spread, and what the target does with them. */
function columnFigure(
  column: ColumnReport,
  index: number,
  { schema }: StudyView,
  sample: ExplainSample | null,
): Figure {
  const { name: target, classes } = schema.target;
  const relation = column.kind === 'boolean' ? inWords(column.relation!, schema, column.name) : column.relation!;
  const own = sample?.frame.columns.find(({ name }) => name === column.name);
  return columnMini({
    id: `column-${index}`,
    column,
    relation,
    target,
    classes,
    positive: positiveIndex(schema.target),
    sampled: own && sample ? { column: own, rows: sample.frame.rowCount } : null,
  });
}

function targetFigure(report: DataReport, { schema }: StudyView, sample: ExplainSample | null): Figure {
  const { name, classes } = schema.target;
  const values = sample && { kind: 'numeric' as const, name, values: Float64Array.from(sample.y) };
  return columnMini({
    id: 'target',
    column: { ...report.target, name, kind: classes.length === 0 ? 'numeric' : 'categorical' },
    relation: null,
    target: name,
    classes,
    positive: positiveIndex(schema.target),
    sampled: values && { column: values, rows: values.values.length },
  });
}

/** Truth values lie in the table as 0 and 1; the file has words for them. */
function inWords(relation: Relation, { columns }: StudyView['schema'], name: string): Relation {
  const own = columns.find((column) => column.name === name)!;
  const words: Readonly<Record<string, string>> = { 0: truthText(own, false), 1: truthText(own, true) };
  return {
    ...relation,
    groups: relation.groups.map((group) => ({ ...group, label: words[group.label] ?? group.label })),
  };
}
