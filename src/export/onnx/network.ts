/** @file Networks as nodes, float32: the formulas of engine/reference-layers, a row at a time or a million. */

import type { Activation, BasisSpec, DenseLayerSpec, NetworkSpec, ProductLayerSpec } from '../../engine/index.js';
import { denseInputs, factorCount, isProductLayer, layerInputs } from '../../engine/index.js';
import type { Graph, Value } from './graph.js';

type Tensors = Readonly<Record<string, Float32Array>>;

/** Raw outputs, float [rows x k], of a network on a prepared matrix. */
export function networkOutputs(g: Graph, x: Value, spec: NetworkSpec, tensors: Tensors): Value {
  const seen = spec.frontScale ? g.node('Mul', [x, g.float(tensors['front.scale'], [1, spec.inputs])]) : x;
  const withSkip = (h: Value): Value => (spec.inputSkip ? g.node('Concat', [h, seen], { axis: 1 }) : h);
  let h = seen;
  spec.layers.forEach((layer, i) => {
    const inputs = layerInputs(spec, i);
    const own = tensorsOf(tensors, `layer${i}.`);
    const input = i === 0 ? h : withSkip(h);
    h = isProductLayer(layer)
      ? productLayer(g, input, layer, { ...own, inputs })
      : denseLayer(g, input, layer, { ...own, inputs });
  });
  const last = layerInputs(spec, spec.layers.length);
  return affine(g, withSkip(h), tensorsOf(tensors, 'out.'), last);
}

function tensorsOf(tensors: Tensors, prefix: string): { tensors: Tensors } {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return { tensors: Object.fromEntries(own.map(([name, data]) => [name.slice(prefix.length), data])) };
}

/** h W + b. */
function affine(g: Graph, h: Value, { tensors: { W, b } }: { tensors: Tensors }, inputs: number): Value {
  return g.node('Gemm', [h, g.float(W, [inputs, b.length]), g.float(b)]);
}

/** act(h W + b), of functions of h where the layer has a basis. */
function denseLayer(g: Graph, h: Value, layer: DenseLayerSpec, { tensors, inputs }: ProductInput): Value {
  const { basis, activation } = layer;
  if (!basis) return activate(g, affine(g, h, { tensors }, inputs), activation);
  const z = g.node('Reshape', [h, g.int64([0, inputs, 1])]);
  const units = univariate(g, z, basis, tensors, [inputs, basis.hidden]);
  const wide = denseInputs(basis, inputs);
  const flat = g.node('Reshape', [units, g.int64([0, wide])]);
  return activate(g, affine(g, flat, { tensors }, wide), activation);
}

function activate(g: Graph, z: Value, activation: Activation): Value {
  switch (activation) {
    case 'sin':
      return g.node('Sin', [z]);
    case 'tanh':
      return g.node('Tanh', [z]);
    case 'relu':
      return g.node('Relu', [z]);
    case 'silu':
      return g.node('Mul', [z, g.node('Sigmoid', [z])]);
    case 'spder':
      return g.node('Mul', [g.node('Sin', [z]), g.node('Sqrt', [g.node('Abs', [z])])]);
  }
}

interface ProductInput {
  readonly tensors: Tensors;
  readonly inputs: number;
}

/** Projection, univariate functions, product, LayerNorm. */
function productLayer(g: Graph, h: Value, layer: ProductLayerSpec, { tensors, inputs }: ProductInput): Value {
  const factors = factorCount(layer, inputs);
  const isShared = layer.projection === 'axis' && layer.sharing !== 'neuron';
  const products = isShared
    ? sharedProducts(g, h, layer, tensors, factors)
    : ownProducts(g, projected(g, h, layer, tensors, inputs), layer, tensors, factors);
  const norm = [products, g.float(tensors.scale), g.float(tensors.shift)];
  return g.node('LayerNormalization', norm, { axis: -1, epsilon: { float: 1e-5 } });
}

/** z as [rows x rank x factors x 1], or [rows x 1 x factors x 1] where all neurons see the columns themselves. */
function projected(g: Graph, h: Value, layer: ProductLayerSpec, tensors: Tensors, inputs: number): Value {
  const isDense = layer.projection === 'dense';
  const z = isDense ? affine(g, h, { tensors }, inputs) : h;
  const shape = isDense ? [0, layer.rank, layer.width, 1] : [0, 1, inputs, 1];
  return g.node('Reshape', [z, g.int64(shape)]);
}

/** Every neuron sees another z: units [rows x rank x factors x hidden], mixed and multiplied. */
function ownProducts(g: Graph, z: Value, layer: ProductLayerSpec, tensors: Tensors, factors: number): Value {
  const { rank, hidden, sharing } = layer;
  const basis = sharing === 'neuron' ? [rank, factors, hidden] : [1, factors, hidden];
  const mixed = sharing === 'layer' ? [1, factors] : [rank, factors];
  const units = univariate(g, z, layer, tensors, basis);
  const weighed = g.node('Mul', [units, g.float(tensors.a, [...mixed, hidden])]);
  const summed = g.node('ReduceSum', [weighed, g.int64([-1])], { keepdims: 0 });
  const product = multiplied(g, summed, g.float(tensors.c, mixed), factors, 2);
  // An axis layer that shares everything has one product for all neurons.
  return layer.projection === 'axis' && sharing === 'layer' ? g.node('Expand', [product, g.int64([1, rank])]) : product;
}

/** All neurons see the same units: one small matrix product per column mixes them, without [rows x rank x factors x hidden]. */
function sharedProducts(g: Graph, h: Value, layer: ProductLayerSpec, tensors: Tensors, factors: number): Value {
  const { rank, hidden, sharing } = layer;
  const z = g.node('Reshape', [g.node('Transpose', [h], { perm: [1, 0] }), g.int64([factors, -1, 1])]);
  const units = univariate(g, z, layer, tensors, [factors, 1, hidden]);
  const neurons = sharing === 'layer' ? 1 : rank;
  const mixing = g.float(transposed(tensors.a, neurons, factors, hidden), [factors, hidden, neurons]);
  const constants = g.float(transposed(tensors.c, neurons, factors, 1), [factors, 1, neurons]);
  const product = multiplied(g, g.node('MatMul', [units, mixing]), constants, factors, 0);
  return neurons === rank ? product : g.node('Expand', [product, g.int64([1, rank])]);
}

/** act(omega z + beta). */
function univariate(g: Graph, z: Value, layer: BasisSpec, tensors: Tensors, shape: readonly number[]): Value {
  const scaled = g.node('Mul', [z, g.float(tensors.omega, shape)]);
  return activate(g, g.node('Add', [scaled, g.float(tensors.beta, shape)]), layer.activation);
}

/** The product over `axis` of 1 + gamma (sum + c), gamma = factors^(-1/2). */
function multiplied(g: Graph, sums: Value, c: Value, factors: number, axis: number): Value {
  const function_ = g.node('Add', [sums, c]);
  const scaled = g.node('Mul', [function_, g.float([1 / Math.sqrt(factors)])]);
  const factor = g.node('Add', [scaled, g.float([1])]);
  return g.node('ReduceProd', [factor, g.int64([axis])], { keepdims: 0 });
}

/** [neurons x factors x hidden] as [factors x hidden x neurons]. */
function transposed(from: Float32Array, neurons: number, factors: number, hidden: number): Float32Array {
  const to = new Float32Array(from.length);
  for (let l = 0; l < neurons; l++) {
    for (let i = 0; i < factors * hidden; i++) to[i * neurons + l] = from[l * factors * hidden + i];
  }
  return to;
}
