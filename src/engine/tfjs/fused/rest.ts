/** @file Kernels for what surrounds the layers: dropout and AdamW. */

import type { AdamState, AdamStep } from '../adamw.js';
import { CONTROLS } from '../adamw.js';
import type { laneDropout } from '../host.js';
import type { Tensor, Tf } from '../vendor.js';
import type { KernelDefinition, KernelRunner } from './run.js';
import { THREADS, TOTAL } from './wgsl.js';

/** The hash of dropout.ts, bit for bit. \`lanes\` holds key, threshold and scale (as bits) of each lane. */
const DROP: KernelDefinition = {
  name: 'LrnnDrop',
  inputs: ['h', 'lanes'],
  integers: ['count', 'n', 'units'],
  code: `
    fn mix(value: u32) -> u32 {
      var x = value;
      x = (x ^ (x >> 16u)) * 0x7feb352du;
      x = (x ^ (x >> 15u)) * 0x846ca68bu;
      return x ^ (x >> 16u);
    }
    fn main(index: i32) {
      if (index >= uniforms.count) { return; }
      let unit = u32(index % uniforms.units);
      let row = u32((index / uniforms.units) % uniforms.n);
      let lane = 3 * (index / (uniforms.units * uniforms.n));
      let hash = mix(bitcast<u32>(lanes[lane]) + unit * 0x9e3779b1u + row * 0x85ebca77u) >> 8u;
      let kept = hash >= bitcast<u32>(lanes[lane + 1]);
      result[index] = select(0.0, h[index] * bitcast<f32>(lanes[lane + 2]), kept);
    }`,
};

/** What `DROP` reads of each lane; null: nothing is dropped. */
export function dropMasks(tf: Tf, lanes: readonly (ReturnType<typeof laneDropout> | null)[]): Tensor {
  const bits = new Int32Array(3 * lanes.length);
  const scales = new Float32Array(bits.buffer);
  lanes.forEach((lane, i) => {
    bits[3 * i] = (lane?.key ?? 0) | 0;
    bits[3 * i + 1] = lane?.threshold ?? 0;
    scales[3 * i + 2] = lane?.scale ?? 1;
  });
  return tf.tensor(bits, [bits.length], 'int32');
}

export function fusedDrop(tf: Tf, runner: KernelRunner, h: Tensor, masks: Tensor): Tensor {
  const [, n, units] = h.shape;
  const apply = (values: Tensor): Tensor => {
    const integers = [values.size, n, units];
    return runner.run(DROP, { inputs: [values, masks], integers, shape: values.shape, invocations: values.size });
  };
  const operation = tf.customGrad((input) => ({ value: apply(input as Tensor), gradFunc: (dy) => apply(dy) }));
  return operation(h);
}

const NORM: KernelDefinition = {
  name: 'LrnnGradientNorm',
  inputs: ['g'],
  integers: ['count', 'size'],
  code: `${TOTAL}
    fn main(index: i32) {
      let lane = min(index / ${THREADS}, uniforms.count - 1);
      var sum = 0.0;
      for (var i = i32(localIndex); i < uniforms.size; i += ${THREADS}) {
        let value = g[lane * uniforms.size + i];
        sum += value * value;
      }
      let all = total(sum);
      if (localIndex == 0u) { result[lane] = sqrt(all); }
    }`,
};

const CONTROL = `
  fn control(lane: i32, what: i32) -> f32 { return controls[lane * ${CONTROLS.length} + what]; }`;
const at = (name: (typeof CONTROLS)[number]): number => CONTROLS.indexOf(name);

/** A moment of AdamW: beta old + gain g^power, of the clipped gradient. */
function momentKernel(power: 1 | 2): KernelDefinition {
  return {
    name: 'LrnnMoment',
    variant: String(power),
    inputs: ['moment', 'g', 'norms', 'controls'],
    integers: ['count', 'size'],
    code: `${CONTROL}
      fn main(index: i32) {
        if (index >= uniforms.count) { return; }
        let lane = index / uniforms.size;
        let limit = control(lane, ${at('clipNorm')});
        let scale = select(1.0, limit / norms[lane], norms[lane] > limit);
        let value = scale * g[index];
        let add = ${power === 1 ? 'value' : 'value * value'};
        let beta = control(lane, ${at(power === 1 ? 'beta1' : 'beta2')});
        result[index] = beta * moment[index] + control(lane, ${at(power === 1 ? 'gain1' : 'gain2')}) * add;
      }`,
  };
}

const MOMENTS = [momentKernel(1), momentKernel(2)] as const;

const WEIGHTS: KernelDefinition = {
  name: 'LrnnWeights',
  inputs: ['weights', 'mean', 'square', 'rate', 'decay', 'controls'],
  integers: ['count', 'size'],
  code: `${CONTROL}
    fn main(index: i32) {
      if (index >= uniforms.count) { return; }
      let lane = index / uniforms.size;
      let i = index % uniforms.size;
      let deviation = sqrt(square[index]) * control(lane, ${at('correction')}) + control(lane, ${at('epsilon')});
      let moved = control(lane, ${at('pace')}) * rate[i] * mean[index] / deviation;
      result[index] = weights[index] * (1.0 - control(lane, ${at('decay')}) * decay[i]) - moved;
    }`,
};

export function fusedDescend(tf: Tf, runner: KernelRunner, state: AdamState, step: AdamStep): AdamState {
  const { gradient, rate, decay } = step;
  const [lanes, size] = gradient.shape;
  const controls = tf.tensor(step.control, [step.control.length]);
  const norms = runner.run(NORM, {
    inputs: [gradient],
    integers: [lanes, size],
    shape: [lanes],
    invocations: lanes * THREADS,
  });
  const each = { integers: [gradient.size, size], shape: gradient.shape, invocations: gradient.size };
  const first = runner.run(MOMENTS[0], { ...each, inputs: [state.first, gradient, norms, controls] });
  const second = runner.run(MOMENTS[1], { ...each, inputs: [state.second, gradient, norms, controls] });
  const weights = runner.run(WEIGHTS, { ...each, inputs: [state.weights, first, second, rate, decay, controls] });
  return { weights, first, second };
}
