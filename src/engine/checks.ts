/** @file What every engine refuses, said once. */

import type { Matrix } from '../core/index.js';
import { check, ToolkitError } from '../core/index.js';
import type { CompileOptions, LossKind, LossSpec, Sample, Update } from './engine.js';
import type { NetworkSpec } from './spec.js';
import { checkSpec, parameterLayout } from './spec.js';

/** Refuses a network or options that cannot be compiled. */
export function checkCompile(spec: NetworkSpec, options: CompileOptions): void {
  checkSpec(spec);
  const { loss, batchSize } = options;
  const tensors = parameterLayout(spec).tensors.length;
  check(Number.isInteger(batchSize) && batchSize >= 1, 'compile', 'batchSize must be a positive integer', batchSize);
  const smoothing = loss.labelSmoothing;
  check(smoothing >= 0 && smoothing < 1, 'compile', 'labelSmoothing must be in [0, 1)', smoothing);
  checkShape(loss);
  if (loss.kind === 'binaryCrossEntropy') {
    check(spec.outputs === 1, 'compile', 'outputs must be 1 for binaryCrossEntropy', spec.outputs);
  }
  for (const name of ['rateScale', 'decayScale'] as const) {
    const scale = options[name];
    if (scale)
      check(scale.length === tensors, 'compile', `${name} must have ${tensors} entries, one per tensor`, scale.length);
  }
}

/** What the own number of a loss must be between. */
const SHAPES: Partial<Record<LossKind, readonly [number, number]>> = {
  huber: [0, Infinity],
  quantile: [0, 1],
  tweedie: [1, 2],
};

function checkShape({ kind, shape }: LossSpec): void {
  const range = SHAPES[kind];
  if (!range) return;
  const isInside = shape !== undefined && shape > range[0] && shape < range[1];
  check(isInside, 'compile', `shape of ${kind} must be between ${range.join(' and ')}`, shape);
}

/** Refuses a batch that does not fit the program; O(1), the values are the caller's business. */
export function checkBatch(spec: NetworkSpec, batchSize: number, batch: Sample): void {
  checkColumns(spec, batch.X, 'step');
  const { start, count, rows } = batch;
  check(count >= 1 && count <= batchSize, 'step', `count must be in [1, ${batchSize}]`, count);
  check(
    start >= 0 && start + count <= rows.length,
    'step',
    `start + count must be at most ${rows.length}`,
    start + count,
  );
}

/** Refuses a matrix of another width. */
export function checkColumns(spec: NetworkSpec, X: Matrix, where: string): void {
  check(X.cols === spec.inputs, where, `X must have ${spec.inputs} columns`, X.cols);
}

/** Refuses directions of another space. */
export function checkDirections(spec: NetworkSpec, directions: Matrix): void {
  check(directions.cols === spec.inputs, 'derivatives', `directions must have ${spec.inputs} columns`, directions.cols);
}

/** Refuses dropout where outputs are differentiated. */
export function checkUndropped({ dropout }: Update): void {
  check(dropout === 0, 'derivatives', 'dropout must be 0 where derivatives are trained', dropout);
}

/** Refuses a flat block of another size. */
export function checkParameters(size: number, flat: ArrayLike<number>): void {
  check(flat.length === size, 'setParameters', `the block must have ${size} numbers`, flat.length);
}

/** Refuses to be asked by a loss from outside: outputs and what lies behind them are of the rows that it judges. */
export function requireIdle(isAsking: boolean): void {
  if (isAsking)
    throw new ToolkitError('state', { where: 'program', rule: 'it must not be asked by a loss that it asks' });
}
