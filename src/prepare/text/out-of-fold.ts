/** @file The same linear model of texts for every inner fold and for all rows, with a penalty that is chosen among the rows themselves. */

import { deriveSeed } from '../../core/index.js';
import type { InnerFolds } from '../inner-folds.js';
import { isKnownTo } from '../inner-folds.js';
import type { SparseLoss } from './linear.js';
import { SparseLinear } from './linear.js';
import type { SparseRows } from './vocabulary.js';

/** How much the losses count beside the penalty, least first. */
const PENALTIES = [0.1, 0.3, 1, 3, 10, 30];
/** Rounds over the rows at most; so many at least, or the rows are too many. */
const MOST_ROUNDS = 40;
const FEWEST_ROUNDS = 5;
/** What of all visits the choice of the penalty may take, and its rounds at least. */
const CHOICE_SHARE = 0.25;
const CHOICE_ROUNDS = 10;

/** Values that an output may learn from, where its fits may look at so many together. */
export function affordableValues(visits: number, folds: InnerFolds): number {
  return ((1 - CHOICE_SHARE) * visits) / (folds.count * FEWEST_ROUNDS);
}

export interface TextLinearRequest {
  readonly X: SparseRows;
  readonly width: number;
  /** [rows of X] */
  readonly y: Float64Array;
  readonly loss: SparseLoss;
  readonly folds: InnerFolds;
  readonly seed: number;
  /** Values that all fits together may look at; one that is looked at twice counts twice. */
  readonly visits: number;
}

export interface TextLinear {
  /** [width] of all rows. */
  readonly all: Float64Array;
  /** [folds][width] of the rows that each fold may look at; zeros where there are none. */
  readonly folds: readonly Float64Array[];
}

/**
 * With the penalty C. The fits of the folds look at each row once less than there are folds, that of all rows once.
 *
 * Random   order of the rows while fitting, from the seed
 */
export function weightsByFold(request: TextLinearRequest, C: number): TextLinear {
  const { X, folds, visits } = request;
  const affordable = Math.floor(((1 - CHOICE_SHARE) * visits) / (folds.count * Math.max(1, X.values.length)));
  const rounds = Math.min(MOST_ROUNDS, Math.max(FEWEST_ROUNDS, affordable));
  const solved = (rows: Int32Array, name: string): Float64Array => {
    const model = fitted(request, rows, name);
    if (rows.length > 0) model.solve(C, rounds);
    return model.weights;
  };
  return {
    all: solved(
      rowsWhere(folds, () => true),
      'all',
    ),
    folds: Array.from({ length: folds.count }, (_, fold) =>
      solved(
        rowsWhere(folds, (other) => isKnownTo(folds, fold, other)),
        `fold ${fold}`,
      ),
    ),
  };
}

/**
 * The penalty by which the other folds (in time order: the earlier ones) predict one fold best.
 *
 * Random   order of the rows while fitting, from the seed
 */
export function choosePenalty(request: TextLinearRequest): number {
  const { X, folds, visits } = request;
  const most = (CHOICE_SHARE * visits) / PENALTIES.length;
  const share = Math.min(1, most / (CHOICE_ROUNDS * Math.max(1, X.values.length)));
  const rounds = Math.min(MOST_ROUNDS, Math.max(CHOICE_ROUNDS, Math.floor(most / Math.max(1, X.values.length))));
  const judge = folds.isOrdered ? folds.count - 1 : 0;
  const some = (rows: Int32Array): Int32Array =>
    rows.filter((_, i) => Math.floor(i * share) !== Math.floor((i - 1) * share));
  const judges = some(rowsWhere(folds, (fold) => fold === judge));
  const known = some(rowsWhere(folds, (other) => isKnownTo(folds, judge, other)));
  const model = fitted(request, known, 'choice');
  let best = { C: PENALTIES[0], loss: Infinity };
  for (const C of PENALTIES) {
    model.solve(C, rounds);
    const loss = model.lossOf(judges);
    if (loss < best.loss) best = { C, loss };
    else break;
  }
  return best.C;
}

function fitted({ X, width, y, loss, seed }: TextLinearRequest, rows: Int32Array, name: string): SparseLinear {
  return new SparseLinear({ X, width, rows, y, loss, seed: deriveSeed(seed, name) });
}

function rowsWhere({ of }: InnerFolds, is: (fold: number) => boolean): Int32Array {
  return Int32Array.from(Array.from(of.keys()).filter((i) => is(of[i])));
}
