/** @file What a user may set of extra trees, checked. */

import { check } from '../../core/index.js';
import { MAX_BINS } from '../../trees/index.js';
import type { CategoryForm } from '../entry.js';
import { requireCategoryForm } from '../entry.js';

export interface ExtraTreesParams {
  readonly trees: number;
  /** Columns that a node looks at: 'sqrt' of them all, or a share of them. */
  readonly columns: 'sqrt' | number;
  /** No leaf has fewer rows. */
  readonly minLeaf: number;
  /** Bins of a column at most. */
  readonly maxBin: number;
  /** How the table was prepared: categories as numbers that say something of them, or as codes to be parted by sets. */
  readonly categories: CategoryForm;
  /** What a leaf's number makes least of its rows: squared errors, as their mean does; absolute ones, or ones relative to the target, as medians do. */
  readonly loss: LeafLoss;
}

const LEAF_LOSSES = ['squared', 'absolute', 'mape'] as const;
export type LeafLoss = (typeof LEAF_LOSSES)[number];

/** Whether leaves can make that loss least. */
export function isLeafLoss(loss: string | undefined): loss is LeafLoss {
  return LEAF_LOSSES.some((known) => known === loss);
}

export const EXTRATREES_DEFAULTS: ExtraTreesParams = {
  trees: 200,
  columns: 'sqrt',
  minLeaf: 1,
  maxBin: MAX_BINS,
  categories: 'encoded',
  loss: 'squared',
};

/** Refuses unknown names and values out of range. */
export function requireParams(params: ExtraTreesParams): void {
  const where = 'extratrees';
  const known = `Known: ${Object.keys(EXTRATREES_DEFAULTS).join(', ')}.`;
  for (const name of Object.keys(params)) {
    check(Object.hasOwn(EXTRATREES_DEFAULTS, name), where, 'every parameter must be a known one', name, known);
  }
  for (const [name, least] of [
    ['trees', 1],
    ['minLeaf', 1],
    ['maxBin', 2],
  ] as const) {
    const value = params[name];
    check(Number.isInteger(value) && value >= least, where, `${name} must be a whole number from ${least} up`, value);
  }
  requireCategoryForm(where, params.categories);
  check(isLeafLoss(params.loss), where, `loss must be one of ${LEAF_LOSSES.join(', ')}`, params.loss);
  check(params.maxBin <= MAX_BINS, where, `maxBin must be at most ${MAX_BINS}`, params.maxBin);
  const { columns } = params;
  const isShare = columns === 'sqrt' || (columns > 0 && columns <= 1);
  check(isShare, where, "columns must be 'sqrt' or in (0, 1]", columns);
}

/** Columns that a node looks at, of so many. */
export function columnsPerNode({ columns }: ExtraTreesParams, cols: number): number {
  return Math.max(1, Math.round(columns === 'sqrt' ? Math.sqrt(cols) : columns * cols));
}
