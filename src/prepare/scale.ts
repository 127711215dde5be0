/**
 * @file Scaling for networks: median and quartiles, then a smooth clip, so that outliers cannot blow up a product.
 */

import { quantile } from './impute.js';

/** Nothing leaves (-3, 3). */
const CLIP = 3;
/** From here on the clip is CLIP to the last bit of a float32, and squares could overflow. */
const FAR = 1e6;

/** A value becomes `smoothClip((value - centre) * scale)`. */
export interface Scaling {
  readonly centre: number;
  readonly scale: number;
}

/** Smallest and largest finite value, and whether anything lies between them. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly hasMiddle: boolean;
}

/**
 * Centre and scale of a column from its finite training values, ascending, and their range.
 *
 * Median and 1 / (q75 - q25); where the quartiles are equal 2 / (max - min); where all values are equal 1. A column of
 * two values goes to -1 and 1, whichever is the more frequent.
 *
 * Source   Holzmueller et al. 2024 (RealMLP), but for the two-valued case
 */
export function fitScaling(sorted: Float64Array, { low, high, hasMiddle }: Range): Scaling {
  if (sorted.length === 0) return { centre: 0, scale: 1 };
  if (!hasMiddle && high > low) return { centre: low / 2 + high / 2, scale: usable(1 / (high / 2 - low / 2)) ?? 1 };
  const centre = quantile(sorted, 0.5);
  const byQuartiles = usable(1 / (quantile(sorted, 0.75) - quantile(sorted, 0.25)));
  // 2 / (high - low), halved first so that the difference cannot overflow.
  return { centre, scale: byQuartiles ?? usable(1 / (high / 2 - low / 2)) ?? 1 };
}

/** x / sqrt(1 + (x / 3)^2): near x around 0, never beyond -3 or 3. */
export function smoothClip(x: number): number {
  if (x > FAR) return CLIP;
  if (x < -FAR) return -CLIP;
  const third = x / CLIP;
  return x / Math.sqrt(1 + third * third);
}

/** The range of the finite values; low > high when there are none. */
export function rangeOf(values: Float64Array): Range {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high, hasMiddle: values.some((value) => value > low && value < high) };
}

function usable(scale: number): number | null {
  return Number.isFinite(scale) && scale > 0 ? scale : null;
}
