/** @file The leaderboard: the best of each family, its default settings, its own blend; sorted and filtered as asked. */

import type { LeaderboardEntry, StudyView, TrialView } from '../../../automl/index.js';
import { passedOver } from '../../../automl/index.js';
import type { Family } from '../../../core/index.js';
import { FAMILIES } from '../../../core/index.js';
import type { FamilyBlend } from '../../../explain/index.js';
import { defaultTrials } from '../../../explain/index.js';
import type { FamilyChip } from '../../words/families.js';
import { chipOf } from '../../words/families.js';
import type { ScoreFormat } from '../../words/format.js';
import {
  formatCount,
  formatLarge,
  formatPercent,
  formatPerRow,
  formatSeconds,
  formatWeight,
  isNumber,
  scoreFormat,
  spokenSettings,
} from '../../words/format.js';
import { links } from '../../words/links.js';

/** What a row stands for. */
export type RowKind = 'default' | 'tuned' | 'blend' | 'ensemble';

export const KIND_WORDS: Readonly<Record<RowKind, string>> = {
  default: 'default settings',
  tuned: 'best of the search',
  blend: 'blend of the family, to compare',
  ensemble: 'blend of all',
};

export interface LeaderboardRow {
  /** On the leaderboard of families; null for defaults and blends of one family. */
  readonly rank: number | null;
  readonly model: string;
  /** Null: there is no page of it. */
  readonly href: string | null;
  readonly chip: FamilyChip;
  readonly kind: RowKind;
  readonly kindWords: string;
  readonly score: string;
  readonly spread: string;
  /** Without the luck of the choice; null where that is not known. */
  readonly corrected: string | null;
  readonly holdout: string;
  /** Where the score of other held-out rows would lie; null without one. */
  readonly holdoutInterval: string | null;
  readonly trials: string;
  readonly fitTime: string;
  readonly predictTime: string;
  readonly parameters: string;
  readonly settings: readonly { readonly key: string; readonly value: string }[];
  /** The first few, for one line. */
  readonly settingsShort: string;
  readonly isBest: boolean;
  /** Numbers to sort by; null sorts last. */
  readonly keys: Readonly<Record<SortKey, number | null>>;
}

export const SORT_KEYS = ['score', 'holdout', 'fit', 'predict', 'parameters', 'trials'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** What the reader asked for; it stands in the address. */
export interface BoardQuery {
  readonly sort: SortKey;
  readonly direction: 'ascending' | 'descending';
  /** The reader chose the order. */
  readonly isAsked: boolean;
  readonly family: Family | null;
  readonly kind: RowKind | null;
}

export interface BoardColumn {
  readonly key: SortKey;
  readonly href: string;
  readonly sorted: 'ascending' | 'descending' | null;
}

/** Words of an address into a query; what is not understood is left out. */
export function readBoardQuery(
  query: Readonly<Record<string, string | undefined>>,
  direction: 'minimize' | 'maximize',
): BoardQuery {
  const sort = SORT_KEYS.find((key) => key === query.sort) ?? 'score';
  const wanted = query.order === 'ascending' || query.order === 'descending' ? query.order : null;
  return {
    sort,
    direction: wanted ?? naturalOrder(sort, direction),
    isAsked: sort === query.sort || wanted !== null,
    family: FAMILIES.find((known) => known === query.family) ?? null,
    kind: query.kind !== undefined && Object.hasOwn(KIND_WORDS, query.kind) ? (query.kind as RowKind) : null,
  };
}

/** Best first for scores, smallest first for costs. */
export function naturalOrder(sort: SortKey, direction: 'minimize' | 'maximize'): 'ascending' | 'descending' {
  const isScore = sort === 'score' || sort === 'holdout';
  return isScore && direction === 'maximize' ? 'descending' : 'ascending';
}

/** Links of the column heads: again turns the order. */
export function boardColumns(study: string, query: BoardQuery, direction: 'minimize' | 'maximize'): BoardColumn[] {
  return SORT_KEYS.map((key) => {
    const natural = naturalOrder(key, direction);
    const turned = query.direction === 'ascending' ? 'descending' : 'ascending';
    const order = query.isAsked && query.sort === key ? turned : natural;
    const words = new URLSearchParams({ sort: key, order });
    if (query.family) words.set('family', query.family);
    if (query.kind) words.set('kind', query.kind);
    return {
      key,
      href: `${links.study(study)}?${words.toString()}#leaderboard`,
      sorted: query.isAsked && query.sort === key ? query.direction : null,
    };
  });
}

/** All rows, ranked ones first, best score first. */
export function boardRows(view: StudyView, study: string, blends: readonly FamilyBlend[] = []): LeaderboardRow[] {
  const { summary } = view;
  const onBoard = new Set(summary.leaderboard.map(({ model }) => model));
  const defaults = defaultTrials(view.trials).filter(({ model, family }) => !onBoard.has(model) && family !== 'dummy');
  const shown = [...summary.leaderboard.map(({ cv }) => cv), ...defaults.map(({ cv }) => cv)];
  const format = scoreFormat(shown, { spread: summary.leaderboard[0]?.cvStd, folds: view.folds });
  const kindOf = ({ family, model }: LeaderboardEntry): RowKind => {
    if (family === 'ensemble') return 'ensemble';
    return defaultTrials(view.trials).some((trial) => trial.model === model) ? 'default' : 'tuned';
  };
  const { ensemble, isStacked } = view;
  const members = ensemble.map(({ model, weight }) => ({ key: model, value: formatWeight(weight, isStacked) }));
  const rows = [
    ...summary.leaderboard.map((entry) =>
      rowOf(entry, kindOf(entry), entry.family === 'ensemble' ? members : spokenSettings(entry.settings), {
        format,
        study,
      }),
    ),
    ...defaults.map((trial) =>
      rowOf(defaultEntry(trial), 'default', spokenSettings(trial.settings), { format, study }),
    ),
    ...blends
      .filter((blend) => blend.members.length > 1 && !isEnsemble(blend, view))
      .map((blend) => blendRow(blend, view, { format, study })),
  ];
  const sign = summary.direction === 'minimize' ? 1 : -1;
  const first = summary.leaderboard[0]?.model;
  const passed = passedOver(summary);
  return rows
    .map((row) => ({ ...row, isBest: row.rank === 1 && row.model === first }))
    .map((row) => (row.model === passed?.model ? { ...row, kindWords: `${row.kindWords}, not clearly better` } : row))
    .sort((a, b) => unranked(a) - unranked(b) || compare(scaled(a.keys.score, sign), scaled(b.keys.score, sign)));
}

/** Defaults and blends of one family stand below what competes. */
function unranked({ rank }: LeaderboardRow): number {
  return rank === null ? 1 : 0;
}

/** Whether the blend of a family is the ensemble: it has a row already. */
function isEnsemble({ members }: FamilyBlend, { ensemble, isStacked }: StudyView): boolean {
  const weightOf = (model: string) => ensemble.find((member) => member.model === model)?.weight;
  const isSame = members.every(({ model, weight }) => Math.abs((weightOf(model) ?? NaN) - weight) < 1e-9);
  return !isStacked && isSame && members.length === ensemble.length;
}

/** Rows as asked for; equal ones keep their order, and so do all where nobody asked for another. */
export function arrangeBoard(rows: readonly LeaderboardRow[], query: BoardQuery): LeaderboardRow[] {
  const sign = query.direction === 'ascending' ? 1 : -1;
  const shown = rows.filter(
    ({ chip, kind }) => (query.family ?? chip.family) === chip.family && (query.kind ?? kind) === kind,
  );
  if (!query.isAsked) return shown;
  return shown.sort((a, b) => compare(scaled(a.keys[query.sort], sign), scaled(b.keys[query.sort], sign)));
}

function scaled(value: number | null, sign: number): number | null {
  return value === null ? null : sign * value;
}

/** Numbers first, whatever the order. */
function compare(a: number | null, b: number | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return a - b;
}

interface RowContext {
  readonly format: ScoreFormat;
  readonly study: string;
}

function rowOf(
  entry: LeaderboardEntry,
  kind: RowKind,
  settings: LeaderboardRow['settings'],
  { format, study }: RowContext,
): LeaderboardRow {
  const number = (value: number | null): number | null => (isNumber(value) ? value : null);
  return {
    rank: entry.rank > 0 ? entry.rank : null,
    model: entry.model,
    href: links.model(study, entry.model),
    chip: chipOf(entry.family),
    kind,
    kindWords: KIND_WORDS[kind],
    score: format(entry.cv),
    spread: format(entry.cvStd),
    corrected: isNumber(entry.corrected) ? format(entry.corrected) : null,
    holdout: format(entry.holdout),
    holdoutInterval: entry.holdoutInterval
      ? `95 %: ${format(entry.holdoutInterval.low)} to ${format(entry.holdoutInterval.high)}`
      : null,
    trials: formatCount(entry.trials),
    fitTime: formatSeconds(entry.fitSeconds),
    predictTime: formatPerRow(entry.predictMsPerRow),
    parameters: formatLarge(entry.parameters),
    settings,
    settingsShort: shortSettings(settings),
    isBest: false,
    keys: {
      score: number(entry.cv),
      holdout: number(entry.holdout),
      fit: number(entry.fitSeconds),
      predict: number(entry.predictMsPerRow),
      parameters: number(entry.parameters),
      trials: number(entry.trials),
    },
  };
}

/** A trial that is not its family's best, as an entry without rank. */
function defaultEntry(trial: TrialView): LeaderboardEntry {
  const { model, family, cv, cvStd, fitSeconds, parameters, settings } = trial;
  return {
    rank: 0,
    model,
    family,
    cv: cv ?? Number.NaN,
    cvStd: cvStd ?? Number.NaN,
    holdout: null,
    trials: 1,
    fitSeconds,
    predictMsPerRow: null,
    parameters,
    settings,
  };
}

/** Its costs are those of its members together. */
function blendRow(
  { family, members, cv, cvStd, trials }: FamilyBlend,
  view: StudyView,
  context: RowContext,
): LeaderboardRow {
  const own = members.map(({ model }) => view.trials.find((trial) => trial.model === model)!);
  const sum = (value: (trial: TrialView) => number): number => own.reduce((all, trial) => all + value(trial), 0);
  const entry: LeaderboardEntry = {
    rank: 0,
    model: `${family} blend`,
    family,
    cv,
    cvStd,
    holdout: null,
    trials,
    fitSeconds: sum(({ fitSeconds }) => fitSeconds),
    predictMsPerRow: null,
    parameters: sum(({ parameters }) => parameters),
    settings: {},
  };
  const settings = members.map(({ model, weight }) => ({ key: model, value: formatPercent(weight) }));
  return { ...rowOf(entry, 'blend', settings, context), href: null };
}

const SHORT_SETTINGS = 3;

export function shortSettings(settings: LeaderboardRow['settings']): string {
  const first = settings.slice(0, SHORT_SETTINGS).map(({ key, value }) => `${key} ${value}`);
  return settings.length > SHORT_SETTINGS ? `${first.join(', ')} …` : first.join(', ');
}
