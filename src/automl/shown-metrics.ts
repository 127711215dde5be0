/** @file What every metric of the task says of a model: shown beside the one that was searched by, and part of no choice. */

import type { Matrix } from '../core/index.js';
import type { Costs, Metric, RowWeights, ShownScores, Targets } from '../evaluate/index.js';
import { decideAt, mean, scoreTogether, tellingMetrics } from '../evaluate/index.js';
import { aboutOf, metricOf } from './metric-of.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import type { StudySettings } from './settings.js';
import { targetFacts } from './target-facts.js';

/** A model's predictions as it makes them: calibrated, and decided by its threshold where it has one, or by what decisions cost. */
export interface Shown {
  readonly predictions: Matrix;
  readonly threshold: number | null;
}

/** Rankings sort every class's column: of more numbers than this they would take seconds of a search of a minute. */
const MOST_RANKED = 1_000_000;

type About = Pick<StudySettings, 'task' | 'metric' | 'schema' | 'costs'>;

/** Mean over the folds; that of the study's own metric is given, as its folds are decided by what the others say. */
export function foldMetrics(shown: Shown, oof: OutOfFoldRows, settings: About, own: readonly number[]): ShownScores {
  const metrics = metricsOf(settings, oof.y, shown.predictions);
  const { starts, outputs, y, weights } = oof;
  const folds = starts.slice(1).map((to, fold) => {
    const from = starts[fold];
    const data = shown.predictions.data.subarray(from * outputs, to * outputs);
    const part = { rows: to - from, cols: outputs, data };
    const score = scorerOf({ ...shown, predictions: part }, metrics, settings.costs);
    return score(y.subarray(from, to), weights?.subarray(from, to));
  });
  const means = metrics.map((_, m) => mean(folds.map((scores) => scores[m])));
  return { ...named(metrics, means), ...named([metricOf(settings)], [mean(own)]) };
}

/** On the rows held out. */
export function heldMetrics(shown: Shown, y: Targets, weights: RowWeights | undefined, settings: About): ShownScores {
  const metrics = metricsOf(settings, y, shown.predictions);
  return named(metrics, scorerOf(shown, metrics, settings.costs)(y, weights));
}

/** Without those of rankings where they would have to be made for this alone, and of very many numbers. */
function metricsOf(about: About, y: Targets, { data, cols }: Matrix): Metric[] {
  const { task, metric, schema } = about;
  const metrics = tellingMetrics(task, targetFacts(schema, y), metricOf(about), aboutOf(about));
  if (cols <= 2 || data.length <= MOST_RANKED) return metrics;
  return metrics.filter(({ name, ofRankings }) => !ofRankings || name === metric);
}

function scorerOf({ predictions, threshold }: Shown, metrics: readonly Metric[], costs: Costs | undefined) {
  const decided = threshold === null ? predictions : decideAt(predictions, threshold);
  return scoreTogether(metrics, predictions, { decided, costs });
}

function named(metrics: readonly Metric[], scores: readonly number[]): ShownScores {
  return Object.fromEntries(
    metrics.map(({ name }, m) => [name, scores[m]] as const).filter(([, score]) => Number.isFinite(score)),
  );
}
