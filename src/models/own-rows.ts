/** @file The rows of a sample as a table of their own. */

import { allRows, selectRows } from '../core/index.js';
import type { Sample } from './estimator.js';

/** A copy of the named rows and nothing else: what is made of them knows of no other. */
export function ownRows({ X, y, rows, weights }: Sample): Sample {
  const pick = (values: Float32Array): Float32Array => Float32Array.from(rows, (row) => values[row]);
  return { X: selectRows(X, rows), y: pick(y), rows: allRows(rows.length), weights: weights && pick(weights) };
}
