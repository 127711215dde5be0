/** @file The floor of every report: the mean of the target, or the share of each class. */

import type { Matrix, SavedState, Task } from '../core/index.js';
import { check, createMatrix } from '../core/index.js';
import { weightedQuantile } from '../trees/index.js';
import type { Estimator, FitReport, Model, Sample } from './estimator.js';
import { requireInput, requireSample } from './input.js';
import { plainReport, reportFromJson, reportToJson, requireState, stateTensor } from './state.js';

const KIND = 'dummy';
const VERSION = 1;
const RULES = { missing: true, ignored: true };

export interface DummyParams {
  /** Of numbers: that quantile, in (0, 1), instead of the mean; left out: the mean. */
  readonly level?: number;
}

/**
 * Predicts the weighted mean of y (or a quantile of it), or the weighted share of each class, whatever the row says.
 *
 * Missing  X is not looked at, so anything may be missing
 * Random   none
 */
export function dummy(params: DummyParams = {}): Estimator<DummyParams> {
  const { level } = params;
  check(level === undefined || (level > 0 && level < 1), 'dummy', 'level must be between 0 and 1', level);
  return {
    kind: KIND,
    params,
    async fit(train, ctx) {
      ctx.signal?.throwIfAborted();
      requireSample(KIND, train, ctx.task, ctx.k, RULES);
      check(level === undefined || ctx.task === 'regression', 'dummy.fit', 'level must be left out of classes', level);
      const answer = level === undefined ? averageOf(train, ctx.task, ctx.k) : quantileOf(train, level);
      return new DummyModel(train.X.cols, answer, plainReport(answer.length));
    },
  };
}

/** A fitted dummy from its saved state. */
export function restoreDummy(state: SavedState): Model {
  requireState(state, KIND, VERSION);
  const answer = stateTensor(state, 'answer', Float64Array);
  return new DummyModel(state.json.columns as number, answer, reportFromJson(state));
}

function quantileOf({ y, rows, weights }: Sample, level: number): Float64Array {
  const values = Array.from(rows, (row) => y[row]);
  return Float64Array.of(
    weightedQuantile(
      values,
      Array.from(rows, (row) => weights?.[row] ?? 1),
      level,
    ),
  );
}

function averageOf({ y, rows, weights }: Sample, task: Task, k: number): Float64Array {
  const sums = new Float64Array(task === 'regression' ? 1 : k);
  let total = 0;
  for (const row of rows) {
    const weight = weights ? weights[row] : 1;
    if (task === 'regression') sums[0] += weight * y[row];
    else sums[y[row]] += weight;
    total += weight;
  }
  return sums.map((sum) => sum / total);
}

class DummyModel implements Model {
  readonly kind = KIND;

  constructor(
    private readonly columns: number,
    private readonly answer: Float64Array,
    readonly report: FitReport,
  ) {}

  async predict(X: Matrix): Promise<Matrix> {
    requireInput(KIND, X, this.columns, RULES);
    const out = createMatrix(X.rows, this.answer.length);
    for (let i = 0; i < X.rows; i++) out.data.set(this.answer, i * this.answer.length);
    return out;
  }

  save(): SavedState {
    const json = { columns: this.columns, report: reportToJson(this.report) };
    return { kind: KIND, version: VERSION, json, tensors: { answer: this.answer.slice() } };
  }

  dispose(): void {}
}
