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
 * Adds each row's packed gradient to the slot of its bin, for up to eight columns.
 *
 * A packed gradient is `gradient * 2^32 + hessian`, both whole numbers, the hessian not negative: one 64-bit sum is two sums, and
 * exact, so the order of the rows does not matter.
 *
 * Shapes  bins: [rows][8] bytes; order: [n] uint32; gradients: [n] int64 in that order; slots: [4 or 8][width], of 4 columns where there
 *         are no more, int64 each, or where `counted` two: the sum, and the number of rows
 * Units   byte addresses; n counts rows; width: 16, 64 or 256
 */
export function histogram(bins: usize, order: usize, gradients: usize, n: i32, slots: usize, width: i32, columns: i32, counted: bool): void {
  if (counted) ofWidth<v128>(bins, order, gradients, n, slots, width, columns);
  else ofWidth<i64>(bins, order, gradients, n, slots, width, columns);
}

/** S: what a slot is. A column has 16 slots for each byte of W: as a constant it is part of the instructions, which leaves registers free. */
@inline
function ofWidth<S>(bins: usize, order: usize, gradients: usize, n: i32, slots: usize, width: i32, columns: i32): void {
  if (columns <= 4) {
    if (width === 256) add4<S, v128>(bins, order, gradients, n, slots);
    else if (width === 64) add4<S, u32>(bins, order, gradients, n, slots);
    else add4<S, u8>(bins, order, gradients, n, slots);
  } else if (width === 256) add8<S, v128>(bins, order, gradients, n, slots);
  else if (width === 64) add8<S, u32>(bins, order, gradients, n, slots);
  else add8<S, u8>(bins, order, gradients, n, slots);
}

function add8<S, W>(bins: usize, order: usize, gradients: usize, n: i32, slots: usize): void {
  for (let end = order + ((<usize>n) << 2); order < end; order += 4, gradients += 8) {
    const cell = load<u64>(bins + ((<usize>load<u32>(order)) << 3));
    const value = load<i64>(gradients);
    const both = i64x2.replace_lane(i64x2.splat(1), 0, value);
    let at: usize;
    at = slots + (<usize>cell & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at), both));
    else store<i64>(at, load<i64>(at) + value);
    at = slots + (<usize>(cell >> 8) & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at, sizeof<W>() * sizeof<S>() * 16), both), sizeof<W>() * sizeof<S>() * 16);
    else store<i64>(at, load<i64>(at, sizeof<W>() * sizeof<S>() * 16) + value, sizeof<W>() * sizeof<S>() * 16);
    at = slots + (<usize>(cell >> 16) & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at, 2 * (sizeof<W>() * sizeof<S>() * 16)), both), 2 * (sizeof<W>() * sizeof<S>() * 16));
    else store<i64>(at, load<i64>(at, 2 * (sizeof<W>() * sizeof<S>() * 16)) + value, 2 * (sizeof<W>() * sizeof<S>() * 16));
    at = slots + (<usize>(cell >> 24) & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at, 3 * (sizeof<W>() * sizeof<S>() * 16)), both), 3 * (sizeof<W>() * sizeof<S>() * 16));
    else store<i64>(at, load<i64>(at, 3 * (sizeof<W>() * sizeof<S>() * 16)) + value, 3 * (sizeof<W>() * sizeof<S>() * 16));
    at = slots + (<usize>(cell >> 32) & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at, 4 * (sizeof<W>() * sizeof<S>() * 16)), both), 4 * (sizeof<W>() * sizeof<S>() * 16));
    else store<i64>(at, load<i64>(at, 4 * (sizeof<W>() * sizeof<S>() * 16)) + value, 4 * (sizeof<W>() * sizeof<S>() * 16));
    at = slots + (<usize>(cell >> 40) & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at, 5 * (sizeof<W>() * sizeof<S>() * 16)), both), 5 * (sizeof<W>() * sizeof<S>() * 16));
    else store<i64>(at, load<i64>(at, 5 * (sizeof<W>() * sizeof<S>() * 16)) + value, 5 * (sizeof<W>() * sizeof<S>() * 16));
    at = slots + (<usize>(cell >> 48) & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at, 6 * (sizeof<W>() * sizeof<S>() * 16)), both), 6 * (sizeof<W>() * sizeof<S>() * 16));
    else store<i64>(at, load<i64>(at, 6 * (sizeof<W>() * sizeof<S>() * 16)) + value, 6 * (sizeof<W>() * sizeof<S>() * 16));
    at = slots + (<usize>(cell >> 56) & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at, 7 * (sizeof<W>() * sizeof<S>() * 16)), both), 7 * (sizeof<W>() * sizeof<S>() * 16));
    else store<i64>(at, load<i64>(at, 7 * (sizeof<W>() * sizeof<S>() * 16)) + value, 7 * (sizeof<W>() * sizeof<S>() * 16));
  }
}

function add4<S, W>(bins: usize, order: usize, gradients: usize, n: i32, slots: usize): void {
  for (let end = order + ((<usize>n) << 2); order < end; order += 4, gradients += 8) {
    const cell = load<u32>(bins + ((<usize>load<u32>(order)) << 3));
    const value = load<i64>(gradients);
    const both = i64x2.replace_lane(i64x2.splat(1), 0, value);
    let at: usize;
    at = slots + (<usize>cell & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at), both));
    else store<i64>(at, load<i64>(at) + value);
    at = slots + (<usize>(cell >> 8) & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at, sizeof<W>() * sizeof<S>() * 16), both), sizeof<W>() * sizeof<S>() * 16);
    else store<i64>(at, load<i64>(at, sizeof<W>() * sizeof<S>() * 16) + value, sizeof<W>() * sizeof<S>() * 16);
    at = slots + (<usize>(cell >> 16) & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at, 2 * (sizeof<W>() * sizeof<S>() * 16)), both), 2 * (sizeof<W>() * sizeof<S>() * 16));
    else store<i64>(at, load<i64>(at, 2 * (sizeof<W>() * sizeof<S>() * 16)) + value, 2 * (sizeof<W>() * sizeof<S>() * 16));
    at = slots + (<usize>(cell >> 24) & 255) * sizeof<S>();
    if (sizeof<S>() === 16) v128.store(at, i64x2.add(v128.load(at, 3 * (sizeof<W>() * sizeof<S>() * 16)), both), 3 * (sizeof<W>() * sizeof<S>() * 16));
    else store<i64>(at, load<i64>(at, 3 * (sizeof<W>() * sizeof<S>() * 16)) + value, 3 * (sizeof<W>() * sizeof<S>() * 16));
  }
}

/** The sum of n packed gradients. */
export function total(gradients: usize, n: i32): i64 {
  let sum: i64 = 0;
  for (let end = gradients + ((<usize>n) << 3); gradients < end; gradients += 8) sum += load<i64>(gradients);
  return sum;
}

/** out = whole - part over n numbers, n even: a leaf's histogram from its parent's and its sibling's. */
export function subtract(whole: usize, part: usize, out: usize, n: i32): void {
  for (let end = whole + ((<usize>n) << 3); whole < end; whole += 16, part += 16, out += 16) {
    v128.store(out, i64x2.sub(v128.load(whole), v128.load(part)));
  }
}
