/** @file The table of trials: sorted and filtered as the address says, and no longer than a page should be. */

import type { StudyView, TrialView } from '../../../automl/index.js';
import type { Family } from '../../../core/index.js';
import { FAMILIES } from '../../../core/index.js';
import { chipOf } from '../../words/families.js';
import { isNumber, studyFormat } from '../../words/format.js';
import { links } from '../../words/links.js';
import { naturalOrder } from '../study/board.js';
import type { TrialRow } from '../study-page.js';
import { trialRows } from '../study-page.js';

const SORTS = ['number', 'score', 'fit', 'parameters'] as const;
type TrialSort = (typeof SORTS)[number];
const STATES: Readonly<Record<TrialView['state'], string>> = {
  complete: 'finished',
  pruned: 'given up',
  failed: 'failed',
  running: 'under way',
};

/** Words of the address. */
export type TrialsQuery = Readonly<
  Partial<Record<'trials' | 'sort' | 'order' | 'family' | 'state', string | undefined>>
>;

export interface TrialsTable {
  readonly rows: readonly TrialRow[];
  /** That the page has no room for. */
  readonly hidden: number;
  /** The same with all of them; empty in a file. */
  readonly all: string;
  readonly heads: Readonly<
    Record<
      TrialSort,
      { readonly href: string; readonly sorted: 'ascending' | 'descending' | null; readonly key: string }
    >
  >;
  readonly action: string;
  readonly families: readonly { readonly value: string; readonly label: string; readonly isChosen: boolean }[];
  readonly states: readonly { readonly value: string; readonly label: string; readonly isChosen: boolean }[];
}

/** Rows of the table, unless all are asked for. */
const MOST_TRIALS = 100;

export function trialsTable(view: StudyView, name: string, words: TrialsQuery = {}): TrialsTable {
  const { trials, summary } = view;
  const sort = SORTS.find((key) => key === words.sort) ?? 'number';
  const natural = (key: TrialSort) => (key === 'score' ? naturalOrder('score', summary.direction) : 'ascending');
  const order = words.order === 'ascending' || words.order === 'descending' ? words.order : natural(sort);
  const family = FAMILIES.find((known) => known === words.family) ?? null;
  const state = words.state !== undefined && Object.hasOwn(STATES, words.state) ? words.state : null;
  const wanted = trials.filter(
    (trial) => (family ?? trial.family) === trial.family && (state ?? trial.state) === trial.state,
  );
  const sorted = [...wanted].sort((a, b) => compare(keyOf(a, sort), keyOf(b, sort), order) || a.number - b.number);
  // Of many without an order, those that are worth a look.
  const shown =
    words.trials === 'all' ? sorted : sort === 'number' ? someOf(sorted, view) : sorted.slice(0, MOST_TRIALS);
  const isWhole = shown.length === trials.length;
  const address = (change: TrialsQuery): string => {
    const all = {
      trials: words.trials,
      sort: words.sort,
      order: words.order,
      family: family ?? '',
      state: state ?? '',
      ...change,
    };
    const said = Object.entries(all).filter(([, value]) => value !== undefined && value !== '') as [string, string][];
    return `${links.search(name)}?${new URLSearchParams(said).toString()}#trials`;
  };
  const head = (key: TrialSort) => {
    const turned = order === 'ascending' ? 'descending' : 'ascending';
    return {
      href: address({ sort: key, order: key === sort ? turned : natural(key) }),
      sorted: key === sort ? order : null,
      // A script sorts where every trial is in the page.
      key: isWhole ? key : '',
    };
  };
  return {
    rows: trialRows(shown, name, studyFormat(view.summary, view.folds)),
    hidden: wanted.length - shown.length,
    all: address({ trials: 'all' }),
    heads: Object.fromEntries(SORTS.map((key) => [key, head(key)])) as TrialsTable['heads'],
    action: links.search(name),
    families: chosen([...new Set(trials.map((trial) => trial.family))], family, (own) => chipOf(own as Family).label),
    states: chosen([...new Set(trials.map((trial) => trial.state))], state, (own) => STATES[own as TrialView['state']]),
  };
}

function chosen(values: readonly string[], one: string | null, label: (value: string) => string) {
  return values.map((value) => ({ value, label: label(value), isChosen: value === one }));
}

function keyOf({ number, cv, fitSeconds, parameters }: TrialView, sort: TrialSort): number | null {
  const value = { number, score: cv, fit: fitSeconds, parameters }[sort];
  return isNumber(value) ? value : null;
}

/** Numbers first, whatever the order. */
function compare(a: number | null, b: number | null, order: 'ascending' | 'descending'): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return order === 'ascending' ? a - b : b - a;
}

/** The best by score, trials without one last; then in the order of their numbers again, as they were given. */
function someOf(trials: readonly TrialView[], { summary }: StudyView): TrialView[] {
  if (trials.length <= MOST_TRIALS) return [...trials];
  const sign = summary.direction === 'minimize' ? 1 : -1;
  const loss = ({ cv }: TrialView): number => (isNumber(cv) ? sign * cv : Infinity);
  const best = [...trials].sort((a, b) => (loss(a) === loss(b) ? a.number - b.number : loss(a) - loss(b)));
  const kept = new Set(best.slice(0, MOST_TRIALS));
  return trials.filter((trial) => kept.has(trial));
}
