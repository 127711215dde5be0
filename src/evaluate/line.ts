/** @file Lines through points, flat beyond their ends. */

/** Points of a line; x grows strictly. */
export interface Line {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The value of the line at x; beyond its ends that of the end. */
export function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  const last = xs.length - 1;
  if (!(x > xs[0])) return Number.isNaN(x) ? NaN : ys[0];
  if (x >= xs[last]) return ys[last];
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  return ys[low] + ((ys[high] - ys[low]) * (x - xs[low])) / (xs[high] - xs[low]);
}
