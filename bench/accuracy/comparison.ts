/** @file Figures over many sets: geometric means of ratios, ranks, wins. */

import type { Task } from '../../src/core/index.js';
import { table } from '../table.js';
import type { Result } from './contenders.js';
import type { DataSet } from './sets.js';

/** Errors below this are counted as this: a ratio of two nearly perfect scores says nothing. */
const FLOOR = 1e-4;
/** Within half a percent is as good as. */
const AS_GOOD = 1.005;
const PEER_PARTS = new Set(['blend']);

/** Errors of all contenders, one row per set: ours by family; the peer's best family by its own validation, and its blend. */
export interface Outcome {
  readonly set: string;
  readonly task: Task;
  /** Of the whole table, the test quarter included. */
  readonly rows: number;
  /** Error of the model that a fit leaves behind. */
  readonly delivered: number;
  readonly ours: Readonly<Record<string, number>>;
  /** After as many trials of the one as of the other. */
  readonly paired: { readonly lrnn: number; readonly mlp: number } | null;
  readonly peerBest: number | null;
  readonly peerBlend: number | null;
}

export function outcomeOf({ task, rows }: DataSet, ours: Result, peer: Result | null): Outcome {
  const single = Object.entries(peer?.scores ?? {}).filter(([name]) => !PEER_PARTS.has(name));
  const best = single.sort(([, a], [, b]) => a.cv - b.cv)[0]?.[1].test ?? null;
  return {
    set: ours.set,
    task,
    rows,
    // Answers that were kept before fits gave rows back have none: what they delivered was the ensemble.
    delivered: ours.delivered?.test ?? ours.scores.ensemble.test,
    ours: Object.fromEntries(Object.entries(ours.scores).map(([family, { test }]) => [family, test])),
    paired: ours.paired ?? null,
    peerBest: best,
    peerBlend: peer?.scores.blend.test ?? null,
  };
}

const FAMILIES = ['lrnn', 'mlp', 'gbdt', 'xgboost', 'extratrees', 'knn', 'linear', 'dummy', 'ensemble'];

/** One row per set; a family that is missing has failed. */
export function outcomeTable(outcomes: readonly Outcome[]): string[] {
  const head = ['set', ...FAMILIES, 'delivered', 'peer best', 'peer blend', 'lrnn/mlp', 'del/blend'];
  const rows = outcomes.map(({ set, ours, delivered, peerBest, peerBlend }) => [
    set,
    ...FAMILIES.map((family) => ours[family] ?? Number.NaN),
    delivered,
    peerBest ?? Number.NaN,
    peerBlend ?? Number.NaN,
    ratio(ours.lrnn, ours.mlp),
    ratio(delivered, peerBlend),
  ]);
  return table(head, rows);
}

/** Geometric mean of ratios, share of sets won, and of sets at least as good, for each comparison; then average ranks. */
export function figures(outcomes: readonly Outcome[]): string[] {
  const pick = (name: string) => (outcome: Outcome) => outcome.ours[name];
  const blend = ({ peerBlend }: Outcome) => peerBlend ?? undefined;
  const best = ({ peerBest }: Outcome) => peerBest ?? undefined;
  const rows = [
    versus(
      'lrnn / mlp, as many trials',
      outcomes,
      ({ paired }) => paired?.lrnn,
      ({ paired }) => paired?.mlp,
    ),
    versus('lrnn / mlp', outcomes, pick('lrnn'), pick('mlp')),
    versus('lrnn / gbdt', outcomes, pick('lrnn'), pick('gbdt')),
    versus('lrnn / xgboost', outcomes, pick('lrnn'), pick('xgboost')),
    versus('mlp / xgboost', outcomes, pick('mlp'), pick('xgboost')),
    versus('gbdt / xgboost', outcomes, pick('gbdt'), pick('xgboost')),
    versus('ensemble / lrnn', outcomes, pick('ensemble'), pick('lrnn')),
    versus('ensemble / xgboost', outcomes, pick('ensemble'), pick('xgboost')),
    versus('delivered / ensemble', outcomes, DELIVERED, pick('ensemble')),
    versus('delivered / peer best', outcomes, DELIVERED, best),
    versus('delivered / peer blend', outcomes, DELIVERED, blend),
  ].filter((row) => row.length > 0);
  const parts = [table(head('error of'), rows), partTable(outcomes), rankTable(outcomes), worseThanMember(outcomes)];
  return parts.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

const DELIVERED: Pick = ({ delivered }) => delivered;
const head = (first: string) => [first, 'geometric mean', 'sets', 'better on', 'within 0.5 % or better'];

/** Sizes of tables in rows: the first bound that is larger names the part. */
const SIZES: readonly (readonly [string, number])[] = [
  ['below 500 rows', 500],
  ['500 to 2,000 rows', 2000],
  ['2,000 to 8,000 rows', 8000],
  ['8,000 rows and more', Infinity],
];

/** The two comparisons that matter most, apart for each task and each size: one mean over everything hides who loses. */
function partTable(outcomes: readonly Outcome[]): string[] {
  const sizeOf = ({ rows }: Outcome) => SIZES.find(([, bound]) => rows < bound)![0];
  const tasks: readonly Task[] = ['regression', 'binary', 'multiclass'];
  const parts = [
    ...tasks.map((task) => [task, outcomes.filter((outcome) => outcome.task === task)] as const),
    ...SIZES.map(([size]) => [size, outcomes.filter((outcome) => sizeOf(outcome) === size)] as const),
  ];
  const rows = parts.flatMap(([name, some]) => [
    versus(
      `${name}: lrnn / mlp, as many trials`,
      some,
      ({ paired }) => paired?.lrnn,
      ({ paired }) => paired?.mlp,
    ),
    versus(`${name}: delivered / peer blend`, some, DELIVERED, ({ peerBlend }) => peerBlend ?? undefined),
  ]);
  return table(
    head('error of, by part'),
    rows.filter((row) => row.length > 0),
  );
}

type Pick = (outcome: Outcome) => number | undefined;

function versus(name: string, outcomes: readonly Outcome[], a: Pick, b: Pick): (string | number)[] {
  const ratios = outcomes.map((outcome) => ratio(a(outcome), b(outcome))).filter(Number.isFinite);
  if (ratios.length === 0) return [];
  const mean = Math.exp(ratios.reduce((sum, value) => sum + Math.log(value), 0) / ratios.length);
  const share = (test: (value: number) => boolean) => percent(ratios.filter(test).length / ratios.length);
  return [name, mean, ratios.length, share((value) => value < 1), share((value) => value <= AS_GOOD)];
}

function rankTable(outcomes: readonly Outcome[]): string[] {
  const complete = outcomes.filter(
    ({ ours, peerBlend }) => peerBlend !== null && FAMILIES.every((name) => name in ours),
  );
  if (complete.length === 0) return [];
  const names = [...FAMILIES, 'delivered', 'peer best', 'peer blend'];
  const errors = complete.map(({ ours, delivered, peerBest, peerBlend }) => [
    ...FAMILIES.map((name) => ours[name]),
    delivered,
    peerBest!,
    peerBlend!,
  ]);
  const rows = names.map((name, i) => [name, errors.reduce((sum, row) => sum + rankOf(row, i), 0) / errors.length]);
  return table(
    ['of 9, equal ones share', 'average rank'],
    rows.sort((a, b) => Number(a[1]) - Number(b[1])),
  );
}

/** 1 is best; equal errors share the mean of their ranks. */
function rankOf(row: readonly number[], i: number): number {
  const better = row.filter((value) => value < row[i]).length;
  const equal = row.filter((value) => value === row[i]).length;
  return better + (equal + 1) / 2;
}

/** Sets on which the ensemble is more than 3 % worse than the best single model, by test scores. */
function worseThanMember(outcomes: readonly Outcome[]): string[] {
  const lines = outcomes.flatMap(({ set, ours: { ensemble, ...single } }) => {
    const [name, error] = Object.entries(single).sort(([, a], [, b]) => a - b)[0];
    const excess = ratio(ensemble, error);
    return excess > 1.03 ? [`${set}: ensemble ${percent(excess - 1)} above ${name}`] : [];
  });
  return lines.length > 0 ? lines : ['The ensemble is nowhere more than 3 % worse than the best single model.'];
}

function ratio(a: number | undefined, b: number | null | undefined): number {
  if (a === undefined || b === undefined || b === null) return Number.NaN;
  return Math.max(a, FLOOR) / Math.max(b, FLOOR);
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
