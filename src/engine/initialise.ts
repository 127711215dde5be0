/** @file The first weights: small outputs, factors near 1, and variances that do not depend on rank or width. */

import type { Rng } from '../core/index.js';
import { FUNCTIONS } from './activations.js';
import type { Activation, BasisSpec, DenseLayerSpec, NetworkSpec, ProductLayerSpec } from './spec.js';
import { denseInputs, factorCount, isProductLayer, layerInputs, parameterLayout } from './spec.js';

export interface InitialiseOptions {
  /** Factor on every omega: how quickly the univariate functions wiggle. */
  readonly frequencyScale?: number;
  /** The same for each layer alone, the first one first: images and sounds want much quicker functions of the coordinates than of layers. */
  readonly frequencyScales?: readonly number[];
  /** s^2, the variance of each univariate function g over unit normal inputs; the paper's Lemma 1 bounds Var(phi) by exp(s^2) - 1. */
  readonly functionVariance?: number;
  /** Standard deviation of the output over unit normal features. */
  readonly outputScale?: number;
  /**
   * knots[j]: ascending quantiles of column j, one per hidden unit. Where given, the tanh units of a first axis layer, or of
   * a first dense layer's basis, are centred on them; other activations lose by it and ignore it.
   */
  readonly knots?: readonly ArrayLike<number>[] | undefined;
}

/**
 * A flat parameter block for `spec`.
 *
 * Projections keep unit variance, `a` gives every g the variance s^2 whatever the activation and `hidden`, c and the
 * biases are 0, LayerNorm starts as the identity, MLP layers follow He, output weights are near 0.
 *
 * Shapes   returns [layout.size]
 * Random   draws from `rng` only, tensor by tensor in the layout's order
 * Source   He et al. 2015 (https://arxiv.org/abs/1502.01852); Maharaj & Nair 2026, Lemma 1
 */
export function initialise(spec: NetworkSpec, rng: Rng, options: InitialiseOptions = {}): Float32Array {
  const { frequencyScale = 1, frequencyScales, functionVariance = 0.5, outputScale = 0.1, knots } = options;
  const { tensors, size } = parameterLayout(spec);
  const flat = new Float32Array(size);
  const groups: Record<string, Record<string, Float32Array>> = {};
  for (const { name, offset, size } of tensors) {
    const [group, tensor] = name.split('.');
    (groups[group] ??= {})[tensor] = flat.subarray(offset, offset + size);
  }
  groups.front?.scale.fill(1);
  spec.layers.forEach((layer, i) => {
    const p = groups[`layer${i}`];
    const inputs = layerInputs(spec, i);
    if (!isProductLayer(layer))
      return fillDense(p, layer, rng, { inputs, frequencyScale, knots: i === 0 ? knots : undefined });
    const centres = i === 0 && layer.projection === 'axis' && layer.activation === 'tanh' ? knots : undefined;
    if (p.W) fillNormal(p.W, rng, inputs ** -0.5);
    fillBasis(p, layer, rng, { frequencyScale: frequencyScales?.[i] ?? frequencyScale, knots: centres });
    fillMix(p, { ...layer, width: factorCount(layer, inputs) }, rng, functionVariance);
    p.scale.fill(1);
  });
  fillNormal(groups.out.W, rng, outputScale * layerInputs(spec, spec.layers.length) ** -0.5);
  return flat;
}

type Tensors = Readonly<Record<string, Float32Array>>;

function fillNormal(tensor: Float32Array, rng: Rng, deviation: number): void {
  for (let i = 0; i < tensor.length; i++) tensor[i] = deviation * rng.normal();
}

/** He's deviation; units of a basis count with what they are by themselves, as those of product layers do. */
function fillDense(
  p: Tensors,
  { activation, basis }: DenseLayerSpec,
  rng: Rng,
  { inputs, frequencyScale, knots }: BasisOptions & { readonly inputs: number },
): void {
  const deviation = heDeviation(activation, denseInputs(basis, inputs));
  if (!basis) return fillNormal(p.W, rng, deviation);
  fillBasis(p, basis, rng, { frequencyScale, knots: basis.activation === 'tanh' ? knots : undefined });
  fillNormal(p.W, rng, deviation / Math.sqrt(Math.max(meanEnergy(p, basis.activation), 1e-6)));
}

function heDeviation(activation: Activation, inputs: number): number {
  return Math.sqrt((activation === 'relu' || activation === 'silu' ? 2 : 1) / inputs);
}

interface BasisOptions {
  readonly frequencyScale: number;
  readonly knots: readonly ArrayLike<number>[] | undefined;
}

/** omega and beta: normal frequencies; phases uniform over the circle for the waves, normal for the others. */
function fillBasis(p: Tensors, layer: BasisSpec, rng: Rng, { frequencyScale, knots }: BasisOptions): void {
  const wave = layer.activation === 'sin' || layer.activation === 'spder';
  for (let unit = 0; unit < p.omega.length; unit++) {
    p.omega[unit] = frequencyScale * rng.normal();
    p.beta[unit] = wave ? (2 * rng.uniform() - 1) * Math.PI : rng.normal();
    const column = knots?.[Math.floor(unit / layer.hidden) % knots.length];
    if (!column || column.length === 0) continue;
    const m = unit % layer.hidden;
    p.omega[unit] = Math.min(8, Math.max(0.5, frequencyScale / spacing(column, m)));
    p.beta[unit] = -p.omega[unit] * column[Math.min(m, column.length - 1)];
  }
}

/** The mean distance of knot m to its neighbours; 0 where they coincide. */
function spacing(knots: ArrayLike<number>, m: number): number {
  const at = (index: number): number => knots[Math.min(knots.length - 1, Math.max(0, index))];
  const neighbours = Math.min(m + 1, knots.length - 1) - Math.max(m - 1, 0);
  return neighbours > 0 ? (at(m + 1) - at(m - 1)) / neighbours : 0;
}

/** a such that Var(g) = variance on average over the layer; E[act^2] of the units drawn is integrated, not assumed. */
function fillMix(p: Tensors, layer: ProductLayerSpec, rng: Rng, variance: number): void {
  fillNormal(p.a, rng, Math.sqrt(variance / (layer.hidden * Math.max(meanEnergy(p, layer.activation), 1e-6))));
}

/** E[act^2] of the units drawn, on average over the layer. */
function meanEnergy(p: Tensors, activation: Activation): number {
  let energy = 0;
  for (let unit = 0; unit < p.omega.length; unit++) energy += meanSquare(activation, p.omega[unit], p.beta[unit]);
  return energy / p.omega.length;
}

/** E[act(omega z + beta)^2] for z standard normal, by the trapezium rule on [-4, 4]. */
function meanSquare(activation: Activation, omega: number, beta: number): number {
  let sum = 0;
  let mass = 0;
  for (let z = -4; z <= 4; z += 0.25) {
    const density = Math.exp(-0.5 * z * z);
    sum += density * FUNCTIONS[activation].value(omega * z + beta) ** 2;
    mass += density;
  }
  return sum / mass;
}
