/** @file A model group by group of one column: is it as good, as sure and as generous in each of them? */

import type { ModelView } from '../../../automl/index.js';
import { selectRows } from '../../../core/index.js';
import type { FrameColumn } from '../../../data/index.js';
import { mean, standardDeviation, studentQuantile } from '../../../evaluate/index.js';
import type { Grouping } from '../../../explain/index.js';
import { grouping } from '../../../explain/index.js';
import { rocCurve } from '../../plots/diagnostics.js';
import { positiveName } from '../../plots/index.js';
import type { FigureTable } from '../../plots/svg.js';
import { cut, formatCount, formatNumber, formatPercent, NOT_THERE, scoreFormat } from '../../words/format.js';
import type { JudgedSample } from './judged-rows.js';

export interface ByColumn {
  readonly column: string;
  readonly table: FigureTable;
  /** What differs most between groups, in sentences. */
  readonly sentences: readonly string[];
}

/** Groups with fewer rows say too little to be shown, and to be spoken of. */
const LEAST_ROWS = 10;
const LEAST_SAID = 20;
/** Of the share of the group that is called most often: below this, people speak of adverse impact (EEOC 1978, four fifths). */
const FOUR_FIFTHS = 0.8;

interface Group {
  readonly label: string;
  readonly rows: readonly number[];
}

/** Groups of ten rows or more, as the column has them; numbers in up to six groups of one size. */
export function byColumn(sample: JudgedSample, column: FrameColumn, view: ModelView): ByColumn {
  const groups = groupsOf(grouping(column, sample.y.length, 6)).filter(({ rows }) => rows.length >= LEAST_ROWS);
  const of = { column: column.name };
  if (view.classes.length === 0) return { ...of, ...numbers(sample, groups) };
  return { ...of, ...(view.classes.length === 2 ? twoClasses(sample, groups, view) : classes(sample, groups)) };
}

function groupsOf({ groupOf, labels }: Grouping): Group[] {
  const rows = labels.map((): number[] => []);
  groupOf.forEach((g, i) => rows[g].push(i));
  return labels.map((label, g) => ({ label, rows: rows[g] }));
}

/** Wilson's interval of a share at 95 %: Wilson 1927. */
export function shareInterval(hits: number, of: number): readonly [number, number] {
  const z = 1.959963984540054;
  const [p, room] = [hits / of, (z * z) / of];
  const reach = z * Math.sqrt((p * (1 - p) + room / 4) / of);
  return [Math.max(0, (p + room / 2 - reach) / (1 + room)), Math.min(1, (p + room / 2 + reach) / (1 + room))];
}

interface Share {
  readonly hits: number;
  readonly of: number;
}

function shareText({ hits, of }: Share): string {
  if (of === 0) return NOT_THERE;
  const [low, high] = shareInterval(hits, of);
  return `${formatPercent(hits / of)} (${formatPercent(low)} to ${formatPercent(high)})`;
}

function twoClasses(sample: JudgedSample, groups: readonly Group[], view: ModelView): Omit<ByColumn, 'column'> {
  const { positive = 1 } = view;
  const name = cut(positiveName(view), 24);
  const found = groups.map(({ label, rows }) => ({ label, ...countsOf(sample, rows, positive) }));
  return {
    table: {
      columns: [
        'Group',
        'Rows',
        `Is ${name}`,
        `Called ${name}`,
        'Recall',
        'False alarms',
        'Precision',
        'Promised − true',
        'AUC',
      ],
      rows: found.map(({ label, rows, is, called, recall, alarms, precision, promise, auc }) => [
        label,
        formatCount(rows),
        formatPercent(is.hits / is.of),
        shareText(called),
        shareText(recall),
        shareText(alarms),
        shareText(precision),
        `${signedPoints(promise - is.hits / is.of)}`,
        formatNumber(auc, 3),
      ]),
    },
    sentences: gapSentences(found, name),
  };
}

/** `+2.1 points`. */
function signedPoints(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(100 * difference).toFixed(1)} points`;
}

interface GroupCounts {
  readonly label: string;
  readonly called: Share;
  readonly recall: Share;
  readonly alarms: Share;
}

function countsOf({ y, decisions, predictions }: JudgedSample, rows: readonly number[], positive: number) {
  const count = (keep: (i: number) => boolean): number => rows.filter(keep).length;
  const isPositive = (i: number): boolean => y[i] === positive;
  const isCalled = (i: number): boolean => decisions![i] === positive;
  const [truly, called] = [count(isPositive), count(isCalled)];
  const hits = count((i) => isPositive(i) && isCalled(i));
  const { area } = rocCurve(
    Float32Array.from(rows, (i) => y[i]),
    selectRows(predictions, rows),
    positive,
  );
  return {
    rows: rows.length,
    is: { hits: truly, of: rows.length },
    called: { hits: called, of: rows.length },
    recall: { hits, of: truly },
    alarms: { hits: called - hits, of: rows.length - truly },
    precision: { hits, of: called },
    promise: mean(rows.map((i) => predictions.data[i * predictions.cols + positive])),
    auc: area,
  };
}

/** Differences that the intervals of two groups do not cover, and the rule of four fifths. */
function gapSentences(groups: readonly GroupCounts[], name: string): string[] {
  const sentences: string[] = [];
  const shares = groups
    .filter(({ called }) => called.of >= LEAST_SAID)
    .map(({ label, called }) => ({ label, share: called }));
  const ends = extremes(shares);
  if (ends && ends.high.share.hits > 0) {
    const ratio = ends.low.share.hits / ends.low.share.of / (ends.high.share.hits / ends.high.share.of);
    const verdict = ratio < FOUR_FIFTHS ? 'less than four fifths' : 'four fifths or more';
    const sure = areApart(ends.low.share, ends.high.share) ? '' : ', which these rows cannot tell from chance';
    sentences.push(
      `The group ${cut(ends.low.label, 40)} is called ${name} ${formatNumber(ratio, 2)} times as often as ${cut(ends.high.label, 40)}: ${verdict}${sure}.`,
    );
  }
  for (const [words, key] of [
    ['Recall', 'recall'],
    ['False alarms', 'alarms'],
  ] as const) {
    const own = extremes(
      groups.filter((group) => group[key].of >= LEAST_SAID).map((group) => ({ label: group.label, share: group[key] })),
    );
    if (!own || !areApart(own.low.share, own.high.share)) continue;
    const [low, high] = [own.low, own.high].map(
      ({ label, share }) => `${formatPercent(share.hits / share.of)} in ${cut(label, 40)}`,
    );
    sentences.push(`${words}: ${low}, ${high}.`);
  }
  return sentences;
}

interface Labelled {
  readonly label: string;
  readonly share: Share;
}

function extremes(groups: readonly Labelled[]): { readonly low: Labelled; readonly high: Labelled } | null {
  if (groups.length < 2) return null;
  const order = [...groups].sort((a, b) => a.share.hits / a.share.of - b.share.hits / b.share.of);
  return { low: order[0], high: order[order.length - 1] };
}

function areApart(low: Share, high: Share): boolean {
  return shareInterval(low.hits, low.of)[1] < shareInterval(high.hits, high.of)[0];
}

function classes({ y, decisions, predictions }: JudgedSample, groups: readonly Group[]): Omit<ByColumn, 'column'> {
  const { cols, data } = predictions;
  const found = groups.map(({ label, rows }) => {
    const right = { hits: rows.filter((i) => decisions![i] === y[i]).length, of: rows.length };
    const promise = mean(rows.map((i) => data[i * cols + decisions![i]]));
    const loss = mean(rows.map((i) => -Math.log(Math.max(1e-15, data[i * cols + y[i]]))));
    return { label, rows: rows.length, right, promise, loss };
  });
  const format = scoreFormat(found.map(({ loss }) => loss));
  const ends = extremes(found.map(({ label, right }) => ({ label, share: right })));
  const isClear = ends !== null && areApart(ends.low.share, ends.high.share);
  const said = ({ label, share }: Labelled): string => `${formatPercent(share.hits / share.of)} in ${cut(label, 40)}`;
  return {
    table: {
      columns: ['Group', 'Rows', 'Right', 'Promised − right', 'Log loss'],
      rows: found.map(({ label, rows, right, promise, loss }) => [
        label,
        formatCount(rows),
        shareText(right),
        signedPoints(promise - right.hits / right.of),
        format(loss),
      ]),
    },
    sentences: isClear ? [`Right: ${said(ends.low)}, ${said(ends.high)}.`] : [],
  };
}

function numbers({ y, predictions }: JudgedSample, groups: readonly Group[]): Omit<ByColumn, 'column'> {
  const found = groups.map(({ label, rows }) => {
    const errors = rows.map((i) => predictions.data[i] - y[i]);
    const reach = studentQuantile(0.975, rows.length - 1) * (standardDeviation(errors) / Math.sqrt(rows.length));
    return { label, rows, bias: mean(errors), reach, size: mean(errors.map(Math.abs)) };
  });
  const truth = (rows: readonly number[]): number => mean(rows.map((i) => y[i]));
  const narrowest = Math.min(...found.map(({ reach }) => reach));
  const format = scoreFormat(
    found.map(({ size }) => size),
    { spread: narrowest / 2, folds: 1 },
  );
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${format(Math.abs(value))}`;
  const clear = found.filter(({ bias, reach }) => Math.abs(bias) > reach);
  const most = [...clear].sort((a, b) => Math.abs(b.bias) - Math.abs(a.bias)).at(0);
  return {
    table: {
      columns: [
        'Group',
        'Rows',
        'Mean truth',
        'Mean predicted',
        'Predicted − true',
        '95 % interval',
        'Mean absolute error',
      ],
      rows: found.map(({ label, rows, bias, reach, size }) => [
        label,
        formatCount(rows.length),
        format(truth(rows)),
        format(truth(rows) + bias),
        signed(bias),
        `${signed(bias - reach)} to ${signed(bias + reach)}`,
        format(size),
      ]),
    },
    sentences: most
      ? [
          `${cut(most.label, 40)}: ${most.bias > 0 ? 'too high' : 'too low'} by ${format(Math.abs(most.bias))} on average.`,
        ]
      : ['No group is predicted too high or too low for all that these rows can tell.'],
  };
}
