/** @file A whole network in TensorFlow.js: all lanes forward, and by autograd back to the flat gradient. */

import type { LossSpec } from '../engine.js';
import type { NetworkSpec, ParameterLayout } from '../spec.js';
import { isProductLayer } from '../spec.js';
import type { LayerTensors } from './layers.js';
import { affine, denseLayer, productLayer } from './layers.js';
import type { Judge } from './loss.js';
import { laneLosses } from './loss.js';
import type { Runtime } from './runtime.js';
import type { Tensor } from './vendor.js';

/** A part of the flat block that operations see as one tensor: elements [offset, offset + size) of every lane. */
interface Segment {
  readonly group: string;
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** Masks of one step: applies layer `layer`'s to h. */
export type Drop = (h: Tensor, layer: number) => Tensor;

export interface Evaluation {
  /** [lanes] */
  readonly losses: Tensor;
  /** [lanes x parameters] */
  readonly gradient: Tensor;
  /** [lanes x n x d]; only where it was asked for. */
  readonly inputGradient: Tensor | undefined;
}

export class TfjsNetwork {
  private readonly segments: readonly Segment[];

  constructor(
    private readonly runtime: Runtime,
    private readonly spec: NetworkSpec,
    private readonly loss: LossSpec,
    layout: ParameterLayout,
  ) {
    this.segments = planSegments(spec, layout, runtime.fused !== null);
  }

  /** Raw outputs. Shapes  weights [lanes x parameters], x [lanes x n x d]; returns [lanes x n x k] */
  forward(weights: Tensor, x: Tensor): Tensor {
    return this.run(this.slices(weights), x, (h) => h);
  }

  /** Losses and their gradients at `weights`. */
  evaluate(
    weights: Tensor,
    x: Tensor,
    judge: Judge,
    { drop = (h) => h, wantsInput = false }: { drop?: Drop; wantsInput?: boolean } = {},
  ): Evaluation {
    const { tf, fused } = this.runtime;
    const slices = this.slices(weights);
    const variables = wantsInput ? [...slices, x] : slices;
    const { value, grads } = tf.engine().gradients(() => {
      const output = this.run(slices, x, drop);
      return fused ? fused.laneLosses(this.loss, output, judge) : laneLosses(tf, this.loss, output, judge);
    }, variables);
    const gradient = tf.concat(grads.slice(0, slices.length), 1);
    return { losses: value, gradient, inputGradient: wantsInput ? grads[slices.length] : undefined };
  }

  private slices(weights: Tensor): Tensor[] {
    const { tf } = this.runtime;
    return this.segments.map(({ offset, size }) => tf.slice(weights, [0, offset], [weights.shape[0], size]));
  }

  private run(slices: readonly Tensor[], x: Tensor, drop: Drop): Tensor {
    const { spec } = this;
    const { tf } = this.runtime;
    const groups: Record<string, Record<string, Tensor>> = {};
    this.segments.forEach(({ group, name }, i) => ((groups[group] ??= {})[name] = slices[i]));
    const seen = spec.frontScale ? tf.mul(x, tf.reshape(groups.front.scale, [x.shape[0], 1, spec.inputs])) : x;
    let h = seen;
    spec.layers.forEach((_, i) => {
      if (i > 0 && spec.inputSkip) h = tf.concat([h, seen], 2);
      h = drop(this.layer(i, h, groups[`layer${i}`]), i);
    });
    if (spec.inputSkip) h = tf.concat([h, seen], 2);
    return affine(tf, h, groups.out);
  }

  private layer(i: number, h: Tensor, p: LayerTensors): Tensor {
    const { tf, fused } = this.runtime;
    const layer = this.spec.layers[i];
    if (!isProductLayer(layer)) return denseLayer(tf, h, layer, p);
    return fused ? fused.productLayer(h, layer, p) : productLayer(tf, h, layer, p);
  }
}

/** One segment per tensor; the fused kernels read all of a product layer but its W as one. */
function planSegments(spec: NetworkSpec, layout: ParameterLayout, isFused: boolean): Segment[] {
  const segments: { group: string; name: string; offset: number; size: number }[] = [];
  for (const { name: full, offset, size } of layout.tensors) {
    const [group, name] = full.split('.');
    const packs = isFused && spec.kind === 'lrnn' && group.startsWith('layer') && name !== 'W';
    const last = segments.at(-1);
    if (packs && last?.group === group && last.name === 'packed') last.size += size;
    else segments.push({ group, name: packs ? 'packed' : name, offset, size });
  }
  return segments;
}
