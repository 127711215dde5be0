/** @file A whole network on jets: outputs with their first and second derivatives by inputs, and the gradient of losses of them. */

import type { Derivatives } from './engine.js';
import type { JetLayer, JetTable } from './jet-layers.js';
import { activateJets, affineJets, basisJets, besideJets, chained, jetTable, productJets } from './jet-layers.js';
import { parts } from './jets.js';
import type { Tensors } from './reference-layers.js';
import type { NamedTensors, ReferenceRun } from './reference-network.js';
import { namedTensors } from './reference-network.js';
import type { DenseLayerSpec, NetworkSpec } from './spec.js';

/** A network without dropout, and the directions [v x d] along which its inputs move. */
export interface JetRun extends Omit<ReferenceRun, 'dropout'> {
  readonly directions: ArrayLike<number>;
}

/** Outputs [n x k] and their derivatives; NaN in all of them for rows with a non-finite input. */
export function referenceDerivatives(run: JetRun): Derivatives {
  return viewOf(forward(run).output);
}

/** A loss of outputs and derivatives, its gradient by every parameter in the flat block's order, and by x. */
export function referenceGradientByDerivatives(
  run: JetRun,
  judge: (outputs: Derivatives, gradient: Derivatives) => number,
): { loss: number; gradient: Float64Array; inputGradient: Float64Array } {
  const pass = forward(run);
  const gradient = new Float64Array(run.parameters.length);
  const { n, cols, count, data } = pass.output;
  const outputGradient = jetTable(n, cols, count);
  // A copy: the loss may write to what it reads.
  const loss = judge(viewOf({ ...pass.output, data: data.slice() }), viewOf(outputGradient));
  const dx = pass.backward(outputGradient, namedTensors(run.spec, gradient));
  return { loss, gradient, inputGradient: dx.data.slice(0, dx.stride) };
}

/** The parts of a table, in place. */
function viewOf({ data, stride, count }: JetTable): Derivatives {
  const part = (index: number): Float64Array => data.subarray(index * stride, (index + 1) * stride);
  const directions = Array.from({ length: count }, (_, k) => k);
  return {
    values: part(0),
    first: directions.map((k) => part(1 + 2 * k)),
    second: directions.map((k) => part(2 + 2 * k)),
  };
}

interface Pass {
  readonly output: JetTable;
  backward(outputGradient: JetTable, gradients: NamedTensors): JetTable;
}

function forward({ spec, parameters, x, directions }: JetRun): Pass {
  const p = namedTensors(spec, Float64Array.from(parameters));
  const raw = straight(x, directions, spec.inputs);
  const front = spec.frontScale ? scaleColumns(raw, p.front) : { output: raw, backward: (dy: JetTable) => dy };
  const steps: JetLayer[] = [];
  let h = front.output;
  for (let i = 0; i <= spec.layers.length; i++) {
    if (i > 0 && spec.inputSkip) h = besideJets(h, front.output);
    steps.push(i < spec.layers.length ? hiddenLayer(spec, i, h, p[`layer${i}`]) : affineJets(h, p.out));
    h = steps[i].output;
  }
  poison(h, raw);
  return {
    output: h,
    backward: (dOutput, grads) => front.backward(backward(spec, steps, { raw, dOutput, grads }), grads.front),
  };
}

/** x + t v: the first derivatives are the directions, the second ones 0. */
function straight(x: ArrayLike<number>, directions: ArrayLike<number>, cols: number): JetTable {
  const out = jetTable(x.length / cols, cols, directions.length / cols);
  out.data.set(x);
  for (let k = 0; k < out.count; k++) {
    const from = (1 + 2 * k) * out.stride;
    for (let i = 0; i < out.stride; i++) out.data[from + i] = directions[k * cols + (i % cols)];
  }
  return out;
}

/** A row with a non-finite input must not look fine because tanh or relu swallowed it. */
function poison(output: JetTable, raw: JetTable): void {
  for (let t = 0; t < raw.n; t++) {
    if (raw.data.subarray(t * raw.cols, (t + 1) * raw.cols).every(Number.isFinite)) continue;
    for (let part = 0; part < parts(output.count); part++) {
      const at = part * output.stride + t * output.cols;
      output.data.fill(Number.NaN, at, at + output.cols);
    }
  }
}

function scaleColumns(x: JetTable, { scale }: Tensors): JetLayer {
  const apply = (from: JetTable): JetTable => ({
    ...from,
    data: from.data.map((value, i) => value * scale[i % x.cols]),
  });
  return {
    output: apply(x),
    backward: (dy, grads) => {
      dy.data.forEach((g, i) => (grads.scale[i % x.cols] += g * x.data[i]));
      return apply(dy);
    },
  };
}

function hiddenLayer(spec: NetworkSpec, index: number, h: JetTable, p: Tensors): JetLayer {
  return spec.kind === 'lrnn' ? productJets(h, spec.layers[index], p) : denseLayer(h, spec.layers[index], p);
}

function denseLayer(h: JetTable, { activation, basis }: DenseLayerSpec, p: Tensors): JetLayer {
  const mixed = basis ? chained(basisJets(h, basis, p), (u) => affineJets(u, p)) : affineJets(h, p);
  return chained(mixed, (z) => activateJets(z, activation));
}

/** To the gradient by what the first layer and the skips see. */
function backward(
  spec: NetworkSpec,
  steps: readonly JetLayer[],
  { raw, dOutput, grads }: { raw: JetTable; dOutput: JetTable; grads: NamedTensors },
): JetTable {
  const dSeen = jetTable(raw.n, raw.cols, raw.count);
  let dh = dOutput;
  for (let i = steps.length - 1; i >= 0; i--) {
    dh = steps[i].backward(dh, grads[i < spec.layers.length ? `layer${i}` : 'out']);
    if (i === 0 || !spec.inputSkip) continue;
    addColumns(dSeen, dh, dh.cols - raw.cols);
    const own = jetTable(dh.n, dh.cols - raw.cols, dh.count);
    addColumns(own, dh, 0);
    dh = own;
  }
  addColumns(dSeen, dh, 0);
  return dSeen;
}

/** Adds `to.cols` columns of `from`, beginning with `first`, to `to`. */
function addColumns(to: JetTable, from: JetTable, first: number): void {
  to.data.forEach((_, i) => {
    to.data[i] += from.data[Math.floor(i / to.cols) * from.cols + first + (i % to.cols)];
  });
}
