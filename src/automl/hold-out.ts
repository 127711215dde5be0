/** @file Hold-out scores: of the finalists, once, by models that have seen none of the rows held out. */

import type { Family, Matrix } from '../core/index.js';
import { selectRows } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import { blendPredictions } from '../ensemble/index.js';
import type { Metric } from '../evaluate/index.js';
import { bootstrapInterval } from '../evaluate/index.js';
import type { Storage } from '../search/index.js';
import type { Adjustment } from './adjust.js';
import { adjustedNumbers } from './adjust.js';
import { adjustmentOf, bestOfFamilies, modelName, rankedTrials } from './finalise.js';
import { scoredParts } from './parts.js';
import { Predictor, selectFrameRows } from './predictor.js';
import { scoredRows } from './sampled.js';
import type { FinalistRecord } from './settings.js';
import { studyRecord } from './settings.js';
import type { StudyData } from './study-data.js';
import { selectTarget } from './study-data.js';

/** Predicted numbers that the draws of one hold-out interval look at: about a tenth of a second. */
const BOOTSTRAP_NUMBERS = 2e6;
/** Rows on which prediction is timed where there is no hold-out. */
const TIMING_ROWS = 1000;

/** Scores the best model of each family and the ensemble once on the hold-out, and times their predictions. */
export async function scoreFinalists(
  storage: Storage,
  data: StudyData,
  metric: Metric,
  engine: Engine,
  signal: AbortSignal,
): Promise<FinalistRecord[]> {
  const ensemble = studyRecord.ensemble(storage);
  const bests = bestOfFamilies(rankedTrials(storage));
  const names = new Set([...bests.map(modelName), ...(ensemble?.members.map(({ model }) => model) ?? [])]);
  const scored = scoredRows(data, studyRecord.settings(storage)!.judged !== undefined);
  const rows = scored.length > 0 ? scored : data.folds[0].validation.subarray(0, TIMING_ROWS);
  const frame = selectFrameRows(data.frame, rows);
  const y = selectTarget(data.y, rows);
  const weights = data.weights && selectTarget(data.weights, rows);
  const held: Held = { y, weights, classes: data.task !== 'regression', seed: data.seed };
  const score = (model: string, raw: Matrix) =>
    data.holdout.length > 0 ? heldScore(metric, held, raw, adjustmentOf(storage, model)) : UNSCORED;
  const results = new Map<string, { predictions: Matrix; msPerRow: number }>();
  for (const name of names) {
    signal.throwIfAborted();
    const predictor = new Predictor(scoredParts(storage, name), engine);
    const start = performance.now();
    const predictions = await predictor.predict(frame);
    results.set(name, { predictions, msPerRow: (performance.now() - start) / rows.length });
    predictor.dispose();
  }
  const finalists: FinalistRecord[] = bests.map((trial) => {
    const { predictions, msPerRow } = results.get(modelName(trial))!;
    const scored = score(modelName(trial), predictions);
    return { model: modelName(trial), family: trial.group as Family, ...scored, predictMsPerRow: msPerRow };
  });
  if (ensemble) {
    const blended = blendPredictions(
      ensemble.members.map(({ weight }) => weight),
      ensemble.members.map(({ model }) => results.get(model)!.predictions),
      ensemble.combine,
    );
    const ms = ensemble.members.reduce((sum, { model }) => sum + results.get(model)!.msPerRow, 0);
    finalists.push({ model: 'ensemble', family: 'ensemble', ...score('ensemble', blended), predictMsPerRow: ms });
  }
  return finalists;
}

/** Rows held out, and what is known of them. */
interface Held {
  readonly y: Float32Array;
  readonly weights: Float32Array | undefined;
  /** y is a class: draws keep the share of each. */
  readonly classes: boolean;
  readonly seed: number;
}

const UNSCORED = { holdout: null, holdoutInterval: null };

/** The hold-out score of raw predictions, and the interval that drawing its rows again gives it. */
function heldScore(metric: Metric, { y, weights, classes, seed }: Held, raw: Matrix, adjustment: Adjustment) {
  const numbers = adjustedNumbers(metric, raw, adjustment);
  const on = (rows: Uint32Array) =>
    metric.compute(selectTarget(y, rows), selectRows(numbers, rows), weights && selectTarget(weights, rows));
  const rounds = Math.round(Math.min(1000, Math.max(100, BOOTSTRAP_NUMBERS / numbers.data.length)));
  const strata = classes ? y : undefined;
  const { low, high } = bootstrapInterval(y.length, on, { rounds, seed, strata });
  const isDrawn = Number.isFinite(low) && Number.isFinite(high);
  return { holdout: metric.compute(y, numbers, weights), holdoutInterval: isDrawn ? { low, high } : null };
}
