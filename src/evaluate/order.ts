/** @file Sorting many float32 values at once: the heart of every metric that ranks. */

const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;

/**
 * Row numbers in ascending order of `values`; equal values (and -0 and 0) keep their row order, NaN sorts to the ends.
 *
 * A radix sort of the float32 bits in three passes of 11 bits: linear in n, and about ten times faster than a
 * comparator on 50,000 rows. `count` limits it to the first values.
 */
export function ascendingOrder(values: Float32Array, count = values.length): Uint32Array {
  const keys = sortableKeys(values, count);
  let from = new Uint32Array(count);
  for (let i = 0; i < count; i++) from[i] = i;
  let to = new Uint32Array(count);
  const starts = new Uint32Array(BUCKETS);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    starts.fill(0);
    for (let i = 0; i < count; i++) starts[(keys[i] >>> shift) & (BUCKETS - 1)]++;
    for (let b = 0, sum = 0; b < BUCKETS; b++) {
      const size = starts[b];
      starts[b] = sum;
      sum += size;
    }
    for (let i = 0; i < count; i++) to[starts[(keys[from[i]] >>> shift) & (BUCKETS - 1)]++] = from[i];
    [from, to] = [to, from];
  }
  return from;
}

/** Unsigned integers in the order of the floats: negative numbers flip all bits, the others only the sign. */
function sortableKeys(values: Float32Array, count: number): Uint32Array {
  const keys = new Uint32Array(count);
  const floats = new Float32Array(keys.buffer);
  for (let i = 0; i < count; i++) floats[i] = values[i] + 0;
  for (let i = 0; i < count; i++) keys[i] ^= keys[i] >>> 31 ? 0xffffffff : 0x80000000;
  return keys;
}
