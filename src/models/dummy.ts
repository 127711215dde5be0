/** @file The floor of every report: the mean of the target, or the share of each class. */

import type { Matrix, SavedState, Task } from '../core/index.js';
import { createMatrix } from '../core/index.js';
import type { Estimator, FitReport, Model, Sample } from './estimator.js';
import { requireInput, requireSample } from './input.js';
import { plainReport, reportFromJson, reportToJson, requireState, stateTensor } from './state.js';

const KIND = 'dummy';
const VERSION = 1;
const RULES = { missing: true, ignored: true };

/**
 * Predicts the weighted mean of y, or the weighted share of each class, whatever the row says.
 *
 * Missing  X is not looked at, so anything may be missing
 * Random   none
 */
export function dummy(): Estimator<Record<string, never>> {
  return {
    kind: KIND,
    params: {},
    async fit(train, ctx) {
      ctx.signal?.throwIfAborted();
      requireSample(KIND, train, ctx.task, ctx.k, RULES);
      const answer = averageOf(train, ctx.task, ctx.k);
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
