/** @file A whole network in scalar float64: parameters and rows in; outputs, loss and every gradient out. */

import { dropThreshold, isKept, layerKey } from './dropout.js';
import type { LossSpec } from './engine.js';
import type { LayerResult, Table, Tensors } from './reference-layers.js';
import { activate, affine, basisLayer, concatenate, masked, productLayer, table } from './reference-layers.js';
import type { Target } from './reference-loss.js';
import { lossAndGradient } from './reference-loss.js';
import type { DenseLayerSpec, NetworkSpec } from './spec.js';
import { parameterLayout } from './spec.js';

/** One network, its parameters and its inputs, all in float64. */
export interface ReferenceRun {
  readonly spec: NetworkSpec;
  /** [layout.size] */
  readonly parameters: ArrayLike<number>;
  /** [n x d] row-major. */
  readonly x: ArrayLike<number>;
  /** Masks of one step; none when left out. */
  readonly dropout?: { readonly probability: number; readonly seed: number };
}

/** Outputs [n x k], row-major. */
export function referencePredict(run: ReferenceRun): Float64Array {
  return forward(run).output.data;
}

/** Loss, its gradient by every parameter in the flat block's order, and by x. */
export function referenceGradient(
  run: ReferenceRun,
  loss: LossSpec,
  target: Target,
): { loss: number; gradient: Float64Array; inputGradient: Float64Array } {
  return referenceGradientBy(run, (output) => lossAndGradient(output, loss, target));
}

/** The same for whatever judges the outputs. */
export function referenceGradientBy(
  run: ReferenceRun,
  judge: (output: Table) => { value: number; gradient: Table },
): { loss: number; gradient: Float64Array; inputGradient: Float64Array } {
  const pass = forward(run);
  const gradient = new Float64Array(run.parameters.length);
  const { value, gradient: outputGradient } = judge(pass.output);
  const dx = pass.backward(outputGradient, namedTensors(run.spec, gradient));
  return { loss: value, gradient, inputGradient: dx.data };
}

interface Pass {
  readonly output: Table;
  backward(outputGradient: Table, gradients: NamedTensors): Table;
}

export type NamedTensors = Readonly<Record<string, Tensors>>;

/** Views of a flat block by group ('layer0', 'out', 'front') and name within it. */
export function namedTensors(spec: NetworkSpec, flat: Float64Array): NamedTensors {
  const groups: Record<string, Record<string, Float64Array>> = {};
  for (const { name, offset, size } of parameterLayout(spec).tensors) {
    const [group, tensor] = name.split('.');
    (groups[group] ??= {})[tensor] = flat.subarray(offset, offset + size);
  }
  return groups;
}

function forward({ spec, parameters, x, dropout }: ReferenceRun): Pass {
  const p = namedTensors(spec, Float64Array.from(parameters));
  const raw: Table = { n: x.length / spec.inputs, cols: spec.inputs, data: Float64Array.from(x) };
  const seen = spec.frontScale ? scaleColumns(raw, p.front.scale) : raw;
  const steps: Step[] = [];
  let h = seen;
  for (let i = 0; i <= spec.layers.length; i++) {
    if (i > 0 && spec.inputSkip) h = concatenate(h, seen);
    const name = i < spec.layers.length ? `layer${i}` : 'out';
    const layer = i < spec.layers.length ? hiddenLayer(spec, i, h, { p: p[name], dropout }) : affine(h, p.out);
    steps.push({ name, layer });
    h = layer.output;
  }
  return { output: poison(h, raw), backward: (dOutput, grads) => backward({ spec, p, raw, steps }, dOutput, grads) };
}

interface Step {
  /** The group of its parameters. */
  readonly name: string;
  readonly layer: LayerResult;
}

/** A row with a non-finite input must not look fine because tanh or relu swallowed it. */
function poison(output: Table, raw: Table): Table {
  const data = output.data.map((value, i) => {
    const row = Math.floor(i / output.cols);
    const inputs = raw.data.subarray(row * raw.cols, (row + 1) * raw.cols);
    return inputs.every(Number.isFinite) ? value : Number.NaN;
  });
  return { ...output, data };
}

function scaleColumns(x: Table, scale: Float64Array): Table {
  return { ...x, data: x.data.map((value, i) => value * scale[i % x.cols]) };
}

/** One hidden layer and its dropout. */
function hiddenLayer(
  spec: NetworkSpec,
  index: number,
  h: Table,
  { p, dropout }: { p: Tensors; dropout: ReferenceRun['dropout'] },
): LayerResult {
  const layer = spec.kind === 'lrnn' ? productLayer(h, spec.layers[index], p) : denseLayer(h, spec.layers[index], p);
  if (!dropout) return layer;
  const key = layerKey(dropout.seed, index);
  const threshold = dropThreshold(dropout.probability);
  const scale = 1 / (1 - dropout.probability);
  return chain(layer, (y) => masked(y, (row, unit) => (isKept(key, unit, row, threshold) ? scale : 0)));
}

/** act(h W + b), of functions of h where the layer has a basis. */
function denseLayer(h: Table, { activation, basis }: DenseLayerSpec, p: Tensors): LayerResult {
  const mixed = basis ? chain(basisLayer(h, basis, p), (u) => affine(u, p)) : affine(h, p);
  return chain(mixed, (z) => activate(z, activation));
}

function chain(first: LayerResult, next: (h: Table) => LayerResult): LayerResult {
  const second = next(first.output);
  return { output: second.output, backward: (dy, grads) => first.backward(second.backward(dy, grads), grads) };
}

interface Trace {
  readonly spec: NetworkSpec;
  readonly p: NamedTensors;
  readonly raw: Table;
  readonly steps: readonly Step[];
}

function backward({ spec, p, raw, steps }: Trace, outputGradient: Table, grads: NamedTensors): Table {
  const dSeen = table(raw.n, raw.cols);
  let dh = outputGradient;
  for (let i = steps.length - 1; i >= 0; i--) {
    dh = steps[i].layer.backward(dh, grads[steps[i].name]);
    if (i > 0 && spec.inputSkip) {
      addColumns(dSeen, dh, dh.cols - raw.cols);
      dh = firstColumns(dh, dh.cols - raw.cols);
    }
  }
  addColumns(dSeen, dh, 0);
  if (!spec.frontScale) return dSeen;
  dSeen.data.forEach((g, i) => (grads.front.scale[i % raw.cols] += g * raw.data[i]));
  return scaleColumns(dSeen, p.front.scale);
}

/** Adds `to.cols` columns of `from`, beginning with `first`, to `to`. */
function addColumns(to: Table, from: Table, first: number): void {
  to.data.forEach((_, i) => {
    to.data[i] += from.data[Math.floor(i / to.cols) * from.cols + first + (i % to.cols)];
  });
}

function firstColumns(from: Table, cols: number): Table {
  const out = table(from.n, cols);
  addColumns(out, from, 0);
  return out;
}
