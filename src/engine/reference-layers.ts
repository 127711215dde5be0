/** @file Every layer of a network in scalar float64, forward and backward: to be read beside the formulas, not to be fast. */

import { FUNCTIONS } from './activations.js';
import type { Activation, BasisSpec, ProductLayerSpec } from './spec.js';
import { factorCount } from './spec.js';

/** The parameters of one layer and, in the same shapes, where its gradients are added; keyed by 'W', 'b', 'omega' ... */
export type Tensors = Readonly<Record<string, Float64Array>>;

/** n rows of `cols` numbers, row-major. */
export interface Table {
  readonly n: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/** A layer's output and the way back: given dLoss/dOutput it adds to `gradients` and returns dLoss/dInput. */
export interface LayerResult {
  readonly output: Table;
  backward(outputGradient: Table, gradients: Tensors): Table;
}

export const LAYER_NORM_EPSILON = 1e-5;

export function table(n: number, cols: number): Table {
  return { n, cols, data: new Float64Array(n * cols) };
}

/** z = h W + b. */
export function affine(h: Table, p: Tensors): LayerResult {
  const cols = p.b.length;
  const output = table(h.n, cols);
  for (let t = 0; t < h.n; t++) {
    for (let o = 0; o < cols; o++) {
      let z = p.b[o];
      for (let i = 0; i < h.cols; i++) z += h.data[t * h.cols + i] * p.W[i * cols + o];
      output.data[t * cols + o] = z;
    }
  }
  return { output, backward: (dz, grads) => affineBackward(h, p, dz, grads) };
}

function affineBackward(h: Table, p: Tensors, dz: Table, grads: Tensors): Table {
  const dh = table(h.n, h.cols);
  for (let t = 0; t < h.n; t++) {
    for (let o = 0; o < dz.cols; o++) {
      const g = dz.data[t * dz.cols + o];
      grads.b[o] += g;
      for (let i = 0; i < h.cols; i++) {
        grads.W[i * dz.cols + o] += h.data[t * h.cols + i] * g;
        dh.data[t * h.cols + i] += p.W[i * dz.cols + o] * g;
      }
    }
  }
  return dh;
}

/** act(z), element by element. */
export function activate(z: Table, activation: Activation): LayerResult {
  const { value, slope } = FUNCTIONS[activation];
  return {
    output: { ...z, data: z.data.map(value) },
    backward: (dy) => ({ ...dy, data: dy.data.map((g, i) => g * slope(z.data[i])) }),
  };
}

/** U[j, m] = act(omega[j, m] h[j] + beta[j, m]), column by column. */
export function basisLayer(h: Table, { hidden, activation }: BasisSpec, p: Tensors): LayerResult {
  const { value, slope } = FUNCTIONS[activation];
  const output = table(h.n, h.cols * hidden);
  const units = h.cols * hidden;
  const input = (index: number): number => Math.floor(index / units) * h.cols + Math.floor((index % units) / hidden);
  const inner = (index: number): number => p.omega[index % units] * h.data[input(index)] + p.beta[index % units];
  output.data.forEach((_, index) => (output.data[index] = value(inner(index))));
  const backward = (dU: Table, grads: Tensors): Table => {
    const dh = table(h.n, h.cols);
    dU.data.forEach((g, index) => {
      const du = g * slope(inner(index));
      grads.omega[index % units] += du * h.data[input(index)];
      grads.beta[index % units] += du;
      dh.data[input(index)] += du * p.omega[index % units];
    });
    return dh;
  };
  return { output, backward };
}

/** One product layer: projection, univariate functions, product, LayerNorm. */
export function productLayer(h: Table, layer: ProductLayerSpec, p: Tensors): LayerResult {
  const factors = factorCount(layer, h.cols);
  const projection = layer.projection === 'dense' ? affine(h, p) : repeat(h, layer.rank);
  const product = products(projection.output, { ...layer, width: factors }, p);
  const norm = layerNorm(product.output, p);
  return {
    output: norm.output,
    backward: (dy, grads) => projection.backward(product.backward(norm.backward(dy, grads), grads), grads),
  };
}

/** The axis projection: every neuron sees every column, z[l, j] = h[j]. */
function repeat(h: Table, rank: number): LayerResult {
  const output = table(h.n, rank * h.cols);
  const source = (index: number): number => Math.floor(index / output.cols) * h.cols + (index % h.cols);
  output.data.forEach((_, index) => (output.data[index] = h.data[source(index)]));
  const backward = (dz: Table): Table => {
    const dh = table(h.n, h.cols);
    dz.data.forEach((g, index) => (dh.data[source(index)] += g));
    return dh;
  };
  return { output, backward };
}

/** phi[l] = prod_j (1 + gamma g[l, j](z[l, j])), gamma = D^(-1/2); here `width` is D for either projection. */
function products(z: Table, layer: ProductLayerSpec, p: Tensors): LayerResult {
  const { rank, width } = layer;
  const factor = table(z.n, z.cols);
  const output = table(z.n, rank);
  for (let t = 0; t < z.n; t++) {
    for (let l = 0; l < rank; l++) {
      let phi = 1;
      for (let j = 0; j < width; j++) {
        const at = t * z.cols + l * width + j;
        factor.data[at] = 1 + univariate(z.data[at], layer, p, [l, j]) / Math.sqrt(width);
        phi *= factor.data[at];
      }
      output.data[t * rank + l] = phi;
    }
  }
  return { output, backward: (dphi, grads) => productsBackward(z, factor, layer, { p, dphi, grads }) };
}

/** g(z) = c + sum_m a[m] act(omega[m] z + beta[m]) of neuron l and factor j. */
function univariate(z: number, layer: ProductLayerSpec, p: Tensors, [l, j]: readonly [number, number]): number {
  const { value } = FUNCTIONS[layer.activation];
  const at = parameterIndex(layer, l, j);
  let g = p.c[at.mix];
  for (let m = 0; m < layer.hidden; m++) {
    const unit = at.basis * layer.hidden + m;
    g += p.a[at.mix * layer.hidden + m] * value(p.omega[unit] * z + p.beta[unit]);
  }
  return g;
}

/** Which (neuron, factor) slice of omega and beta (`basis`) and of a and c (`mix`) neuron l, factor j uses. */
export function parameterIndex(layer: ProductLayerSpec, l: number, j: number): { basis: number; mix: number } {
  const own = l * layer.width + j;
  return { basis: layer.sharing === 'neuron' ? own : j, mix: layer.sharing === 'layer' ? j : own };
}

interface ProductGradients {
  readonly p: Tensors;
  readonly dphi: Table;
  readonly grads: Tensors;
}

function productsBackward(
  z: Table,
  factor: Table,
  layer: ProductLayerSpec,
  { p, dphi, grads }: ProductGradients,
): Table {
  const { rank, width } = layer;
  const dz = table(z.n, z.cols);
  for (let t = 0; t < z.n; t++) {
    for (let l = 0; l < rank; l++) {
      for (let j = 0; j < width; j++) {
        const at = t * z.cols + l * width + j;
        let others = 1;
        for (let i = 0; i < width; i++) if (i !== j) others *= factor.data[t * z.cols + l * width + i];
        const dg = (dphi.data[t * rank + l] * others) / Math.sqrt(width);
        dz.data[at] = univariateBackward(z.data[at], dg, parameterIndex(layer, l, j), { layer, p, grads });
      }
    }
  }
  return dz;
}

interface UnivariateContext {
  readonly layer: ProductLayerSpec;
  readonly p: Tensors;
  readonly grads: Tensors;
}

function univariateBackward(
  z: number,
  dg: number,
  at: { basis: number; mix: number },
  { layer, p, grads }: UnivariateContext,
): number {
  const { value, slope } = FUNCTIONS[layer.activation];
  grads.c[at.mix] += dg;
  let dz = 0;
  for (let m = 0; m < layer.hidden; m++) {
    const unit = at.basis * layer.hidden + m;
    const mix = at.mix * layer.hidden + m;
    const u = p.omega[unit] * z + p.beta[unit];
    const du = dg * p.a[mix] * slope(u);
    grads.a[mix] += dg * value(u);
    grads.omega[unit] += du * z;
    grads.beta[unit] += du;
    dz += du * p.omega[unit];
  }
  return dz;
}

/** Each row to mean 0 and variance 1 (biased), then scaled and shifted. */
function layerNorm(phi: Table, p: Tensors): LayerResult {
  const { n, cols } = phi;
  const normal = table(n, cols);
  const output = table(n, cols);
  const deviation = new Float64Array(n);
  for (let t = 0; t < n; t++) {
    const row = phi.data.subarray(t * cols, (t + 1) * cols);
    const mean = row.reduce((sum, v) => sum + v, 0) / cols;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / cols;
    deviation[t] = Math.sqrt(variance + LAYER_NORM_EPSILON);
    row.forEach((v, l) => {
      const x = (v - mean) / deviation[t];
      normal.data[t * cols + l] = x;
      output.data[t * cols + l] = x * p.scale[l] + p.shift[l];
    });
  }
  return { output, backward: (dy, grads) => layerNormBackward(normal, deviation, dy, { p, grads }) };
}

function layerNormBackward(
  normal: Table,
  deviation: Float64Array,
  dy: Table,
  { p, grads }: { p: Tensors; grads: Tensors },
): Table {
  const { n, cols } = normal;
  const dphi = table(n, cols);
  for (let t = 0; t < n; t++) {
    let sum = 0;
    let sumNormal = 0;
    for (let l = 0; l < cols; l++) {
      const g = dy.data[t * cols + l];
      const x = normal.data[t * cols + l];
      grads.scale[l] += g * x;
      grads.shift[l] += g;
      sum += g * p.scale[l];
      sumNormal += g * p.scale[l] * x;
    }
    for (let l = 0; l < cols; l++) {
      const g = dy.data[t * cols + l] * p.scale[l];
      dphi.data[t * cols + l] = (g - sum / cols - (normal.data[t * cols + l] * sumNormal) / cols) / deviation[t];
    }
  }
  return dphi;
}

/** Multiplies by a fixed mask (0, or 1 / (1 - p)). */
export function masked(h: Table, mask: (row: number, unit: number) => number): LayerResult {
  const apply = (from: Table): Table => ({
    ...from,
    data: from.data.map((v, i) => v * mask(Math.floor(i / from.cols), i % from.cols)),
  });
  return { output: apply(h), backward: apply };
}

/** [h, x] side by side. */
export function concatenate(h: Table, x: Table): Table {
  const out = table(h.n, h.cols + x.cols);
  for (let t = 0; t < h.n; t++) {
    out.data.set(h.data.subarray(t * h.cols, (t + 1) * h.cols), t * out.cols);
    out.data.set(x.data.subarray(t * x.cols, (t + 1) * x.cols), t * out.cols + h.cols);
  }
  return out;
}
