/** @file What a user may set of nearest neighbours, checked. */

import { check } from '../../core/index.js';

export interface KnnParams {
  /** Rows that are asked, at least: those at the same distance as the last of them are asked, too. */
  readonly neighbours: number;
  /** A neighbour counts 1 / distance^power. */
  readonly power: number;
}

export const KNN_DEFAULTS: KnnParams = { neighbours: 15, power: 1 };
const MOST = 1000;

/** Refuses unknown names and values out of range. */
export function requireParams(params: KnnParams): void {
  const known = `Known: ${Object.keys(KNN_DEFAULTS).join(', ')}.`;
  for (const name of Object.keys(params)) {
    check(Object.hasOwn(KNN_DEFAULTS, name), 'knn', 'every parameter must be a known one', name, known);
  }
  const { neighbours, power } = params;
  const isCount = Number.isInteger(neighbours) && neighbours >= 1 && neighbours <= MOST;
  check(isCount, 'knn', `neighbours must be a whole number from 1 to ${MOST}`, neighbours);
  check(power >= 0 && power <= 10, 'knn', 'power must be in [0, 10]', power);
}
