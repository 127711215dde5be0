/** @file XGBoost as a family: what is tried first, and what is searched. */

import type { JsonObject } from '../../core/index.js';
import type { Space } from '../../search/index.js';
import { hp } from '../../search/index.js';
import type { CatalogEntry, DataSize } from '../entry.js';
import { MANY_CLASSES, roundsFor } from '../entry.js';
import { restoreXgboost, xgboost } from './xgboost.js';

export const xgboostEntry: CatalogEntry = {
  recipe: 'tree',
  estimator: (params) => xgboost(params),
  portfolio: ({ k }) => {
    const haste = k > MANY_CLASSES ? 2.5 : 1;
    return [
      settings(k, { learningRate: haste * 0.08 }),
      // Deep trees on few rows and columns each: nearest to a forest, and unlike the others.
      settings(k, {
        maxDepth: 14,
        learningRate: haste * 0.03,
        subsample: 0.5,
        colsampleByLevel: 0.4,
        minChildWeight: 0.5,
        regLambda: 0.5,
      }),
      settings(k, { maxDepth: 4, learningRate: haste * 0.05, regLambda: 2 }),
    ];
  },
  space,
  unfit: { count: 'it makes squared errors smaller, and may say less than 0', quantile: 'it has no loss of quantiles' },
  weight: 1,
  restore: (state) => restoreXgboost(state),
};

function settings(k: number, changes: JsonObject): JsonObject {
  return {
    rounds: roundsFor(k),
    maxDepth: 6,
    learningRate: 0.08,
    subsample: 0.7,
    colsampleByLevel: 0.9,
    minChildWeight: 1,
    regLambda: 1,
    regAlpha: 0.0001,
    ...changes,
  };
}

function space({ k }: DataSize): Space {
  return {
    rounds: roundsFor(k),
    maxDepth: hp.integer(3, 14),
    // Slower than this, a thousand rounds are too few.
    learningRate: hp.logRange(0.02, 0.3),
    subsample: hp.uniform(0.4, 1),
    colsampleByLevel: hp.uniform(0.3, 1),
    minChildWeight: hp.logRange(0.001, 20),
    regLambda: hp.logRange(1e-4, 5),
    regAlpha: hp.logRange(1e-4, 5),
  };
}
