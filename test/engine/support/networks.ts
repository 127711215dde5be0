/** @file Networks and batches for tests: seeded, small, of every kind. */

import type { Matrix, Rng } from '../../../src/core/index.js';
import { allRows } from '../../../src/core/index.js';
import type {
  Batch,
  DenseLayerSpec,
  LossSpec,
  LrnnSpec,
  MlpSpec,
  NetworkSpec,
  ProductLayerSpec,
} from '../../../src/engine/index.js';
import { isNumberLoss, parameterLayout } from '../../../src/engine/index.js';

const PRODUCT: ProductLayerSpec = {
  rank: 5,
  width: 3,
  hidden: 4,
  activation: 'sin',
  projection: 'dense',
  sharing: 'neuron',
};

type Common = Partial<Pick<LrnnSpec, 'inputs' | 'outputs' | 'inputSkip' | 'frontScale'>>;

export function lrnn(layers: Partial<ProductLayerSpec>[], common: Common = {}): LrnnSpec {
  const full = layers.map((layer) => ({ ...PRODUCT, ...layer }));
  return { kind: 'lrnn', inputs: 4, outputs: 1, inputSkip: false, frontScale: false, ...common, layers: full };
}

export function mlp(layers: DenseLayerSpec[], common: Common = {}): MlpSpec {
  return { kind: 'mlp', inputs: 4, outputs: 1, inputSkip: false, frontScale: false, ...common, layers };
}

export const MSE: LossSpec = { kind: 'mse', labelSmoothing: 0 };

/** Every loss of numbers besides, with own numbers that are none of the usual ones. */
export const NUMBER_LOSSES: readonly LossSpec[] = [
  { kind: 'absolute', labelSmoothing: 0 },
  { kind: 'huber', labelSmoothing: 0, shape: 0.7 },
  { kind: 'quantile', labelSmoothing: 0, shape: 0.83 },
  { kind: 'poisson', labelSmoothing: 0 },
  { kind: 'gamma', labelSmoothing: 0 },
  { kind: 'tweedie', labelSmoothing: 0, shape: 1.3 },
];

/** Draws what a loss may be asked to say: any number, one that has a logarithm, a class. */
export function targetDraw({ kind }: LossSpec, outputs: number, rng: Rng): () => number {
  switch (kind) {
    case 'mse':
    case 'absolute':
    case 'huber':
    case 'quantile':
      return () => rng.normal();
    case 'poisson':
      return () => rng.integer(4);
    case 'gamma':
      return () => Math.exp(rng.normal());
    case 'tweedie':
      return () => Math.max(0, rng.normal());
    case 'binaryCrossEntropy':
      return () => rng.integer(2);
    case 'crossEntropy':
      return () => rng.integer(outputs);
  }
}

/** Parameters as make_golden.py draws them: nothing near 0, so that every gradient counts. Float32 values. */
export function randomParameters(spec: NetworkSpec, rng: Rng): Float32Array {
  const { tensors, size } = parameterLayout(spec);
  const flat = new Float32Array(size);
  for (const { name, shape, offset, size: count } of tensors) {
    const tensor = name.slice(name.indexOf('.') + 1);
    const fan = tensor === 'W' ? shape[0] : tensor === 'a' ? shape[shape.length - 1] : 1;
    const small = ['b', 'c', 'shift'].includes(tensor) ? 0.1 : 1;
    for (let i = offset; i < offset + count; i++) flat[i] = small * fan ** -0.5 * rng.normal();
  }
  return flat;
}

export function randomMatrix(rows: number, cols: number, rng: Rng): Matrix {
  return { rows, cols, data: Float32Array.from({ length: rows * cols }, () => rng.normal()) };
}

/** A batch of `count` of n >= count rows in shuffled order, with targets that fit the loss. */
export function randomBatch(spec: NetworkSpec, loss: LossSpec, count: number, rng: Rng, weighted = false): Batch {
  const n = count + 3;
  const X = randomMatrix(n, spec.inputs, rng);
  const draw = targetDraw(loss, spec.outputs, rng);
  const y = Float32Array.from({ length: isNumberLoss(loss.kind) ? n * spec.outputs : n }, draw);
  const rows = rng.shuffle(allRows(n));
  const weights = weighted ? Float32Array.from({ length: n }, () => 0.5 + rng.uniform()) : undefined;
  return { X, y, rows, start: 2, count, weights };
}
