/** @file What a metric may need to know of a target. */

import type { Schema } from '../data/index.js';
import { areNumbers } from '../data/index.js';
import type { TargetFacts } from '../evaluate/index.js';

/** Of a table's target; `y` holds its numbers, or class indices. */
export function targetFacts(
  { columns, target }: Pick<Schema, 'columns' | 'target'>,
  y: ArrayLike<number>,
): TargetFacts {
  const { task, aim, classes, name } = target;
  if (task !== 'regression') {
    const column = columns.find((one) => one.name === name);
    const isOrdered = aim === 'ordinal' || (column !== undefined && areNumbers(classes, column));
    return { least: 0, hasZero: true, k: classes.length, isOrdered };
  }
  let [least, hasZero] = [Infinity, false];
  for (let i = 0; i < y.length; i++) {
    if (y[i] < least) least = y[i];
    if (y[i] === 0) hasZero = true;
  }
  return { least, hasZero, k: 1, isOrdered: false };
}
