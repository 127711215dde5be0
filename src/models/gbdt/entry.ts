/** @file Our own boosted trees as a family: what is tried first, and what is searched. */

import type { JsonObject } from '../../core/index.js';
import type { Space } from '../../search/index.js';
import { hp } from '../../search/index.js';
import type { CatalogEntry, DataSize } from '../entry.js';
import {
  formOf,
  formSpace,
  lossOf,
  lossSpace,
  MANY_CLASSES,
  roundsFor,
  squaredOf,
  transformSpace,
  withTransforms,
} from '../entry.js';
import { gbdt, restoreGbdt } from './gbdt.js';

export const gbdtEntry: CatalogEntry = {
  recipe: 'tree',
  estimator: (params) => gbdt(params),
  portfolio: (size) => {
    const haste = size.k > MANY_CLASSES ? 2.5 : 1;
    return withTransforms(size, [
      settings(size, { learningRate: haste * 0.06 }),
      // Large trees on few rows and columns each: nearest to a forest, and unlike the others.
      settings(size, {
        learningRate: haste * 0.04,
        leaves: 64,
        subsample: 0.5,
        colsample: 0.5,
        ...formOf(size, 'native'),
      }),
      // Squared errors whatever the metric: where no tail is long that is as good, and unlike the others.
      settings(size, { learningRate: haste * 0.06, leaves: 8, minRows: 10, regLambda: 5, ...squaredOf(size) }),
    ]);
  },
  space,
  weight: 1,
  isBinned: true,
  holdsDirections: true,
  restore: (state) => restoreGbdt(state),
};

/** Below so many rows small trees err less. */
const FEW_ROWS = 2000;

function settings(size: DataSize, changes: JsonObject): JsonObject {
  const { n, k } = size;
  return {
    rounds: roundsFor(k),
    learningRate: 0.06,
    leaves: n < FEW_ROWS ? 16 : 31,
    minRows: 5,
    regLambda: 1,
    subsample: 0.8,
    colsample: 0.8,
    ...formOf(size, 'encoded'),
    ...lossOf(size),
    ...changes,
  };
}

function space(size: DataSize): Space {
  return {
    rounds: roundsFor(size.k),
    learningRate: hp.logRange(0.02, 0.3),
    leaves: hp.logInteger(4, 128),
    minRows: hp.logInteger(1, 100),
    regLambda: hp.logRange(1e-3, 20),
    subsample: hp.uniform(0.4, 1),
    colsample: hp.uniform(0.3, 1),
    ...formSpace(size),
    ...lossSpace(size),
    ...transformSpace(size),
  };
}
