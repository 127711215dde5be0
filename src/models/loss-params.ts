/** @file The settings that name a loss of numbers, for families that descend on one. */

import { check } from '../core/index.js';

export const NUMBER_LOSSES = [
  'squared',
  'absolute',
  'mape',
  'huber',
  'quantile',
  'poisson',
  'gamma',
  'tweedie',
] as const;
/** As trees state them; `mape` is the absolute error over the size of the target. */
export type NumberLoss = (typeof NUMBER_LOSSES)[number];

/** The setting `loss` and its own number, of families that descend on a loss. */
export interface LossParams {
  /** What is made smaller: of numbers one of several losses, of classes always their cross-entropy; auto: the squared error. */
  readonly loss: NumberLoss | 'auto';
  /** The loss's own number: the level of quantile, the power of tweedie, the distance of huber in the target's units; null: its usual one. */
  readonly shape: number | null;
}

export const LOSS_DEFAULTS: LossParams = { loss: 'auto', shape: null };

/** Refuses a loss that there is none of, and an own number that it cannot have. */
export function requireLoss(where: string, { loss, shape }: LossParams): void {
  const losses = ['auto', ...NUMBER_LOSSES];
  check(losses.includes(loss), where, `loss must be one of ${losses.join(', ')}`, loss);
  if (shape === null) return;
  const ranges: Partial<Record<LossParams['loss'], readonly [number, number]>> = {
    quantile: [0, 1],
    tweedie: [1, 2],
    huber: [0, Infinity],
  };
  const range = ranges[loss];
  check(range !== undefined, where, 'shape must be null but for quantile, tweedie and huber', shape);
  const isInside = shape > range[0] && shape < range[1];
  check(isInside, where, `shape of ${loss} must be between ${range.join(' and ')}`, shape);
}
