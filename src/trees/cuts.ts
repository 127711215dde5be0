/** @file Where a column is cut into bins: by its sorted values. */

/** Bits of a digit of the radix sort, and values below which sorting by comparison is faster. */
const DIGIT = 11;
const FEW = 1024;

/** Turns keys of values, in any order, into the values ascending, in the same memory; `spare` has room for as many. */
export function sortKeys(keys: Uint32Array, spare: Uint32Array): Float32Array {
  if (keys.length < FEW) keys.sort();
  else radixSort(keys, spare);
  for (let i = 0; i < keys.length; i++) keys[i] = keys[i] >= 0x80000000 ? keys[i] ^ 0x80000000 : ~keys[i];
  return new Float32Array(keys.buffer, keys.byteOffset, keys.length);
}

/** Different values that are looked for one by one. */
const VERY_FEW = 8;

/** The different keys where they are at most `most` and very few, in no order; else null. */
export function distinctKeys(keys: Uint32Array, most: number): Uint32Array | null {
  const found = new Uint32Array(VERY_FEW);
  let n = 0;
  for (const key of keys) {
    let i = 0;
    while (i < n && found[i] !== key) i++;
    if (i < n) continue;
    if (n === VERY_FEW || n === most) return null;
    found[n++] = key;
  }
  return found.subarray(0, n);
}

/** Three digits, the lowest first; a digit that all keys share moves none. */
function radixSort(keys: Uint32Array, spare: Uint32Array): void {
  const n = keys.length;
  let from = keys;
  let to = spare.subarray(0, n);
  const starts = new Uint32Array(1 << DIGIT);
  const mask = (1 << DIGIT) - 1;
  for (let shift = 0; shift < 32; shift += DIGIT) {
    starts.fill(0);
    for (let i = 0; i < n; i++) starts[(from[i] >>> shift) & mask]++;
    if (starts[(from[0] >>> shift) & mask] === n) continue;
    let sum = 0;
    for (let digit = 0; digit <= mask; digit++) {
      const count = starts[digit];
      starts[digit] = sum;
      sum += count;
    }
    for (let i = 0; i < n; i++) {
      const key = from[i];
      to[starts[(key >>> shift) & mask]++] = key;
    }
    const sorted = to;
    to = from;
    from = sorted;
  }
  if (from !== keys) keys.set(from);
}

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
