/** @file What one LRNN learned, in its own terms: functions of columns, factors, products, and what of it the data uses. */

import type { PredictorParts } from '../../automl/index.js';
import type { Matrix, SavedState, Task } from '../../core/index.js';
import { allRows } from '../../core/index.js';
import type { Frame, Schema } from '../../data/index.js';
import type { Engine } from '../../engine/index.js';
import { mean, standardDeviation } from '../../evaluate/index.js';
import { restoreModel } from '../../models/index.js';
import type { FittedRecipe } from '../../prepare/index.js';
import { restoreRecipe } from '../../prepare/index.js';
import type { Feature } from '../columns.js';
import { featuresOf } from '../columns.js';
import { takeRows } from '../frames.js';
import type { ColumnFunctions, ExactForm, FactorFunction } from './curves.js';
import { axisFunctions, denseFunctions, exactForm } from './curves.js';
import { lrnnSpecOf, neuronWeights, traceLrnn } from './forward.js';
import type { Outputs, PairRelevance } from './interactions.js';
import { atLeast, columnRelevance, pairRelevance } from './interactions.js';
import type { LayerSize } from './sizes.js';
import { layerSize } from './sizes.js';

export interface LayerView extends LayerSize {
  readonly projection: 'dense' | 'axis';
  readonly hidden: number;
  readonly activation: string;
  readonly sharing: string;
  /** Sample standard deviation over the folds' networks. */
  readonly rankDeviation: number;
  readonly widthDeviation: number;
}

export interface RelevanceView {
  readonly column: string;
  /** Mean over the folds' networks of the total effect. */
  readonly total: number;
  readonly deviation: number;
  /** Learned scale in front of the network: the largest of the column's inputs, mean over the folds; null without one. */
  readonly frontScale: number | null;
}

export interface LrnnInside {
  /** Rows of the sample that it was asked about. */
  readonly rows: number;
  readonly folds: number;
  readonly inputSkip: boolean;
  readonly layers: readonly LayerView[];
  readonly relevance: readonly RelevanceView[];
  /** Of the first fold's network. */
  readonly pairs: readonly PairRelevance[];
  /** First layer on the axes: a function per column. Empty otherwise. */
  readonly functions: readonly ColumnFunctions[];
  /** First layer on mixtures: the strongest factors. Empty otherwise. */
  readonly factors: readonly FactorFunction[];
  /** One axis layer and nothing else: the whole model. */
  readonly exact: ExactForm | null;
}

const TRACE_ROWS = 256;
const PAIR_ROWS = 400;
const PAIR_COLUMNS = 8;
const FUNCTION_COLUMNS = 9;

/** Null when the model is not one LRNN. */
export async function insideLrnn(
  parts: PredictorParts,
  frame: Frame,
  engine: Engine,
  seed = 0,
): Promise<LrnnInside | null> {
  const member = parts.members.length === 1 ? parts.members[0] : null;
  if (!member?.folds.every(({ state }) => lrnnSpecOf(state) !== null)) return null;
  const asked = takeRows(frame, allRows(Math.min(frame.rowCount, TRACE_ROWS)));
  const networks = member.folds.map(({ recipe, state }) => ({ state, recipe: restoreRecipe(parts.recipes[recipe]) }));
  const traces = networks.map(({ state, recipe }) => traceLrnn(state, recipe.transform(asked)));
  const [{ state, recipe }] = networks;
  const spec = lrnnSpecOf(state)!;
  const features = featuresOf(frame, parts.schema);
  const relevance = await relevanceOver(networks, frame, features, parts, engine, seed);
  const top = relevance.slice(0, PAIR_COLUMNS).map(({ column }) => features.find(({ name }) => name === column)!);
  const evaluate = evaluator(state, recipe, parts.task, engine);
  const pairs = await pairRelevance({ frame: atLeast(asked, PAIR_ROWS), features: top, evaluate, seed });
  const weights = neuronWeights(state, spec, traces[0], 0);
  const shown = relevance.slice(0, FUNCTION_COLUMNS).map(({ column }) => features.find(({ name }) => name === column)!);
  const first = { state, spec, recipe, trace: traces[0], weights, frame: asked };
  const isAxis = spec.layers[0].projection === 'axis';
  const exact = isAxis && spec.layers.length === 1 ? exactForm(first, features) : null;
  const listed = exact?.neurons.map(({ neuron }) => neuron);
  return {
    rows: asked.rowCount,
    folds: member.folds.length,
    inputSkip: spec.inputSkip,
    layers: layerViews(networks, traces),
    relevance,
    pairs: pairs.slice(0, 12),
    functions: isAxis ? axisFunctions(first, shown, listed) : [],
    factors: isAxis ? [] : denseFunctions(first),
    exact,
  };
}

interface Network {
  readonly state: SavedState;
  readonly recipe: FittedRecipe;
}

function layerViews(networks: readonly Network[], traces: readonly ReturnType<typeof traceLrnn>[]): LayerView[] {
  const specs = networks.map(({ state }) => lrnnSpecOf(state)!);
  return specs[0].layers.map(({ projection, hidden, activation, sharing }, i) => {
    const sizes = networks.map(({ state }, f) => layerSize(traces[f], i, neuronWeights(state, specs[f], traces[f], i)));
    const ranks = sizes.map(({ effectiveRank }) => effectiveRank);
    const widths = sizes.map(({ effectiveWidth }) => effectiveWidth);
    return {
      projection,
      hidden,
      activation,
      sharing,
      rank: sizes[0].rank,
      width: sizes[0].width,
      effectiveRank: mean(ranks),
      effectiveWidth: mean(widths),
      rankDeviation: deviation(ranks),
      widthDeviation: deviation(widths),
    };
  });
}

function deviation(values: readonly number[]): number {
  return values.length > 1 ? standardDeviation(values) : 0;
}

async function relevanceOver(
  networks: readonly Network[],
  frame: Frame,
  features: readonly Feature[],
  { task }: PredictorParts,
  engine: Engine,
  seed: number,
): Promise<RelevanceView[]> {
  const asked = takeRows(frame, allRows(Math.min(frame.rowCount, TRACE_ROWS)));
  const all = new Map(features.map(({ name }) => [name, { totals: [] as number[], scales: [] as number[] }]));
  for (const { state, recipe } of networks) {
    const evaluate = evaluator(state, recipe, task, engine);
    for (const { column, total } of await columnRelevance({ frame: asked, features, evaluate, seed })) {
      const entry = all.get(column)!;
      entry.totals.push(total);
      entry.scales.push(
        ...frontScale(
          state,
          recipe,
          features.find(({ name }) => name === column)!,
        ),
      );
    }
  }
  const views = features.map(({ name }) => {
    const { totals, scales } = all.get(name)!;
    return {
      column: name,
      total: mean(totals),
      deviation: deviation(totals),
      frontScale: scales.length > 0 ? mean(scales) : null,
    };
  });
  return views.sort((a, b) => b.total - a.total);
}

/** One number, or none: the largest learned scale among the inputs that a column became. */
function frontScale(state: SavedState, { sources }: FittedRecipe, { parts }: Feature): number[] {
  const scale = state.tensors['front.scale'];
  const own = sources.flatMap((source, j) => (scale && parts.includes(source) ? [Math.abs(scale[j])] : []));
  return own.length > 0 ? [Math.max(...own)] : [];
}

/** Frame -> the network's own output: the target's units, or log-odds against the mean of the classes. */
function evaluator(
  state: SavedState,
  recipe: FittedRecipe,
  task: Task,
  engine: Engine,
): (frame: Frame) => Promise<Outputs> {
  const model = restoreModel(state, engine);
  return async (frame) => {
    const predictions = await model.predict(recipe.transform(frame));
    return task === 'regression' ? predictions : logOdds(predictions);
  };
}

const PROBABILITY_FLOOR = 1e-6;

function logOdds({ rows, cols, data }: Matrix): Outputs {
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    let centre = 0;
    for (let c = 0; c < cols; c++) {
      out[i * cols + c] = Math.log(Math.max(PROBABILITY_FLOOR, data[i * cols + c]));
      centre += out[i * cols + c] / cols;
    }
    for (let c = 0; c < cols; c++) out[i * cols + c] -= centre;
  }
  return { cols, data: out };
}

/** The schema's names, for readers of an inside. */
export function featureNames(frame: Frame, schema: Schema): string[] {
  return featuresOf(frame, schema).map(({ name }) => name);
}
