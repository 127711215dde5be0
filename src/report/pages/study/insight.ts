/** @file The overview's short answers: what matters in the table, what the LRNN learned, what the winner costs. */

import type { StudyView } from '../../../automl/index.js';
import { countTrials } from '../../../automl/index.js';
import type { ColumnImportance, ModelExplanation } from '../../../explain/index.js';
import { tickText } from '../../plots/common.js';
import { metricLabel } from '../../words/families.js';
import {
  formatLarge,
  formatNumber,
  formatPercent,
  formatPerRow,
  formatSeconds,
  isNumber,
  plural,
} from '../../words/format.js';
import type { Gap } from '../../words/gaps.js';
import { links } from '../../words/links.js';

export interface InsightCard {
  readonly id: 'matters' | 'learned' | 'costs';
  readonly title: string;
  readonly lead: string;
  /** Longest first; `percent` in [0, 100] is the length of the bar. */
  readonly bars: readonly { readonly label: string; readonly text: string; readonly percent: number }[];
  readonly pairs: readonly { readonly label: string; readonly value: string }[];
  /** A sentence below; null for none. */
  readonly note: string | null;
  /** Where the whole of it stands; null for nowhere else. */
  readonly href: string | null;
}

/** What the best model and the best LRNN say of themselves; null while it is computed, or where there is no such model. */
export interface Explained {
  readonly best: ModelExplanation | null;
  readonly lrnn: ModelExplanation | null;
}

/** Whose explanations the overview shows. */
export function explainedModels({ summary }: StudyView): {
  readonly best: string | null;
  readonly lrnn: string | null;
} {
  return {
    best: summary.best,
    lrnn: summary.leaderboard.find(({ family }) => family === 'lrnn')?.model ?? null,
  };
}

const SHOWN = 5;

/** Three cards at most; none before the study has a score. */
export function insightCards(
  view: StudyView,
  name: string,
  { gaps, explained }: { readonly gaps: readonly Gap[]; readonly explained: Explained },
): InsightCard[] {
  return [
    ...(explained.best ? [mattersCard(view, name, explained.best)] : []),
    ...(explained.lrnn?.inside ? [learnedCard(name, explained.lrnn, explained.lrnn.inside)] : []),
    ...(view.summary.leaderboard.length > 0 && view.status === 'complete' ? [costsCard(view, gaps)] : []),
  ];
}

function mattersCard({ summary }: StudyView, name: string, explanation: ModelExplanation): InsightCard {
  const { importance, model, rows } = explanation;
  const shown = importance.columns.filter(({ isClear }) => isClear).slice(0, SHOWN);
  const most = Math.max(...shown.map(({ mean }) => mean));
  return {
    id: 'matters',
    title: 'What matters in the table',
    lead: `How much worse ${metricLabel(summary.metric)} of ${model} gets when a column is shuffled; ${plural(rows, 'out-of-fold row')}.`,
    bars: shown.map(({ column, mean, error }) => ({
      label: column,
      text: `${significant(mean, 3)} ± ${significant(error, 2)}`,
      percent: (100 * mean) / most,
    })),
    pairs: [],
    note: shown.length === 0 ? 'No column matters for all that these rows can tell.' : noiseNote(importance.columns),
    href: `${links.model(name, model)}#columns-matter`,
  };
}

/** How many columns cannot be told from zero; null where all can. */
function noiseNote(columns: readonly ColumnImportance[]): string | null {
  const count = columns.filter(({ isClear }) => !isClear).length;
  return count === 0 ? null : `${plural(count, 'column')} cannot be told from zero.`;
}

function learnedCard(
  name: string,
  { model }: ModelExplanation,
  { layers, pairs }: NonNullable<ModelExplanation['inside']>,
): InsightCard {
  const strongest = pairs.filter(({ share }) => share >= 0.001).slice(0, SHOWN);
  const [most] = strongest;
  return {
    id: 'learned',
    title: 'What the LRNN multiplies',
    lead: `Share of the output's variance of ${model} that needs both columns at once.`,
    bars: strongest.map(({ a, b, share }) => ({
      label: `${a} × ${b}`,
      text: formatPercent(share),
      percent: (100 * share) / most.share,
    })),
    pairs: layers.map(({ rank, effectiveRank, width, effectiveWidth }, i) => ({
      label: layers.length === 1 ? 'In use' : `In use, layer ${i + 1}`,
      value: `${formatNumber(effectiveRank, 1)} of rank ${rank}, ${formatNumber(effectiveWidth, 1)} of width ${width}`,
    })),
    note: strongest.length === 0 ? 'Its columns only add up: no pair is worth naming.' : null,
    href: `${links.model(name, model)}#inside`,
  };
}

/** The winner's price, and the cheapest model that the folds cannot tell from it. */
function costsCard({ summary, trials, jobs }: StudyView, gaps: readonly Gap[]): InsightCard {
  const [best] = summary.leaderboard;
  const fitSeconds = jobs.reduce((sum, { startedAt, finishedAt }) => sum + (finishedAt - startedAt) / 1000, 0);
  const cheaper = gaps
    .filter(({ verdict }) => verdict === 'unclear')
    .map(({ rival }) => rival)
    .filter((rival) => isNumber(rival.predictMsPerRow) && rival.predictMsPerRow < (best.predictMsPerRow ?? 0))
    .sort((a, b) => a.predictMsPerRow! - b.predictMsPerRow!)
    .at(0);
  const factor = cheaper ? best.predictMsPerRow! / cheaper.predictMsPerRow! : 1;
  return {
    id: 'costs',
    title: 'What it costs',
    lead: `${best.model}, the best model, and the search that found it.`,
    bars: [],
    pairs: [
      { label: 'Search', value: `${formatSeconds(summary.seconds)} for ${plural(countTrials(trials).ended, 'trial')}` },
      { label: 'All fits', value: `${formatSeconds(fitSeconds)} of workers' time` },
      { label: 'Predict a row', value: formatPerRow(best.predictMsPerRow) },
      { label: 'Parameters', value: formatLarge(best.parameters) },
    ],
    note:
      cheaper && factor >= 1.5
        ? `${cheaper.model} predicts ${formatNumber(factor, factor < 9.95 ? 1 : 0)} times faster, and the folds cannot tell it from the best.`
        : null,
    href: null,
  };
}

function significant(value: number, digits: number): string {
  return tickText(Number(value.toPrecision(digits)));
}
