/**
 * @file The networks that the lab compares, at a budget of parameters: each behind the engine's own spec, with the first weights and
 * the learning rates of whoever proposed it.
 */

import type { Matrix, Rng } from '../src/core/index.js';
import { createMatrix } from '../src/core/index.js';
import type { Activation, LrnnSpec, MlpSpec, NetworkSpec, Program, Sharing } from '../src/engine/index.js';
import { initialise, layerInputs, parameterCount, parameterLayout, wasmEngine } from '../src/engine/index.js';

/** A network before its training, of the engine or of the lab's own. */
export interface Trainee {
  readonly name: string;
  /** How many numbers it learns. */
  readonly size: number;
  /** All that decides what it is and begins as, beside the seed: part of the key of its results. */
  readonly settings: unknown;
  /** What the network sees of the coordinates [n x d]. */
  readonly encode: (coordinates: Matrix) => Matrix;
  /** With its first weights, which draw from `rng` only. */
  readonly compile: (rng: Rng, batchSize: number) => Learner;
}

/** What training asks of a program; the engine's are such. */
export type Learner = Pick<Required<Program>, 'step' | 'stepBy' | 'readLoss' | 'predict' | 'dispose'>;

/** A network of the engine. */
export interface Contender extends Trainee {
  readonly spec: NetworkSpec;
  readonly start: (rng: Rng) => Start;
}

export interface Start {
  readonly parameters: Float32Array;
  /** Factor on the learning rate of each tensor. */
  readonly rateScale: readonly number[];
}

/** Sizes that every maker below is told. */
export interface Shape {
  /** Coordinates: 1 of a sound, 2 of an image. */
  readonly inputs: number;
  readonly outputs?: number;
  /** The network is the largest that has no more. */
  readonly parameters: number;
  readonly depth?: number;
}

export interface LrnnShape extends Shape {
  readonly activation: Activation;
  /** Scale of omega in each layer. */
  readonly frequencies: readonly number[];
  /** Neurons to a layer; as many as the parameters allow where left out. */
  readonly rank?: number;
  readonly width?: number;
  readonly hidden?: number;
  readonly sharing?: Sharing;
  /** s^2 of each function at the beginning; the engine's 0.5 where left out. */
  readonly functionVariance?: number;
  /** Whether omegas learn as much faster as they are larger, as a SIREN's weights do. */
  readonly rateByFrequency?: boolean;
}

/**
 * The paper's network: product layers behind dense projections, LayerNorm after each, no axis layer and no input skip.
 *
 * Source   Maharaj & Nair 2026; the first weights are the engine's, with frequencies of their own for each layer
 */
export function productNetwork(shape: LrnnShape): Contender {
  const { activation, frequencies, depth = 2, width = 2, hidden = 2, sharing = 'neuron' } = shape;
  const { functionVariance = 0.5, rateByFrequency = false } = shape;
  const make = (rank: number): LrnnSpec => {
    const layer = { rank, width, hidden, activation, sharing, projection: 'dense' } as const;
    return { kind: 'lrnn', ...ends(shape), layers: Array.from({ length: depth }, () => layer) };
  };
  const spec = shape.rank ? make(shape.rank) : largest(shape.parameters, make);
  return engineNetwork({
    name: `LRNN-${activation === 'spder' ? 'SPDER' : activation}`,
    spec,
    settings: { frequencies, functionVariance, rateByFrequency },
    start: (rng) => ({
      parameters: initialise(spec, rng, { frequencyScales: frequencies, functionVariance }),
      rateScale: parameterLayout(spec).tensors.map(({ name }) => {
        const layer = /^layer(\d+)\.omega$/.exec(name);
        return layer && rateByFrequency ? frequencies[Number(layer[1])] : 1;
      }),
    }),
  });
}

/** SIREN, or with `spder` in place of `sin` SPDER, which damps the wave: its networks begin as SIREN's do. */
export function sirenNetwork(
  shape: Shape & { readonly activation: 'sin' | 'spder'; readonly omega?: number; readonly firstOmega?: number },
): Contender {
  const { activation, omega = 30, firstOmega = omega } = shape;
  const spec = largest(shape.parameters, (width) => perceptron(shape, width, activation));
  return engineNetwork({
    name: activation === 'sin' ? 'SIREN' : 'SPDER',
    spec,
    settings: { omega, firstOmega },
    start: (rng) => sirenStart(spec, rng, firstOmega, omega),
  });
}

/** ReLU layers behind sines and cosines of the coordinates, octave by octave. */
export function encodedNetwork(shape: Shape & { readonly octaves: number }): Contender {
  const { octaves } = shape;
  const inputs = shape.inputs * (1 + 2 * octaves);
  const spec = largest(shape.parameters, (width) => perceptron({ ...shape, inputs }, width, 'relu'));
  return engineNetwork({
    name: 'ReLU-PE',
    spec,
    settings: { octaves },
    encode: (coordinates) => positionalEncoding(coordinates, octaves),
    start: (rng) => plainStart(spec, rng),
  });
}

/** An MLP of `activation` with the engine's first weights, for comparisons on low frequencies and tables. */
export function plainNetwork(shape: Shape & { readonly activation: Activation }): Contender {
  const spec = largest(shape.parameters, (width) => perceptron(shape, width, shape.activation));
  return engineNetwork({
    name: `MLP-${shape.activation}`,
    spec,
    settings: {},
    start: (rng) => plainStart(spec, rng),
  });
}

/** `settings`: what decides the first weights beside the spec. */
function engineNetwork(
  parts: Pick<Contender, 'name' | 'spec' | 'start' | 'settings'> & Partial<Pick<Contender, 'encode'>>,
): Contender {
  const { spec, start, settings, encode = (coordinates) => coordinates } = parts;
  return {
    ...parts,
    encode,
    size: parameterCount(spec),
    settings: { spec, start: settings },
    compile: (rng, batchSize) => {
      const { parameters, rateScale } = start(rng);
      const loss = { kind: 'mse', labelSmoothing: 0 } as const;
      const program = wasmEngine.compile(spec, { loss, batchSize, rateScale });
      program.setParameters(parameters);
      return program as Program & Learner;
    },
  };
}

function plainStart(spec: NetworkSpec, rng: Rng): Start {
  return { parameters: initialise(spec, rng), rateScale: parameterLayout(spec).tensors.map(() => 1) };
}

function ends({ inputs, outputs = 1 }: Shape): Pick<NetworkSpec, 'inputs' | 'outputs' | 'inputSkip' | 'frontScale'> {
  return { inputs, outputs, inputSkip: false, frontScale: false };
}

function perceptron(shape: Shape, width: number, activation: Activation): MlpSpec {
  const layers = Array.from({ length: shape.depth ?? 3 }, () => ({ width, activation }));
  return { kind: 'mlp', ...ends(shape), layers };
}

/** The network of the largest size with at most so many parameters; of size 1 where even that has more. */
function largest<S extends NetworkSpec>(parameters: number, make: (size: number) => S): S {
  let size = 1;
  while (parameterCount(make(size + 1)) <= parameters) size++;
  return make(size);
}

/**
 * SIREN's first weights, with omega_0 multiplied into weights and biases, whose learning rates it multiplies, too: Adam's steps do
 * not know the scale of a gradient, so that training is the same as with omega_0 outside.
 *
 * Source   Sitzmann et al. 2020, section 3.2 and its supplement (first layer U(-1/n, 1/n), others U(-sqrt(6/n)/omega_0, ...))
 */
function sirenStart(spec: NetworkSpec, rng: Rng, firstOmega: number, omega: number): Start {
  const { tensors, size } = parameterLayout(spec);
  const parameters = new Float32Array(size);
  const rateScale: number[] = [];
  for (const { name, offset, size: count } of tensors) {
    const layer = name.startsWith('out') ? spec.layers.length : Number(/\d+/.exec(name)![0]);
    const inputs = layerInputs(spec, layer);
    const factor = layer === spec.layers.length ? 1 : layer === 0 ? firstOmega : omega;
    const reach = layer === 0 ? 1 / inputs : Math.sqrt(6 / inputs) / omega;
    const bound = factor * (name.endsWith('.b') ? 1 / Math.sqrt(inputs) : reach);
    for (let i = offset; i < offset + count; i++) parameters[i] = bound * (2 * rng.uniform() - 1);
    rateScale.push(factor);
  }
  return { parameters, rateScale };
}

/** [x, sin(2^k pi x), cos(2^k pi x)] of every coordinate for k = 0 .. octaves - 1. */
export function positionalEncoding(coordinates: Matrix, octaves: number): Matrix {
  const { rows, cols, data } = coordinates;
  const out = createMatrix(rows, cols * (1 + 2 * octaves));
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < cols; j++) {
      const x = data[row * cols + j];
      let at = row * out.cols + j * (1 + 2 * octaves);
      out.data[at++] = x;
      for (let k = 0; k < octaves; k++) {
        out.data[at++] = Math.sin(2 ** k * Math.PI * x);
        out.data[at++] = Math.cos(2 ** k * Math.PI * x);
      }
    }
  }
  return out;
}
