/** @file A whole network on the kernels: where everything lies, forward and backward over the blocks of one batch. */

import { dropThreshold, layerKey } from '../dropout.js';
import type { LossSpec } from '../engine.js';
import { isNumberLoss, pinballSlopes, powerOf } from '../engine.js';
import type { NetworkSpec, ParameterLayout } from '../spec.js';
import { denseInputs, factorCount, isProductLayer, layerInputs, layerOutputs, parameterLayout } from '../spec.js';
import type { Activations } from './arena.js';
import { Arena, blockCount, columns, FEATURE } from './arena.js';
import type { WasmBuild } from './build.js';
import { instantiate } from './build.js';
import type { Kernels } from './kernels.gen.js';
import type { Addresses, LayerContext, LayerPlan, WasmLayer } from './layers.js';
import { AffineLayer, DenseLayer, packedBytes, packedRowBytes, ProductLayer } from './layers.js';

/** Masks of one step. */
export interface Dropout {
  readonly probability: number;
  readonly seed: number;
}

/**
 * Buffers, layers and kernels of one program; `floats` is the memory they share.
 *
 * Memory per program, to within a cache line per buffer: 64 KiB, 16 bytes per parameter (weights, gradient, two moments),
 * the packed operands of the largest matrix product, and for each of the ceil(batchSize / 8) blocks 32 bytes per feature of
 *   x and its gradient, y, one for the row weights, three of scratch, the output, twice the widest input;
 *   every layer's input but the first (which is x, or a copy of it behind a front scale);
 *   a dense MLP layer's width, and 2 D hidden more where it has a basis; a product layer's rank + 1, and 2 rank width (dense), rank D (axis), and 2 D hidden more
 *   where an axis layer shares its basis.
 */
export class WasmNetwork {
  readonly layout: ParameterLayout;
  readonly kernels: Kernels;
  readonly floats: Float32Array;
  /** Weights, gradient, first and second moments: byte addresses of blocks of layout.size. */
  readonly blocks: {
    readonly weights: number;
    readonly gradient: number;
    readonly first: number;
    readonly second: number;
  };
  /** X as it came, y, and each row's share of the batch's weight. */
  readonly x: Activations;
  readonly y: Activations;
  readonly share: number;
  readonly output: Activations;
  readonly inputGradient: Activations;
  /** Bytes of linear memory in use. */
  readonly bytes: number;

  /** What layer i sees; the last one is the output layer's. */
  private readonly inputs: readonly Activations[];
  private readonly layers: readonly WasmLayer[];
  private readonly gradients: readonly [Activations, Activations];
  private readonly frontScale: number;
  private readonly context: LayerContext;

  constructor(
    private readonly spec: NetworkSpec,
    private readonly loss: LossSpec,
    { batchSize, build }: { batchSize: number; build: WasmBuild },
  ) {
    this.layout = parameterLayout(spec);
    const arena = new Arena();
    const blocks = blockCount(batchSize);
    const block = (): number => arena.allocate(this.layout.size * 4);
    this.blocks = { weights: block(), gradient: block(), first: block(), second: block() };
    const addresses = this.parameterAddresses();
    this.frontScale = addresses.front?.scale ?? 0;
    this.x = arena.activations(blocks, spec.inputs);
    this.y = arena.activations(blocks, isNumberLoss(loss.kind) ? spec.outputs : 1);
    this.share = arena.allocate(blocks * FEATURE);
    this.output = arena.activations(blocks, spec.outputs);
    this.inputGradient = arena.activations(blocks, spec.inputs);
    this.inputs = this.planInputs(arena, blocks);
    this.layers = planLayers(spec, { arena, blocks }, addresses);
    const widest = Math.max(...this.inputs.map((input) => input.cols));
    this.gradients = [arena.activations(blocks, widest), arena.activations(blocks, widest)];
    const scratch = planScratch(spec, { arena, blocks });
    this.bytes = arena.bytes;
    const memory = arena.createMemory();
    this.kernels = instantiate(build, memory);
    this.floats = new Float32Array(memory.buffer);
    this.context = { kernels: this.kernels, gradient: this.blocks.gradient - this.blocks.weights, ...scratch };
  }

  /** x to output. */
  forward(blocks: number, dropout?: Dropout): void {
    const { spec, kernels, inputs, x, output } = this;
    const seen = inputs[0];
    if (this.frontScale) {
      kernels.scaleColumns(x.at, x.stride, this.frontScale, seen.at, seen.stride, spec.inputs, blocks);
    }
    this.layers.forEach((layer, i) => {
      const isLast = i === spec.layers.length;
      const to = isLast ? output : columns(inputs[i + 1], 0, layerOutputs(spec, i));
      layer.forward(this.context, inputs[i], to, blocks);
      if (isLast) return;
      if (dropout) this.drop(to, i, dropout, blocks);
      if (spec.inputSkip) {
        const skipped = columns(inputs[i + 1], to.cols, spec.inputs);
        kernels.copyColumns(seen.at, seen.stride, skipped.at, skipped.stride, spec.inputs, 0, blocks);
      }
    });
    kernels.poisonRows(x.at, x.stride, spec.inputs, output.at, output.stride, spec.outputs, blocks);
  }

  /** The batch's loss; output becomes its gradient. */
  lossAndGradient(blocks: number): number {
    const { kernels, output: o, y, share, loss } = this;
    const smoothing = loss.labelSmoothing;
    const own = [o.at, o.stride, y.at, y.stride, share, o.cols] as const;
    switch (loss.kind) {
      case 'mse':
        return kernels.squaredError(...own, blocks);
      case 'absolute':
      case 'quantile':
        return kernels.pinball(...own, ...pinballSlopes(loss), blocks);
      case 'huber':
        return kernels.huber(...own, loss.shape!, blocks);
      case 'poisson':
      case 'gamma':
      case 'tweedie':
        return kernels.powerLoss(...own, powerOf(loss), blocks);
      case 'binaryCrossEntropy':
        return kernels.binaryCrossEntropy(o.at, o.stride, y.at, y.stride, share, smoothing, blocks);
      case 'crossEntropy':
        return kernels.crossEntropy(o.at, o.stride, y.at, y.stride, share, o.cols, smoothing, blocks);
    }
  }

  /** From the output's gradient to every parameter's, and with `wantsInput` to inputGradient. */
  backward(blocks: number, wantsInput: boolean, dropout?: Dropout): void {
    const { spec, kernels, inputs, gradients, inputGradient: dx } = this;
    const { weights, gradient } = this.blocks;
    const wantsSeen = wantsInput || this.frontScale !== 0;
    this.floats.fill(0, gradient / 4, (2 * gradient - weights) / 4);
    if (wantsSeen) kernels.clearColumns(dx.at, dx.stride, dx.cols, blocks);
    let outputGradient = this.output;
    for (let i = this.layers.length - 1; i >= 0; i--) {
      if (dropout && i < spec.layers.length) this.drop(outputGradient, i, dropout, blocks);
      const target = columns(gradients[i % 2], 0, this.gradientColumns(i, wantsSeen));
      const isNeeded = i > 0 || wantsSeen;
      const pass = { input: inputs[i], outputGradient, inputGradient: isNeeded ? target : null };
      this.layers[i].backward(this.context, pass, blocks);
      const carried = i > 0 ? layerOutputs(spec, i - 1) : 0;
      if (wantsSeen && (i === 0 || spec.inputSkip)) {
        const part = columns(target, carried, spec.inputs);
        kernels.copyColumns(part.at, part.stride, dx.at, dx.stride, spec.inputs, 1, blocks);
      }
      outputGradient = columns(target, 0, carried);
    }
    if (this.frontScale) this.frontBackward(blocks, wantsInput);
  }

  /** How many columns of layer i's input gradient are worth computing; a basis makes all at once. */
  private gradientColumns(i: number, wantsSeen: boolean): number {
    const { spec } = this;
    const layer = spec.layers[i];
    const isAxis = layer !== undefined && (isProductLayer(layer) ? layer.projection === 'axis' : !!layer.basis);
    if (i === 0 || isAxis || wantsSeen) return layerInputs(spec, i);
    return layerOutputs(spec, i - 1);
  }

  private frontBackward(blocks: number, wantsInput: boolean): void {
    const { kernels, x, inputGradient: dx, frontScale, spec } = this;
    const gradient = frontScale + this.context.gradient;
    kernels.scaleColumnsBackward(x.at, x.stride, dx.at, dx.stride, gradient, spec.inputs, blocks);
    if (wantsInput) kernels.scaleColumns(dx.at, dx.stride, frontScale, dx.at, dx.stride, spec.inputs, blocks);
  }

  private drop(h: Activations, layer: number, { probability, seed }: Dropout, blocks: number): void {
    const [key, threshold] = [layerKey(seed, layer), dropThreshold(probability)];
    this.kernels.dropColumns(h.at, h.stride, h.cols, key, threshold, 1 / (1 - probability), blocks);
  }

  private parameterAddresses(): Readonly<Record<string, Addresses>> {
    const groups: Record<string, Record<string, number>> = {};
    for (const { name, offset } of this.layout.tensors) {
      const [group, tensor] = name.split('.');
      (groups[group] ??= {})[tensor] = this.blocks.weights + offset * 4;
    }
    return groups;
  }

  /** Without a front scale the first layer reads x itself. */
  private planInputs(arena: Arena, blocks: number): Activations[] {
    const { spec, x } = this;
    const first = spec.frontScale ? arena.activations(blocks, spec.inputs) : x;
    return [first, ...spec.layers.map((_, i) => arena.activations(blocks, layerInputs(spec, i + 1)))];
  }
}

type Space = Pick<LayerPlan, 'arena' | 'blocks'>;

function planLayers(spec: NetworkSpec, space: Space, addresses: Readonly<Record<string, Addresses>>): WasmLayer[] {
  const hidden = spec.layers.map((layer, i) => {
    const plan = { ...space, inputs: layerInputs(spec, i), addresses: addresses[`layer${i}`] };
    return isProductLayer(layer) ? new ProductLayer(layer, plan) : new DenseLayer(layer, plan);
  });
  return [...hidden, new AffineLayer(layerInputs(spec, spec.layers.length), spec.outputs, addresses.out)];
}

/** Scratch is shared by all layers, as large as the neediest wants it. */
function planScratch(
  spec: NetworkSpec,
  { arena, blocks }: Space,
): Pick<LayerContext, 'packed' | 'factors' | 'records'> {
  let packed = 0;
  let factors = 1;
  const product = (K: number, N: number): void => {
    packed = Math.max(packed, packedBytes(K, N), packedBytes(N, K), packedRowBytes(N, blocks));
  };
  spec.layers.forEach((layer, i) => {
    const inputs = layerInputs(spec, i);
    if (!isProductLayer(layer)) return product(denseInputs(layer.basis, inputs), layer.width);
    const D = factorCount(layer, inputs);
    factors = Math.max(factors, D);
    if (layer.projection === 'dense') product(inputs, layer.rank * D);
    else product(layer.hidden, layer.rank);
  });
  product(layerInputs(spec, spec.layers.length), spec.outputs);
  return {
    packed: arena.allocate(packed),
    factors: arena.allocate(factors * FEATURE),
    records: arena.allocate(blocks * 96),
  };
}
