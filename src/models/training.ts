/** @file How any network is trained: settings that all kinds share. */

import type { LossParams } from './loss-params.js';
import { LOSS_DEFAULTS } from './loss-params.js';
import type { Schedule } from './schedule.js';

/** How any network is trained. Zero means "chosen by the number of rows" for batchSize and epochs. */
export interface TrainingParams extends LossParams {
  readonly learningRate: number;
  /** Decoupled; applies to weight matrices only. */
  readonly weightDecay: number;
  readonly dropout: number;
  readonly schedule: Schedule;
  readonly beta2: number;
  readonly clipNorm: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs without a better validation loss before the fit stops. */
  readonly patience: number;
  readonly labelSmoothing: number;
  /** 'balanced': each class weighs the same in the loss. */
  readonly classWeights: 'none' | 'balanced';
}

export const TRAINING_DEFAULTS: TrainingParams = {
  learningRate: 0.005,
  weightDecay: 0.02,
  dropout: 0.1,
  schedule: 'cosine',
  beta2: 0.99,
  clipNorm: 1,
  batchSize: 0,
  epochs: 0,
  patience: 40,
  labelSmoothing: 0,
  classWeights: 'none',
  ...LOSS_DEFAULTS,
};
