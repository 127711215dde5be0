/** @file A shallow axis LRNN with all its numbers: enough to compute a prediction of the fold's network by hand. */

import type { SavedState, Task } from '../../core/index.js';
import type { LrnnSpec } from '../../engine/index.js';
import type { Feature } from '../columns.js';
import { cellText } from '../columns.js';
import type { FirstLayer } from './forward.js';
import { LAYER_NORM_EPSILON, LayerWeights } from './forward.js';
import { preparedFormulas } from './prepared-formulas.js';

/**
 * score = constant + sum_l weights[l] * (p_l - m) / s + sum_j linear[j] * x_j, where p_l is the product of neuron l, m and s are mean and
 * sqrt(variance + 1e-5) of all p of the row, and x the prepared columns. Regression: in the target's units, or of its logarithm; classes: log-odds.
 */
export interface OutputNumbers {
  /** [outputs] */
  readonly constant: readonly number[];
  /** [rank][outputs] */
  readonly weights: readonly (readonly number[])[];
  /** [inputs][outputs]; empty without a linear part. */
  readonly linear: readonly (readonly number[])[];
  /** Regression: predictions stay between them; null for classes. */
  readonly bounds: readonly [number, number] | null;
  /** What comes of the score before the bounds: left out where it is the prediction itself. */
  readonly back?: ScoreBack;
}

/** factor * exp(score). */
export interface ScoreBack {
  readonly kind: 'exp';
  readonly factor: number;
}

interface Scaling {
  readonly task: Task;
  readonly mean: number;
  readonly scale: number;
  readonly low: number;
  readonly high: number;
  readonly link?: 'log';
}

/** Learned scales, shifts and the scaling of the target, multiplied out. */
export function outputNumbers(state: SavedState, spec: LrnnSpec): OutputNumbers {
  const { task, mean, scale, low, high, link } = state.json.scaling as unknown as Scaling;
  const isNumber = task === 'regression';
  const isLog = link === 'log';
  const unit = isNumber && !isLog ? scale : 1;
  const back: ScoreBack | undefined = isLog ? { kind: 'exp', factor: scale } : undefined;
  const { outputs, inputs } = spec;
  const [{ rank }] = spec.layers;
  const { 'out.W': W, 'out.b': b, 'layer0.scale': gain, 'layer0.shift': shift } = state.tensors;
  const front = spec.frontScale ? state.tensors['front.scale'] : null;
  const row = (at: number, factor: number): number[] =>
    Array.from({ length: outputs }, (_, o) => W[at * outputs + o] * factor);
  return {
    constant: Array.from({ length: outputs }, (_, o) => {
      let sum = b[o];
      for (let l = 0; l < rank; l++) sum += W[l * outputs + o] * shift[l];
      return (isNumber ? mean : 0) + unit * sum;
    }),
    weights: Array.from({ length: rank }, (_, l) => row(l, gain[l] * unit)),
    linear: spec.inputSkip
      ? Array.from({ length: inputs }, (_, j) => row(rank + j, (front ? front[j] : 1) * unit))
      : [],
    bounds: isNumber ? [low, high] : null,
    ...(back ? { back } : {}),
  };
}

/** Characters that a page should hold. */
export const LONGEST_FORM = 400_000;
/** Of a number, with the tab behind it; a few more in truth. */
const CHARACTERS = 9;

/**
 * The form as lines of tab-separated cells under headings; null where that is longer than a page should hold.
 *
 * `functions` and `factors` name the neuron and the column, * for every neuron. Learned scales in front of the columns are in omega.
 */
export function writtenForm(layer: FirstLayer, features: readonly Feature[], numbers: OutputNumbers): string | null {
  const { recipe } = layer;
  if (numberCount(layer) * CHARACTERS > LONGEST_FORM) return null;
  const { functions, factors } = factorLines(layer);
  const formulas = preparedFormulas(recipe, features);
  const lines = [
    '# columns: number, name, x',
    ...recipe.names.map((name, j) => tabbed([j + 1, JSON.stringify(name), formulas[j]])),
    '# output: constant, then neuron and w, then column and v',
    tabbed(['constant', ...numbers.constant]),
    ...numbers.weights.map((own, l) => tabbed([`neuron ${l + 1}`, ...own])),
    ...numbers.linear.map((own, j) => tabbed([`column ${j + 1}`, ...own])),
    '# functions: neuron, column, all omega, all beta',
    ...functions,
    '# factors: neuron, column, c, all a',
    ...factors,
    ...example(layer, features, numbers),
  ];
  const text = lines.join('\n');
  return text.length > LONGEST_FORM ? null : text;
}

/** Of functions and factors: nearly all there are. */
function numberCount({ spec }: FirstLayer): number {
  const [{ rank, hidden, sharing }] = spec.layers;
  const functions = (sharing === 'neuron' ? rank : 1) * spec.inputs * 2 * hidden;
  return functions + (sharing === 'layer' ? 1 : rank) * spec.inputs * (hidden + 1);
}

function tabbed(cells: readonly (string | number)[]): string {
  return cells.map((cell) => (typeof cell === 'number' ? weightText(cell) : cell)).join('\t');
}

/** Six significant digits: predictions come out right to a ten-thousandth of the target's standard deviation. */
function weightText(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function factorLines({ state, spec }: FirstLayer): { functions: string[]; factors: string[] } {
  const weights = new LayerWeights(state, 0, spec.layers[0], spec.inputs);
  const { rank, hidden, sharing } = spec.layers[0];
  const [omega, beta, a, c] = ['omega', 'beta', 'a', 'c'].map((name) => weights.tensor(name));
  const front = spec.frontScale ? state.tensors['front.scale'] : null;
  const gamma = 1 / Math.sqrt(weights.width);
  const part = (values: ArrayLike<number>, at: number, factor: number): number[] =>
    Array.from({ length: hidden }, (_, m) => values[at * hidden + m] * factor);
  const own = (isOwn: boolean, line: (at: number, j: number) => number[]): string[] =>
    Array.from({ length: (isOwn ? rank : 1) * weights.width }, (_, at) => {
      const [l, j] = [Math.floor(at / weights.width), at % weights.width];
      return tabbed([isOwn ? l + 1 : '*', j + 1, ...line(at, j)]);
    });
  return {
    functions: own(sharing === 'neuron', (at, j) => [...part(omega, at, front ? front[j] : 1), ...part(beta, at, 1)]),
    factors: own(sharing !== 'layer', (at) => [1 + gamma * c[at], ...part(a, at, gamma)]),
  };
}

/** One row of the sample all the way, so that a reader can check the arithmetic. */
function example({ trace, frame, recipe, spec }: FirstLayer, features: readonly Feature[], numbers: OutputNumbers) {
  const [{ rank, width, factors }] = trace.layers;
  const products = Array.from({ length: rank }, (_, l) =>
    factors.subarray(l * width, (l + 1) * width).reduce((product, value) => product * value, 1),
  );
  const X = recipe.transform({ ...frame });
  const x = Array.from(X.data.subarray(0, X.cols));
  const mean = products.reduce((sum, value) => sum + value / rank, 0);
  const variance = products.reduce((sum, value) => sum + (value - mean) ** 2 / rank, 0);
  const s = Math.sqrt(variance + LAYER_NORM_EPSILON);
  const score = Array.from(
    { length: spec.outputs },
    (_, o) =>
      numbers.constant[o] +
      products.reduce((sum, value, l) => sum + (numbers.weights[l][o] * (value - mean)) / s, 0) +
      numbers.linear.reduce((sum, own, j) => sum + own[o] * x[j], 0),
  );
  const cells = features.map(({ name }) => {
    const column = frame.columns.find((candidate) => candidate.name === name);
    const feature = features.find((candidate) => candidate.name === name)!;
    const text = column ? cellText(column, 0, feature.schema) : null;
    return `${JSON.stringify(name)} ${text === null ? 'missing' : JSON.stringify(text)}`;
  });
  return [
    '# example: one row of the table',
    tabbed(['cells', cells.join('; ')]),
    tabbed(['x', ...x]),
    tabbed(['m', mean, 's', s]),
    tabbed(['score', ...score]),
  ];
}
