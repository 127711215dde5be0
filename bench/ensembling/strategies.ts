/** @file Ways to combine a pool of models, each from out-of-fold predictions to predictions of the test rows. */

import type { Matrix } from '../../src/core/index.js';
import { allRows, Rng, selectRows } from '../../src/core/index.js';
import type { ChooseOptions, Combination } from '../../src/ensemble/index.js';
import { blendPredictions, calibrated, chooseBlend, chooseCalibration, greedyBlend } from '../../src/ensemble/index.js';
import type { Metric } from '../../src/evaluate/index.js';
import { isBehind, luckOfChoice, mean, METRICS, toLoss } from '../../src/evaluate/index.js';
import type { Pool, PoolModel } from './pool.js';

export type Strategy = (pool: Pool, metric: Metric) => Matrix;

/** Weight by model. */
type Weights = ReadonlyMap<string, number>;

const BAGS = 10;

export const STRATEGIES: Readonly<Record<string, Strategy>> = {
  single: (pool) => pool.models[0].test,
  'mean of the best 5': (pool) => mixed(pool, evenly(pool.models.slice(0, 5))),
  greedy: (pool, metric) => mixed(pool, greedy(pool, metric, partsOf(pool))),
  'greedy, each fold left out once': (pool, metric) => mixed(pool, leaveFoldsOut(pool, metric)),
  'greedy, 10 bags of rows': (pool, metric) => mixed(pool, bagRows(pool, metric)),
  'greedy + calibration': (pool, metric) => calibratedMix(pool, greedy(pool, metric, partsOf(pool))),
  'stack, always': (pool, metric) => chosen(pool, metric, { judge: null }),
  'stack where the metric says so (the product)': (pool, metric) => chosen(pool, metric),
  'the same without bags of rows': (pool, metric) => chosen(pool, metric, { bags: 0 }),
  'the same by the metric, where that is one of order': (pool, metric) => chosen(pool, metric, { by: metric }),
  'the product where better than the best single model': (pool, metric) =>
    unlessSingle(pool, metric, (blend, best) => mean(blend) >= mean(best)),
  'the product where better than singles chosen on other folds': (pool, metric) =>
    unlessSingle(pool, metric, (blend, best, luck) => mean(blend) >= mean(best) + luck),
  'the product unless singles chosen on other folds are clearly better (the winner)': (pool, metric) =>
    unlessSingle(pool, metric, isBehind),
  'stack where the log loss says so': (pool, metric) =>
    chosen(pool, metric, { judge: pool.task === 'regression' ? metric : METRICS.logloss }),
};

/** Positions of each fold's rows. */
export function partsOf({ starts }: Pool): Uint32Array[] {
  return starts.slice(1).map((end, fold) => allRows(end).subarray(starts[fold]));
}

function greedy(pool: Pool, metric: Metric, parts: readonly Uint32Array[]): Weights {
  const candidates = pool.models.map(({ id, oof }) => ({ id, predictions: oof }));
  const { weights } = greedyBlend(candidates, pool.y, metric, { parts, maxCandidates: 60 });
  return new Map(weights.map(({ id, weight }) => [id, weight]));
}

function leaveFoldsOut(pool: Pool, metric: Metric): Weights {
  const parts = partsOf(pool);
  return averaged(
    parts.map((left) =>
      greedy(
        pool,
        metric,
        parts.filter((part) => part !== left),
      ),
    ),
  );
}

function bagRows(pool: Pool, metric: Metric): Weights {
  const rng = new Rng(1);
  const draw = (rows: Uint32Array) => Uint32Array.from(rows, () => rows[rng.integer(rows.length)]).sort();
  return averaged(Array.from({ length: BAGS }, () => greedy(pool, metric, partsOf(pool).map(draw))));
}

function averaged(bags: readonly Weights[]): Weights {
  const out = new Map<string, number>();
  for (const bag of bags) for (const [id, weight] of bag) out.set(id, (out.get(id) ?? 0) + weight / bags.length);
  return out;
}

function evenly(models: readonly PoolModel[]): Weights {
  return new Map(models.map(({ id }) => [id, 1 / models.length]));
}

function mixed(pool: Pool, weights: Weights, which: 'oof' | 'test' = 'test', combine?: Combination): Matrix {
  const members = pool.models.filter(({ id }) => weights.has(id));
  return blendPredictions(
    members.map(({ id }) => weights.get(id)!),
    members.map((member) => member[which]),
    combine,
  );
}

function calibratedMix(pool: Pool, weights: Weights): Matrix {
  const test = mixed(pool, weights);
  if (pool.task === 'regression') return test;
  const { calibration } = chooseCalibration(mixed(pool, weights, 'oof'), pool.y, { parts: partsOf(pool) });
  return calibrated(test, calibration);
}

/** What the study combines, unless its cross-fitted losses are behind those of the best single model. */
function unlessSingle(pool: Pool, metric: Metric, isSingle: typeof isBehind): Matrix {
  const candidates = pool.models.map(({ id, oof }) => ({ id, predictions: oof }));
  const parts = partsOf(pool);
  const how = { parts, constant: guessesOf(pool), judge: metric };
  const { predictions } = chooseBlend(candidates, pool.y, weightsMetric(pool, metric), how);
  const losses = (matrix: Matrix) =>
    parts.map((rows) => {
      const y = Float64Array.from(rows, (row) => pool.y[row]);
      return toLoss(metric, metric.compute(y, selectRows(matrix, rows)));
    });
  const luck = luckOfChoice(pool.models.map(({ oof }) => losses(oof)));
  const isAlone = isSingle(losses(predictions), losses(pool.models[0].oof), luck);
  return isAlone ? pool.models[0].test : chosen(pool, metric);
}

function guessesOf(pool: Pool): Set<string> {
  return new Set(pool.models.filter(({ family }) => family === 'dummy').map(({ id }) => id));
}

/** As in a study: order says less of each row than probabilities do. */
function weightsMetric({ task }: Pool, metric: Metric): Metric {
  return task !== 'regression' && metric.name.startsWith('auc') ? METRICS.logloss : metric;
}

/** What a study of these models would take away; with another judge of the choice, or with a stack whatever the folds say. */
function chosen(
  pool: Pool,
  metric: Metric,
  {
    judge = metric,
    by = weightsMetric(pool, metric),
    bags,
  }: Pick<ChooseOptions, 'judge' | 'bags'> & { by?: Metric } = {},
): Matrix {
  const candidates = pool.models.map(({ id, oof }) => ({ id, predictions: oof }));
  const how = { parts: partsOf(pool), constant: guessesOf(pool), judge, bags };
  const { weights, combine } = chooseBlend(candidates, pool.y, by, how);
  return mixed(pool, new Map(weights.map(({ id, weight }) => [id, weight])), 'test', combine);
}
