/** @file The learned functions of an LRNN's first layer as curves over the table's own values. */

import type { Frame } from '../../data/index.js';
import { truthText } from '../../data/index.js';
import type { Activation } from '../../engine/index.js';
import type { Feature } from '../columns.js';
import { dateText, numberText } from '../columns.js';
import { cellsOf, sweep, takeRows } from '../frames.js';
import { gridOf } from '../model/dependence.js';
import type { FirstLayer } from './forward.js';
import { LayerWeights, scaledInput, varianceOf } from './forward.js';
import { factorVariances } from './sizes.js';
import type { ScoreBack } from './written-form.js';
import { outputNumbers, writtenForm } from './written-form.js';

export interface FunctionCurve {
  readonly neuron: number;
  /** Share of what the network hears of this column, over all neurons. */
  readonly share: number;
  /** [values] the factor that the column gives the neuron's product: 1 changes nothing. */
  readonly factors: readonly number[];
}

/** What an axis layer learned about one column: exact, whatever the other columns are. */
export interface ColumnFunctions {
  readonly column: string;
  readonly scale: 'number' | 'date' | 'category';
  readonly values: readonly number[];
  readonly labels: readonly string[];
  /** The neurons in which the column matters most, strongest first; or the same ones for every column. */
  readonly curves: readonly FunctionCurve[];
}

/** One factor of a neuron on mixtures of columns. */
export interface FactorFunction {
  readonly neuron: number;
  readonly factor: number;
  /** Share of the variance of all factors, by how much the network listens to them. */
  readonly share: number;
  readonly z: readonly number[];
  readonly factors: readonly number[];
  /** Inputs with the largest weight times spread in the mixture, with sign. */
  readonly inputs: readonly { readonly name: string; readonly weight: number }[];
}

/** A shallow axis LRNN written out (see `OutputNumbers`), of one fold. */
export interface ExactForm {
  readonly rank: number;
  /** Numbers of one univariate function, and what they are put through. */
  readonly hidden: number;
  readonly activation: Activation;
  /** [outputs] */
  readonly constant: readonly number[];
  /** Regression: predictions stay between them; null for classes. */
  readonly bounds: readonly [number, number] | null;
  /** See `OutputNumbers`. */
  readonly back?: ScoreBack;
  /** The strongest, strongest first. */
  readonly neurons: readonly {
    readonly neuron: number;
    /** Share of the squared strength of all neurons. */
    readonly share: number;
    /** [outputs] weight of the normalised product, in the target's units. */
    readonly weights: readonly number[];
    /** Columns whose factor moves the product most. */
    readonly columns: readonly { readonly column: string; readonly deviation: number }[];
  }[];
  /** Smallest number of neurons that hold 90 % of the squared strength. */
  readonly neuronsFor90: number;
  /** The weights of the columns themselves, where the model has a linear part: [outputs] per input. */
  readonly linear: readonly { readonly name: string; readonly weights: readonly number[] }[];
  /** Every number of it, see `writtenForm`; null where a page should not hold so many. */
  readonly written: string | null;
}

const GRID = 32;
const CURVES = 4;
const FACTORS = 8;
const NEURONS = 6;

/**
 * The functions of the given columns over their own values, in the units of the table: of the given neurons (by number, from 1),
 * the same for every column, or of those in which the column matters most.
 */
export function axisFunctions(
  layer: FirstLayer,
  features: readonly Feature[],
  neurons?: readonly number[],
): ColumnFunctions[] {
  return features.flatMap((feature): ColumnFunctions[] => {
    const values = valuesOf(layer.frame, feature);
    if (!values || values.values.length < 2) return [];
    const row = takeRows(layer.frame, [0]);
    const onGrid = columnFactors(layer, feature, sweep(row, feature.name, values.values));
    const onRows = columnFactors(layer, feature, layer.frame);
    const strengths = onRows.map((own, l) => layer.weights[l] ** 2 * varianceOf(own.length, (i) => own[i]));
    const total = strengths.reduce((sum, value) => sum + value, 0);
    if (total === 0) return [];
    const best = neurons?.map((neuron) => neuron - 1) ?? indicesBy(strengths).slice(0, CURVES);
    const curves = best.map((l) => ({ neuron: l + 1, share: strengths[l] / total, factors: Array.from(onGrid[l]) }));
    return [{ column: feature.name, ...values, curves }];
  });
}

/** [rank][rows] the product of the factors of all inputs that a column became. */
function columnFactors({ state, spec, recipe }: FirstLayer, { parts }: Feature, frame: Frame): Float64Array[] {
  const X = recipe.transform(frame);
  const input = scaledInput(state, spec, X);
  const weights = new LayerWeights(state, 0, spec.layers[0], spec.inputs);
  const own = recipe.sources.flatMap((source, j) => (parts.includes(source) ? [j] : []));
  return Array.from({ length: spec.layers[0].rank }, (_, l) =>
    Float64Array.from({ length: frame.rowCount }, (_unused, i) =>
      own.reduce((product, j) => product * weights.factor(l, j, input[i * X.cols + j]), 1),
    ),
  );
}

function valuesOf(frame: Frame, { name, kind, schema }: Feature): Omit<ColumnFunctions, 'column' | 'curves'> | null {
  const column = frame.columns.find((candidate) => candidate.name === name);
  if (!column) return null;
  const cells = cellsOf(column, frame.rowCount);
  const values = gridOf(cells, GRID);
  if (column.kind === 'categorical') {
    return { scale: 'category', values, labels: values.map((code) => column.levels[code] ?? '(other)') };
  }
  if (kind === 'boolean') {
    return { scale: 'category', values, labels: values.map((value) => truthText(schema, value > 0)) };
  }
  const isDate = column.kind === 'date';
  return { scale: isDate ? 'date' : 'number', values, labels: values.map(isDate ? dateText : numberText) };
}

/** The strongest factors of a layer on mixtures, over the range that the rows reach. */
export function denseFunctions(layer: FirstLayer): FactorFunction[] {
  const { trace, weights: heard, state, spec, recipe } = layer;
  const [first] = trace.layers;
  const weights = new LayerWeights(state, 0, spec.layers[0], spec.inputs);
  const strengths = Array.from({ length: first.rank }, (_, l) =>
    factorVariances(first, trace.rows, l).map((spread) => heard[l] ** 2 * spread),
  ).flat();
  const total = strengths.reduce((sum, value) => sum + value, 0);
  return indicesBy(strengths)
    .slice(0, FACTORS)
    .map((at) => {
      const [l, j] = [Math.floor(at / first.width), at % first.width];
      const reached = Float64Array.from({ length: trace.rows }, (_, i) => first.z[i * first.rank * first.width + at]);
      const z = evenly(reached);
      return {
        neuron: l + 1,
        factor: j + 1,
        share: total > 0 ? strengths[at] / total : 0,
        z,
        factors: z.map((value) => weights.factor(l, j, value)),
        inputs: mixture(weights, first.input, trace.rows, at, recipe.names),
      };
    });
}

function evenly(values: Float64Array): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return Array.from({ length: GRID }, (_, i) => low + ((high - low) * i) / (GRID - 1));
}

function mixture(weights: LayerWeights, input: Float64Array, n: number, at: number, names: readonly string[]) {
  const W = weights.tensor('W');
  const cols = weights.spec.rank * weights.width;
  const pulls = Array.from({ length: weights.inputs }, (_, c) => {
    const spread = Math.sqrt(varianceOf(n, (i) => input[i * weights.inputs + c]));
    return W[c * cols + at] * spread;
  });
  return indicesBy(pulls.map(Math.abs))
    .slice(0, 4)
    .map((c) => ({ name: names[c], weight: pulls[c] }));
}

/** The whole of a network with one axis layer; `features` are all columns that it sees. */
export function exactForm(layer: FirstLayer, features: readonly Feature[]): ExactForm {
  const { state, spec, weights, recipe } = layer;
  const numbers = outputNumbers(state, spec);
  const [{ rank, hidden, activation }] = spec.layers;
  const squares = Array.from(weights, (weight) => weight ** 2);
  const total = squares.reduce((sum, value) => sum + value, 0);
  const order = indicesBy(squares);
  const factors = features.map((feature) => columnFactors(layer, feature, layer.frame));
  let held = 0;
  const neuronsFor90 = order.findIndex((l) => (held += squares[l]) >= 0.9 * total) + 1;
  return {
    rank,
    hidden,
    activation,
    constant: numbers.constant,
    bounds: numbers.bounds,
    ...(numbers.back ? { back: numbers.back } : {}),
    neurons: order.slice(0, NEURONS).map((l) => ({
      neuron: l + 1,
      share: total > 0 ? squares[l] / total : 0,
      weights: numbers.weights[l],
      columns: features
        .map(({ name }, f) => ({
          column: name,
          deviation: Math.sqrt(varianceOf(factors[f][l].length, (i) => factors[f][l][i])),
        }))
        .sort((a, b) => b.deviation - a.deviation)
        .slice(0, 4),
    })),
    neuronsFor90,
    linear: numbers.linear.map((own, j) => ({ name: recipe.names[j], weights: own })),
    written: writtenForm(layer, features, numbers),
  };
}

/** Positions from the largest value to the smallest; ties in order. */
function indicesBy(values: readonly number[]): number[] {
  return values.map((_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
}
