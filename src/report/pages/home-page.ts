/** @file Everything the list of studies and the form of a new search show. */

import type { StudyStatus, StudySummary } from '../../automl/index.js';
import { METRICS, SEARCHED_METRICS } from '../../evaluate/index.js';
import type { FamilyChip } from '../words/families.js';
import { chipOf, metricLabel } from '../words/families.js';
import { formatCount, formatMoment, formatSeconds, formatSpread, plural, studyFormat } from '../words/format.js';
import { links } from '../words/links.js';
import type { SearchLook } from '../words/search-look.js';
import { KIND_FIELD, SAID_KINDS } from '../words/search-look.js';
import type { MetricView, StatusView } from './study-page.js';
import { metricView, statusView } from './study-page.js';

/** A study as the list knows it. */
export type ListedStudy =
  | {
      readonly name: string;
      readonly status: StudyStatus;
      readonly createdAt: number;
      readonly summary: StudySummary;
      readonly trials: number;
      readonly isOverCluster?: boolean;
      readonly folds?: number;
      readonly tags?: readonly string[];
      /** Of one of several targets: the study of all of them, with which it is deleted. */
      readonly whole?: string;
    }
  | {
      readonly name: string;
      readonly status: 'damaged';
      readonly createdAt: number;
      readonly summary: null;
      readonly tags?: readonly string[];
      /** Of one of several targets: the study of all of them, with which it is deleted. */
      readonly whole?: string;
    };

export interface StudyCard {
  readonly name: string;
  readonly href: string;
  readonly status: StatusView;
  /** Null where nothing of the study can be read. */
  readonly metric: MetricView | null;
  readonly task: string;
  readonly best: FamilyChip | null;
  readonly score: string;
  readonly size: string;
  readonly trials: string;
  readonly duration: string;
  /** Empty where this machine did it all. */
  readonly place: string;
  readonly created: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly tags: readonly string[];
  /** The same as a person types them. */
  readonly tagText: string;
  /** It can be set beside others. */
  readonly isComparable: boolean;
  /** What is deleted by that: the study, or that of all targets. */
  readonly removed: string;
  readonly remove: string;
  readonly tagsAction: string;
}

export interface HomePage {
  readonly studies: readonly StudyCard[];
  /** Of all that are there. */
  readonly total: number;
  readonly folder: string;
  /** Null where searches are started elsewhere. */
  readonly form: SearchForm | null;
  readonly query: HomeQuery;
  readonly sorts: readonly { readonly value: HomeSort; readonly label: string }[];
  /** Searches that wait, the next one first. */
  readonly queue: readonly {
    readonly name: string;
    readonly href: string;
    readonly up: string | null;
    readonly remove: string;
  }[];
  /** Searches that a server before this one did not start, and those that could not begin. */
  readonly notStarted: readonly {
    readonly name: string;
    readonly reason: string;
    /** Null: it can only be deleted. */
    readonly start: string | null;
    readonly remove: string;
  }[];
  /** Every tag that some study has. */
  readonly tags: readonly string[];
}

const SORTS: Readonly<Record<HomeSort, string>> = {
  newest: 'newest first',
  name: 'by name',
  rows: 'most rows first',
  trials: 'most trials first',
  time: 'longest first',
};
export type HomeSort = 'newest' | 'name' | 'rows' | 'trials' | 'time';

/** What the reader asked for; it stands in the address. */
export interface HomeQuery {
  /** In a name, a target's task, a family, a metric or a tag; letters large or small. */
  readonly find: string;
  readonly sort: HomeSort;
  readonly tag: string;
}

/** Words of an address into a query; what is not understood is left out. */
export function readHomeQuery(words: Readonly<Record<string, string | undefined>>): HomeQuery {
  const { find = '', sort = '', tag = '' } = words;
  return { find: find.trim().slice(0, 200), sort: Object.hasOwn(SORTS, sort) ? (sort as HomeSort) : 'newest', tag };
}

interface HomeExtras {
  readonly query?: HomeQuery;
  /** Names of searches that wait. */
  readonly queue?: readonly string[];
  readonly notStarted?: readonly {
    readonly name: string;
    readonly reason: string | null;
    readonly canStart: boolean;
  }[];
}

export function homePage(
  studies: readonly ListedStudy[],
  folder: string,
  form: SearchForm | null,
  { query = readHomeQuery({}), queue = [], notStarted = [] }: HomeExtras = {},
): HomePage {
  const wanted = query.find.toLowerCase();
  const shown = studies
    .filter(({ tags = [] }) => query.tag === '' || tags.includes(query.tag))
    .filter((study) => wanted === '' || searchedText(study).includes(wanted))
    .sort((a, b) => ORDERS[query.sort](a, b) || b.createdAt - a.createdAt);
  return {
    studies: shown.map(studyCard),
    total: studies.length,
    folder,
    form,
    query,
    queue: queue.map((name, i) => ({
      name,
      href: links.study(name),
      up: i === 0 ? null : links.queueUp(name),
      remove: links.queueDelete(name),
    })),
    notStarted: notStarted.map(({ name, reason, canStart }) => ({
      name,
      reason: reason ?? 'The server ended before its turn came.',
      start: canStart ? links.queueStart(name) : null,
      remove: links.queueDelete(name),
    })),
    sorts: Object.entries(SORTS).map(([value, label]) => ({ value: value as HomeSort, label })),
    tags: [...new Set(studies.flatMap(({ tags = [] }) => tags))].sort((a, b) => a.localeCompare(b, 'en')),
  };
}

const ORDERS: Readonly<Record<HomeSort, (a: ListedStudy, b: ListedStudy) => number>> = {
  newest: (a, b) => b.createdAt - a.createdAt,
  name: (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
  rows: (a, b) => (b.summary?.rows ?? -1) - (a.summary?.rows ?? -1),
  trials: (a, b) => trialsOf(b) - trialsOf(a),
  time: (a, b) => (b.summary?.seconds ?? -1) - (a.summary?.seconds ?? -1),
};

function trialsOf(study: ListedStudy): number {
  return study.summary === null ? -1 : study.trials;
}

function searchedText({ name, summary, tags = [] }: ListedStudy): string {
  const best = summary?.leaderboard[0];
  const words = summary
    ? [summary.task, metricLabel(summary.metric), ...(best ? [chipOf(best.family).label] : [])]
    : [];
  return [name, ...tags, ...words].join('\n').toLowerCase();
}

/** What may be done with a study of the list. */
function keeping({ name, createdAt, tags = [], whole: removed = name }: ListedStudy) {
  const words = { tags, tagText: tags.join(', '), tagsAction: links.tags(name) };
  return { createdAt, ...words, removed, remove: links.remove(removed) };
}

function studyCard(study: ListedStudy): StudyCard {
  if (study.summary === null) return damagedCard(study);
  const { name, status, createdAt, summary, trials, isOverCluster = false } = study;
  const best = summary.leaderboard[0];
  return {
    name,
    href: links.study(name),
    status: statusView(status),
    metric: metricView(summary.metric, summary.direction),
    task: summary.task,
    best: best ? chipOf(best.family) : null,
    score: best ? formatSpread(studyFormat(summary, study.folds), best.cv, best.cvStd) : '',
    size: `${formatCount(summary.rows)} × ${formatCount(summary.columns)}`,
    trials: plural(trials, 'trial'),
    duration: formatSeconds(summary.seconds),
    place: isOverCluster ? 'on a cluster' : '',
    created: formatMoment(createdAt),
    isComparable: true,
    ...keeping(study),
  };
}

function damagedCard(study: ListedStudy): StudyCard {
  const { name, createdAt } = study;
  const status: StatusView = { word: 'damaged', label: 'Damaged', tone: 'bad' };
  const nothing = { metric: null, best: null, score: '', task: '', size: '', trials: '', duration: '', place: '' };
  return {
    name,
    href: links.study(name),
    status,
    created: formatMoment(createdAt),
    isComparable: false,
    ...nothing,
    ...keeping(study),
  };
}

/** Words of the form: names of fields and what was typed. */
export interface SearchForm {
  readonly values: Readonly<Record<string, string>>;
  /** The one sentence that says what to mend. */
  readonly error: string | null;
  readonly tasks: readonly { readonly value: string; readonly label: string }[];
  readonly metrics: readonly { readonly value: string; readonly label: string }[];
  readonly maxUpload: string;
  /** The file that was sent before; null: none. */
  readonly kept: { readonly id: string; readonly fileName: string } | null;
  /** What would be understood of it; null before anybody asked. */
  readonly look: SearchLook | null;
  /** Kinds that were said of columns, while no look shows them. */
  readonly said: readonly { readonly field: string; readonly column: string; readonly kind: string }[];
  readonly kinds: readonly string[];
  /** `3 workers, 12 folds at once`; null where searches stay on this machine. */
  readonly cluster: string | null;
}

function clusterWords(look: NonNullable<FormSetting['place']>['look']): string {
  if (look === null) return 'cannot be used now';
  if (look.workers === 0) return 'no worker is there yet: a search waits for one';
  return `${plural(look.workers, 'worker')}, ${plural(look.slots, 'fold')} at once`;
}

export interface FormSetting {
  readonly maxUploadBytes: number;
  readonly kept?: SearchForm['kept'];
  readonly look?: SearchForm['look'];
  /** Null: there is no cluster. `look` is null where it cannot be reached. */
  readonly place: { readonly look: { readonly workers: number; readonly slots: number } | null } | null;
}

export function searchForm(
  { maxUploadBytes, place, kept = null, look = null }: FormSetting,
  values: Readonly<Record<string, string>> = {},
  error: string | null = null,
): SearchForm {
  return {
    values: {
      target: '',
      task: 'auto',
      metric: '',
      budget: 'auto',
      trials: '',
      time: '',
      name: '',
      seed: '',
      folds: '',
      ignore: '',
      models: '',
      holdout: '',
      group: '',
      order: '',
      gap: '',
      weights: '',
      classWeights: '',
      duplicates: '',
      missing: '',
      quantiles: '',
      exposure: '',
      levels: '',
      positive: '',
      costs: '',
      rises: '',
      falls: '',
      place: 'here',
      ...values,
    },
    error,
    kept: kept && { id: kept.id, fileName: kept.fileName },
    look,
    said: look === null ? kindsIn(values) : [],
    kinds: SAID_KINDS,
    cluster: place && clusterWords(place.look),
    tasks: [
      { value: 'auto', label: 'Find out from the target' },
      { value: 'regression', label: 'Regression: a number' },
      { value: 'binary', label: 'Binary: one of two classes' },
      { value: 'multiclass', label: 'Multiclass: one of several classes' },
      { value: 'quantile', label: 'Quantile: where a number lies (0.1, 0.5, 0.9)' },
      { value: 'count', label: 'Count: 0, 1, 2 and so on' },
      { value: 'ordinal', label: 'Ordinal: classes in an order' },
    ],
    metrics: SEARCHED_METRICS.map((name) => ({
      value: name,
      label: `${metricLabel(name)} (${METRICS[name].tasks.join(', ')})`,
    })),
    maxUpload: `${Math.round(maxUploadBytes / 2 ** 20)} MiB`,
  };
}

function kindsIn(values: Readonly<Record<string, string>>): SearchForm['said'] {
  return Object.entries(values)
    .filter(([field, kind]) => field.startsWith(KIND_FIELD) && kind !== '')
    .map(([field, kind]) => ({ field, column: field.slice(KIND_FIELD.length), kind }));
}

/** A page that says what went wrong, and nothing about our insides. */
export interface ErrorPage {
  readonly status: number;
  readonly title: string;
  readonly message: string;
}

const ERROR_TITLES: Readonly<Record<number, string>> = {
  400: 'That request does not work',
  401: 'Sign in first',
  403: 'Not from there',
  404: 'Nothing here',
  405: 'Not like that',
  409: 'Not now',
  413: 'Too much',
  422: 'The data needs mending',
  500: 'Something broke on our side',
};

export function errorPage(status: number, message: string): ErrorPage {
  return { status, title: ERROR_TITLES[status] ?? 'Error', message };
}
