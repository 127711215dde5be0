/** @file Cells as bins: sorting, which says where columns are cut, and finding each cell's bin. */

const DIGITS: usize = 2048;

/**
 * Sorts float32 numbers, none of them missing, in place; -0 comes before 0.
 *
 * Shapes  values, spare: [n] float32; starts: [3][2048] uint32, room
 * Source  radix sort by three digits of 11 bits, the lowest first; a digit that all share moves none
 */
export function sortFloats(values: usize, n: i32, spare: usize, starts: usize): void {
  const bytes = (<usize>n) << 2;
  memory.fill(starts, 0, 3 * DIGITS * 4);
  for (let at = values, end = values + bytes; at < end; at += 4) {
    const bits = load<u32>(at);
    const key = bits ^ (<u32>((<i32>bits) >> 31) | 0x80000000);
    store<u32>(at, key);
    count(starts, key & 2047);
    count(starts + DIGITS * 4, (key >> 11) & 2047);
    count(starts + 2 * DIGITS * 4, key >> 22);
  }
  let from = values;
  let to = spare;
  for (let digit: u32 = 0; digit < 3 && n > 0; digit++) {
    const shift = digit * 11;
    const own = starts + <usize>digit * DIGITS * 4;
    if (load<u32>(own + <usize>((load<u32>(from) >> shift) & 2047) * 4) === <u32>n) continue;
    let sum: u32 = 0;
    for (let at = own, end = own + DIGITS * 4; at < end; at += 4) {
      const many = load<u32>(at);
      store<u32>(at, sum);
      sum += many;
    }
    for (let at = from, end = from + bytes; at < end; at += 4) {
      const key = load<u32>(at);
      const start = own + <usize>((key >> shift) & 2047) * 4;
      const place = load<u32>(start);
      store<u32>(start, place + 1);
      store<u32>(to + (<usize>place << 2), key);
    }
    const sorted = to;
    to = from;
    from = sorted;
  }
  for (let at: usize = 0; at < bytes; at += 4) {
    const key = load<u32>(from + at);
    store<u32>(values + at, <i32>key < 0 ? key ^ 0x80000000 : ~key);
  }
}

@inline
function count(starts: usize, digit: u32): void {
  const at = starts + ((<usize>digit) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/**
 * The bins of one column: 1 + the number of its cuts that are <= the cell, 0 of a missing one.
 *
 * Shapes  cells: float32, `stride` bytes apart; cuts: [2 half] float32, NaN behind the last, of which there is one at least; out: bytes, 8 apart
 * Units   half: a power of 2
 */
export function binColumn(cells: usize, stride: usize, n: i32, cuts: usize, half: i32, out: usize): void {
  for (let end = out + ((<usize>n) << 3); out < end; out += 8) {
    const cell = load<f32>(cells);
    cells += stride;
    let below: u32 = 0;
    // No cut lies before place 0, so place `below + step - 1` is the one to ask; places are found without a jump.
    for (let step = <u32>half; step > 0; step >>= 1) {
      below += step & (0 - <u32>(load<f32>(cuts + ((<usize>(below + step - 1)) << 2)) <= cell));
    }
    store<u8>(out, (1 + below) & (0 - <u32>(cell === cell)));
  }
}

/**
 * The bins of eight columns with one cut each, or with NaN for none.
 *
 * Shapes  cells: [8] float32 of each row, `stride` bytes apart, readable also where there are fewer columns; cuts: [8] float32; out: [n][8] bytes
 */
export function binSimple8(cells: usize, stride: usize, n: i32, cuts: usize, columns: i32, out: usize): void {
  const firstCuts = v128.load(cuts);
  const lastCuts = v128.load(cuts, 16);
  const isColumn = columns < 8 ? (<u64>1 << (columns << 3)) - 1 : ~(<u64>0);
  for (let end = out + ((<usize>n) << 3); out < end; out += 8) {
    const words = i16x8.narrow_i32x4_s(simple4(v128.load(cells), firstCuts), simple4(v128.load(cells, 16), lastCuts));
    store<u64>(out, <u64>i64x2.extract_lane(i8x16.narrow_i16x8_u(words, words), 0) & isColumn);
    cells += stride;
  }
}

@inline
function simple4(cells: v128, cuts: v128): v128 {
  return v128.and(i32x4.sub(i32x4.splat(1), f32x4.le(cuts, cells)), f32x4.eq(cells, cells));
}

/** Different values of a column that are kept at most. */
const VERY_FEW = 8;

/**
 * Different values of columns, four columns at a time; returns how many groups of four are still looked at.
 *
 * Shapes   cells: [n][cols] float32, readable four further; groups: [left] uint32, the first columns of groups, of which those that are done are
 *          taken out; found: [8][columns, filled up to fours] bits, 0 to `most` of each column known; counts: [filled up] uint32, 9 for a column
 *          that is not looked at or has more than `most`
 * Missing  is no value; what is not found yet is said to be NaN in `found`
 */
export function findFew(cells: usize, n: i32, cols: i32, groups: usize, left: i32, found: usize, counts: usize, most: i32): i32 {
  const width = <usize>((cols + 3) & ~3) << 2;
  for (let row: i32 = 0; row < n; row++, cells += (<usize>cols) << 2) {
    for (let i: i32 = 0; i < left; i++) {
      const group = groups + ((<usize>i) << 2);
      const offset = <usize>load<u32>(group) << 2;
      const own = v128.load(cells + offset);
      const known = found + offset;
      const isKnown = v128.or(i32x4.eq(own, v128.load(known)), i32x4.eq(own, v128.load(known + width)));
      const isDone = i32x4.gt_s(v128.load(counts + offset), i32x4.splat(VERY_FEW));
      if (i32x4.all_true(v128.or(isKnown, isDone))) continue;
      let isOpen = false;
      for (let lane: usize = 0; lane < 16; lane += 4) {
        isOpen = noteCell(load<u32>(cells + offset + lane), known + lane, width, counts + offset + lane, most) || isOpen;
      }
      if (isOpen) continue;
      left--;
      store<u32>(group, load<u32>(groups + ((<usize>left) << 2)));
      i--;
    }
  }
  return left;
}

/** Whether the column is looked at further. */
@inline
function noteCell(cell: u32, known: usize, width: usize, countAt: usize, most: i32): bool {
  const count = load<i32>(countAt);
  if (count > VERY_FEW) return false;
  if ((cell & 0x7fffffff) > 0x7f800000) return true;
  let place: i32 = 0;
  while (place < count && load<u32>(known + <usize>place * width) !== cell) place++;
  if (place < count) return true;
  if (count === most) {
    store<i32>(countAt, VERY_FEW + 1);
    return false;
  }
  store<u32>(known + <usize>count * width, cell);
  store<i32>(countAt, count + 1);
  return true;
}
