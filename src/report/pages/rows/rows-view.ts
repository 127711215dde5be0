/** @file Where a model is good and where it is not: slices, groups of one column, and errors over two. */

import type { ModelView, StudyView } from '../../../automl/index.js';
import { chanceWords } from '../../../core/index.js';
import type { FrameColumn } from '../../../data/index.js';
import type { ErrorSlice, ExplainSample, ModelExplanation } from '../../../explain/index.js';
import { errorSlices, sliceInterval } from '../../../explain/index.js';
import type { Figure, FigureTable } from '../../plots/svg.js';
import { cut, formatCount, formatPercent, plural, scoreFormat } from '../../words/format.js';
import type { ByColumn } from './by-column.js';
import { byColumn } from './by-column.js';
import { judgedSample } from './judged-rows.js';
import { residualMap } from './residual-map.js';

/** Columns that the reader chose; they stand in the address. */
export interface RowsQuery {
  readonly by?: string | undefined;
  readonly with?: string | undefined;
}

export interface RowsView {
  readonly rows: string;
  /** Worst first; null where none is worse than the rest for sure. */
  readonly slices: FigureTable | null;
  readonly slicesLead: string;
  readonly by: ByColumn;
  /** Null with one column. */
  readonly map: Figure | null;
  /** To choose from. */
  readonly columns: readonly string[];
  readonly chosen: { readonly by: string; readonly with: string };
}

const MOST_SLICES = 12;
const SURE = 0.05;
/** Names of columns by which people ask whether a model is fair. */
const OF_PEOPLE = /(^|[^a-z])(sex|gender|race|ethnic\w*|religion|nationality|age|marital|disab\w*)([^a-z]|$)/i;

/** Null where the study keeps no rows of its table. */
export function rowsView(
  study: StudyView,
  view: ModelView,
  sample: ExplainSample | null,
  { explanation, query }: { readonly explanation: ModelExplanation | null; readonly query: RowsQuery },
): RowsView | null {
  const judged = judgedSample(sample, view, study.schema);
  if (!judged || judged.columns.length === 0) return null;
  const columns = byImportance(judged.columns, explanation);
  const find = (name: string | undefined): FrameColumn | undefined => columns.find((column) => column.name === name);
  const by = find(query.by) ?? columns.find(({ name }) => OF_PEOPLE.test(name)) ?? columns[0];
  const other = find(query.with) ?? columns.find(({ name }) => name !== by.name);
  const { slices, looked } = errorSlices(columns, judged.errors);
  const sure = slices.filter(({ p }) => p < SURE);
  return {
    rows: plural(judged.y.length, 'sampled row'),
    slices: sure.length > 0 ? slicesTable(sure.slice(0, MOST_SLICES), judged.decisions !== null) : null,
    slicesLead: leadOf(sure.length, looked, judged.y.length),
    by: byColumn(judged, by, view),
    map: other && other.name !== by.name ? residualMap(judged, [by, other]) : null,
    columns: columns.map(({ name }) => name).sort((a, b) => a.localeCompare(b, 'en')),
    chosen: { by: by.name, with: other?.name ?? '' },
  };
}

/** Those that matter most first; the others as the table has them. */
function byImportance(columns: readonly FrameColumn[], explanation: ModelExplanation | null): FrameColumn[] {
  const ranks = new Map(explanation?.importance.columns.map(({ column }, i) => [column, i]) ?? []);
  const rank = ({ name }: FrameColumn): number => ranks.get(name) ?? columns.length;
  return [...columns].sort((a, b) => rank(a) - rank(b));
}

function leadOf(sure: number, looked: number, rows: number): string {
  const base = `${plural(looked, 'group')} of ${plural(rows, 'sampled row')}, by the values of one column and of pairs of the eight that matter most, were looked at`;
  if (looked === 0) return 'There are too few rows to look at groups of them.';
  if (sure === 0)
    return `${base}; none has larger errors than the rest for sure (all p of at least 0.05, corrected for so many looks).`;
  const more = sure > MOST_SLICES ? `; the worst ${MOST_SLICES} are shown` : '';
  return `${base}; ${formatCount(sure)} ${sure === 1 ? 'has' : 'have'} larger errors than the rest, also after correction for so many looks${more}.`;
}

function slicesTable(slices: readonly ErrorSlice[], isShare: boolean): FigureTable {
  const format = isShare ? formatPercent : scoreFormat(slices.map(({ error }) => error));
  return {
    columns: [
      'Where',
      'Rows',
      isShare ? 'Wrong' : 'Mean absolute error',
      '95 % interval',
      'All other rows',
      'p, corrected',
    ],
    rows: slices.map((slice) => {
      const [low, high] = sliceInterval(slice);
      return [
        slice.where.map(({ column, group }) => `${cut(column, 30)}: ${cut(group, 30)}`).join(' and '),
        formatCount(slice.rows),
        format(slice.error),
        `${format(Math.max(0, low))} to ${format(isShare ? Math.min(1, high) : high)}`,
        format(slice.rest),
        chanceWords(slice.p).replace(/^p (= )?/, ''),
      ];
    }),
  };
}
