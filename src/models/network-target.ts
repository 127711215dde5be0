/** @file What a network makes smaller, and the target as its loss wants it. */

import { check } from '../core/index.js';
import { usualDistance } from '../trees/index.js';
import type { FitContext, Sample } from './estimator.js';
import type { LossParams, NumberLoss } from './loss-params.js';
import type { ReadyNumberLoss } from './number-loss.js';
import { isOfLogs, leastSize, requireSizes, shareWeights } from './number-loss.js';
import type { TargetScaling } from './target.js';
import { fitLogScaling, fitRobustScaling, fitTargetScaling } from './target.js';

export interface NetworkTarget {
  readonly scaling: TargetScaling;
  /** Of numbers; undefined for classes. */
  readonly loss: ReadyNumberLoss | undefined;
  /** The sample's weights, or what its rows weigh in the loss. */
  readonly weights: Float32Array | undefined;
}

/** Level of quantile and power of tweedie where none is named. */
const USUAL: Partial<Record<NumberLoss, number>> = { quantile: 0.5, tweedie: 1.5 };

/** Throws   usage: a loss of numbers for classes; data: targets that a loss has no value for */
export function fitNetworkTarget(
  kind: string,
  train: Sample,
  { task, k }: FitContext,
  params: LossParams,
): NetworkTarget {
  const { loss: asked } = params;
  if (task !== 'regression') {
    check(asked === 'auto', `${kind}.fit`, 'loss must be auto where classes are predicted', asked);
    return { scaling: fitTargetScaling(train, task, k), loss: undefined, weights: train.weights };
  }
  const name = asked === 'auto' ? 'squared' : asked;
  requireSizes(`${kind}.fit`, name, train);
  const weights = name === 'mape' ? shareWeights(train) : train.weights;
  const scaling = scalingOf(name, { ...train, weights }, params.shape);
  return { scaling, loss: { name, shape: shapeOf(name, train, params.shape, scaling) }, weights };
}

function scalingOf(loss: NumberLoss, train: Sample, shape: number | null): TargetScaling {
  if (loss === 'squared') return fitTargetScaling(train, 'regression', 1);
  if (isOfLogs(loss)) return fitLogScaling(train);
  return fitRobustScaling(train, loss === 'quantile' ? (shape ?? USUAL.quantile) : 0.5);
}

/** Huber's distance is told in the target's units, and used in those of the standardised target. */
function shapeOf(loss: NumberLoss, train: Sample, told: number | null, { scale }: TargetScaling): number {
  if (loss === 'mape') return leastSize(train);
  if (loss !== 'huber') return told ?? USUAL[loss] ?? 0;
  const weights = train.weights ?? new Float32Array(train.y.length).fill(1);
  return (told ?? usualDistance({ y: train.y, train: train.rows }, weights)) / scale;
}
