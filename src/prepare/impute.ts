/** @file Missing numbers: what stands in for them, and whether a model is told. */

/** Quantiles of longer columns are taken from this many evenly spaced rows. */
const MAX_SAMPLE = 200_000;

/** What the training rows of a column say about missing cells. */
export interface Imputation {
  /** Stands in for every missing cell: the training median; 0 when no training cell is finite. */
  readonly fill: number;
  /** Training rows had missing cells, so "is missing" is a column. Where they had none, a new gap is just filled. */
  readonly indicator: boolean;
}

/** The imputation of a column from its training cells; NaN is missing. */
export function fitImputation(values: Float64Array, sorted: Float64Array): Imputation {
  return { fill: sorted.length > 0 ? quantile(sorted, 0.5) : 0, indicator: values.some(Number.isNaN) };
}

/** The finite ones of at most 200,000 evenly spaced values, ascending. */
export function sortedSample(values: Float64Array): Float64Array {
  const step = Math.max(1, values.length / MAX_SAMPLE);
  const out = new Float64Array(Math.min(values.length, MAX_SAMPLE));
  let n = 0;
  for (let i = 0; i < out.length; i++) {
    const value = values[Math.floor(i * step)];
    if (Number.isFinite(value)) out[n++] = value;
  }
  return out.subarray(0, n).sort();
}

/** Quantile of ascending values by linear interpolation, as NumPy's default; q in [0, 1]. */
export function quantile(sorted: Float64Array, q: number): number {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  const share = place - below;
  // + 0 turns -0, which JSON cannot say, into 0.
  return sorted[below] * (1 - share) + sorted[above] * share + 0;
}
