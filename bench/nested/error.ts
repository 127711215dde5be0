/** @file The error on new groups or later times of one family, with and without a column. */

import type { PreparedFold, StudyData } from '../../src/automl/index.js';
import { prepareFold, runFold } from '../../src/automl/index.js';
import type { TrainedFamily } from '../../src/core/index.js';
import { deriveSeed, selectRows } from '../../src/core/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import { makeSplits } from '../../src/evaluate/index.js';
import { catalogEntry, restoreModel } from '../../src/models/index.js';
import type { NestedTable } from './tables.js';

export interface ErrorRequest {
  readonly table: NestedTable;
  readonly family: TrainedFamily;
  readonly folds: number;
  readonly seed: number;
  /** A column to leave out. */
  readonly without?: string;
  /** False: encodings know nothing of groups and times. */
  readonly apart?: boolean;
}

/** Root mean squared error on the test rows of the mean of the fold models, fitted as in a study. */
export async function nestedError(request: ErrorRequest): Promise<number> {
  const { table, family, seed } = request;
  const data = studyOf(request);
  const entry = catalogEntry(family);
  const size = { n: table.train.length, d: data.frame.columns.length, k: 1 };
  const [params] = entry.portfolio(size);
  const sums = new Float64Array(table.test.length);
  for (let fold = 0; fold < data.folds.length; fold++) {
    const job = { trial: 0, fold, family, params, seed: deriveSeed(seed, 'nested', fold) };
    const prepared: PreparedFold = prepareFold(data, job);
    const outcome = await runFold(data, job, prepared, wasmEngine);
    if (!outcome.ok) throw new Error(outcome.error);
    const model = restoreModel(outcome.model, wasmEngine);
    const predictions = await model.predict(selectRows(prepared.X, table.test));
    model.dispose();
    for (let i = 0; i < sums.length; i++) sums[i] += predictions.data[i] / data.folds.length;
  }
  const squares = sums.reduce((sum, value, i) => sum + (value - table.y[table.test[i]]) ** 2, 0);
  return Math.sqrt(squares / sums.length);
}

/** The training rows in folds by group or time; the test rows as a hold-out that nothing sees. */
function studyOf({ table, folds, seed, without, apart = true }: ErrorRequest): StudyData {
  const { frame, y, groups, times, train, test } = table;
  const own = <T extends ArrayLike<number>>(values: T | undefined) =>
    values && Float64Array.from(train, (row) => values[row]);
  const splits = makeSplits({
    n: train.length,
    y: own(y)!,
    task: 'regression',
    k: 1,
    folds,
    holdout: 0,
    seed,
    groups: own(groups),
    time: own(times),
  });
  const columns = frame.columns.filter(({ name }) => name !== without);
  return {
    frame: { ...frame, columns },
    y,
    task: 'regression',
    k: 1,
    classes: [],
    folds: splits.folds,
    holdout: test,
    ...(apart ? { groups, times } : {}),
    metric: 'rmse',
    seed,
  };
}
