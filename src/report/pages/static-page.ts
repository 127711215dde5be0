/** @file A study as one file: every page that needs no server, and the model that predicts in it. */

import type { StudyView } from '../../automl/index.js';
import type { ContributionUnit } from '../../ensemble/index.js';
import type { ExplainSample, Walk } from '../../explain/index.js';
import { backgroundOf, contributionWalks, featuresOf, rawCell } from '../../explain/index.js';
import { escapeText } from '../words/escape.js';
import { metricLabel } from '../words/families.js';
import { formatSpread, plural, scoreFormat } from '../words/format.js';
import type { DataPage } from './data-page.js';
import type { ModelPage } from './model-page.js';
import type { SearchPage } from './search-page.js';
import type { StudyPage } from './study-page.js';
import type { TryPage } from './try-page.js';
import { NOTE_WORDS, scoreWords, startWords } from './try-page.js';

export interface StaticParts {
  readonly name: string;
  readonly version: string;
  readonly study: StudyPage;
  readonly search: SearchPage;
  readonly data: DataPage;
  readonly models: readonly ModelPage[];
  /** The model that predicts in the page; null when none is small enough. */
  readonly predictor: StaticPredictor | null;
}

export interface StaticPredictor {
  readonly form: TryPage;
  /** An ES module that exports `predict(rows)` and `check(rows)`. */
  readonly code: string;
  /** Where contributions start; null in studies that keep no rows. */
  readonly start: OfflineStart | null;
  /** With which model, and how good it is. */
  readonly lead: string;
}

/** The rows and the orders of `contributionsOf`, for the script of the page. */
export interface OfflineStart {
  readonly columns: readonly string[];
  /** Places of columns whose cells are milliseconds since 1970. */
  readonly dates: readonly number[];
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
  readonly walks: readonly Walk[];
  /** Where they start, in a sentence with `{}` for the number; for scores of classes a second `{}` for where they end. */
  readonly words: string;
  /** The model says its contributions itself, in this unit; null: they are sampled. */
  readonly exact: ContributionUnit | null;
}

/** What a model of trees counts exact contributions in, and how many models it averages. */
export interface OfflineExact {
  readonly unit: ContributionUnit;
  readonly models: number;
}

/** What the script of the page is told. */
interface Offline {
  readonly start: OfflineStart | null;
  readonly notes: Readonly<Record<string, string>>;
}

/** What `report.ejs` prints. */
export interface StaticPage {
  readonly name: string;
  readonly version: string;
  readonly style: string;
  /** Runs before the first paint. */
  readonly themeScript: string;
  readonly script: string;
  readonly model: string | null;
  readonly study: StudyPage;
  readonly search: SearchPage;
  readonly data: DataPage;
  readonly models: readonly { readonly id: string; readonly title: string; readonly html: string }[];
  readonly sections: readonly { readonly href: string; readonly label: string }[];
  readonly form: TryPage | null;
  readonly tryLead: string;
  /** JSON of `Offline`. */
  readonly offline: string;
}

/** Contributions in the page start from the rows that the server's start from; texts, which a study does not keep, stay empty. */
export function offlineStart(
  { schema }: Pick<StudyView, 'schema'>,
  sample: ExplainSample,
  exact: OfflineExact | null = null,
): OfflineStart {
  const features = featuresOf(sample.frame, schema);
  const frame = backgroundOf(sample, features.length);
  const columns = features.map(({ name }) => frame.columns.find((column) => column.name === name) ?? null);
  return {
    columns: features.map(({ name }) => name),
    dates: features.flatMap(({ kind }, f) => (kind === 'date' ? [f] : [])),
    rows: Array.from({ length: frame.rowCount }, (_, row) =>
      features.map((feature, f) => (columns[f] ? rawCell(columns[f], row, feature.schema) : null)),
    ),
    walks: contributionWalks(frame.rowCount, features.length),
    words: offlineStartWords(frame.rowCount, schema.target.classes.length, columns.includes(null), exact),
    exact: exact && exact.unit,
  };
}

function offlineStartWords(rows: number, classes: number, hasTexts: boolean, exact: OfflineExact | null): string {
  if (exact?.unit === 'log-odds') return scoreWords('{}', '{}', rows, { hasTexts, classes, models: exact.models });
  return startWords('{}', rows, { isShare: classes > 0, hasTexts, method: exact ? 'exact' : 'sampled' });
}

export function offlineWords(start: OfflineStart | null): string {
  const offline: Offline = { start, notes: NOTE_WORDS };
  return JSON.stringify(offline);
}

/** Which model predicts in the page, and what it is worth beside the winner. */
export function predictorLead({ summary, schema, folds }: StudyView, model: string): string {
  const { leaderboard, metric } = summary;
  const own = leaderboard.find((entry) => entry.model === model)!;
  const format = scoreFormat(leaderboard.map(({ cv }) => cv));
  const label = metricLabel(metric);
  const lead = `Predicts ${schema.target.name} in this page, with ${model}: ${label} ${formatSpread(format, own.cv, own.cvStd)} over ${plural(folds, 'fold')}`;
  const [best] = leaderboard;
  if (best.model === model) return `${lead}, the winner.`;
  return `${lead}. The winner, ${best.model} (${format(best.cv)}), is too large for this file: the page of lrnn serve asks it, and lrnn export writes it.`;
}

/** The page of a study without a way to a server. */
export function offlineStudy(page: StudyPage): StudyPage {
  const columns = Object.fromEntries(
    Object.entries(page.board.columns).map(([key, column]) => [key, { ...column, href: '#leaderboard' }]),
  ) as unknown as StudyPage['board']['columns'];
  return {
    ...page,
    leaderboard: page.leaderboard.map((row) => ({ ...row, href: null })),
    board: { ...page.board, columns, action: '#leaderboard' },
    metrics: page.metrics && {
      ...page.metrics,
      rows: page.metrics.rows.map((row) => ({ ...row, href: null })),
    },
    isExplaining: false,
    insights: page.insights.map((card) => ({ ...card, href: null })),
    live: { ...page.live, isRunning: false },
    links: { json: '', download: null, best: null, tryIt: null, report: null, resume: null, tables: [] },
  };
}

export function offlineSearch(page: SearchPage): SearchPage {
  const { trials } = page;
  const rows = trials.rows.map((trial) => ({ ...trial, href: null }));
  const heads = Object.fromEntries(
    Object.entries(trials.heads).map(([key, head]) => [key, { ...head, href: '#trials' }]),
  ) as unknown as SearchPage['trials']['heads'];
  return { ...page, trials: { ...trials, rows, heads, all: '', action: '' } };
}

export function offlineModel(page: ModelPage): ModelPage {
  return {
    ...page,
    isExplaining: false,
    command: '',
    address: '',
    takeAway: { files: [], tables: [] },
    members: page.members.map((member) => ({ ...member, href: null })),
  };
}

export function offlineForm(page: TryPage): TryPage {
  return { ...page, action: '', fileAction: '' };
}

/**
 * A part of a page made its own, so that two parts of one kind can stand in one page: ids get a prefix, sections are also
 * named after the heading `headingId`, and regions after `name`.
 *
 * Only attributes change: in text, quotes are escaped.
 */
export function ownPart(html: string, prefix: string, headingId: string, name: string): string {
  return html
    .replace(
      / (id|for|aria-labelledby|aria-describedby|popovertarget)="([^"]*)"/g,
      (_, attribute: string, ids: string) => {
        const own = ids.split(' ').map((id) => `${prefix}-${id}`);
        return ` ${attribute}="${own.join(' ')}"`;
      },
    )
    .replace(/<section([^>]*) aria-labelledby="/g, `<section$1 aria-labelledby="${headingId} `)
    .replace(
      / role="region" aria-label="([^"]*)"/g,
      (_, label: string) => ` role="region" aria-label="${label}, ${escapeText(name)}"`,
    );
}

/** A script may stand in a page: nothing in it ends the element. */
export function inlineScript(code: string): string {
  return code.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');
}
