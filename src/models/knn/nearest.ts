/** @file The nearest rows of a table, by comparing with all of them. */

/** What a neighbour's weight is made of: (squared distance + this) ^ (-power / 2). No row is so near that no other counts. */
export const NEARNESS = 1e-4;
/** Squared distances that differ by less are equal: which rows are asked depends on no last bit. */
export const TIE_SHARE = 1e-6;
export const TIE = 1e-9;

/** Columns after which a distance may be found too large. */
const STRIDE = 8;

/** Rows [n x cols] to be compared with, and the number that is asked. */
export interface Neighbourhood {
  readonly data: Float32Array;
  readonly cols: number;
  readonly neighbours: number;
}

/**
 * Calls `visit` for each of the nearest rows and those as far away as the last of them, in the order of the table.
 *
 * Shapes  query[at .. at + cols]; `found`: [n], room for distances
 */
export function visitNearest(
  { data, cols, neighbours }: Neighbourhood,
  query: Float32Array,
  at: number,
  found: Float64Array,
  visit: (row: number, squared: number) => void,
): void {
  const n = found.length;
  const best = new Float64Array(Math.min(neighbours, n)).fill(Infinity);
  const last = best.length - 1;
  let limit = Infinity;
  for (let row = 0; row < n; row++) {
    const squared = squaredDistance(data, row * cols, query, at, cols, limit);
    found[row] = squared;
    if (squared >= best[last]) continue;
    let place = last;
    for (; place > 0 && best[place - 1] > squared; place--) best[place] = best[place - 1];
    best[place] = squared;
    limit = withTies(best[last]);
  }
  for (let row = 0; row < n; row++) if (found[row] <= limit) visit(row, found[row]);
}

function withTies(squared: number): number {
  return squared * (1 + TIE_SHARE) + TIE;
}

/** Something above `limit` where the distance is. */
function squaredDistance(
  a: Float32Array,
  atA: number,
  b: Float32Array,
  atB: number,
  cols: number,
  limit: number,
): number {
  let sum = 0;
  for (let start = 0; start < cols && sum <= limit; start += STRIDE) {
    const end = Math.min(cols, start + STRIDE);
    for (let j = start; j < end; j++) {
      const difference = a[atA + j] - b[atB + j];
      sum += difference * difference;
    }
  }
  return sum;
}
