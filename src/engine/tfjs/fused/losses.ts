/** @file Kernels for the losses: each lane's mean, and the slope of every output. */

import type { LossKind, LossSpec } from '../../engine.js';
import { pinballSlopes, powerOf } from '../../engine.js';
import type { Judge } from '../loss.js';
import type { Tensor, Tf } from '../vendor.js';
import type { KernelDefinition, KernelRunner } from './run.js';
import { THREADS, TOTAL } from './wgsl.js';

/** What the code of a loss reads of `uniforms`: slopes below and above the target, a distance, a power. */
const FLOATS = ['below', 'above', 'own'];

function floatsOf(loss: LossSpec): number[] {
  const { kind, shape = 0 } = loss;
  if (kind === 'absolute' || kind === 'quantile') return [...pinballSlopes(loss), 0];
  return [0, 0, kind === 'huber' ? shape : powerOf(loss)];
}

/** `rowLoss(o0, k)` and `slopeAt(o0, c, k)` of losses of numbers, by `height(o, y)` and `slope(o, y)` of one. */
function ofNumbers(code: string): string {
  return `${code}
    fn rowLoss(o0: i32, k: i32) -> f32 {
      var sum = 0.0;
      for (var c = 0; c < k; c++) { sum += height(o[o0 + c], goal[o0 + c]); }
      return sum / f32(k);
    }
    fn slopeAt(o0: i32, c: i32, k: i32) -> f32 { return slope(o[o0 + c], goal[o0 + c]) / f32(k); }`;
}

const PINBALL = ofNumbers(`
    fn slope(o: f32, y: f32) -> f32 {
      return select(0.0, uniforms.above, o > y) + select(0.0, uniforms.below, o < y);
    }
    fn height(o: f32, y: f32) -> f32 { return slope(o, y) * (o - y); }`);

const SAID_AND_WANTED = `
    fn said(o: f32) -> f32 { return exp((2.0 - uniforms.own) * o); }
    fn wanted(o: f32, y: f32) -> f32 { return y * exp((1.0 - uniforms.own) * o); }
    fn slope(o: f32, y: f32) -> f32 { return said(o) - wanted(o, y); }`;

/** `rowLoss(o0, k)` and `slopeAt(o0, c, k)`: o and target begin at o0. */
const ROW_LOSS: Readonly<Record<LossKind, string>> = {
  mse: `
    fn rowLoss(o0: i32, k: i32) -> f32 {
      var sum = 0.0;
      for (var c = 0; c < k; c++) { let e = o[o0 + c] - goal[o0 + c]; sum += e * e; }
      return sum / f32(k);
    }
    fn slopeAt(o0: i32, c: i32, k: i32) -> f32 { return 2.0 * (o[o0 + c] - goal[o0 + c]) / f32(k); }`,
  absolute: PINBALL,
  quantile: PINBALL,
  huber: ofNumbers(`
    fn slope(o: f32, y: f32) -> f32 { return clamp(o - y, -uniforms.own, uniforms.own); }
    fn height(o: f32, y: f32) -> f32 { return slope(o, y) * (o - y - 0.5 * slope(o, y)); }`),
  poisson: ofNumbers(`${SAID_AND_WANTED}
    fn height(o: f32, y: f32) -> f32 { return said(o) - y * o; }`),
  gamma: ofNumbers(`${SAID_AND_WANTED}
    fn height(o: f32, y: f32) -> f32 { return o + wanted(o, y); }`),
  tweedie: ofNumbers(`${SAID_AND_WANTED}
    fn height(o: f32, y: f32) -> f32 {
      return said(o) / (2.0 - uniforms.own) - wanted(o, y) / (1.0 - uniforms.own);
    }`),
  binaryCrossEntropy: `
    fn rowLoss(o0: i32, k: i32) -> f32 {
      let x = o[o0];
      return select(x, 0.0, x < 0.0) + log(1.0 + exp(-abs(x))) - goal[o0] * x;
    }
    fn slopeAt(o0: i32, c: i32, k: i32) -> f32 {
      let e = exp(-abs(o[o0]));
      return select(1.0, e, o[o0] < 0.0) / (1.0 + e) - goal[o0];
    }`,
  crossEntropy: `
    fn topOf(o0: i32, k: i32) -> f32 {
      var top = o[o0];
      for (var c = 1; c < k; c++) { top = max(top, o[o0 + c]); }
      return top;
    }
    fn sumOf(o0: i32, k: i32, top: f32) -> f32 {
      var sum = 0.0;
      for (var c = 0; c < k; c++) { sum += exp(o[o0 + c] - top); }
      return sum;
    }
    fn rowLoss(o0: i32, k: i32) -> f32 {
      let top = topOf(o0, k);
      var wanted = 0.0;
      for (var c = 0; c < k; c++) { wanted += goal[o0 + c] * (o[o0 + c] - top); }
      return log(sumOf(o0, k, top)) - wanted;
    }
    fn slopeAt(o0: i32, c: i32, k: i32) -> f32 {
      let top = topOf(o0, k);
      return exp(o[o0 + c] - top) / sumOf(o0, k, top) - goal[o0 + c];
    }`,
};

function lossKernels(kind: LossKind): { readonly loss: KernelDefinition; readonly slopes: KernelDefinition } {
  const integers = ['count', 'n', 'k'];
  return {
    loss: {
      name: 'LrnnLoss',
      variant: kind,
      inputs: ['o', 'goal', 'share'],
      integers,
      floats: FLOATS,
      code: `${ROW_LOSS[kind]}${TOTAL}
        fn main(index: i32) {
          let lane = min(index / ${THREADS}, uniforms.count - 1);
          var sum = 0.0;
          for (var t = i32(localIndex); t < uniforms.n; t += ${THREADS}) {
            let row = lane * uniforms.n + t;
            sum += share[row] * rowLoss(row * uniforms.k, uniforms.k);
          }
          let all = total(sum);
          if (localIndex == 0u) { result[lane] = all; }
        }`,
    },
    slopes: {
      name: 'LrnnLossGradient',
      variant: kind,
      inputs: ['o', 'goal', 'share', 'dy'],
      integers,
      floats: FLOATS,
      code: `${ROW_LOSS[kind]}
        fn main(index: i32) {
          if (index >= uniforms.count) { return; }
          let row = index / uniforms.k;
          let slope = slopeAt(row * uniforms.k, index % uniforms.k, uniforms.k);
          result[index] = share[row] * dy[row / uniforms.n] * slope;
        }`,
    },
  };
}

export function fusedLaneLosses(tf: Tf, runner: KernelRunner, spec: LossSpec, output: Tensor, judge: Judge): Tensor {
  const { loss, slopes } = lossKernels(spec.kind);
  const floats = floatsOf(spec);
  const { target, share } = judge;
  const [lanes, n, k] = output.shape;
  const operation = tf.customGrad((input, save) => {
    const o = input as Tensor;
    (save as (tensors: Tensor[]) => void)([o]);
    const value = runner.run(loss, {
      inputs: [o, target, share],
      integers: [lanes, n, k],
      floats,
      shape: [lanes],
      invocations: lanes * THREADS,
    });
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor =>
      runner.run(slopes, {
        inputs: [saved[0], target, share, dy],
        integers: [o.size, n, k],
        floats,
        shape: o.shape,
        invocations: o.size,
      });
    return { value, gradFunc };
  });
  return operation(output);
}
