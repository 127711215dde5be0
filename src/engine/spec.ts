/** @file A network as JSON, and where each of its parameters lies in the flat block. */

import { check, ToolkitError } from '../core/index.js';

export const ACTIVATIONS = ['sin', 'spder', 'tanh', 'silu', 'relu'] as const;
export type Activation = (typeof ACTIVATIONS)[number];
export type Projection = 'dense' | 'axis';
export type Sharing = 'neuron' | 'basis' | 'layer';

/** One product layer; `width` is ignored for projection 'axis' (it is the number of inputs there). */
export interface ProductLayerSpec {
  readonly rank: number;
  readonly width: number;
  readonly hidden: number;
  readonly activation: Activation;
  readonly projection: Projection;
  readonly sharing: Sharing;
}

/** Functions of one column: act(omega[m] x + beta[m]), `hidden` of them. */
export interface BasisSpec {
  readonly hidden: number;
  readonly activation: Activation;
}

/** One layer of an MLP. */
export interface DenseLayerSpec {
  readonly width: number;
  readonly activation: Activation;
  /** Where given, the layer sees these functions of each of its inputs instead of the inputs: an embedding of numbers. */
  readonly basis?: BasisSpec;
}

interface CommonSpec {
  /** d, columns of X. */
  readonly inputs: number;
  /** k, columns of the output: 1 for regression and binary, else the number of classes. */
  readonly outputs: number;
  /** Every layer after the first, and the output, sees [h, x] instead of h. */
  readonly inputSkip: boolean;
  /** A learned factor per column in front of everything (also of what the skip carries), starting at 1. */
  readonly frontScale: boolean;
}

export interface LrnnSpec extends CommonSpec {
  readonly kind: 'lrnn';
  readonly layers: readonly ProductLayerSpec[];
}

export interface MlpSpec extends CommonSpec {
  readonly kind: 'mlp';
  readonly layers: readonly DenseLayerSpec[];
}

export type NetworkSpec = LrnnSpec | MlpSpec;

/** One named tensor of the flat parameter block: elements [offset, offset + size), row-major. */
export interface ParameterTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** The same for every engine: a model trained on one predicts on any other. */
export interface ParameterLayout {
  readonly tensors: readonly ParameterTensor[];
  readonly size: number;
}

/** The number of columns layer `index` sees; index = layers.length asks for the output. */
export function layerInputs(spec: NetworkSpec, index: number): number {
  if (index === 0) return spec.inputs;
  return layerOutputs(spec, index - 1) + (spec.inputSkip ? spec.inputs : 0);
}

/** The number of columns layer `index` makes: a product layer's rank, a dense layer's width. */
export function layerOutputs(spec: NetworkSpec, index: number): number {
  return spec.kind === 'lrnn' ? spec.layers[index].rank : spec.layers[index].width;
}

export function isProductLayer(layer: ProductLayerSpec | DenseLayerSpec): layer is ProductLayerSpec {
  return 'rank' in layer;
}

/** Factors in each neuron's product: `width`, or the number of inputs of an axis layer. */
export function factorCount(layer: ProductLayerSpec, inputs: number): number {
  return layer.projection === 'dense' ? layer.width : inputs;
}

/**
 * Where every parameter lies in the flat block.
 *
 * The order is `front.scale`, then W, b, omega, beta, a, c, scale, shift of every layer (axis layers have no W and b,
 * dense layers nothing else, but omega and beta before them where they have a basis), then `out.W`, `out.b`. Tensors follow
 * each other without gaps.
 */
export function parameterLayout(spec: NetworkSpec): ParameterLayout {
  const tensors: ParameterTensor[] = [];
  let offset = 0;
  const add = (name: string, ...shape: number[]): void => {
    const size = shape.reduce((product, n) => product * n, 1);
    tensors.push({ name, shape, offset, size });
    offset += size;
  };
  if (spec.frontScale) add('front.scale', spec.inputs);
  spec.layers.forEach((layer, i) => {
    for (const [name, shape] of layerTensors(layer, layerInputs(spec, i))) add(`layer${i}.${name}`, ...shape);
  });
  add('out.W', layerInputs(spec, spec.layers.length), spec.outputs);
  add('out.b', spec.outputs);
  return { tensors, size: offset };
}

function layerTensors(layer: ProductLayerSpec | DenseLayerSpec, inputs: number): [string, number[]][] {
  if (!isProductLayer(layer)) return denseTensors(layer, inputs);
  const { rank, hidden, sharing } = layer;
  const factors = factorCount(layer, inputs);
  const neurons = (shared: boolean): number[] => (shared ? [] : [rank]);
  const basis = [...neurons(sharing !== 'neuron'), factors, hidden];
  const mixed = [...neurons(sharing === 'layer'), factors];
  const projection: [string, number[]][] = [
    ['W', [inputs, rank * factors]],
    ['b', [rank * factors]],
  ];
  return [
    ...(layer.projection === 'dense' ? projection : []),
    ['omega', basis],
    ['beta', basis],
    ['a', [...mixed, hidden]],
    ['c', mixed],
    ['scale', [rank]],
    ['shift', [rank]],
  ];
}

function denseTensors({ width, basis }: DenseLayerSpec, inputs: number): [string, number[]][] {
  const own: [string, number[]][] = basis
    ? [
        ['omega', [inputs, basis.hidden]],
        ['beta', [inputs, basis.hidden]],
      ]
    : [];
  return [...own, ['W', [denseInputs(basis, inputs), width]], ['b', [width]]];
}

/** Columns that the matrix of a dense layer with `inputs` columns mixes. */
export function denseInputs(basis: BasisSpec | undefined, inputs: number): number {
  return inputs * (basis?.hidden ?? 1);
}

/** How many numbers a network learns. */
export function parameterCount(spec: NetworkSpec): number {
  return parameterLayout(spec).size;
}

/**
 * Refuses a network that cannot be built.
 *
 * Throws   usage: a size that is not a positive integer, an unknown word; limit: more than 2^27 parameters
 */
export function checkSpec(spec: NetworkSpec): void {
  checkSize(spec.inputs, 'inputs');
  checkSize(spec.outputs, 'outputs');
  checkWord(spec.kind, ['lrnn', 'mlp'], 'kind');
  check(spec.layers.length >= 1, WHERE, 'layers must not be empty', spec.layers.length);
  if (spec.kind === 'lrnn') spec.layers.forEach((layer, i) => checkProductLayer(layer, `layers[${i}]`));
  else spec.layers.forEach((layer, i) => checkDenseLayer(layer, `layers[${i}]`));
  const size = parameterCount(spec);
  if (size > MAX_PARAMETERS) {
    const rule = `a network must have at most ${MAX_PARAMETERS} parameters`;
    throw new ToolkitError('limit', { where: WHERE, rule, got: size, hint: 'Lower rank, width or hidden.' });
  }
}

const WHERE = 'network';
/** Weights, gradients and two moments of this many float32 take 2 GiB, which a 32-bit address space still holds. */
const MAX_PARAMETERS = 2 ** 27;

function checkProductLayer(layer: ProductLayerSpec, name: string): void {
  checkSize(layer.rank, `${name}.rank`);
  checkSize(layer.hidden, `${name}.hidden`);
  checkWord(layer.projection, ['dense', 'axis'], `${name}.projection`);
  if (layer.projection === 'dense') checkSize(layer.width, `${name}.width`);
  checkWord(layer.activation, ACTIVATIONS, `${name}.activation`);
  checkWord(layer.sharing, ['neuron', 'basis', 'layer'], `${name}.sharing`);
}

function checkDenseLayer(layer: DenseLayerSpec, name: string): void {
  checkSize(layer.width, `${name}.width`);
  checkWord(layer.activation, ACTIVATIONS, `${name}.activation`);
  if (!layer.basis) return;
  checkSize(layer.basis.hidden, `${name}.basis.hidden`);
  checkWord(layer.basis.activation, ACTIVATIONS, `${name}.basis.activation`);
}

function checkSize(value: number, name: string): void {
  check(Number.isInteger(value) && value >= 1, WHERE, `${name} must be a positive integer`, value);
}

function checkWord(value: string, words: readonly string[], name: string): void {
  check(words.includes(value), WHERE, `${name} must be one of ${words.join(', ')}`, value);
}
