/** @file Everything a model's page explains, computed once and kept: importance, dependence, worst rows, the inside. */

import type { PredictorParts, StudySettings } from '../../automl/index.js';
import type { Matrix } from '../../core/index.js';
import { allRows } from '../../core/index.js';
import type { Frame } from '../../data/index.js';
import { middleLevel, positiveIndex } from '../../data/index.js';
import type { Engine } from '../../engine/index.js';
import { columnOf, metricFor } from '../../evaluate/index.js';
import { cellText, featuresOf } from '../columns.js';
import { spread, takeRows } from '../frames.js';
import type { LrnnInside } from '../lrnn/inside.js';
import { insideLrnn } from '../lrnn/inside.js';
import type { ExplainSample } from '../sample.js';
import { EXPLANATION_VERSION } from '../version.js';
import type { Dependence } from './dependence.js';
import { partialDependence } from './dependence.js';
import { FoldPredictor } from './fold-predictor.js';
import type { Importance } from './importance.js';
import { permutationImportance } from './importance.js';
import type { ContributionSummary } from './summary.js';
import { contributionSummary } from './summary.js';

/** JSON. */
export interface ModelExplanation {
  readonly version: typeof EXPLANATION_VERSION;
  readonly model: string;
  /** Rows asked about for importance, and for dependence. */
  readonly rows: number;
  readonly dependenceRows: number;
  readonly repeats: number;
  readonly metric: string;
  readonly importance: Importance;
  readonly dependence: readonly Dependence[];
  /** Contributions of many rows; null where the model is too large for it. */
  readonly summary: ContributionSummary | null;
  readonly worst: readonly ExplainedRow[];
  readonly inside: LrnnInside | null;
}

/** One row as the explorer shows it. */
export interface ExplainedRow {
  /** Row number in the data set, from 0. */
  readonly row: number;
  readonly fold: number;
  /** In the target's units, or the class's index. */
  readonly truth: number;
  /** The number, or the probability of each class; by the fold that did not train on the row. */
  readonly prediction: readonly number[];
  /** Absolute error, or 1 minus the probability of the true class. */
  readonly error: number;
  /** In the order of the features; null where missing. */
  readonly cells: readonly (string | null)[];
}

/** A model twice: as it is taken away, and as the search fitted it, one model per fold. */
export interface ExplainedParts {
  readonly parts: PredictorParts;
  readonly folds: PredictorParts;
}

const REPEATS = 5;
const DEPENDENCE_COLUMNS = 8;
const WORST_ROWS = 40;
/** Multiplications that an explanation may cost, roughly: rows asked about times the model's numbers. */
const WORK = 1.5e10;
const MIN_ROWS = 100;
const MAX_DEPENDENCE_ROWS = 200;
const MIN_DEPENDENCE_ROWS = 30;
/** Values that a column is swept over, times the columns that are swept. */
const SWEPT = 20 * DEPENDENCE_COLUMNS;

/**
 * Explains one model on the study's sample.
 *
 * Importance and worst rows use every row with the models of the search that have not trained on it (`folds`, model i of
 * every member for the rows of fold i), as out-of-fold predictions do; dependence and the inside are of the model as exported.
 * Large models are asked about fewer rows, so that an explanation takes seconds.
 *
 * Random   from the study's seed
 */
export async function explainModel(
  { parts, folds: foldParts }: ExplainedParts,
  sample: ExplainSample,
  settings: Pick<StudySettings, 'metric' | 'task' | 'seed'>,
  engine: Engine,
): Promise<ModelExplanation> {
  const predictor = new FoldPredictor(parts, foldParts, engine);
  try {
    const { frame, y, folds } = sample;
    const features = featuresOf(frame, parts.schema);
    const positive = positiveIndex(parts.schema.target);
    const { quantiles } = parts.schema.target;
    const metric = metricFor(settings.metric, settings.task, { positive, costs: parts.costs, quantiles });
    // Of quantiles all count in importance; the one nearest to the median is shown.
    const middle = quantiles ? middleLevel(quantiles) : 0;
    const shown = (all: Matrix): Matrix => (quantiles ? columnOf(all, middle) : all);
    const asked = rowBudget(foldParts, frame.rowCount, features.length);
    const chosen = spread(frame.rowCount, asked);
    const part = {
      frame: takeRows(frame, chosen),
      y: chosen.map((row) => y[row]),
      folds: chosen.map((row) => folds[row]),
    };
    const importance = await permutationImportance({
      ...part,
      features,
      metric,
      predict: (rows) => predictor.predictOutOfFold(rows, part.folds),
      repeats: REPEATS,
      seed: settings.seed,
    });
    const dependenceRows = Math.min(frame.rowCount, dependenceBudget(parts));
    const iceOutput = parts.task === 'regression' ? 0 : parts.k === 2 ? positive : commonest(y, parts.k);
    const dependence: Dependence[] = [];
    for (const { column } of importance.columns.slice(0, DEPENDENCE_COLUMNS)) {
      const feature = features.find(({ name }) => name === column)!;
      const rows = spread(frame.rowCount, dependenceRows);
      const predict = async (asked: Frame): Promise<Matrix> => shown(await predictor.predict(asked));
      const found = await partialDependence({ frame, feature, predict, rows, iceOutput });
      if (found) dependence.push(found);
    }
    return {
      version: EXPLANATION_VERSION,
      model: parts.name,
      rows: asked,
      dependenceRows,
      repeats: REPEATS,
      metric: settings.metric,
      importance,
      dependence,
      summary: await contributionSummary({
        folds: foldParts,
        sample,
        features,
        engine,
        output: quantiles ? middle : iceOutput,
        work: WORK / 2,
      }),
      worst: worstRows(sample, parts, shown(await predictor.predictOutOfFold(frame, folds))),
      inside: await insideLrnn(parts, frame, engine, settings.seed),
    };
  } finally {
    predictor.dispose();
  }
}

/** Rows for which importance costs no more than the work allowed: each is predicted by one fold. */
function rowBudget(parts: PredictorParts, most: number, features: number): number {
  const affordable = Math.floor(WORK / (numbersOf(parts, 1) * REPEATS * Math.max(1, features)));
  return Math.min(most, Math.max(MIN_ROWS, affordable));
}

/** The same for dependence, which asks all folds. */
function dependenceBudget(parts: PredictorParts): number {
  const affordable = Math.floor(WORK / (numbersOf(parts, Infinity) * SWEPT));
  return Math.min(MAX_DEPENDENCE_ROWS, Math.max(MIN_DEPENDENCE_ROWS, affordable));
}

/** Numbers of a model in so many of its folds, one at least. */
function numbersOf({ members }: PredictorParts, folds: number): number {
  const states = members.flatMap((member) => member.folds.slice(0, folds)).map(({ state }) => state);
  return states.reduce(
    (sum, { tensors }) => sum + Object.values(tensors).reduce((all, tensor) => all + tensor.length, 0),
    1,
  );
}

/** The rows with the largest errors, the largest first. */
function worstRows(sample: ExplainSample, { schema, task }: PredictorParts, predictions: Matrix): ExplainedRow[] {
  const { frame, y, rows, folds } = sample;
  const features = featuresOf(frame, schema);
  const columns = features.map(({ name }) => frame.columns.find((column) => column.name === name) ?? null);
  const { cols, data } = predictions;
  const errorOf = (i: number): number => (task === 'regression' ? Math.abs(y[i] - data[i]) : 1 - data[i * cols + y[i]]);
  const order = Array.from(allRows(frame.rowCount)).sort((a, b) => errorOf(b) - errorOf(a) || a - b);
  return order.slice(0, WORST_ROWS).map((i) => ({
    row: rows[i],
    fold: folds[i],
    truth: y[i],
    prediction: Array.from(data.subarray(i * cols, (i + 1) * cols)),
    error: errorOf(i),
    cells: columns.map((column, f) => (column ? cellText(column, i, features[f].schema) : null)),
  }));
}

function commonest(y: ArrayLike<number>, k: number): number {
  const counts = new Float64Array(k);
  for (let i = 0; i < y.length; i++) counts[y[i]]++;
  return counts.indexOf(Math.max(...counts));
}
