/** @file What is taken away: fold models with their recipes, averaged and weighted, from a frame to predictions. */

import type { Family, JsonObject, Matrix, SavedState, Task, TensorData } from '../core/index.js';
import { createMatrix } from '../core/index.js';
import type { Frame, Schema } from '../data/index.js';
import type { Engine } from '../engine/index.js';
import type { Calibration, Combination } from '../ensemble/index.js';
import { calibrated, Mixture, requireCalibration, requireCombination, requireThreshold } from '../ensemble/index.js';
import type { Costs, Uncertainty } from '../evaluate/index.js';
import { requireCosts, requireUncertainty } from '../evaluate/index.js';
import type { Model } from '../models/index.js';
import { restoreModel } from '../models/index.js';
import type { FittedRecipe } from '../prepare/index.js';
import { restoreRecipe } from '../prepare/index.js';
import { outputsOf } from './study-data.js';

/** One fold: its model, and the key of the recipe that feeds it. */
export interface FoldModel {
  readonly recipe: string;
  readonly state: SavedState;
}

/** The k fold models of one trial, averaged; members are averaged by weight, or stacked. */
export interface PredictorMember {
  readonly name: string;
  readonly family: Family;
  readonly weight: number;
  readonly folds: readonly FoldModel[];
}

/** A winner taken apart: all that a bundle holds. */
export interface PredictorParts {
  readonly name: string;
  readonly task: Task;
  readonly k: number;
  readonly schema: Schema;
  readonly recipes: Readonly<Record<string, JsonObject>>;
  readonly members: readonly PredictorMember[];
  /** How members become one; left out: their weighted mean, weights sum to 1. */
  readonly combine?: Combination | undefined;
  /** Of the members' probabilities taken together; left out where they stay as they are. */
  readonly calibration?: Calibration | undefined;
  /** Two classes: the second is the answer where its (calibrated) probability is above this; left out: the more probable one. */
  readonly threshold?: number | undefined;
  /** The class of the least expected cost is the answer, whatever the threshold; left out: nobody said what decisions cost. */
  readonly costs?: Costs | undefined;
  /** How sure predictions are; left out by files of earlier versions. */
  readonly uncertainty?: Uncertainty | undefined;
}

interface RestoredFold {
  readonly recipe: string;
  readonly model: Model;
}

/** Rows that are prepared and predicted at a time: memory stays flat in the number of rows. */
const BLOCK_ROWS = 16_384;

/** Predicts from frames. Regression [n x 1] in the target's units, counts for the frame's exposure; classes [n x k] probabilities. */
export class Predictor {
  private readonly recipes = new Map<string, FittedRecipe>();
  private readonly members: { readonly weight: number; readonly folds: readonly RestoredFold[] }[] = [];

  constructor(
    readonly parts: PredictorParts,
    engine: Engine,
  ) {
    for (const member of parts.members) {
      const folds = member.folds.map(({ recipe, state }) => ({ recipe, model: restoreModel(state, engine) }));
      this.members.push({ weight: member.weight, folds });
      for (const { recipe } of folds) {
        if (!this.recipes.has(recipe)) this.recipes.set(recipe, restoreRecipe(parts.recipes[recipe]));
      }
    }
  }

  get outputs(): number {
    const { task, k, schema } = this.parts;
    return outputsOf({ task, k, quantiles: schema.target.quantiles });
  }

  async predict(frame: Frame): Promise<Matrix> {
    const out = createMatrix(frame.rowCount, this.outputs);
    for (let start = 0; start < frame.rowCount; start += BLOCK_ROWS) {
      const end = Math.min(start + BLOCK_ROWS, frame.rowCount);
      await this.predictBlock(
        sliceFrame(frame, start, end),
        out.data.subarray(start * this.outputs, end * this.outputs),
      );
    }
    frame.exposure?.forEach((units, row) => (out.data[row] *= units));
    return calibrated(out, this.parts.calibration);
  }

  dispose(): void {
    for (const { model } of this.members.flatMap(({ folds }) => folds)) model.dispose();
  }

  private async predictBlock(frame: Frame, out: Float32Array): Promise<void> {
    const mixture = new Mixture(out.length, this.outputs, this.parts.combine);
    const prepared = new Map<string, Matrix>();
    for (const { weight, folds } of this.members) {
      for (const { recipe, model } of folds) {
        let X = prepared.get(recipe);
        if (!X) prepared.set(recipe, (X = this.recipes.get(recipe)!.transform(frame)));
        mixture.addModel((await model.predict(X)).data, weight, folds.length);
      }
      mixture.endMember(weight);
    }
    mixture.finish(out);
  }
}

/** Rows [start, end) of a frame, without a copy. */
export function sliceFrame(frame: Frame, start: number, end: number): Frame {
  if (start === 0 && end === frame.rowCount) return frame;
  const columns = frame.columns.map((column) => {
    if (column.kind === 'numeric') return { ...column, values: column.values.subarray(start, end) };
    if (column.kind === 'date') return { ...column, epochMs: column.epochMs.subarray(start, end) };
    return { ...column, codes: column.codes.subarray(start, end) };
  });
  const exposure = frame.exposure?.subarray(start, end);
  return { rowCount: end - start, columns, ...(exposure ? { exposure } : {}) };
}

/** The given rows of a frame, copied. */
export function selectFrameRows(frame: Frame, rows: Uint32Array): Frame {
  const pick = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
    for (let i = 0; i < rows.length; i++) to[i] = from[rows[i]];
    return to;
  };
  const columns = frame.columns.map((column) => {
    if (column.kind === 'numeric') return { ...column, values: pick(column.values, new Float64Array(rows.length)) };
    if (column.kind === 'date') return { ...column, epochMs: pick(column.epochMs, new Float64Array(rows.length)) };
    return { ...column, codes: pick(column.codes, new Int32Array(rows.length)) };
  });
  const exposure = frame.exposure && pick(frame.exposure, new Float64Array(rows.length));
  return { rowCount: rows.length, columns, ...(exposure ? { exposure } : {}) };
}

interface MemberJson {
  readonly name: string;
  readonly family: Family;
  readonly weight: number;
  readonly folds: readonly {
    readonly recipe: string;
    readonly kind: string;
    readonly version: number;
    readonly json: JsonObject;
    readonly tensors: readonly string[];
  }[];
}

type NamedTensors = Record<string, { shape: readonly number[]; data: TensorData }>;

/** Parts as one JSON object and named tensors (`<member>/<fold>/<tensor>`), the content of a bundle. */
export function partsToBundle(parts: PredictorParts): { json: JsonObject; tensors: NamedTensors } {
  const tensors: NamedTensors = {};
  const members = parts.members.map((member) => ({
    ...member,
    folds: member.folds.map(({ recipe, state }, fold) => {
      for (const [name, data] of Object.entries(state.tensors)) {
        const shape = state.shapes?.[name] ?? [data.length];
        tensors[`${member.name}/${fold}/${name}`] = { shape, data };
      }
      const { kind, version, json } = state;
      return { recipe, kind, version, json, tensors: Object.keys(state.tensors) };
    }),
  }));
  return { json: { ...parts, members } as unknown as JsonObject, tensors };
}

/** The inverse of `partsToBundle`. */
export function partsFromBundle(json: JsonObject, tensors: NamedTensors): PredictorParts {
  const parts = json as unknown as Omit<PredictorParts, 'members'> & { members: MemberJson[] };
  const members = parts.members.map((member) => ({
    ...member,
    folds: member.folds.map(({ recipe, kind, version, json: state, tensors: names }, fold) => {
      const data: Record<string, TensorData> = {};
      const shapes: Record<string, readonly number[]> = {};
      for (const name of names) {
        const tensor = tensors[`${member.name}/${fold}/${name}`];
        data[name] = tensor.data;
        shapes[name] = tensor.shape;
      }
      return { recipe, state: { kind, version, json: state, tensors: data, shapes } };
    }),
  }));
  const weights = members.map(({ weight }) => weight);
  if (parts.combine) requireCombination(parts.combine, parts.k, weights);
  if (parts.calibration) requireCalibration(parts.calibration, parts.k);
  if (parts.threshold !== undefined) requireThreshold(parts.threshold, parts.k);
  if (parts.costs !== undefined) requireCosts(parts.costs, parts.k);
  if (parts.uncertainty !== undefined) requireUncertainty(parts.uncertainty, parts.schema.target.classes.length);
  return { ...parts, members };
}
