/** @file Gradient boosted trees by the real XGBoost, as an estimator whose models need nothing but arrays. */

import type { Matrix, SavedState, Task } from '../../core/index.js';
import { checkData } from '../../core/index.js';
import type { Forest } from '../../trees/index.js';
import { isSound, Walker } from '../../trees/index.js';
import type { Estimator, FitContext, FitReport, Model, Sample, Steps } from '../estimator.js';
import { requireInput, requireSample } from '../input.js';
import { reportFromJson, reportToJson, requireState, stateTensor } from '../state.js';
import type { TargetScaling } from '../target.js';
import { fitTargetScaling, outputCount, predictionsFrom } from '../target.js';
import { findEncoding } from './encoding.js';
import { exclusively } from './module.js';
import { NativeBooster } from './native.js';
import type { XgboostParams } from './params.js';
import { nativeParams, requireParams, XGBOOST_DEFAULTS } from './params.js';
import { boost } from './train.js';

const KIND = 'xgboost';
const VERSION = 1;
const RULES = { missing: true };

/**
 * XGBoost, stopped early on ctx.validation; regression trains on the standardised target.
 *
 * Missing  NaN in X is missing: each split learns where it goes. Infinity is refused
 * Random   draws from ctx.seed only. Fits of one thread wait for each other: the library has one generator
 * Abort    between calls of about 40 ms, or of one round where a round takes longer
 * @example
 * const model = await xgboost({ maxDepth: 8 }).fit(train, { task: 'binary', k: 2, seed: 1, engine });
 */
export function xgboost(params: Partial<XgboostParams> = {}): Estimator<XgboostParams> {
  const full = { ...XGBOOST_DEFAULTS, ...params };
  requireParams(full);
  return { kind: KIND, params: full, fit: (train, ctx) => fitXgboost(full, train, ctx) };
}

async function fitXgboost(params: XgboostParams, train: Sample, ctx: FitContext): Promise<Model> {
  ctx.signal?.throwIfAborted();
  requireSample(KIND, train, ctx.task, ctx.k, RULES);
  checkData(train.X.cols > 0, 'xgboost.fit', 'X must have at least one column', 0);
  const scaling = fitTargetScaling(train, ctx.task, ctx.k);
  const prior = ctx.task === 'binary' ? positiveShare(train) : 0;
  const margin = ctx.task === 'binary' ? Math.log(prior / (1 - prior)) : 0;
  const encoding = findEncoding(train.X, train.rows);
  const data = {
    X: train.X,
    rows: train.rows,
    encoding,
    y: perRow(train.rows, (row) =>
      ctx.task === 'regression' ? (train.y[row] - scaling.mean) / scaling.scale : train.y[row],
    ),
    weights: train.weights && perRow(train.rows, weightReader(train)),
  };
  return exclusively(async (module) => {
    const booster = NativeBooster.create(module, data, nativeParams(params, train, ctx, prior, encoding));
    try {
      const { forest, base, report, steps } = await boost(booster, { params, train, scaling, base: margin, ctx });
      return new XgboostModel(forest, train.X.cols, scaling, base, report, steps);
    } finally {
      booster.free();
    }
  }, ctx.signal);
}

function perRow(rows: Uint32Array, value: (row: number) => number): Float32Array {
  const out = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = value(rows[i]);
  return out;
}

function weightReader({ weights }: Sample): (row: number) => number {
  return (row) => weights?.[row] ?? 1;
}

/** Weighted share of class 1, kept half a row away from 0 and 1: the library wants a probability inside (0, 1). */
function positiveShare(train: Sample): number {
  const weight = weightReader(train);
  let positive = 0;
  let total = 0;
  for (const row of train.rows) {
    total += weight(row);
    if (train.y[row] === 1) positive += weight(row);
  }
  const margin = 0.5 / train.rows.length;
  return Math.fround(Math.min(Math.max(positive / total, margin), 1 - margin));
}

/** A fitted model from its saved state: same bits, and no wasm. */
export function restoreXgboost(state: SavedState): Model {
  requireState(state, KIND, VERSION);
  const { columns, base, task, k, mean, scale } = state.json as unknown as Saved;
  const forest: Forest = {
    feature: stateTensor(state, 'feature', Int32Array),
    value: stateTensor(state, 'value', Float32Array),
    left: stateTensor(state, 'left', Int32Array),
    defaultLeft: stateTensor(state, 'defaultLeft', Uint8Array),
    roots: stateTensor(state, 'roots', Int32Array),
  };
  checkData(
    isSound(forest, columns),
    'xgboost.restore',
    'trees must be whole',
    'a broken index',
    'The file is damaged.',
  );
  const scaling = { task, k, mean, scale, low: -Infinity, high: Infinity };
  return new XgboostModel(forest, columns, scaling, base, reportFromJson(state));
}

interface Saved {
  readonly columns: number;
  readonly base: number;
  readonly task: Task;
  readonly k: number;
  readonly mean: number;
  readonly scale: number;
}

class XgboostModel implements Model {
  readonly kind = KIND;
  private readonly scaling: TargetScaling;
  private readonly walker: Walker;

  constructor(
    private readonly forest: Forest,
    private readonly columns: number,
    scaling: TargetScaling,
    private readonly base: number,
    readonly report: FitReport,
    readonly steps?: Steps,
  ) {
    // Predictions are XGBoost's own: not clipped to the range of the training target.
    this.scaling = { ...scaling, low: -Infinity, high: Infinity };
    this.walker = new Walker(forest, outputCount(scaling));
  }

  async predict(X: Matrix): Promise<Matrix> {
    requireInput(KIND, X, this.columns, RULES);
    const cols = outputCount(this.scaling);
    const raw = { rows: X.rows, cols, data: new Float32Array(X.rows * cols) };
    this.walker.add(X.data, X.cols, undefined, raw.data, 0, this.walker.trees);
    for (let i = 0; i < raw.data.length; i++) raw.data[i] += this.base;
    return predictionsFrom(raw, this.scaling);
  }

  save(): SavedState {
    const { task, k, mean, scale } = this.scaling;
    const json = { columns: this.columns, base: this.base, task, k, mean, scale, report: reportToJson(this.report) };
    return { kind: KIND, version: VERSION, json, tensors: { ...this.forest } };
  }

  dispose(): void {}
}
