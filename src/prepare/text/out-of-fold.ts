/** @file The same linear model of texts for every inner fold and for all rows, with a penalty that is chosen among the rows themselves. */

import { deriveSeed } from '../../core/index.js';
import type { InnerFolds } from '../inner-folds.js';
import { isKnownTo } from '../inner-folds.js';
import type { SparseLoss } from './linear.js';
import { SparseLinear } from './linear.js';
import type { SparseRows } from './vocabulary.js';

/** How much the losses count beside the penalty, least first. */
const PENALTIES = [0.1, 0.3, 1, 3, 10, 30];
/** Values of the rows among which the penalty is chosen. */
const CHOICE_VALUES = 2 ** 20;
/** Rounds over the rows at most, and values that all fits of one output may look at together: some seconds. */
const MOST_ROUNDS = 40;
const FEWEST_ROUNDS = 5;
const MOST_VISITS = 2 ** 30;

export interface TextLinearRequest {
  readonly X: SparseRows;
  readonly width: number;
  /** [rows of X] */
  readonly y: Float64Array;
  readonly loss: SparseLoss;
  readonly folds: InnerFolds;
  readonly seed: number;
}

export interface TextLinear {
  /** [width] of all rows. */
  readonly all: Float64Array;
  /** [folds][width] of the rows that each fold may look at; zeros where there are none. */
  readonly folds: readonly Float64Array[];
}

/** Random   order of the rows while fitting, from the seed */
export function weightsByFold(request: TextLinearRequest): TextLinear {
  const { X, width, y, loss, folds, seed } = request;
  const fitted = (rows: Int32Array, name: string): SparseLinear =>
    new SparseLinear({ X, width, rows, y, loss, seed: deriveSeed(seed, name) });
  const rowsWhere = (is: (fold: number) => boolean): Int32Array =>
    Int32Array.from(Array.from(folds.of.keys()).filter((i) => is(folds.of[i])));
  const C = choosePenalty(request, fitted, rowsWhere);
  const affordable = Math.floor(MOST_VISITS / (folds.count * Math.max(1, X.values.length)));
  const rounds = Math.min(MOST_ROUNDS, Math.max(FEWEST_ROUNDS, affordable));
  const solved = (rows: Int32Array, name: string): Float64Array => {
    const model = fitted(rows, name);
    if (rows.length > 0) model.solve(C, rounds);
    return model.weights;
  };
  return {
    all: solved(
      rowsWhere(() => true),
      'all',
    ),
    folds: Array.from({ length: folds.count }, (_, fold) =>
      solved(
        rowsWhere((other) => isKnownTo(folds, fold, other)),
        `fold ${fold}`,
      ),
    ),
  };
}

/** The penalty by which the other folds (in time order: the earlier ones) predict one fold best. */
function choosePenalty(
  { X, folds }: TextLinearRequest,
  fitted: (rows: Int32Array, name: string) => SparseLinear,
  rowsWhere: (is: (fold: number) => boolean) => Int32Array,
): number {
  const judge = folds.isOrdered ? folds.count - 1 : 0;
  const share = Math.min(1, CHOICE_VALUES / Math.max(1, X.values.length));
  const some = (rows: Int32Array): Int32Array =>
    rows.filter((_, i) => Math.floor(i * share) !== Math.floor((i - 1) * share));
  const judges = some(rowsWhere((fold) => fold === judge));
  const model = fitted(some(rowsWhere((other) => isKnownTo(folds, judge, other))), 'choice');
  let best = { C: PENALTIES[0], loss: Infinity };
  for (const C of PENALTIES) {
    model.solve(C, MOST_ROUNDS);
    const loss = model.lossOf(judges);
    if (loss < best.loss) best = { C, loss };
    else break;
  }
  return best.C;
}
