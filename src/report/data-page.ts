/** @file The page of a table: what every column was taken for and why, how it is spread, and what it says of the target. */

import type { StudyView } from '../automl/index.js';
import type { ColumnSchema } from '../data/index.js';
import { positiveIndex, taskWord, truthText } from '../data/index.js';
import type { ColumnReport, DataReport, DataWarningKind, Relation } from '../explain/index.js';
import { cut, formatCount, formatPercent } from './format.js';
import { distributionOf, relationPlot } from './plots.js';
import type { Fact, StatusView, Tab } from './study-page.js';
import { statusView, studyTabs } from './study-page.js';
import type { Figure } from './svg.js';

export interface ColumnRow {
  readonly name: string;
  readonly kind: string;
  readonly isTarget: boolean;
  readonly reason: string;
  readonly missing: string;
  readonly distinct: string;
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
  /** The strongest relations first. */
  readonly figures: readonly Figure[];
  readonly hiddenColumns: number;
  /** Said where the study keeps no report. */
  readonly note: string | null;
}

const MOST_DRAWN = 24;

/** `name` is the name of the study's folder; `report` is null in studies of versions that did not look at the table. */
export function dataPage(view: StudyView, report: DataReport | null, name: string): DataPage {
  const reported = new Map((report?.columns ?? []).map((column) => [column.name, column]));
  const { target } = view.schema;
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
    columns: columnRows(view, reported),
    target: report ? distributionOf(report.target, { id: 'target', title: `${target.name}, the target` }) : null,
    figures: drawn.slice(0, MOST_DRAWN).flatMap((column, i) => columnFigures(column, i, view)),
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
      note: formatCount(missing),
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

function columnRows({ schema, summary }: StudyView, reported: ReadonlyMap<string, ColumnReport>): ColumnRow[] {
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
      relation: formatPercent(strength),
      relationPercent: strength === null ? null : Math.round(100 * strength),
    };
  };
  return schema.columns.map(row).sort((a, b) => Number(b.isTarget) - Number(a.isTarget));
}

/** How the values are spread, and what the target does with them: always a pair, so that pairs stand side by side. */
function columnFigures(column: ColumnReport, index: number, { schema }: StudyView): Figure[] {
  const { name, classes } = schema.target;
  const title = `${cut(column.name, 40)}, ${column.kind}`;
  const relation = column.kind === 'boolean' ? inWords(column.relation!, schema, column.name) : column.relation!;
  const values =
    column.kind === 'boolean' ? { top: relation.groups.map(({ label, count }) => ({ level: label, count })) } : column;
  const spread = distributionOf(values, { id: `column-${index}`, title, isDate: column.kind === 'date' });
  const figure = relationPlot(relation, {
    id: `relation-${index}`,
    column: column.name,
    target: name,
    classes,
    positive: positiveIndex(schema.target),
  });
  return spread ? [spread, figure] : [figure];
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
