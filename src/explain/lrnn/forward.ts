/** @file An LRNN taken apart: every layer's factors, products and outputs for given rows, in float64 from its saved weights. */

import type { Matrix, SavedState } from '../../core/index.js';
import type { Frame } from '../../data/index.js';
import type { Activation, LrnnSpec, ProductLayerSpec } from '../../engine/index.js';
import type { FittedRecipe } from '../../prepare/index.js';

/** What one product layer did, row by row. */
export interface LayerTrace {
  readonly rank: number;
  /** Factors per neuron. */
  readonly width: number;
  /** [n x inputs] */
  readonly input: Float64Array;
  /** [n x rank x width] arguments of the univariate functions. */
  readonly z: Float64Array;
  /** [n x rank x width] factors 1 + gamma g. */
  readonly factors: Float64Array;
  /** [n x rank] after normalisation, scale and shift. */
  readonly output: Float64Array;
}

export interface LrnnTrace {
  readonly rows: number;
  readonly layers: readonly LayerTrace[];
  /** [n x outputs] raw outputs. */
  readonly output: Float64Array;
}

/** The first layer of one fold's network, and rows to look at it with. */
export interface FirstLayer {
  readonly state: SavedState;
  readonly spec: LrnnSpec;
  readonly recipe: FittedRecipe;
  readonly trace: LrnnTrace;
  /** [rank] how strongly the network listens to each neuron. */
  readonly weights: Float64Array;
  readonly frame: Frame;
}

type Numbers = ArrayLike<number>;

export const LAYER_NORM_EPSILON = 1e-5;

const ACTIVATIONS: Readonly<Record<Activation, (u: number) => number>> = {
  sin: Math.sin,
  spder: (u) => Math.sin(u) * Math.sqrt(Math.abs(u)),
  tanh: Math.tanh,
  silu: (u) => u / (1 + Math.exp(-u)),
  relu: (u) => (u < 0 ? 0 : u),
};

/** The spec of a saved network; null when it is no LRNN. */
export function lrnnSpecOf(state: SavedState): LrnnSpec | null {
  const spec = state.json.spec as unknown as LrnnSpec | undefined;
  return spec?.kind === 'lrnn' ? spec : null;
}

/**
 * Runs the network over prepared rows and keeps everything on the way.
 *
 * Shapes   X [n x inputs]
 * Source   Maharaj & Nair 2026, Deep learning with learnable product-structured activations
 */
export function traceLrnn(state: SavedState, X: Matrix): LrnnTrace {
  const spec = lrnnSpecOf(state)!;
  const n = X.rows;
  const seen = scaledInput(state, spec, X);
  const layers: LayerTrace[] = [];
  let h = seen;
  let width = spec.inputs;
  spec.layers.forEach((layer, i) => {
    if (i > 0 && spec.inputSkip) [h, width] = [beside(h, width, seen, spec.inputs, n), width + spec.inputs];
    layers.push(traceLayer(new LayerWeights(state, i, layer, width), h, n));
    h = layers[i].output;
    width = layer.rank;
  });
  if (spec.inputSkip) [h, width] = [beside(h, width, seen, spec.inputs, n), width + spec.inputs];
  return { rows: n, layers, output: affine(h, width, state.tensors['out.W'], state.tensors['out.b'], n) };
}

/** The weights of one product layer, and its functions one by one. */
export class LayerWeights {
  readonly width: number;
  private readonly act: (u: number) => number;

  constructor(
    private readonly state: SavedState,
    readonly index: number,
    readonly spec: ProductLayerSpec,
    /** Columns that the layer sees. */
    readonly inputs: number,
  ) {
    this.width = spec.projection === 'axis' ? inputs : spec.width;
    this.act = ACTIVATIONS[spec.activation];
  }

  tensor(name: string): Numbers {
    return this.state.tensors[`layer${this.index}.${name}`];
  }

  /** Factor 1 + gamma g(z) of neuron l and factor j. */
  factor(l: number, j: number, z: number): number {
    const { hidden, sharing } = this.spec;
    const own = l * this.width + j;
    const basis = (sharing === 'neuron' ? own : j) * hidden;
    const mix = sharing === 'layer' ? j : own;
    const [omega, beta, a] = [this.tensor('omega'), this.tensor('beta'), this.tensor('a')];
    let g = this.tensor('c')[mix];
    for (let m = 0; m < hidden; m++) g += a[mix * hidden + m] * this.act(omega[basis + m] * z + beta[basis + m]);
    return 1 + g / Math.sqrt(this.width);
  }
}

/** The table as the layers see it: every column times its learned factor, where there is one. */
export function scaledInput(state: SavedState, spec: LrnnSpec, X: Matrix): Float64Array {
  const scale = spec.frontScale ? state.tensors['front.scale'] : null;
  return Float64Array.from(X.data, (value, i) => (scale ? value * scale[i % X.cols] : value));
}

function traceLayer(weights: LayerWeights, input: Float64Array, n: number): LayerTrace {
  const { width, spec } = weights;
  const { rank } = spec;
  const z = project(weights, input, n);
  const factors = new Float64Array(z.length);
  const output = new Float64Array(n * rank);
  for (let i = 0; i < n; i++) {
    for (let l = 0; l < rank; l++) {
      let product = 1;
      for (let j = 0; j < width; j++) {
        const at = (i * rank + l) * width + j;
        factors[at] = weights.factor(l, j, z[at]);
        product *= factors[at];
      }
      output[i * rank + l] = product;
    }
  }
  normalise(output, n, rank, weights.tensor('scale'), weights.tensor('shift'));
  return { rank, width, input, z, factors, output };
}

/** Arguments of the functions: the columns themselves on an axis layer, learned mixtures of them otherwise. */
function project(weights: LayerWeights, input: Float64Array, n: number): Float64Array {
  const { inputs, width, spec } = weights;
  const cols = spec.rank * width;
  if (spec.projection === 'dense') return affine(input, inputs, weights.tensor('W'), weights.tensor('b'), n);
  const z = new Float64Array(n * cols);
  for (let i = 0; i < n; i++) {
    const row = input.subarray(i * inputs, (i + 1) * inputs);
    for (let l = 0; l < spec.rank; l++) z.set(row, i * cols + l * width);
  }
  return z;
}

function affine(h: Float64Array, inputs: number, W: Numbers, b: Numbers, n: number): Float64Array {
  const cols = b.length;
  const out = new Float64Array(n * cols);
  for (let i = 0; i < n; i++) {
    const row = out.subarray(i * cols, (i + 1) * cols);
    row.set(b);
    for (let c = 0; c < inputs; c++) {
      const value = h[i * inputs + c];
      for (let o = 0; o < cols; o++) row[o] += value * W[c * cols + o];
    }
  }
  return out;
}

/** Each row to mean 0 and variance 1 (biased), then scaled and shifted. */
function normalise(values: Float64Array, n: number, rank: number, scale: Numbers, shift: Numbers): void {
  for (let i = 0; i < n; i++) {
    const row = values.subarray(i * rank, (i + 1) * rank);
    let mean = 0;
    for (const value of row) mean += value / rank;
    let variance = 0;
    for (const value of row) variance += (value - mean) ** 2 / rank;
    const deviation = Math.sqrt(variance + LAYER_NORM_EPSILON);
    for (let l = 0; l < rank; l++) row[l] = ((row[l] - mean) / deviation) * scale[l] + shift[l];
  }
}

function beside(h: Float64Array, a: number, x: Float64Array, b: number, n: number): Float64Array {
  const out = new Float64Array(n * (a + b));
  for (let i = 0; i < n; i++) {
    out.set(h.subarray(i * a, (i + 1) * a), i * (a + b));
    out.set(x.subarray(i * b, (i + 1) * b), i * (a + b) + a);
  }
  return out;
}

/** [rank] how strongly the rest of the network listens to each neuron: size of its outgoing weights times its spread. */
export function neuronWeights(state: SavedState, spec: LrnnSpec, trace: LrnnTrace, index: number): Float64Array {
  const { rank, output } = trace.layers[index];
  const name = index + 1 < spec.layers.length ? `layer${index + 1}.W` : 'out.W';
  const W: Numbers = state.tensors[name];
  const cols = name === 'out.W' ? spec.outputs : state.tensors[`layer${index + 1}.b`].length;
  return Float64Array.from({ length: rank }, (_, l) => {
    let squares = 0;
    for (let o = 0; o < cols; o++) squares += W[l * cols + o] ** 2;
    return Math.sqrt(squares * varianceOf(trace.rows, (i) => output[i * rank + l]));
  });
}

/** Variance (ddof 0) of n numbers. */
export function varianceOf(n: number, value: (i: number) => number): number {
  let mean = 0;
  for (let i = 0; i < n; i++) mean += value(i) / n;
  let variance = 0;
  for (let i = 0; i < n; i++) variance += (value(i) - mean) ** 2 / n;
  return variance;
}
