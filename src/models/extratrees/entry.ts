/** @file Extra trees as a family: what is tried first, and what is searched. */

import type { JsonObject } from '../../core/index.js';
import type { Space } from '../../search/index.js';
import { hp } from '../../search/index.js';
import type { CatalogEntry, DataSize } from '../entry.js';
import { extratrees, restoreExtraTrees } from './extratrees.js';

export const extraTreesEntry: CatalogEntry = {
  recipe: 'tree',
  estimator: (params) => extratrees(params),
  portfolio: ({ k }) =>
    k === 1
      ? [
          settings({ columns: 1, minLeaf: 2 }),
          settings({ columns: 0.33, minLeaf: 1 }),
          settings({ columns: 1, minLeaf: 5 }),
        ]
      : [settings({}), settings({ columns: 0.5, minLeaf: 2 }), settings({ columns: 0.8, minLeaf: 5 })],
  space,
  weight: 0.5,
  restore: (state) => restoreExtraTrees(state),
};

function settings(changes: JsonObject): JsonObject {
  return { trees: 200, columns: 'sqrt', minLeaf: 1, ...changes };
}

function space(_: DataSize): Space {
  return {
    trees: 200,
    columns: hp.choice(['sqrt', 0.33, 0.5, 0.8, 1]),
    minLeaf: hp.logInteger(1, 20),
  };
}
