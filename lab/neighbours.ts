/**
 * @file Neighbours of the LRNN: other networks whose neurons multiply or learn their own functions, small and by hand, at a budget of
 * parameters.
 */

import type { Matrix, Rng } from '../src/core/index.js';
import { createMatrix } from '../src/core/index.js';
import type { Batch, OutsideLoss, Sample, Update } from '../src/engine/index.js';
import type { Layer } from './layers.js';
import { affine, besideInputs, each, gated, kernelProduct, rational, rowsOf, rung, stacked } from './layers.js';
import type { Learner, Shape, Trainee } from './networks.js';

export interface NeighbourShape extends Shape {
  /** Scale of the first matrix: how quick the network's functions of its inputs are. */
  readonly scale?: number;
}

export type NeighbourName = keyof typeof MAKERS;

interface Sizes {
  readonly inputs: number;
  readonly outputs: number;
  readonly width: number;
  readonly depth: number;
  readonly scale: number;
}

/** Numbers to a neuron of kernel products. */
const KERNEL_WIDTH = 2;
/** What logarithms are taken of is at least so large: their slopes are no larger than its inverse. */
const LOG_FLOOR = 0.1;

const MAKERS = {
  /** Rational functions that are learned between the layers. */
  rational: (sizes) => layered(sizes, (inputs, outputs, scale) => [affine(inputs, outputs, scale), rational()]),
  /** h W * sigmoid(h V). Source: Dauphin et al. 2017 */
  'gated linear': (sizes) =>
    layered(sizes, (inputs, outputs, scale) => [affine(inputs, 2 * outputs, scale), gated(true)]),
  /** (h W + b) * (x V + c): polynomials of the inputs, a degree more with each layer. Source: Chen et al. 2021; Chrysos et al. 2020 */
  ladder: ({ inputs, outputs, width, depth, scale }) => {
    let inner: Layer = affine(inputs, width, scale);
    for (let i = 0; i < depth; i++) inner = stacked([besideInputs(inner), rung(width, width, inputs)]);
    return stacked([inner, affine(width, outputs, 0.1)]);
  },
  /** prod_j exp(-z_j^2 / (2 D)) of projections z: Gaussian bumps along some directions. */
  'kernel product': (sizes) =>
    layered(sizes, (inputs, outputs, scale) => [
      affine(inputs, KERNEL_WIDTH * outputs, 2 * scale),
      kernelProduct(KERNEL_WIDTH),
    ]),
  /** exp(W log|z| + b): products of powers of projections z. Source: Durbin & Rumelhart 1989; Trask et al. 2018 */
  'log product': (sizes) =>
    layered(sizes, (inputs, outputs, scale) => [
      affine(inputs, outputs, scale),
      each(
        (z) => Math.log(Math.abs(z) + LOG_FLOOR),
        (z) => Math.sign(z) / (Math.abs(z) + LOG_FLOOR),
      ),
      affine(outputs, outputs, 0.5),
      // A bounded exponential, so that no power overflows.
      each(
        (z) => Math.exp(4 * Math.tanh(z / 4)),
        (z, y) => y * (1 - Math.tanh(z / 4) ** 2),
      ),
    ]),
} satisfies Record<string, (sizes: Sizes) => Layer>;

function layered(
  { inputs, outputs, width, depth, scale }: Sizes,
  layer: (inputs: number, outputs: number, scale: number) => readonly Layer[],
): Layer {
  const hidden = Array.from({ length: depth }, (_, i) => layer(i === 0 ? inputs : width, width, i === 0 ? scale : 1));
  return stacked([...hidden.flat(), affine(width, outputs, 0.1)]);
}

export const NEIGHBOURS = Object.keys(MAKERS) as NeighbourName[];

/** The largest network of that kind with no more than `parameters`, of two hidden layers where nothing else is said. */
export function neighbour(name: NeighbourName, shape: NeighbourShape): Trainee {
  const { inputs, outputs = 1, parameters, depth = 2, scale = 1 } = shape;
  const make = (width: number): Layer => MAKERS[name]({ inputs, outputs, width, depth, scale });
  let width = 1;
  while (make(width + 1).size <= parameters) width++;
  const layer = make(width);
  return {
    name,
    size: layer.size,
    settings: { name, inputs, outputs, width, depth, scale },
    encode: (coordinates) => coordinates,
    compile: (rng) => layerProgram(layer, outputs, rng),
  };
}

/** A program like the engine's on one layer, with its AdamW without decay. */
export function layerProgram(layer: Layer, outputs: number, rng: Rng): Learner {
  const parameters = new Float64Array(layer.size);
  layer.start(rng, parameters);
  const adam = new Adam(layer.size);
  let [lossSum, lossCount] = [0, 0];
  const stepBy = (sample: Sample, loss: OutsideLoss, update: Update): void => {
    const { value, gradient } = gradientBy(layer, parameters, rowsAt(sample), loss);
    lossSum += value;
    lossCount++;
    adam.update(parameters, gradient, update);
  };
  return {
    stepBy,
    step: (batch: Batch, update: Update) => stepBy(batch, squaredError(batch, outputs), update),
    readLoss: async () => {
      const mean = lossSum / lossCount;
      lossSum = lossCount = 0;
      return mean;
    },
    predict: async (X: Matrix, rows?: Uint32Array) => {
      const chosen = rows ?? Uint32Array.from({ length: X.rows }, (_, row) => row);
      const out = createMatrix(chosen.length, outputs);
      const from = rowsAt({ X, rows: chosen, start: 0, count: chosen.length });
      out.data.set(layer.forward(from, parameters).output.data);
      return out;
    },
    dispose: () => undefined,
  };
}

/** A loss of a layer's outputs and its gradient by every parameter. */
export function gradientBy(
  layer: Layer,
  parameters: Float64Array,
  x: ReturnType<typeof rowsOf>,
  loss: OutsideLoss,
): { value: number; gradient: Float64Array; inputGradient: Float64Array } {
  const gradient = new Float64Array(layer.size);
  const pass = layer.forward(x, parameters);
  const slopes = rowsOf(x.n, pass.output.cols);
  const value = loss(pass.output.data, slopes.data);
  return { value, gradient, inputGradient: pass.backward(slopes, gradient).data };
}

function rowsAt({ X, rows, start, count }: Sample): ReturnType<typeof rowsOf> {
  const out = rowsOf(count, X.cols);
  for (let i = 0; i < count; i++) {
    const row = rows[start + i];
    out.data.set(X.data.subarray(row * X.cols, (row + 1) * X.cols), i * X.cols);
  }
  return out;
}

function squaredError({ y, rows, start, count }: Batch, outputs: number): OutsideLoss {
  const size = count * outputs;
  return (found, gradient) => {
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const off = found[i] - y[rows[start + Math.floor(i / outputs)] * outputs + (i % outputs)];
      sum += off * off;
      gradient[i] = (2 * off) / size;
    }
    return sum / size;
  };
}

/** Source: Kingma & Ba 2015 */
class Adam {
  private readonly first: Float64Array;
  private readonly second: Float64Array;
  private steps = 0;

  constructor(size: number) {
    this.first = new Float64Array(size);
    this.second = new Float64Array(size);
  }

  update(parameters: Float64Array, gradient: Float64Array, { learningRate, beta1, beta2, epsilon }: Update): void {
    this.steps++;
    const [share, square] = [1 - beta1 ** this.steps, 1 - beta2 ** this.steps];
    gradient.forEach((g, i) => {
      this.first[i] = beta1 * this.first[i] + (1 - beta1) * g;
      this.second[i] = beta2 * this.second[i] + (1 - beta2) * g * g;
      parameters[i] -= (learningRate * (this.first[i] / share)) / (Math.sqrt(this.second[i] / square) + epsilon);
    });
  }
}
