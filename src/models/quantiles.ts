/** @file Several quantiles of a number as one model: a fit for each level, and what they say in ascending order. */

import type { JsonObject, Matrix, SavedState, TensorData, TrainedFamily } from '../core/index.js';
import { check, checkData, createMatrix } from '../core/index.js';
import type { Estimator, FitContext, FitReport, Model, Sample } from './estimator.js';
import { reportFromJson, reportToJson, requireState } from './state.js';

const KIND = 'quantiles';
const VERSION = 1;

/** Levels that one model may have. */
export const MOST_LEVELS = 99;

/** The settings of a family's fit of one level; its loss is that of the quantile, whatever the settings say. */
export function atLevel(family: TrainedFamily, params: JsonObject, level: number): JsonObject {
  return family === 'dummy' ? { level } : { ...params, loss: 'quantile', shape: level };
}

/**
 * A fit per level, one after the other, each stopped by the loss of its quantile. Predictions are sorted within a row, so that no quantile
 * crosses another: that never makes their mean loss larger.
 *
 * Shapes   predictions [n x levels], ascending
 * Random   every level from ctx.seed: what they draw is the same, so that they differ by their level alone
 * Source   Chernozhukov, Fernandez-Val & Galichon 2010, Quantile and probability curves without crossing
 */
export function quantilesOf(levels: readonly number[], at: (level: number) => Estimator): Estimator {
  requireLevels(levels);
  const estimators = levels.map(at);
  const fit = async (train: Sample, ctx: FitContext): Promise<Model> => {
    check(ctx.task === 'regression', 'quantiles.fit', 'needs a target of numbers', ctx.task);
    const models: Model[] = [];
    const limit = ctx.limitMs === undefined ? {} : { limitMs: ctx.limitMs / levels.length };
    for (const [i, level] of levels.entries()) {
      const own = { ...ctx, ...limit, metric: `pinball_${level}`, keepSteps: false };
      models.push(await estimators[i].fit(train, own));
    }
    return new QuantileModel(levels, models);
  };
  return { kind: KIND, params: {}, fit };
}

/** A fitted model from its saved state; `restore` reads the models of the levels. */
export function restoreQuantiles(state: SavedState, restore: (state: SavedState) => Model): Model {
  requireState(state, KIND, VERSION);
  const { levels } = state.json as unknown as Saved;
  requireLevels(levels);
  return new QuantileModel(levels, levelStates(state).map(restore), reportFromJson(state));
}

/** The saved models of the levels, in their order. */
export function levelStates({ json, tensors, shapes = {} }: SavedState): SavedState[] {
  const { levels, models } = json as unknown as Saved;
  const isWhole = models.length === levels.length;
  checkData(isWhole, 'quantiles.restore', 'there must be a model for each level', models.length);
  return models.map(({ kind, version, json: own, tensors: names }, i) => {
    const ofModel = <T>(from: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(names.filter((name) => `${i}.${name}` in from).map((name) => [name, from[`${i}.${name}`]]));
    const isFlat = kind !== KIND;
    checkData(isFlat, 'quantiles.restore', 'models of levels must be plain ones', kind);
    return { kind, version, json: own, tensors: ofModel<TensorData>(tensors), shapes: ofModel(shapes) };
  });
}

interface Saved {
  readonly levels: readonly number[];
  readonly models: readonly {
    readonly kind: string;
    readonly version: number;
    readonly json: JsonObject;
    readonly tensors: readonly string[];
  }[];
}

/** Refuses levels that are none, or not in ascending order. */
export function requireLevels(levels: readonly number[], where = 'quantiles'): void {
  const isList = Array.isArray(levels) && levels.length > 0 && levels.length <= MOST_LEVELS;
  check(isList, where, `must be 1 to ${MOST_LEVELS} levels`, levels);
  levels.forEach((level, i) => {
    const isLevel = typeof level === 'number' && level > 0 && level < 1 && Math.round(level * 1e6) / 1e6 === level;
    check(isLevel, where, 'must be between 0 and 1, with at most six digits', level);
    check(i === 0 || level > levels[i - 1], where, 'must be ascending, each level once', level);
  });
}

class QuantileModel implements Model {
  readonly kind = KIND;
  readonly report: FitReport;

  constructor(
    private readonly levels: readonly number[],
    private readonly models: readonly Model[],
    report?: FitReport,
  ) {
    this.report = report ?? together(models.map((model) => model.report));
  }

  async predict(X: Matrix): Promise<Matrix> {
    const k = this.levels.length;
    const out = createMatrix(X.rows, k);
    for (const [j, model] of this.models.entries()) {
      const { data } = await model.predict(X);
      for (let i = 0; i < X.rows; i++) out.data[i * k + j] = data[i];
    }
    for (let i = 0; i < X.rows; i++) out.data.subarray(i * k, (i + 1) * k).sort();
    return out;
  }

  save(): SavedState {
    const states = this.models.map((model) => model.save());
    const named = <T>(of: (state: SavedState) => Readonly<Record<string, T>> | undefined): Record<string, T> =>
      Object.fromEntries(
        states.flatMap((state, i) => Object.entries(of(state) ?? {}).map(([name, value]) => [`${i}.${name}`, value])),
      );
    const models = states.map(({ kind, version, json, tensors }) => ({
      kind,
      version,
      json,
      tensors: Object.keys(tensors),
    }));
    const json = { levels: [...this.levels], models, report: reportToJson(this.report) } as unknown as JsonObject;
    return {
      kind: KIND,
      version: VERSION,
      json,
      tensors: named((state) => state.tensors),
      shapes: named((state) => state.shapes),
    };
  }

  dispose(): void {
    for (const model of this.models) model.dispose();
  }
}

/** Learned numbers of all; the course is that of the middle level. */
function together(reports: readonly FitReport[]): FitReport {
  const middle = reports[reports.length >> 1];
  return {
    ...middle,
    parameters: reports.reduce((sum, { parameters }) => sum + parameters, 0),
    bestStep: Math.round(reports.reduce((sum, { bestStep }) => sum + bestStep, 0) / reports.length),
    notes: [...new Set(reports.flatMap(({ notes }) => notes))],
  };
}
