/** @file The figures of a study's page, and its table of paired tests. */

import type { StudyView } from '../../../automl/index.js';
import { chanceWords } from '../../../core/index.js';
import type { StudyExplanation } from '../../../explain/index.js';
import { comparisonPlot, correlationPlot, foldsPlot, gapsPlot, paretoPlot, weightsPlot } from '../../plots/index.js';
import type { Figure, FigureTable } from '../../plots/svg.js';
import { metricLabel } from '../../words/families.js';
import { NOT_THERE, scoreFormat } from '../../words/format.js';
import type { FoldScores, Gap } from '../../words/gaps.js';

export function collectFoldScores(view: StudyView): FoldScores {
  const shown = new Set(view.summary.leaderboard.map(({ model }) => model));
  const pairs = view.trials.filter(({ model }) => shown.has(model)).map(({ model, foldScores }) => [model, foldScores]);
  const blended = view.ensembleFoldScores.length > 0 ? [['ensemble', view.ensembleFoldScores]] : [];
  return Object.fromEntries([...pairs, ...blended]) as FoldScores;
}

export function studyFigures(
  { summary, trials, ensemble, isStacked, folds }: StudyView,
  {
    foldScores,
    gaps,
    explanation,
  }: {
    readonly foldScores: FoldScores;
    readonly gaps: readonly Gap[];
    readonly explanation: StudyExplanation | null;
  },
): Figure[] {
  const { leaderboard, direction } = summary;
  if (leaderboard.length === 0) return [];
  const info = { metric: metricLabel(summary.metric), direction };
  const lines = leaderboard.map(({ model, family }) => ({ model, family, scores: foldScores[model] ?? [] }));
  const timed = leaderboard.map(({ model, family, cv, predictMsPerRow }) => ({
    model,
    family,
    score: cv,
    cost: predictMsPerRow,
  }));
  const blended = leaderboard.filter(({ family }) => family === 'ensemble');
  const sized = [...trials, ...blended].map(({ model, family, cv, parameters }) => ({
    model,
    family,
    score: cv,
    cost: parameters,
  }));
  const sure = gapsPlot(gaps, { best: leaderboard[0].model, folds, metric: info.metric });
  return [
    comparisonPlot({ leaderboard, folds, foldScores, ...info }),
    ...(sure ? [sure] : []),
    foldsPlot(lines, info),
    ...(timed.some(({ cost }) => cost !== null) ? [paretoPlot(timed, 'time', info)] : []),
    paretoPlot(sized, 'size', info),
    ...(explanation && explanation.agreement.models.length > 1 ? [correlationPlot(explanation.agreement)] : []),
    ...(ensemble.length > 1 ? [weightsPlot(ensemble, isStacked)] : []),
  ];
}

/** Gains are in the metric's own units, above 0 where the first model is the better one. */
export function comparisonTable({ summary, folds }: StudyView): FigureTable | null {
  const { comparisons = [] } = summary;
  if (comparisons.length === 0) return null;
  const { leaderboard } = summary;
  const format = scoreFormat(
    leaderboard.map(({ cv }) => cv),
    { spread: leaderboard[0]?.cvStd, folds },
  );
  const hasRanks = comparisons.some(({ pWilcoxon }) => pWilcoxon !== null);
  return {
    columns: [
      'Model',
      'Against',
      'Better by',
      '95 % interval',
      'p, corrected t-test',
      ...(hasRanks ? ['p, Wilcoxon'] : []),
    ],
    rows: comparisons.map(({ model, other, gain, low, high, p, pWilcoxon }) => [
      model,
      other,
      format(gain),
      `${format(low)} to ${format(high)}`,
      chanceWords(p).replace(/^p (= )?/, ''),
      ...(hasRanks ? [pWilcoxon === null ? NOT_THERE : chanceWords(pWilcoxon).replace(/^p (= )?/, '')] : []),
    ]),
  };
}
