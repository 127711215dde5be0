/** @file Extra trees as a family: what is tried first, and what is searched. */

import type { Space } from '../../search/index.js';
import { hp } from '../../search/index.js';
import type { CatalogEntry, DataSize } from '../entry.js';
import { formOf, formSpace } from '../entry.js';
import { lossOfMetric } from '../number-loss.js';
import { extratrees, restoreExtraTrees } from './extratrees.js';
import type { LeafLoss } from './params.js';
import { isLeafLoss } from './params.js';

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
          { columns: 1, minLeaf: lossOf(size).loss ? 5 : 3 },
        ]
      : [
          { columns: 'sqrt', minLeaf: 1 },
          // Of two classes an order is asked for: few columns and calmer leaves say more of it.
          size.k === 2 ? { columns: 'sqrt', minLeaf: 3 } : { columns: 0.5, minLeaf: 2 },
          { columns: 0.8, minLeaf: 5 },
        ]
    ).map(({ columns, minLeaf }, i) => ({
      trees: treesFor(size),
      columns,
      minLeaf: Math.max(minLeaf, leastLeaf(size)),
      ...formOf(size, i === 0 ? 'native' : 'encoded'),
      ...(i === MEDIANS ? lossOf(size) : squaredOf(size)),
    })),
  space,
  weight: 1,
  unfit: {
    count: 'where its leaves hold none it says 0, which no count but 0 forgives',
    quantile: 'its leaves hold means and medians, and no other quantile',
  },
  isBinned: true,
  restore: (state) => restoreExtraTrees(state),
};

/** Of the portfolio, the setting with the largest leaves: the median of one row is its mean. */
const MEDIANS = 2;

/** The loss of the metric, where leaves can make it least and it is not the squared error. */
function lossOf({ k, metric }: DataSize): { readonly loss?: LeafLoss } {
  const loss = k === 1 ? lossOfMetric(metric)?.loss : undefined;
  return isLeafLoss(loss) && loss !== 'squared' ? { loss } : {};
}

/** Squared error, where that is not the loss of the metric. */
function squaredOf(size: DataSize): { readonly loss?: LeafLoss } {
  return lossOf(size).loss === undefined ? {} : { loss: 'squared' };
}

function lossSpace(size: DataSize): Space {
  const { loss } = lossOf(size);
  return loss === undefined ? {} : { loss: hp.choice([loss, 'squared']) };
}

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
    ...lossSpace(size),
  };
}
