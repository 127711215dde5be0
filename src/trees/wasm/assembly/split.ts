/** @file The best split of a leaf by one column, and the parting of its rows. */

/** Where `scan` leaves what it found: gain f64, bin i32, missing-goes-left i32, the left part's packed sum i64. */
const GAIN: usize = 0;
const BIN: usize = 8;
const MISSING_LEFT: usize = 12;
const LEFT: usize = 16;

/**
 * The best split "bin <= b goes left" of one column, if it gains more than what `found` holds already.
 *
 * Score of a part: gradient^2 / (hessian + lambda). Splits are tried from the lowest bin up, missing cells on the right before
 * missing cells on the left; the first of equal ones stays. Missing cells are tried on the left only where there are any; without
 * any they go where more weight is.
 *
 * Shapes  slots: [bins + 1] int64, slot 0 of missing cells; counts: the same with numbers of rows, or 0: none are asked for
 * Units   byte addresses; gradientUnit, hessianUnit: what a 1 of the packed sums is worth; rows: least rows of a part
 * Returns 1 where `found` was improved
 */
export function scan(
  slots: usize,
  bins: i32,
  total: i64,
  counts: usize,
  rowCount: i32,
  minRows: i32,
  gradientUnit: f64,
  hessianUnit: f64,
  lambda: f64,
  minHessian: f64,
  found: usize,
): i32 {
  const missing = load<i64>(slots);
  const improved = scanSide(slots, bins, total, 0, counts, rowCount, 0, minRows, gradientUnit, hessianUnit, lambda, minHessian, found, 0);
  if (missing === 0) return improved;
  const missingCount = counts === 0 ? 0 : load<i32>(counts);
  return improved | scanSide(slots, bins, total, missing, counts, rowCount, missingCount, minRows, gradientUnit, hessianUnit, lambda, minHessian, found, 1);
}

function scanSide(
  slots: usize,
  bins: i32,
  total: i64,
  start: i64,
  counts: usize,
  rowCount: i32,
  startCount: i32,
  minRows: i32,
  gradientUnit: f64,
  hessianUnit: f64,
  lambda: f64,
  minHessian: f64,
  found: usize,
  missingLeft: i32,
): i32 {
  let left = start;
  let leftCount = startCount;
  let best = load<f64>(found + GAIN);
  let improved: i32 = 0;
  // With missing cells on the right, the highest bin may stand alone on the left against them.
  const last = missingLeft === 0 && load<i64>(slots) !== 0 ? bins : bins - 1;
  for (let bin: i32 = 1; bin <= last; bin++) {
    const slot = load<i64>(slots + ((<usize>bin) << 3));
    if (counts !== 0) leftCount += load<i32>(counts + ((<usize>bin) << 2));
    if (slot === 0) continue;
    left += slot;
    if (counts !== 0 && (leftCount < minRows || rowCount - leftCount < minRows)) continue;
    const right = total - left;
    const hl = hessianUnit * <f64>(<u64>left & 0xffffffff);
    const hr = hessianUnit * <f64>(<u64>right & 0xffffffff);
    if (hl < minHessian) continue;
    if (hr < minHessian) break;
    const gl = gradientUnit * <f64>(left >> 32);
    const gr = gradientUnit * <f64>(right >> 32);
    const a = hl + lambda;
    const b = hr + lambda;
    const gain = (gl * gl * b + gr * gr * a) / (a * b);
    if (!(gain > best)) continue;
    best = gain;
    improved = 1;
    store<f64>(found + GAIN, gain);
    store<i32>(found + BIN, bin);
    store<i32>(found + MISSING_LEFT, missingLeft);
    store<i64>(found + LEFT, left);
  }
  return improved;
}

/** The i-th half of the packed sum that `scan` left: 0 its hessian, 1 its gradient, in units. */
export function leftHalf(found: usize, half: i32): f64 {
  const left = load<i64>(found + LEFT);
  return half === 0 ? <f64>(<u64>left & 0xffffffff) : <f64>(left >> 32);
}

/**
 * Parts a leaf's rows: those that go left first, both parts in the order they had. Returns how many go left.
 *
 * Shapes  column: bins of one column, 8 bytes apart; order: [n] uint32, parted in place; spare: [n] uint32
 */
export function part(column: usize, order: usize, n: i32, bin: u32, missingLeft: i32, spare: usize): i32 {
  const end = order + ((<usize>n) << 2);
  // Missing is bin 0: as bin 256 it is beyond every split.
  const low: u32 = missingLeft === 0 ? 1 : 0;
  const range: u32 = bin - low;
  let left = order;
  let right = spare;
  for (let at = order; at < end; at += 4) {
    const row = load<u32>(at);
    const goesLeft = <usize>((<u32>load<u8>(column + ((<usize>row) << 3)) - low) <= range);
    store<u32>(left, row);
    store<u32>(right, row);
    left += goesLeft << 2;
    right += (1 - goesLeft) << 2;
  }
  memory.copy(left, spare, right - spare);
  return <i32>((left - order) >> 2);
}

/** Rows of each bin of one column: counts[bin] += 1. Counts: [bins + 1] int32, cleared by the caller. */
export function countRows(column: usize, order: usize, n: i32, counts: usize): void {
  const end = order + ((<usize>n) << 2);
  for (; order < end; order += 4) {
    const slot = counts + ((<usize>load<u8>(column + ((<usize>load<u32>(order)) << 3))) << 2);
    store<i32>(slot, load<i32>(slot) + 1);
  }
}

/**
 * scores[row] += the value of the leaf that the row's bins lead to.
 *
 * Shapes  order: [n] uint32; nodes: [nodes][4]: address of the column's bins uint32, bin | missing-goes-left << 8 uint32, left child
 *         uint32 (0: a leaf; siblings are neighbours), value float32
 */
export function walk(order: usize, n: i32, nodes: usize, scores: usize): void {
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const row = <usize>load<u32>(order);
    let node = nodes;
    for (let left = load<u32>(node + 8); left !== 0; left = load<u32>(node + 8)) {
      const bin = <u32>load<u8>(<usize>load<u32>(node) + (row << 3));
      const split = load<u32>(node + 4);
      const goesLeft = bin === 0 ? split >> 8 : <u32>(bin <= (split & 255));
      node = nodes + ((<usize>(left + 1 - goesLeft)) << 4);
    }
    const at = scores + (row << 2);
    store<f32>(at, load<f32>(at) + load<f32>(node + 12));
  }
}
