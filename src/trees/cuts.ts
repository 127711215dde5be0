/** @file Where a column is cut into bins: by its sorted values. */

/** The thresholds between at most `maxBins` bins of ascending values. */
export function findCuts(sorted: Float32Array, maxBins: number): Float32Array {
  const values = new Float32Array(sorted.length);
  const counts = new Uint32Array(sorted.length);
  let n = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (n === 0 || values[n - 1] !== sorted[i]) values[n++] = sorted[i];
    counts[n - 1]++;
  }
  const ends =
    n <= maxBins ? Array.from({ length: n }, (_, i) => i) : equalWeights(counts.subarray(0, n), sorted.length, maxBins);
  return Float32Array.from(ends.slice(0, -1), (end) => between(values[end], values[end + 1]));
}

/**
 * Last value of each bin. Values that weigh as much as a bin stand alone; what is left of the bins is shared out over the rest.
 *
 * Source   as LightGBM's GreedyFindBin describes it: big values first, then equal weights
 */
function equalWeights(counts: Uint32Array, total: number, maxBins: number): number[] {
  const enough = total / maxBins;
  let restRows = total;
  let restBins = maxBins;
  for (const count of counts) {
    if (count < enough) continue;
    restRows -= count;
    restBins--;
  }
  let mean = restRows / Math.max(1, restBins);
  const ends: number[] = [];
  let filled = 0;
  for (let i = 0; i < counts.length; i++) {
    const isBig = counts[i] >= enough;
    filled += counts[i];
    if (!isBig) restRows -= counts[i];
    const isLast = i === counts.length - 1;
    const isFull = isBig || filled >= mean || (!isLast && counts[i + 1] >= enough && filled >= mean / 2);
    if (!isLast && (!isFull || ends.length >= maxBins - 1)) continue;
    ends.push(i);
    filled = 0;
    if (isBig || isLast) continue;
    restBins--;
    mean = restRows / Math.max(1, restBins);
  }
  return ends;
}

/** A float32 above `low` and at most `high`, half way where there is room. */
function between(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2);
  return middle > low ? middle : high;
}
