/** @file AdamW over the flat blocks of all lanes, each lane with its own rates and step count. */

import type { CompileOptions, LaneStep } from '../engine.js';
import type { ParameterLayout } from '../spec.js';
import type { Tensor, Tf } from './vendor.js';

/** Weights and both moments, each [lanes x parameters]. */
export interface AdamState {
  readonly weights: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

/** No gradient that is worth anything is longer; infinity itself is not safe in shaders. */
const NO_CLIP = 3e38;

/** One lane's numbers of a step, in the order the kernels read them. */
export const CONTROLS = ['clipNorm', 'beta1', 'gain1', 'beta2', 'gain2', 'pace', 'correction', 'epsilon', 'decay'];

/**
 * The numbers of a step, [lanes x CONTROLS.length]; counts the step in `steps`. A lane without work keeps everything:
 * its betas are 1, its gains and rates 0.
 */
export function controls(work: readonly (LaneStep | null)[], steps: number[]): Float32Array {
  const rows = work.map((step, lane) => {
    if (!step) return [NO_CLIP, 1, 0, 1, 0, 0, 1, 1, 0];
    const { learningRate, weightDecay, clipNorm, epsilon } = step.update;
    const [beta1, beta2] = [Math.fround(step.update.beta1), Math.fround(step.update.beta2)];
    const t = ++steps[lane];
    const pace = learningRate / (1 - beta1 ** t);
    const correction = 1 / Math.sqrt(1 - beta2 ** t);
    return [
      Math.min(clipNorm, NO_CLIP),
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      pace,
      correction,
      epsilon,
      learningRate * weightDecay,
    ];
  });
  return Float32Array.from(rows.flat());
}

/** Factors of each parameter on the rate and, times that, on the decay: [1 x parameters] each. */
export interface Factors {
  readonly rate: Float32Array;
  readonly decay: Float32Array;
}

export function factorsOf(layout: ParameterLayout, { rateScale, decayScale }: CompileOptions): Factors {
  const rate = new Float32Array(layout.size);
  const decay = new Float32Array(layout.size);
  layout.tensors.forEach(({ offset, size }, i) => {
    rate.fill(rateScale?.[i] ?? 1, offset, offset + size);
    decay.fill((rateScale?.[i] ?? 1) * (decayScale?.[i] ?? 1), offset, offset + size);
  });
  return { rate, decay };
}

export interface AdamStep {
  readonly gradient: Tensor;
  readonly control: Float32Array;
  readonly rate: Tensor;
  readonly decay: Tensor;
}

/** The state after one step, in new tensors. */
export function descend(tf: Tf, state: AdamState, step: AdamStep): AdamState {
  const lanes = state.weights.shape[0];
  const column = (name: string): Tensor => {
    const at = CONTROLS.indexOf(name);
    const values = Float32Array.from({ length: lanes }, (_, lane) => step.control[lane * CONTROLS.length + at]);
    return tf.tensor(values, [lanes, 1]);
  };
  const g = clip(tf, step, column);
  const first = tf.add(tf.mul(state.first, column('beta1')), tf.mul(g, column('gain1')));
  const second = tf.add(tf.mul(state.second, column('beta2')), tf.mul(tf.square(g), column('gain2')));
  const deviation = tf.add(tf.mul(tf.sqrt(second), column('correction')), column('epsilon'));
  const moved = tf.mul(tf.mul(tf.div(first, deviation), column('pace')), step.rate);
  const decayed = tf.mul(state.weights, tf.sub(1, tf.mul(step.decay, column('decay'))));
  return { weights: tf.sub(decayed, moved), first, second };
}

/** Scales each lane's gradient down to its clipNorm. */
function clip(tf: Tf, { gradient, control }: AdamStep, column: (name: string) => Tensor): Tensor {
  const lanes = gradient.shape[0];
  const isWanted = Array.from({ length: lanes }, (_, lane) => control[lane * CONTROLS.length]).some(
    (clipNorm) => clipNorm < Math.fround(NO_CLIP),
  );
  if (!isWanted) return gradient;
  const norm = tf.sqrt(tf.sum(tf.square(gradient), 1, true));
  return tf.mul(gradient, tf.minimum(1, tf.div(column('clipNorm'), tf.maximum(norm, 1e-30))));
}
