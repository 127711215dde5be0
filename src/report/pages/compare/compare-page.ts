/** @file The page that sets studies side by side: same data or not, what was asked for, scores fold by fold. */

import { countTrials, testToTrain } from '../../../automl/index.js';
import { chanceWords } from '../../../core/index.js';
import { correctedTTest, METRICS, usualMetrics } from '../../../evaluate/index.js';
import { courseOfSearches } from '../../plots/course.js';
import type { Figure, FigureTable } from '../../plots/svg.js';
import { metricLabel } from '../../words/families.js';
import {
  formatCount,
  formatLarge,
  formatMoment,
  formatPerRow,
  formatSeconds,
  formatSpread,
  isNumber,
  NOT_THERE,
  scoreFormat,
} from '../../words/format.js';
import { links } from '../../words/links.js';
import type { MetricView, StatusView } from '../study-page.js';
import { metricView, statusView } from '../study-page.js';
import type { ComparedStudy } from './same.js';
import { pairingOf } from './same.js';
import { settingsThatDiffer } from './settings-diff.js';

/** The first one is what the others are set against. */
export interface ComparePage {
  readonly studies: readonly {
    readonly name: string;
    readonly href: string;
    readonly status: StatusView;
    /** The same page with this study first; null for the one that is. */
    readonly asFirst: string | null;
  }[];
  /** Whether data, target, metric and folds agree, whole sentences. */
  readonly sentences: readonly string[];
  /** Of the first one. */
  readonly metric: MetricView;
  readonly sides: FigureTable;
  /** Best against best, fold by fold; null where nothing can be paired. */
  readonly paired: FigureTable | null;
  /** Scores of the folds of what is paired. */
  readonly folds: FigureTable | null;
  /** Families that both have, of what is paired. */
  readonly families: FigureTable | null;
  readonly metrics: FigureTable | null;
  readonly settings: FigureTable;
  readonly progress: Figure | null;
}

/** So many fit side by side, and have a colour of their own. */
export const MOST_COMPARED = 6;

/** `studies` are two or more, of different names. */
export function comparePage(studies: readonly ComparedStudy[]): ComparePage {
  const [first, ...others] = studies;
  const metrics = new Set(studies.map(({ view }) => view.summary.metric));
  const { summary } = first.view;
  const paired = others.filter((other) => pairingOf(first, other).isPaired);
  const info = { metric: metricLabel(summary.metric), direction: summary.direction };
  const names = studies.map(({ name }) => name);
  return {
    studies: studies.map(({ name, view }) => ({
      name,
      href: links.study(name),
      status: statusView(view.status),
      asFirst: name === first.name ? null : links.compare([name, ...names.filter((other) => other !== name)]),
    })),
    sentences: others.map((other) => sentenceOf(first, other)),
    metric: metricView(summary.metric, summary.direction),
    sides: sidesTable(studies),
    paired: paired.length > 0 ? pairedTable(first, paired) : null,
    folds: paired.length > 0 ? foldsTable([first, ...paired]) : null,
    families: paired.length > 0 ? familiesTable(first, paired) : null,
    metrics: metricsTable(studies),
    settings: settingsThatDiffer(studies),
    progress:
      metrics.size === 1
        ? courseOfSearches(
            studies.map(({ name, view }) => ({ name, trials: view.trials })),
            info,
          )
        : null,
  };
}

function sentenceOf(first: ComparedStudy, other: ComparedStudy): string {
  const pairing = pairingOf(first, other);
  const names = `${first.name} and ${other.name}`;
  return pairing.isPaired
    ? `${names}: the same data, target, metric and folds, so their scores are compared fold by fold.`
    : `${names}: ${pairing.why}, so their scores stand side by side and are not compared.`;
}

/** A line per question, a column per study. */
function sidesTable(studies: readonly ComparedStudy[]): FigureTable {
  const bests = studies.map(({ view }) => view.summary.leaderboard[0] ?? null);
  const lines: readonly (readonly [string, (i: number) => string])[] = [
    ['Best model', (i) => bests[i]?.model ?? NOT_THERE],
    ['Metric', (i) => metricLabel(studies[i].view.summary.metric)],
    [
      'Score over the folds',
      (i) => (bests[i] ? formatSpread(formatOf(studies[i]), bests[i].cv, bests[i].cvStd) : NOT_THERE),
    ],
    ['Corrected', (i) => formatOf(studies[i])(bests[i]?.corrected)],
    ['Hold-out', (i) => holdoutText(studies[i])],
    ['Task', (i) => studies[i].view.summary.task],
    ['Target', (i) => studies[i].view.schema.target.name],
    ['Rows', (i) => formatCount(studies[i].view.summary.rows)],
    ['Columns', (i) => formatCount(studies[i].view.summary.columns)],
    ['Data, SHA-256', (i) => studies[i].view.dataSha256.slice(0, 12)],
    ['Trials', (i) => formatCount(countTrials(studies[i].view.trials).ended)],
    ['Time', (i) => formatSeconds(studies[i].view.summary.seconds)],
    ['Predict a row', (i) => formatPerRow(bests[i]?.predictMsPerRow)],
    ['Parameters', (i) => (bests[i] ? formatLarge(bests[i].parameters) : NOT_THERE)],
    ['Started', (i) => formatMoment(studies[i].view.createdAt)],
  ];
  return {
    columns: ['Of the study', ...studies.map(({ name }) => name)],
    rows: lines
      .map(([label, text]) => [label, ...studies.map((_, i) => text(i))])
      .filter(([, ...texts]) => texts.some((text) => text !== NOT_THERE)),
  };
}

function formatOf({ view }: ComparedStudy) {
  const [best] = view.summary.leaderboard;
  return scoreFormat([best?.cv ?? null], { spread: best?.cvStd, folds: view.folds });
}

function holdoutText(study: ComparedStudy): string {
  const [best] = study.view.summary.leaderboard;
  const format = formatOf(study);
  if (!best || !isNumber(best.holdout)) return NOT_THERE;
  const { holdoutInterval: interval } = best;
  return interval
    ? `${format(best.holdout)} (95 %: ${format(interval.low)} to ${format(interval.high)})`
    : format(best.holdout);
}

/** Of scores on the same folds, above 0 where `other` is the better one. */
export function pairedGain(
  first: readonly (number | null)[],
  other: readonly (number | null)[],
  { direction, isOrdered }: { readonly direction: 'minimize' | 'maximize'; readonly isOrdered: boolean },
): { readonly mean: number; readonly low: number; readonly high: number; readonly p: number } | null {
  const sign = direction === 'maximize' ? 1 : -1;
  const isWhole = first.length === other.length && [...first, ...other].every(isNumber);
  if (!isWhole || first.length < 2) return null;
  const gains = first.map((score, fold) => sign * (other[fold]! - score!));
  return correctedTTest(gains, testToTrain(gains.length, isOrdered));
}

function gainCells(
  first: ComparedStudy,
  one: readonly (number | null)[],
  two: readonly (number | null)[],
): readonly string[] {
  const { direction } = first.view.summary;
  const gain = pairedGain(one, two, { direction, isOrdered: first.options.time !== undefined });
  if (!gain) return [NOT_THERE, NOT_THERE, NOT_THERE];
  const format = formatOf(first);
  return [
    format(gain.mean),
    `${format(gain.low)} to ${format(gain.high)}`,
    chanceWords(gain.p).replace(/^p (= )?/, ''),
  ];
}

function pairedTable(first: ComparedStudy, others: readonly ComparedStudy[]): FigureTable {
  const own = first.best!;
  return {
    columns: ['Study', 'Best model', 'Against', 'Better by', '95 % interval', 'p, corrected t-test'],
    rows: others.map(({ name, best }) => [
      name,
      best!.entry.model,
      `${own.entry.model} of ${first.name}`,
      ...gainCells(first, own.foldScores, best!.foldScores),
    ]),
  };
}

function foldsTable(studies: readonly ComparedStudy[]): FigureTable {
  const format = formatOf(studies[0]);
  return {
    columns: ['Fold', ...studies.map(({ name }) => name)],
    rows: studies[0].best!.foldScores.map((_, fold) => [
      String(fold + 1),
      ...studies.map(({ best }) => format(best!.foldScores[fold])),
    ]),
  };
}

/** The best of each family that both searched, against each other. */
function familiesTable(first: ComparedStudy, others: readonly ComparedStudy[]): FigureTable | null {
  const format = formatOf(first);
  const rows = others.flatMap((other) =>
    first.view.summary.leaderboard.flatMap((own): string[][] => {
      const rival = other.view.summary.leaderboard.find(({ family }) => family === own.family);
      if (!rival) return [];
      const scores = [scoresOf(first, own.model), scoresOf(other, rival.model)] as const;
      return [
        [
          other.name,
          `${rival.model} against ${own.model}`,
          format(rival.cv),
          format(own.cv),
          ...gainCells(first, ...scores),
        ],
      ];
    }),
  );
  if (rows.length === 0) return null;
  const columns = ['Study', 'Best of the family', 'Its score', `In ${first.name}`, 'Better by', '95 % interval'];
  return { columns: [...columns, 'p, corrected t-test'], rows };
}

function scoresOf({ view }: ComparedStudy, model: string): readonly (number | null)[] {
  return model === 'ensemble'
    ? view.ensembleFoldScores
    : (view.trials.find((trial) => trial.model === model)?.foldScores ?? []);
}

/** Other metrics of the best models, where all have the same task. */
function metricsTable(studies: readonly ComparedStudy[]): FigureTable | null {
  const [{ view }] = studies;
  if (studies.some((other) => other.view.summary.task !== view.summary.task)) return null;
  const bests = studies.map((study) => study.view.summary.leaderboard[0]?.metrics?.folds);
  const rows = usualMetrics(view.summary.task).flatMap((name): string[][] => {
    const values = bests.map((own) => own?.[name]);
    if (!values.some(isNumber)) return [];
    const format = scoreFormat(values.map((value) => value ?? null));
    const arrow = METRICS[name].direction === 'maximize' ? '↑' : '↓';
    return [[`${metricLabel(name)} ${arrow}`, ...values.map((value) => format(value))]];
  });
  return rows.length === 0 ? null : { columns: ['Mean over the folds', ...studies.map(({ name }) => name)], rows };
}
