/** @file Every layer of a network on jets, forward and backward: the formulas of the reference's layers, with derivatives by inputs. */

import { FUNCTIONS } from './activations.js';
import type { Jets, Taylor } from './jets.js';
import { add, compose, composeBackward, inner, jets, multiply, multiplyBackward, parts } from './jets.js';
import type { Tensors } from './reference-layers.js';
import { LAYER_NORM_EPSILON, parameterIndex } from './reference-layers.js';
import type { Activation, BasisSpec, ProductLayerSpec } from './spec.js';
import { factorCount } from './spec.js';

/** n rows of `cols` jets, row-major in each of their parts: part after part, so that linear maps see (1 + 2 count) n plain rows. */
export interface JetTable extends Jets {
  readonly n: number;
  readonly cols: number;
}

/** A layer's output and the way back: given dLoss/dOutput, which it may overwrite, it adds to `gradients` and returns dLoss/dInput. */
export interface JetLayer {
  readonly output: JetTable;
  backward(outputGradient: JetTable, gradients: Tensors): JetTable;
}

export function jetTable(n: number, cols: number, count: number): JetTable {
  return { n, cols, ...jets(n * cols, count) };
}

export function chained(first: JetLayer, next: (h: JetTable) => JetLayer): JetLayer {
  const second = next(first.output);
  return { output: second.output, backward: (dy, grads) => first.backward(second.backward(dy, grads), grads) };
}

/** z = h W + b; derivatives have no b. */
export function affineJets(h: JetTable, p: Tensors): JetLayer {
  const { W, b } = p;
  const cols = b.length;
  const output = jetTable(h.n, cols, h.count);
  const out = output.data;
  const rows = h.n * parts(h.count);
  for (let t = 0; t < rows; t++) {
    if (t < h.n) out.set(b, t * cols);
    for (let i = 0; i < h.cols; i++) {
      const value = h.data[t * h.cols + i];
      for (let o = t * cols, w = i * cols; o < (t + 1) * cols; o++, w++) out[o] += value * W[w];
    }
  }
  return { output, backward: (dz, grads) => affineBackward(h, p, dz, grads) };
}

function affineBackward(h: JetTable, p: Tensors, dz: JetTable, grads: Tensors): JetTable {
  const dh = jetTable(h.n, h.cols, h.count);
  const { cols, data } = dz;
  const rows = h.n * parts(h.count);
  const [W, dW] = [p.W, grads.W];
  for (let t = 0; t < rows; t++) {
    if (t < h.n) for (let o = 0; o < cols; o++) grads.b[o] += data[t * cols + o];
    for (let i = 0; i < h.cols; i++) {
      const value = h.data[t * h.cols + i];
      let sum = 0;
      for (let o = t * cols, w = i * cols; o < (t + 1) * cols; o++, w++) {
        dW[w] += value * data[o];
        sum += W[w] * data[o];
      }
      dh.data[t * h.cols + i] = sum;
    }
  }
  return dh;
}

/** act(z), element by element. */
export function activateJets(z: JetTable, activation: Activation): JetLayer {
  const output = jetTable(z.n, z.cols, z.count);
  const f = new Float64Array(4 * z.stride);
  for (let i = 0; i < z.stride; i++) compose(output, i, taylorAt(activation, z.data[i], f, 4 * i), z, i);
  return {
    output,
    backward: (dy) => {
      for (let i = 0; i < z.stride; i++) composeBackward(dy, i, { f, at: 4 * i }, z, i);
      return dy;
    },
  };
}

function taylorAt(activation: Activation, u: number, f: Float64Array, at: number): Taylor {
  FUNCTIONS[activation].taylor(u, f, at);
  return { f, at };
}

/** Which column of the input each unit of a row sees, and with which omega and beta. */
interface Wiring {
  readonly input: Uint32Array;
  readonly parameter: Uint32Array;
}

function wire(units: number, input: (unit: number) => number, parameter: (unit: number) => number): Wiring {
  const each = (at: (unit: number) => number): Uint32Array =>
    Uint32Array.from({ length: units }, (_, unit) => at(unit));
  return { input: each(input), parameter: each(parameter) };
}

/** act(omega u + beta), unit by unit. */
function unitJets(h: JetTable, activation: Activation, { input, parameter }: Wiring, p: Tensors): JetLayer {
  const units = input.length;
  const angles = jetTable(h.n, units, h.count);
  for (let t = 0, at = 0; t < h.n; t++) {
    for (let unit = 0; unit < units; unit++, at++) {
      const own = parameter[unit];
      add(angles, at, h, t * h.cols + input[unit], p.omega[own]);
      angles.data[at] += p.beta[own];
    }
  }
  const activated = activateJets(angles, activation);
  const backward = (dy: JetTable, grads: Tensors): JetTable => {
    const du = activated.backward(dy, grads);
    const dh = jetTable(h.n, h.cols, h.count);
    for (let t = 0, at = 0; t < h.n; t++) {
      for (let unit = 0; unit < units; unit++, at++) {
        const own = parameter[unit];
        const from = t * h.cols + input[unit];
        grads.omega[own] += inner(du, at, h, from);
        grads.beta[own] += du.data[at];
        add(dh, from, du, at, p.omega[own]);
      }
    }
    return dh;
  };
  return { output: activated.output, backward };
}

/** U[j, m] = act(omega[j, m] h[j] + beta[j, m]), column by column. */
export function basisJets(h: JetTable, { hidden, activation }: BasisSpec, p: Tensors): JetLayer {
  const wiring = wire(
    h.cols * hidden,
    (unit) => Math.floor(unit / hidden),
    (unit) => unit,
  );
  return unitJets(h, activation, wiring, p);
}

/** One product layer: projection, univariate functions, product, LayerNorm. */
export function productJets(h: JetTable, spec: ProductLayerSpec, p: Tensors): JetLayer {
  const layer = { ...spec, width: factorCount(spec, h.cols) };
  const isDense = spec.projection === 'dense';
  const projected = isDense ? affineJets(h, p) : null;
  const functions = functionJets(projected?.output ?? h, layer, p);
  const product = chained(functions, (factor) => factorProducts(factor, layer.rank, layer.width));
  const whole = chained(product, (phi) => normaliseJets(phi, p));
  if (!projected) return whole;
  return { output: whole.output, backward: (dy, grads) => projected.backward(whole.backward(dy, grads), grads) };
}

/** 1 + gamma g[l, j](z), gamma = D^(-1/2), for every neuron l and factor j; z is [l, j] behind a dense projection, [j] on an axis. */
function functionJets(z: JetTable, layer: ProductLayerSpec, p: Tensors): JetLayer {
  const { rank, width, hidden } = layer;
  const gamma = width ** -0.5;
  const factors = rank * width;
  const at = (factor: number) => parameterIndex(layer, Math.floor(factor / width), factor % width);
  const mixes = Uint32Array.from({ length: factors }, (_, factor) => at(factor).mix);
  const wiring = wire(
    factors * hidden,
    (unit) => Math.floor(unit / hidden) % z.cols,
    (unit) => at(Math.floor(unit / hidden)).basis * hidden + (unit % hidden),
  );
  return chained(unitJets(z, layer.activation, wiring, p), (units) => {
    const output = jetTable(z.n, factors, z.count);
    for (let o = 0; o < output.stride; o++) {
      const mix = mixes[o % factors];
      output.data[o] = 1 + gamma * p.c[mix];
      for (let m = 0; m < hidden; m++) add(output, o, units, o * hidden + m, gamma * p.a[mix * hidden + m]);
    }
    const backward = (dy: JetTable, grads: Tensors): JetTable => {
      const du = jetTable(z.n, units.cols, z.count);
      for (let o = 0; o < dy.stride; o++) {
        const mix = mixes[o % factors];
        grads.c[mix] += gamma * dy.data[o];
        for (let m = 0; m < hidden; m++) {
          grads.a[mix * hidden + m] += gamma * inner(dy, o, units, o * hidden + m);
          add(du, o * hidden + m, dy, o, gamma * p.a[mix * hidden + m]);
        }
      }
      return du;
    };
    return { output, backward };
  });
}

/** The product of each neuron's `width` factors, which lie beside each other. */
function factorProducts(factor: JetTable, rank: number, width: number): JetLayer {
  const { n, count } = factor;
  const output = jetTable(n, rank, count);
  // before[l, j] is the product of the factors before j; the way back meets those after j as it goes.
  const before = jetTable(n, factor.cols, count);
  for (let neuron = 0; neuron < output.stride; neuron++) {
    const begin = neuron * width;
    before.data[begin] = 1;
    for (let j = 1; j < width; j++) multiply(before, begin + j, before, begin + j - 1, factor, begin + j - 1);
    const last = begin + width - 1;
    multiply(output, neuron, before, last, factor, last);
  }
  const backward = (dphi: JetTable): JetTable => {
    const df = jetTable(n, factor.cols, count);
    const [after, others] = [jets(1, count), jets(1, count)];
    for (let neuron = 0; neuron < output.stride; neuron++) {
      after.data.fill(0);
      after.data[0] = 1;
      for (let j = width - 1; j >= 0; j--) {
        const at = neuron * width + j;
        multiply(others, 0, before, at, after, 0);
        multiplyBackward(df, at, dphi, neuron, others, 0);
        multiply(after, 0, after, 0, factor, at);
      }
    }
    return df;
  };
  return { output, backward };
}

/** Each row to mean 0 and variance 1 (biased), then scaled and shifted. */
function normaliseJets(phi: JetTable, p: Tensors): JetLayer {
  const { n, cols, count } = phi;
  const output = jetTable(n, cols, count);
  const centred = jetTable(n, cols, count);
  const variance = jetTable(n, 1, count);
  const inverse = jetTable(n, 1, count);
  const roots = new Float64Array(4 * n);
  const [mean, square] = [jets(1, count), jets(1, count)];
  for (let t = 0; t < n; t++) {
    mean.data.fill(0);
    for (let l = 0; l < cols; l++) add(mean, 0, phi, t * cols + l, 1 / cols);
    for (let at = t * cols; at < (t + 1) * cols; at++) {
      add(centred, at, phi, at, 1);
      add(centred, at, mean, 0, -1);
      multiply(square, 0, centred, at, centred, at);
      add(variance, t, square, 0, 1 / cols);
    }
    compose(inverse, t, inverseRoot(variance.data[t] + LAYER_NORM_EPSILON, roots, 4 * t), variance, t);
    for (let l = 0, at = t * cols; l < cols; l++, at++) {
      multiply(square, 0, centred, at, inverse, t);
      add(output, at, square, 0, p.scale[l]);
      output.data[at] += p.shift[l];
    }
  }
  return {
    output,
    backward: (dy, grads) => normaliseBackward({ centred, variance, inverse, roots }, dy, { p, grads }),
  };
}

/** x^(-1/2) and its derivatives. */
function inverseRoot(x: number, f: Float64Array, at: number): Taylor {
  f[at] = x ** -0.5;
  for (let order = 0; order < 3; order++) f[at + order + 1] = (f[at + order] * (-0.5 - order)) / x;
  return { f, at };
}

interface NormTrace {
  readonly centred: JetTable;
  readonly variance: JetTable;
  readonly inverse: JetTable;
  readonly roots: Float64Array;
}

function normaliseBackward(
  { centred, variance, inverse, roots }: NormTrace,
  dy: JetTable,
  { p, grads }: { p: Tensors; grads: Tensors },
): JetTable {
  const { n, cols, count } = centred;
  const dphi = jetTable(n, cols, count);
  const [normal, dNormal, dInverse, mean] = [0, 1, 2, 3].map(() => jets(1, count));
  for (let t = 0; t < n; t++) {
    dInverse.data.fill(0);
    for (let l = 0, at = t * cols; l < cols; l++, at++) {
      multiply(normal, 0, centred, at, inverse, t);
      grads.scale[l] += inner(dy, at, normal, 0);
      grads.shift[l] += dy.data[at];
      dNormal.data.fill(0);
      add(dNormal, 0, dy, at, p.scale[l]);
      multiplyBackward(dphi, at, dNormal, 0, inverse, t);
      multiplyBackward(dInverse, 0, dNormal, 0, centred, at);
    }
    composeBackward(dInverse, 0, { f: roots, at: 4 * t }, variance, t);
    mean.data.fill(0);
    for (let at = t * cols; at < (t + 1) * cols; at++) {
      multiplyBackward(dphi, at, dInverse, 0, centred, at, 2 / cols);
      add(mean, 0, dphi, at, -1 / cols);
    }
    for (let at = t * cols; at < (t + 1) * cols; at++) add(dphi, at, mean, 0, 1);
  }
  return dphi;
}

/** [h, x] side by side. */
export function besideJets(h: JetTable, x: JetTable): JetTable {
  const out = jetTable(h.n, h.cols + x.cols, h.count);
  for (let t = 0; t < h.n * parts(h.count); t++) {
    out.data.set(h.data.subarray(t * h.cols, (t + 1) * h.cols), t * out.cols);
    out.data.set(x.data.subarray(t * x.cols, (t + 1) * x.cols), t * out.cols + h.cols);
  }
  return out;
}
