/** @file Sums of packed gradients by bin: eight columns in a pass, so that their sums stay in the nearest cache. */

/**
 * out[i] = packed[order[i]]: gradients in the order of a leaf's rows.
 *
 * Shapes  packed: [rows] int64; order: [n] uint32; out: [n] int64
 * Units   byte addresses; n counts rows
 */
export function gather(packed: usize, order: usize, n: i32, out: usize): void {
  const end = order + ((<usize>n) << 2);
  while (order < end) {
    store<i64>(out, load<i64>(packed + ((<usize>load<u32>(order)) << 3)));
    order += 4;
    out += 8;
  }
}

/**
 * Adds each row's packed gradient to the slot of its bin, for eight columns.
 *
 * A packed gradient is `gradient * 2^32 + hessian`, both whole numbers, the hessian not negative: one 64-bit sum is two sums, and
 * exact, so the order of the rows does not matter.
 *
 * Shapes  bins: [rows][8] bytes; order: [n] uint32; gradients: [n] int64 in that order; h0..h7: slots of int64 by bin
 * Units   byte addresses; n counts rows
 */
export function histogram8(
  bins: usize,
  order: usize,
  gradients: usize,
  n: i32,
  h0: usize,
  h1: usize,
  h2: usize,
  h3: usize,
  h4: usize,
  h5: usize,
  h6: usize,
  h7: usize,
): void {
  const end = order + ((<usize>n) << 2);
  while (order < end) {
    const cell = load<u64>(bins + ((<usize>load<u32>(order)) << 3));
    const value = load<i64>(gradients);
    add(h0 + ((<usize>(cell & 255)) << 3), value);
    add(h1 + ((<usize>((cell >> 8) & 255)) << 3), value);
    add(h2 + ((<usize>((cell >> 16) & 255)) << 3), value);
    add(h3 + ((<usize>((cell >> 24) & 255)) << 3), value);
    add(h4 + ((<usize>((cell >> 32) & 255)) << 3), value);
    add(h5 + ((<usize>((cell >> 40) & 255)) << 3), value);
    add(h6 + ((<usize>((cell >> 48) & 255)) << 3), value);
    add(h7 + ((<usize>(cell >> 56)) << 3), value);
    order += 4;
    gradients += 8;
  }
}

/** The same for one column: what is left where a table has one column more than a multiple of eight. */
export function histogram1(bins: usize, order: usize, gradients: usize, n: i32, slots: usize): void {
  const end = order + ((<usize>n) << 2);
  while (order < end) {
    add(slots + ((<usize>load<u8>(bins + ((<usize>load<u32>(order)) << 3))) << 3), load<i64>(gradients));
    order += 4;
    gradients += 8;
  }
}

/** The sum of n packed gradients. */
export function total(gradients: usize, n: i32): i64 {
  let sum: i64 = 0;
  for (let end = gradients + ((<usize>n) << 3); gradients < end; gradients += 8) sum += load<i64>(gradients);
  return sum;
}

/** out = whole - part over n slots: a leaf's histogram from its parent's and its sibling's. */
export function subtract(whole: usize, part: usize, out: usize, n: i32): void {
  const end = whole + ((<usize>n) << 3);
  while (whole < end) {
    store<i64>(out, load<i64>(whole) - load<i64>(part));
    whole += 8;
    part += 8;
    out += 8;
  }
}

@inline
function add(slot: usize, value: i64): void {
  store<i64>(slot, load<i64>(slot) + value);
}
