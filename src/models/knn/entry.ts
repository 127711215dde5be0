/** @file Nearest neighbours as a family: what is tried first, and what is searched. */

import { hp } from '../../search/index.js';
import type { CatalogEntry } from '../entry.js';
import { knn, MAX_ROWS, restoreKnn } from './knn.js';

export const knnEntry: CatalogEntry = {
  recipe: 'network',
  estimator: (params) => knn(params),
  portfolio: () => [{ neighbours: 15, power: 1 }],
  space: () => ({ neighbours: hp.logInteger(3, 60), power: hp.choice([0, 1, 2]) }),
  unfit: {
    count: 'among neighbours without any it says 0, which no count but 0 forgives',
    quantile: 'it is a mean of neighbours',
  },
  weight: 0.25,
  maxRows: MAX_ROWS,
  restore: (state) => restoreKnn(state),
};
