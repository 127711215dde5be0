/** @file Hold-out scores: of the finalists, once, by models that have seen none of the rows held out. */

import type { Family, Matrix } from '../core/index.js';
import { pacer } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import { blendPredictions, calibrated } from '../ensemble/index.js';
import type { Interval, Metric, ShownScores } from '../evaluate/index.js';
import { bootstrapDraws, percentileInterval, toLoss } from '../evaluate/index.js';
import type { Storage } from '../search/index.js';
import { adjustedNumbers } from './adjust.js';
import { adjustmentOf, bestOfFamilies, modelName, rankedTrials } from './finalise.js';
import { storeHeld, storeHeldRows } from './held-rows.js';
import type { HeldRows } from './held-view.js';
import { scoredParts } from './parts.js';
import { Predictor, selectFrameRows } from './predictor.js';
import { scoredRows } from './sampled.js';
import type { FinalistRecord } from './settings.js';
import { studyRecord } from './settings.js';
import { heldMetrics } from './shown-metrics.js';
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
  const results = new Map<string, { predictions: Matrix; msPerRow: number }>();
  const pause = pacer(signal);
  for (const name of names) {
    signal.throwIfAborted();
    await pause();
    const predictor = new Predictor(scoredParts(storage, name), engine);
    const start = performance.now();
    const predictions = await predictor.predict(frame);
    results.set(name, { predictions, msPerRow: (performance.now() - start) / rows.length });
    predictor.dispose();
  }
  const finalists: Finalist[] = bests.map((trial) => {
    const model = modelName(trial);
    const { predictions, msPerRow } = results.get(model)!;
    return { model, family: trial.group as Family, raw: predictions, predictMsPerRow: msPerRow };
  });
  if (ensemble) {
    const blended = blendPredictions(
      ensemble.members.map(({ weight }) => weight),
      ensemble.members.map(({ model }) => results.get(model)!.predictions),
      ensemble.combine,
    );
    const ms = ensemble.members.reduce((sum, { model }) => sum + results.get(model)!.msPerRow, 0);
    finalists.push({ model: 'ensemble', family: 'ensemble', raw: blended, predictMsPerRow: ms });
  }
  const unscored = { holdout: null, holdoutInterval: null };
  const numbers = finalists.map(({ model, raw }) => adjustedNumbers(metric, raw, adjustmentOf(storage, model)));
  const winner = finalists.findIndex(({ model }) => model === studyRecord.verdict(storage)?.winner);
  const held: Held = { y, weights, classes: data.task !== 'regression', seed: data.seed };
  const scores = data.holdout.length > 0 ? heldScores(metric, held, numbers, winner) : numbers.map(() => unscored);
  if (data.holdout.length > 0) keepHeld(storage, { rows, y, weights }, finalists);
  return finalists.map(({ model, family, raw, predictMsPerRow }, i) => {
    const record = { model, family, ...scores[i], predictMsPerRow };
    return data.holdout.length > 0 ? { ...record, metrics: metricsOf(storage, model, raw, held) } : record;
  });
}

/** Calibrated, so that pages show what the scores are scores of. */
function keepHeld(storage: Storage, held: HeldRows, finalists: readonly Finalist[]): void {
  storeHeldRows(storage, held);
  for (const { model, raw } of finalists) {
    storeHeld(storage, model, calibrated(raw, adjustmentOf(storage, model).calibration));
  }
}

/** What other metrics say of a finalist's predictions. */
function metricsOf(storage: Storage, model: string, raw: Matrix, { y, weights }: Held): ShownScores {
  const { calibration, threshold } = adjustmentOf(storage, model);
  const shown = { predictions: calibrated(raw, calibration), threshold };
  return heldMetrics(shown, y, weights, studyRecord.settings(storage)!);
}

/** A finalist's predictions, as they come. */
interface Finalist extends Pick<FinalistRecord, 'model' | 'family' | 'predictMsPerRow'> {
  readonly raw: Matrix;
}

/** Rows held out, and what is known of them. */
interface Held {
  readonly y: Float32Array;
  readonly weights: Float32Array | undefined;
  /** y is a class: draws keep the share of each. */
  readonly classes: boolean;
  readonly seed: number;
}

/**
 * The hold-out scores of some models, the intervals that drawing its rows again gives them, and how far each is behind the
 * winner on the same drawn rows.
 */
function heldScores(
  metric: Metric,
  { y, weights, classes, seed }: Held,
  models: readonly Matrix[],
  winner: number,
): Pick<FinalistRecord, 'holdout' | 'holdoutInterval' | 'heldGap'>[] {
  const rounds = Math.round(Math.min(1000, Math.max(100, BOOTSTRAP_NUMBERS / models[0].data.length)));
  // A draw is a weight for each row: nothing is copied, and what does not depend on weights is worked out once.
  const scorers = models.map((numbers) => metric.scorer(numbers));
  const on = (rows: Uint32Array): number[] => {
    const times = new Float64Array(y.length);
    for (const row of rows) times[row] += weights ? weights[row] : 1;
    return scorers.map((score) => score(y, times));
  };
  const draws = bootstrapDraws(y.length, on, { rounds, seed, strata: classes ? y : undefined });
  const scores = scorers.map((score) => score(y, weights));
  const gain = (own: number, best: number): number => toLoss(metric, own) - toLoss(metric, best);
  return scores.map((holdout, i) => {
    const heldGap =
      winner < 0 || winner === i
        ? null
        : drawn(
            { gain: gain(holdout, scores[winner]) },
            draws[i].map((score, d) => gain(score, draws[winner][d])),
          );
    return { holdout, holdoutInterval: drawn({}, draws[i]), heldGap };
  });
}

/** With the interval of the draws; null where no draw could be scored. */
function drawn<T extends object>(value: T, draws: Float64Array): (T & Interval) | null {
  const { low, high } = percentileInterval(draws);
  return Number.isFinite(low) && Number.isFinite(high) ? { ...value, low, high } : null;
}
