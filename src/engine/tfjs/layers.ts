/** @file The layers in TensorFlow.js operations, for all lanes at once; the way back is its autograd. */

import type { Activation, BasisSpec, DenseLayerSpec, ProductLayerSpec } from '../spec.js';
import { denseInputs, factorCount } from '../spec.js';
import type { Tensor, Tf } from './vendor.js';

/** One layer's parameters by name, each [lanes x size]. */
export type LayerTensors = Readonly<Record<string, Tensor>>;

const LAYER_NORM_EPSILON = 1e-5;

/** z = h W + b. Shapes  h [lanes x n x inputs]; returns [lanes x n x outputs] */
export function affine(tf: Tf, h: Tensor, { W, b }: LayerTensors): Tensor {
  const [lanes, , inputs] = h.shape;
  const outputs = b.size / lanes;
  return tf.add(tf.matMul(h, tf.reshape(W, [lanes, inputs, outputs])), tf.reshape(b, [lanes, 1, outputs]));
}

/** act(h W + b), of functions of h where the layer has a basis. */
export function denseLayer(tf: Tf, h: Tensor, { activation, basis }: DenseLayerSpec, p: LayerTensors): Tensor {
  return activate(tf, affine(tf, basis ? basisUnits(tf, h, basis, p) : h, p), activation);
}

/** act(omega h + beta), `hidden` units of every column side by side. */
function basisUnits(tf: Tf, h: Tensor, basis: BasisSpec, { omega, beta }: LayerTensors): Tensor {
  const [lanes, n, inputs] = h.shape;
  const shape = [lanes, 1, inputs, basis.hidden];
  const scaled = tf.mul(tf.reshape(h, [lanes, n, inputs, 1]), tf.reshape(omega, shape));
  const units = activate(tf, tf.add(scaled, tf.reshape(beta, shape)), basis.activation);
  return tf.reshape(units, [lanes, n, denseInputs(basis, inputs)]);
}

export function activate(tf: Tf, u: Tensor, activation: Activation): Tensor {
  switch (activation) {
    case 'sin':
      return tf.sin(u);
    case 'tanh':
      return tf.tanh(u);
    case 'silu':
      return tf.mul(u, tf.sigmoid(u));
    case 'relu':
      return tf.relu(u);
    case 'spder':
      return spder(tf, u);
  }
}

/** sin(u) sqrt(|u|); its slope at 0 is 0, where autograd would multiply 0 by infinity. */
function spder(tf: Tf, input: Tensor): Tensor {
  const operation = tf.customGrad((x, save) => {
    const u = x as Tensor;
    (save as (tensors: Tensor[]) => void)([u]);
    return { value: tf.mul(tf.sin(u), tf.sqrt(tf.abs(u))), gradFunc: (dy, saved) => spderBackward(tf, dy, saved[0]) };
  });
  return operation(input);
}

function spderBackward(tf: Tf, dy: Tensor, u: Tensor): Tensor {
  const root = tf.sqrt(tf.abs(u));
  const inner = tf.div(tf.mul(tf.sin(u), tf.sign(u)), tf.mul(2, tf.maximum(root, 1e-30)));
  return tf.mul(dy, tf.add(tf.mul(tf.cos(u), root), inner));
}

/** One product layer: projection, univariate functions, product, LayerNorm; returns [lanes x n x rank]. */
export function productLayer(tf: Tf, h: Tensor, layer: ProductLayerSpec, p: LayerTensors): Tensor {
  const [lanes, n, inputs] = h.shape;
  const { rank, hidden, sharing } = layer;
  const factors = factorCount(layer, inputs);
  const isDense = layer.projection === 'dense';
  const z = isDense
    ? tf.reshape(affine(tf, h, p), [lanes, n, rank, factors, 1])
    : tf.reshape(h, [lanes, n, 1, factors, 1]);
  const basis = [lanes, 1, sharing === 'neuron' ? rank : 1, factors, hidden];
  const mixed = sharing === 'layer' ? 1 : rank;
  const u = tf.add(tf.mul(z, tf.reshape(p.omega, basis)), tf.reshape(p.beta, basis));
  const terms = tf.mul(activate(tf, u, layer.activation), tf.reshape(p.a, [lanes, 1, mixed, factors, hidden]));
  const g = tf.add(tf.sum(terms, -1), tf.reshape(p.c, [lanes, 1, mixed, factors]));
  const phi = tf.prod(tf.add(tf.mul(g, factors ** -0.5), 1), -1);
  // Neurons that share everything on the same columns are equal; written out, so that the shapes are those of the others.
  const full = phi.shape[2] === rank ? phi : tf.add(phi, tf.zeros([lanes, n, rank]));
  return layerNorm(tf, full, p);
}

/** Each row to mean 0 and variance 1 (biased), then scaled and shifted. */
export function layerNorm(tf: Tf, phi: Tensor, { scale, shift }: LayerTensors): Tensor {
  const [lanes, , rank] = phi.shape;
  const centred = tf.sub(phi, tf.mean(phi, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, LAYER_NORM_EPSILON)));
  const row = [lanes, 1, rank];
  return tf.add(tf.mul(normal, tf.reshape(scale, row)), tf.reshape(shift, row));
}
