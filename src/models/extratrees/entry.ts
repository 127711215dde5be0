/** @file Extra trees as a family: what is tried first, and what is searched. */

import type { Space } from '../../search/index.js';
import { hp } from '../../search/index.js';
import type { CatalogEntry, DataSize } from '../entry.js';
import { formOf, formSpace } from '../entry.js';
import { extratrees, restoreExtraTrees } from './extratrees.js';

/** Beyond so many rows leaves are larger and trees fewer: a forest takes room by its leaves, in every study and in every file. */
const MANY_ROWS = 5000;

export const extraTreesEntry: CatalogEntry = {
  recipe: 'tree',
  estimator: (params) => extratrees(params),
  portfolio: (size) =>
    (size.k === 1
      ? [
          { columns: 1, minLeaf: 1 },
          { columns: 0.33, minLeaf: 1 },
          { columns: 1, minLeaf: 3 },
        ]
      : [
          { columns: 'sqrt', minLeaf: 1 },
          { columns: 0.5, minLeaf: 2 },
          { columns: 0.8, minLeaf: 5 },
        ]
    ).map(({ columns, minLeaf }, i) => ({
      trees: treesFor(size),
      columns,
      minLeaf: Math.max(minLeaf, leastLeaf(size)),
      ...formOf(size, i === 0 ? 'native' : 'encoded'),
    })),
  space,
  weight: 1,
  isBinned: true,
  restore: (state) => restoreExtraTrees(state),
};

function treesFor({ n }: DataSize): number {
  return n > MANY_ROWS ? 100 : 200;
}

function leastLeaf({ n }: DataSize): number {
  return Math.max(1, Math.floor(n / MANY_ROWS));
}

function space(size: DataSize): Space {
  return {
    trees: treesFor(size),
    columns: hp.choice(['sqrt', 0.33, 0.5, 0.8, 1]),
    minLeaf: hp.logInteger(leastLeaf(size), 20 * leastLeaf(size)),
    ...formSpace(size),
  };
}
