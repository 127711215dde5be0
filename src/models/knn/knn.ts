/** @file Nearest neighbours, the nearer ones counting more, as an estimator. */

import type { Matrix, SavedState, Task } from '../../core/index.js';
import { checkData, createMatrix, ToolkitError } from '../../core/index.js';
import type { Estimator, FitContext, FitReport, Model, Sample } from '../estimator.js';
import { requireInput, requireSample } from '../input.js';
import { ownRows } from '../own-rows.js';
import { plainReport, reportFromJson, reportToJson, requireState, stateTensor } from '../state.js';
import { NEARNESS, visitNearest } from './nearest.js';
import type { KnnParams } from './params.js';
import { KNN_DEFAULTS, requireParams } from './params.js';

const KIND = 'knn';
const VERSION = 1;
const RULES = { missing: false };
/** A prediction compares with every row: more are too many. */
export const MAX_ROWS = 20_000;

/**
 * The weighted mean, or the weighted shares, of the nearest rows; columns are taken as they are scaled. Of classes one voice more
 * speaks for the shares of all rows: none that was seen is impossible.
 *
 * Missing  NaN and infinities in X are refused
 * Random   none
 * Throws   limit: more than 20,000 rows
 */
export function knn(params: Partial<KnnParams> = {}): Estimator<KnnParams> {
  const full = { ...KNN_DEFAULTS, ...params };
  requireParams(full);
  return { kind: KIND, params: full, fit: (train, ctx) => fitKnn(full, train, ctx) };
}

async function fitKnn({ neighbours, power }: KnnParams, train: Sample, ctx: FitContext): Promise<Model> {
  ctx.signal?.throwIfAborted();
  requireSample(KIND, train, ctx.task, ctx.k, RULES);
  if (train.rows.length > MAX_ROWS) {
    const hint = 'Train on a sample of the rows, or leave knn out.';
    throw new ToolkitError('limit', {
      where: 'knn.fit',
      rule: `takes at most ${MAX_ROWS} rows`,
      got: train.rows.length,
      hint,
    });
  }
  const { X, y, weights } = ownRows({ ...train, rows: train.rows.filter((row) => train.weights?.[row] !== 0) });
  const { task, k } = ctx;
  const memory = { columns: X.cols, neighbours, power, task, k, X: X.data, y, weights };
  return new KnnModel(memory, plainReport(X.data.length + y.length));
}

/** What a model remembers. */
interface Memory {
  readonly columns: number;
  readonly neighbours: number;
  readonly power: number;
  readonly task: Task;
  readonly k: number;
  /** [n x columns] */
  readonly X: Float32Array;
  /** [n] */
  readonly y: Float32Array;
  readonly weights?: Float32Array | undefined;
}

class KnnModel implements Model {
  readonly kind = KIND;
  private readonly prior: Float64Array | null;

  constructor(
    private readonly memory: Memory,
    readonly report: FitReport,
  ) {
    this.prior = memory.task === 'regression' ? null : sharesOf(memory);
  }

  async predict(X: Matrix): Promise<Matrix> {
    const { columns, neighbours, power, k, X: data, y, weights } = this.memory;
    requireInput(KIND, X, columns, RULES);
    const { prior } = this;
    const out = createMatrix(X.rows, prior ? k : 1);
    const found = new Float64Array(y.length);
    const sums = new Float64Array(out.cols);
    for (let i = 0; i < X.rows; i++) {
      let total = 0;
      sums.fill(0);
      visitNearest({ data, cols: columns, neighbours }, X.data, i * columns, found, (row, squared) => {
        const weight = (squared + NEARNESS) ** (-power / 2) * (weights?.[row] ?? 1);
        total += weight;
        if (prior) sums[y[row]] += weight;
        else sums[0] += weight * y[row];
      });
      for (let c = 0; c < out.cols; c++) {
        const own = sums[c] / total;
        out.data[i * out.cols + c] = prior ? (neighbours * own + prior[c]) / (neighbours + 1) : own;
      }
    }
    return out;
  }

  save(): SavedState {
    const { X, y, weights, ...rest } = this.memory;
    const json = { ...rest, report: reportToJson(this.report) };
    const tensors = { X: X.slice(), y: y.slice(), ...(weights ? { weights: weights.slice() } : {}) };
    return { kind: KIND, version: VERSION, json, tensors, shapes: { X: [y.length, rest.columns] } };
  }

  dispose(): void {}
}

/** Shares of the classes among all rows. */
export function sharesOf({ y, weights, k }: Pick<Memory, 'y' | 'weights' | 'k'>): Float64Array {
  const sums = new Float64Array(k);
  y.forEach((label, row) => (sums[label] += weights?.[row] ?? 1));
  const total = sums.reduce((sum, own) => sum + own, 0);
  return sums.map((own) => own / total);
}

/** A fitted model from its saved state: same bits. */
export function restoreKnn(state: SavedState): Model {
  requireState(state, KIND, VERSION);
  const { columns, neighbours, power, task, k } = state.json as unknown as Memory;
  requireParams({ neighbours, power });
  const y = stateTensor(state, 'y', Float32Array);
  const X = stateTensor(state, 'X', Float32Array, y.length * columns);
  const isClass = task === 'regression' || y.every((label) => Number.isInteger(label) && label >= 0 && label < k);
  checkData(y.length > 0 && isClass, 'knn.restore', 'y must be a class of each row', 'another', 'The file is damaged.');
  const weights = state.tensors['weights'] && stateTensor(state, 'weights', Float32Array, y.length);
  return new KnnModel({ columns, neighbours, power, task, k, X, y, weights }, reportFromJson(state));
}
