/**
 * @file A predictor in the fewest words: sources of numbers, what each column of a prepared matrix is made of, and the models.
 * Every format that leaves the house is written from this one plan, so that what it cannot say fails here, once.
 */

import type { PredictorParts } from '../automl/index.js';
import type { JsonObject, SavedState, Task } from '../core/index.js';
import { checkData, ToolkitError } from '../core/index.js';
import type { ColumnSchema, FramePart, Schema } from '../data/index.js';
import { exposureColumn, framePartsOf, isFeature } from '../data/index.js';
import type { ContributionUnit } from '../ensemble/index.js';
import { exactUnit, STACK_FLOOR } from '../ensemble/index.js';
import type { Costs, Uncertainty } from '../evaluate/index.js';
import { PROBABILITY_FLOOR } from '../evaluate/index.js';
import { backOf, forestOf, innerState, levelStates, sharesOf } from '../models/index.js';
import type { NumbersFit, RecipeKind } from '../prepare/index.js';
import { DATE_PARTS, restoreRecipe, textTables } from '../prepare/index.js';
import { levelTable } from './plan-levels.js';
import type { Block, NumberSource, OutputScaling, PlannedForm, PlannedText } from './plan-parts.js';

export type { Block, NumberSource, OutputScaling, PlannedForm, PlannedText } from './plan-parts.js';

/** A column of the schema that models may look at, and the columns that it becomes. */
export interface PlannedFeature {
  readonly schema: ColumnSchema;
  readonly columns: readonly FramePart[];
}

export interface PlannedRecipe {
  readonly kind: RecipeKind;
  readonly width: number;
  readonly blocks: readonly Block[];
}

export type PlannedModel = { readonly weight: number; readonly recipe: number } & PlannedForm;

/** How a stack's models become one; the models of each member stand next to each other. */
export type PlannedCombination =
  /** The weighted sum of the models' numbers, and the offset. */
  | { readonly method: 'sum'; readonly offset: number }
  /** Softmax of the weighted sum, over the members, of the logarithms of the weighted mean of each one's models, floored. */
  | {
      readonly method: 'softmax';
      readonly floor: number;
      readonly members: readonly { readonly weight: number; readonly models: number }[];
    };

/** What is done to the blended probabilities. */
export type PlannedCalibration =
  /** Each is raised to the power, taken as at least `floor`, and divided by their sum. */
  | { readonly method: 'power'; readonly power: number; readonly floor: number }
  /** That of the second of two classes is read off the line through the points, flat beyond its ends. */
  | { readonly method: 'line'; readonly x: readonly number[]; readonly y: readonly number[] };

export interface Plan {
  readonly name: string;
  readonly task: Task;
  /** Classes; 1 for regression. */
  readonly k: number;
  readonly schema: Schema;
  readonly features: readonly PlannedFeature[];
  /** What counts are predicted for: the prediction times its number, which is above 0. Null: one unit. */
  readonly exposure: ColumnSchema | null;
  readonly sources: readonly NumberSource[];
  readonly texts: readonly PlannedText[];
  readonly recipes: readonly PlannedRecipe[];
  /** Weights sum to 1, and predictions are the weighted mean of what the models predict, unless `combine` says otherwise. */
  readonly models: readonly PlannedModel[];
  /** Null: the weighted mean. Softmax: the weights of each member's models sum to 1. */
  readonly combine: PlannedCombination | null;
  readonly calibration: PlannedCalibration | null;
  /** Two classes: above it the second is the answer. Null: the first of the most probable is. */
  readonly threshold: number | null;
  /** The first class of the least expected cost is the answer, whatever the threshold. Null: nobody said what decisions cost. */
  readonly costs: Costs | null;
  /** Contributions of columns are exact in this unit, what the models say times `share`; null: the model is no sum of trees. */
  readonly exact: { readonly unit: ContributionUnit; readonly share: number } | null;
  /** How sure predictions are; null: the model does not know. */
  readonly uncertainty: Uncertainty | null;
}

/**
 * The plan of a predictor. Recipes that are equal become one; those of models that look at nothing become none.
 *
 * Throws   data: a preparation or a model that exports do not know
 */
export function planOf(parts: PredictorParts): Plan {
  const { name, task, k, schema } = parts;
  const planner = new RecipePlanner(schema);
  const combine = plannedCombination(parts);
  const models = parts.members.flatMap(({ weight, folds }) =>
    folds.map(({ recipe, state }): PlannedModel => {
      const share = (combine?.method === 'softmax' ? 1 : weight) / folds.length;
      const isBlind = isConstant(state);
      return {
        weight: share,
        recipe: isBlind ? -1 : planner.recipe(parts.recipes[recipe]),
        ...plannedModel(state, outputsOf(task, k)),
      } as PlannedModel;
    }),
  );
  const { features, sources, texts, recipes } = planner;
  const calibration = plannedCalibration(parts.calibration);
  const threshold = parts.threshold ?? null;
  const costs = parts.costs ?? null;
  const exact = exactShare(parts, combine);
  const uncertainty = parts.uncertainty ?? null;
  return {
    name,
    task,
    k,
    schema,
    features,
    exposure: exposureColumn(schema) ?? null,
    sources,
    texts,
    recipes,
    models,
    combine,
    calibration,
    threshold,
    costs,
    exact,
    uncertainty,
  };
}

/** The weights of a member's models are its own times its share of the model, but in a stack of classes. */
function exactShare(parts: PredictorParts, combine: PlannedCombination | null): Plan['exact'] {
  const exact = exactUnit(parts);
  if (!exact || combine?.method !== 'softmax') return exact;
  return { ...exact, share: exact.share * parts.members[0].weight };
}

function plannedCombination({ combine, members }: PredictorParts): PlannedCombination | null {
  if (!combine || combine.method === 'sum') return combine ?? null;
  const { method } = combine;
  if (method !== 'softmax') throw unknown('combination', method);
  const counts = members.map(({ weight, folds }) => ({ weight, models: folds.length }));
  return { method, floor: STACK_FLOOR, members: counts };
}

function plannedCalibration(calibration: PredictorParts['calibration']): PlannedCalibration | null {
  if (!calibration) return null;
  if (calibration.method === 'temperature') {
    return { method: 'power', power: 1 / calibration.temperature, floor: PROBABILITY_FLOOR };
  }
  const { method, x, y } = calibration;
  if (method !== 'isotonic') throw unknown('calibration', method);
  return { method: 'line', x, y };
}

/** Raw outputs of a model: one but for more than two classes. */
function outputsOf(task: Task, k: number): number {
  return task === 'multiclass' ? k : 1;
}

/** Whether a model looks at nothing. */
function isConstant(state: SavedState): boolean {
  if (state.kind === 'quantiles') return levelStates(state).every(isConstant);
  return (state.kind === 'transformed' ? innerState(state) : state).kind === 'dummy';
}

/** Collects recipes and the sources that they share. */
class RecipePlanner {
  readonly sources: NumberSource[] = [];
  readonly texts: PlannedText[] = [];
  readonly recipes: PlannedRecipe[] = [];
  readonly features: readonly PlannedFeature[];
  private readonly places = new Map<string, number>();

  constructor(schema: Schema) {
    const features = schema.columns.filter(isFeature);
    const parts = framePartsOf(features, schema);
    this.features = features.map((column, f) => ({ schema: column, columns: parts[f] }));
  }

  recipe(json: JsonObject): number {
    return this.placed(JSON.stringify(json), this.recipes, () => {
      const kind = json['kind'] as RecipeKind;
      const blocks = (json['columns'] as JsonObject[]).flatMap((column) => this.blocks(kind, column));
      return { kind, width: restoreRecipe(json).width, blocks };
    });
  }

  private source(name: string, kind: FramePart['kind'], part: string | null): number {
    return this.placedSource({ ...this.columnOf(name, kind), part });
  }

  private placedSource(source: NumberSource): number {
    return this.placed(JSON.stringify(source), this.sources, () => source);
  }

  /** By name and kind, as recipes find it: in models of earlier versions two may have one name. */
  private columnOf(name: string, kind: FramePart['kind']): { feature: number; place: number } {
    const isIt = (part: FramePart): boolean => part.name === name && part.kind === kind;
    const feature = this.features.findIndex(({ columns }) => columns.some(isIt));
    checkData(feature >= 0, 'export', 'every prepared column must be one of the schema', name);
    return { feature, place: this.features[feature].columns.findIndex(isIt) };
  }

  private textBlocks(json: JsonObject): Block[] {
    const { column, vocabulary, outputs, ...tables } = textTables(json);
    const { feature, place: own } = this.columnOf(column, 'text');
    const text = this.placed(JSON.stringify({ ...json, outputs: null }), this.texts, () => ({
      feature,
      column: own,
      ...vocabulary,
      ...tables,
    }));
    return outputs.flatMap(({ place, numbers }) =>
      numberBlocks(numbers, this.placedSource({ feature, place, part: null, text })),
    );
  }

  /** The place of what `make` gives in `list`, where it stands once. */
  private placed<T>(key: string, list: T[], make: () => T): number {
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.places.set(key, list.push(made) - 1);
    return list.length - 1;
  }

  private blocks(kind: RecipeKind, json: JsonObject): Block[] {
    switch (json['type']) {
      case 'numeric': {
        const fit = json as unknown as NumbersFit;
        return numberBlocks(fit, this.source(fit.name, 'numeric', null));
      }
      case 'date':
        return this.dateBlocks(json as unknown as DateJson);
      case 'text':
        return this.textBlocks(json);
      case 'rank':
      case 'codes':
      case 'one-hot':
      case 'two-level':
      case 'target':
        return [this.levels(kind, json)];
      default:
        throw unknown('preparation', json['type']);
    }
  }

  private dateBlocks({ column, parts, hasIndicator }: DateJson): Block[] {
    const blocks = parts.flatMap(({ part, numbers }): Block[] => {
      const source = this.source(column, 'date', part);
      if (numbers) return numberBlocks(numbers, source);
      const { cycle } = DATE_PARTS.find(({ name }) => name === part) ?? {};
      if (!cycle) throw unknown('part of a date', part);
      return [{ type: 'cycle', source, ...cycle }];
    });
    const missing: Block = { type: 'missing', source: this.source(column, 'date', null) };
    return hasIndicator ? [...blocks, missing] : blocks;
  }

  private levels(kind: RecipeKind, json: JsonObject): Block {
    const column = json['column'] as string;
    const feature = this.features.findIndex(({ schema }) => schema.name === column);
    checkData(feature >= 0, 'export', 'every prepared column must be one of the schema', column);
    return { type: 'levels', feature, ...levelTable(this.features[feature].schema, kind, json) };
  }
}

interface DateJson {
  readonly column: string;
  readonly parts: readonly { readonly part: string; readonly numbers: NumbersFit | null }[];
  readonly hasIndicator: boolean;
}

interface KnnJson {
  readonly columns: number;
  readonly neighbours: number;
  readonly power: number;
  readonly task: Task;
  readonly k: number;
}

function numberBlocks({ hasValue, hasIndicator, fill, centre, scale }: NumbersFit, source: number): Block[] {
  return [
    ...(hasValue ? [{ type: 'value' as const, source, fill, centre, scale }] : []),
    ...(hasIndicator ? [{ type: 'missing' as const, source }] : []),
  ];
}

function plannedModel(state: SavedState, outputs: number): object {
  const { kind, json, tensors } = state;
  switch (kind) {
    case 'quantiles':
      return { kind, models: levelStates(state).map((own) => plannedModel(own, 1)) };
    case 'transformed': {
      const { transform: back, stretch, low, high } = backOf(state);
      return { kind, model: plannedModel(innerState(state), 1), back, stretch, low, high };
    }
    case 'dummy':
      return { kind: 'constant', answer: tensors['answer'] };
    case 'linear':
      return {
        kind,
        inputs: json['columns'],
        W: tensors['W'],
        b: tensors['b'],
        scaling: json['scaling'] ? scalingOf(json['scaling'] as JsonObject) : null,
      };
    case 'lrnn':
    case 'mlp':
      return { kind: 'network', spec: json['spec'], tensors, scaling: scalingOf(json['scaling'] as JsonObject) };
    case 'knn': {
      const { columns, neighbours, power, task, k } = json as unknown as KnnJson;
      const { X, y, weights = null } = tensors as Record<string, Float32Array | null>;
      const prior = task === 'regression' ? null : sharesOf({ y: y!, weights: weights ?? undefined, k });
      return { kind: 'neighbours', columns, neighbours, power, X, y, weights, prior };
    }
    case 'xgboost':
    case 'gbdt':
    case 'extratrees': {
      const { vectors = null, set = null, sets = null, ...nodes } = forestOf(state);
      const { columns, base, task, mean, scale, link } = json;
      const forest = { columns, outputs, base, ...nodes, vectors, set, sets };
      const isShare = kind === 'extratrees' && task !== 'regression';
      return {
        kind: 'trees',
        ...forest,
        isShare,
        scaling: { mean, scale, low: null, high: null, ...(link ? { link } : {}) },
      };
    }
    default:
      throw unknown('model', kind);
  }
}

function scalingOf({ mean, scale, low, high, link }: JsonObject): OutputScaling {
  return { mean, scale, low: low ?? null, high: high ?? null, ...(link ? { link } : {}) } as OutputScaling;
}

function unknown(what: string, got: unknown): ToolkitError {
  return new ToolkitError('data', { where: 'export', rule: `every ${what} must be one that exports know`, got });
}
