/** @file The layers of a network on the kernels: plain bookkeeping of addresses, no arithmetic. */

import type { BasisSpec, DenseLayerSpec, ProductLayerSpec } from '../spec.js';
import { ACTIVATIONS, denseInputs, factorCount } from '../spec.js';
import type { Activations, Arena } from './arena.js';
import { FEATURE } from './arena.js';
import type { Kernels } from './kernels.gen.js';

/** What every layer needs to know of its program; addresses in bytes. */
export interface LayerContext {
  readonly kernels: Kernels;
  /** From a parameter to its gradient. */
  readonly gradient: number;
  /** Packed operands of the matrix product being computed. */
  readonly packed: number;
  /** [D][8] of the widest layer: prefix products, or a dz that nobody wants. */
  readonly factors: number;
  /** 96 bytes per block: z, dg and dz of one factor. */
  readonly records: number;
}

/** One layer, forward and backward over `blocks` blocks; `backward` must follow `forward` on the same input. */
export interface WasmLayer {
  forward(context: LayerContext, input: Activations, output: Activations, blocks: number): void;
  /** Consumes dOutput; writes the first dInput.cols columns of the input's gradient unless it is null. */
  backward(context: LayerContext, pass: BackwardPass, blocks: number): void;
}

export interface BackwardPass {
  readonly input: Activations;
  readonly outputGradient: Activations;
  readonly inputGradient: Activations | null;
}

/** The address of a layer's tensor by its short name. */
export type Addresses = Readonly<Record<string, number>>;

export interface LayerPlan {
  readonly arena: Arena;
  readonly blocks: number;
  readonly inputs: number;
  readonly addresses: Addresses;
}

/** Bytes of packed [K x N] weights with their bias, in panels of four columns. */
export function packedBytes(K: number, N: number): number {
  return Math.ceil(N / 4) * 16 * (K + 1);
}

/** Bytes of packed rows from which the gradient of [K x N] weights is computed: four features and all N. */
export function packedRowBytes(N: number, blocks: number): number {
  return 16 * (8 * blocks + 1) + 256 * blocks * Math.ceil(N / 8);
}

/** h W + b. */
export class AffineLayer implements WasmLayer {
  constructor(
    private readonly inputs: number,
    private readonly outputs: number,
    private readonly p: Addresses,
  ) {}

  forward({ kernels, packed }: LayerContext, input: Activations, output: Activations, blocks: number): void {
    const { inputs, outputs, p } = this;
    kernels.packPanels(p.W, outputs * 4, 4, inputs, outputs, p.b, 4, 1, 0, packed);
    kernels.affineForward(input.at, input.stride, inputs, packed, output.at, output.stride, outputs, blocks);
  }

  backward(
    context: LayerContext,
    { input, outputGradient: dz, inputGradient: dh }: BackwardPass,
    blocks: number,
  ): void {
    const { kernels, gradient, packed } = context;
    const { inputs, outputs, p } = this;
    const rowBytes = outputs * 4;
    kernels.affineWeights(
      input.at,
      input.stride,
      inputs,
      dz.at,
      dz.stride,
      outputs,
      p.W + gradient,
      rowBytes,
      blocks,
      packed,
    );
    kernels.sumRows(dz.at, dz.stride, outputs, p.b + gradient, 4, blocks);
    if (!dh) return;
    kernels.packPanels(p.W, 4, rowBytes, outputs, dh.cols, 0, 0, 1, 0, packed);
    kernels.affineForward(dz.at, dz.stride, outputs, packed, dh.at, dh.stride, dh.cols, blocks);
  }
}

/** U = act(omega x + beta), `hidden` units of each of D columns; backward, dU is where its gradient has been written. */
class Basis {
  readonly U: Activations;
  readonly dU: Activations;
  private readonly kind: number;
  private readonly p: Addresses;

  constructor(
    private readonly spec: BasisSpec,
    private readonly D: number,
    { arena, blocks, addresses }: LayerPlan,
  ) {
    this.U = arena.activations(blocks, D * spec.hidden);
    this.dU = arena.activations(blocks, D * spec.hidden);
    this.kind = ACTIVATIONS.indexOf(spec.activation);
    this.p = addresses;
  }

  forward({ kernels }: LayerContext, input: Activations, blocks: number): void {
    const { U, D, p } = this;
    const { hidden } = this.spec;
    kernels.basisForward(this.kind, input.at, input.stride, U.at, U.stride, p.omega, p.beta, D, hidden, blocks);
  }

  backward(
    { kernels, gradient }: LayerContext,
    { input, inputGradient: dx }: Pick<BackwardPass, 'input' | 'inputGradient'>,
    blocks: number,
  ): void {
    const { dU, D, p } = this;
    if (dx) kernels.clearColumns(dx.at, dx.stride, D, blocks);
    kernels.basisBackward(
      ...([this.kind, input.at, input.stride, dU.at, dU.stride, dx?.at ?? 0, dx?.stride ?? 0] as const),
      ...([p.omega, p.beta, gradient, D, this.spec.hidden, blocks] as const),
    );
  }
}

/** act(h W + b), a layer of an MLP; of functions of h where it has a basis. */
export class DenseLayer implements WasmLayer {
  private readonly affine: AffineLayer;
  private readonly basis: Basis | null;
  private readonly z: Activations;
  private readonly kind: number;

  constructor(spec: DenseLayerSpec, plan: LayerPlan) {
    const { arena, blocks, inputs, addresses } = plan;
    this.basis = spec.basis ? new Basis(spec.basis, inputs, plan) : null;
    this.affine = new AffineLayer(denseInputs(spec.basis, inputs), spec.width, addresses);
    this.z = arena.activations(blocks, spec.width);
    this.kind = ACTIVATIONS.indexOf(spec.activation);
  }

  forward(context: LayerContext, input: Activations, output: Activations, blocks: number): void {
    const { z, kind, basis } = this;
    basis?.forward(context, input, blocks);
    this.affine.forward(context, basis?.U ?? input, z, blocks);
    context.kernels.activateForward(kind, z.at, z.stride, output.at, output.stride, z.cols, blocks);
  }

  backward(context: LayerContext, { input, outputGradient: dy, inputGradient }: BackwardPass, blocks: number): void {
    const { z, kind, basis } = this;
    context.kernels.activateBackward(kind, z.at, z.stride, dy.at, dy.stride, z.cols, blocks);
    if (!basis) return this.affine.backward(context, { input, outputGradient: z, inputGradient }, blocks);
    this.affine.backward(context, { input: basis.U, outputGradient: z, inputGradient: basis.dU }, blocks);
    basis.backward(context, { input, inputGradient }, blocks);
  }
}

/** A product layer: factors (with their product phi), then LayerNorm. */
export class ProductLayer implements WasmLayer {
  private readonly factors: FactorLayer;
  private readonly phi: Activations;
  private readonly inverse: number;
  private readonly p: Addresses;

  constructor(spec: ProductLayerSpec, plan: LayerPlan) {
    const isBasis = spec.projection === 'axis' && spec.sharing === 'basis';
    this.factors = isBasis ? new BasisFactors(spec, plan) : new NeuronFactors(spec, plan);
    this.phi = plan.arena.activations(plan.blocks, spec.rank);
    this.inverse = plan.arena.allocate(plan.blocks * FEATURE);
    this.p = plan.addresses;
  }

  forward(context: LayerContext, input: Activations, output: Activations, blocks: number): void {
    const { phi, inverse, p } = this;
    this.factors.forward(context, input, phi, blocks);
    const { at, stride } = output;
    context.kernels.normaliseForward(phi.at, phi.stride, at, stride, inverse, p.scale, p.shift, phi.cols, blocks);
  }

  backward(context: LayerContext, { input, outputGradient: dy, inputGradient }: BackwardPass, blocks: number): void {
    const { phi: normal, inverse, p } = this;
    const { kernels, gradient } = context;
    const [scale, shift] = [p.scale, p.shift];
    // dphi replaces dy.
    kernels.normaliseBackward(
      ...([dy.at, dy.stride, normal.at, normal.stride, inverse, dy.at, dy.stride] as const),
      ...([scale, shift, gradient, normal.cols, blocks] as const),
    );
    this.factors.backward(context, { input, outputGradient: dy, inputGradient }, blocks);
  }
}

/** From the layer's input to phi and back: `output` is phi, `outputGradient` dphi. */
type FactorLayer = WasmLayer;

/** Every neuron evaluates its own univariate functions; sharings differ in strides only. */
class NeuronFactors implements FactorLayer {
  private readonly projection: AffineLayer | null;
  private readonly z: Activations | null;
  private readonly f: Activations;
  private readonly kind: number;
  private readonly D: number;
  private readonly gamma: number;
  private readonly strides: readonly [basis: number, mix: number, constant: number];
  private readonly p: Addresses;

  constructor(
    private readonly spec: ProductLayerSpec,
    { arena, blocks, inputs, addresses }: LayerPlan,
  ) {
    const { rank, hidden, sharing } = spec;
    const isDense = spec.projection === 'dense';
    this.D = factorCount(spec, inputs);
    this.projection = isDense ? new AffineLayer(inputs, rank * this.D, addresses) : null;
    this.z = isDense ? arena.activations(blocks, rank * this.D) : null;
    this.f = arena.activations(blocks, rank * this.D);
    this.kind = ACTIVATIONS.indexOf(spec.activation);
    this.gamma = this.D ** -0.5;
    const basis = sharing === 'neuron' ? this.D * hidden * 4 : 0;
    const mixed = sharing === 'layer' ? 0 : 1;
    this.strides = [basis, mixed * this.D * hidden * 4, mixed * this.D * 4];
    this.p = addresses;
  }

  forward(context: LayerContext, input: Activations, phi: Activations, blocks: number): void {
    const { f, D, p, gamma } = this;
    const { rank, hidden } = this.spec;
    if (this.projection && this.z) this.projection.forward(context, input, this.z, blocks);
    const z = this.z ?? input;
    context.kernels.productForward(
      ...([this.kind, z.at, z.stride, this.zNeuron, f.at, f.stride, phi.at, phi.stride] as const),
      ...([p.omega, p.beta, p.a, p.c, ...this.strides, rank, D, hidden, gamma, blocks] as const),
    );
  }

  backward(context: LayerContext, { input, outputGradient: dphi, inputGradient }: BackwardPass, blocks: number): void {
    const { f, D, gamma } = this;
    const { kernels, factors } = context;
    const { rank } = this.spec;
    kernels.multiplyFactorsBackward(
      ...([f.at, f.stride, D * FEATURE, FEATURE, dphi.at, dphi.stride, rank, D, gamma, factors, blocks] as const),
    );
    if (this.projection && this.z) {
      this.functionsBackward(context, { z: this.z, dz: this.z, accumulate: 0 }, blocks);
      this.projection.backward(context, { input, outputGradient: this.z, inputGradient }, blocks);
    } else if (inputGradient) {
      kernels.clearColumns(inputGradient.at, inputGradient.stride, D, blocks);
      this.functionsBackward(context, { z: input, dz: inputGradient, accumulate: 1 }, blocks);
    } else {
      this.functionsBackward(context, { z: input, dz: { at: factors, stride: 0 }, accumulate: 0 }, blocks);
    }
  }

  /** Bytes from one neuron's first projection to the next one's. */
  private get zNeuron(): number {
    return this.z ? this.D * FEATURE : 0;
  }

  private functionsBackward(context: LayerContext, { z, dz, accumulate }: FunctionsPass, blocks: number): void {
    const { f, D, p } = this;
    const { rank, hidden } = this.spec;
    const { gradient, records } = context;
    context.kernels.productBackward(
      ...([this.kind, z.at, z.stride, this.zNeuron, f.at, f.stride, dz.at, dz.stride, accumulate] as const),
      ...([p.omega, p.beta, p.a, gradient, p.c + gradient, ...this.strides, rank, D, hidden, records, blocks] as const),
    );
  }
}

interface FunctionsPass {
  readonly z: Pick<Activations, 'at' | 'stride'>;
  readonly dz: Pick<Activations, 'at' | 'stride'>;
  readonly accumulate: number;
}

/** Axis projection with a shared basis: U once per column, mixed for all neurons by one small product per column. */
class BasisFactors implements FactorLayer {
  private readonly basis: Basis;
  /** Column by column: (l, j) at (j * rank + l) * FEATURE. */
  private readonly f: Activations;
  private readonly D: number;
  private readonly gamma: number;
  private readonly p: Addresses;

  constructor(
    private readonly spec: ProductLayerSpec,
    plan: LayerPlan,
  ) {
    const { arena, blocks, inputs, addresses } = plan;
    this.D = inputs;
    this.basis = new Basis(spec, inputs, plan);
    this.f = arena.activations(blocks, inputs * spec.rank);
    this.gamma = inputs ** -0.5;
    this.p = addresses;
  }

  forward(context: LayerContext, input: Activations, phi: Activations, blocks: number): void {
    const { basis, f, D, gamma, p } = this;
    const { U } = basis;
    const { kernels, packed } = context;
    const { rank, hidden } = this.spec;
    basis.forward(context, input, blocks);
    for (let j = 0; j < D; j++) {
      // f = (1 + gamma c) + (gamma a) U
      const a = p.a + j * hidden * 4;
      kernels.packPanels(a, 4, D * hidden * 4, hidden, rank, p.c + j * 4, D * 4, gamma, 1, packed);
      const [from, to] = [U.at + j * hidden * FEATURE, f.at + j * rank * FEATURE];
      kernels.affineForward(from, U.stride, hidden, packed, to, f.stride, rank, blocks);
    }
    kernels.multiplyFactors(f.at, f.stride, FEATURE, rank * FEATURE, phi.at, phi.stride, rank, D, blocks);
  }

  backward(context: LayerContext, { input, outputGradient: dphi, inputGradient }: BackwardPass, blocks: number): void {
    const { f, D, gamma } = this;
    const { kernels, factors } = context;
    const { rank } = this.spec;
    kernels.multiplyFactorsBackward(
      ...([f.at, f.stride, FEATURE, rank * FEATURE, dphi.at, dphi.stride, rank, D, gamma, factors, blocks] as const),
    );
    for (let j = 0; j < D; j++) this.mixBackward(context, j, blocks);
    this.basis.backward(context, { input, inputGradient }, blocks);
  }

  private mixBackward({ kernels, gradient, packed }: LayerContext, j: number, blocks: number): void {
    const { f, D, p } = this;
    const { U, dU } = this.basis;
    const { rank, hidden } = this.spec;
    const dg = f.at + j * rank * FEATURE;
    const a = p.a + j * hidden * 4;
    const neuronBytes = D * hidden * 4;
    const unit = j * hidden * FEATURE;
    kernels.affineWeights(dg, f.stride, rank, U.at + unit, U.stride, hidden, a + gradient, neuronBytes, blocks, packed);
    kernels.sumRows(dg, f.stride, rank, p.c + j * 4 + gradient, D * 4, blocks);
    kernels.packPanels(a, neuronBytes, 4, rank, hidden, 0, 0, 1, 0, packed);
    kernels.affineForward(dg, f.stride, rank, packed, dU.at + unit, dU.stride, hidden, blocks);
  }
}
