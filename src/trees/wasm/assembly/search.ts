/** @file The best split of a leaf: every column of its histogram, every cut or set of categories. */

import { COUNT, countOf, slotOf } from './slot';

/**
 * A column: offset of its slots u32, bins i32 (that of missing cells not counted), direction i32, has categories i32, first stored bin i32
 * (0: stored alone), usual bin i32, lowest bin i32, address of its bins u32.
 */
const RECORD: usize = 32;
/** What was found: score f64, bin i32, missing goes left i32, packed sum of the left part i64, has a set i32, has missing cells i32, the set of 256 bits, base f64. */
const BIN: usize = 8;
const MISSING_LEFT: usize = 12;
const LEFT: usize = 16;
const HAS_SET: usize = 24;
const HAS_MISSING: usize = 28;
const SET: usize = 32;
const BASE: usize = 64;
const SET_BYTES: usize = 32;

let records: usize = 0;
let ownSlots: usize = 0;
let found: usize = 0;
let keys: usize = 0;
let ranks: usize = 0;

let minRows: i32 = 0;
let minHessian: f64 = 0;
let minGain: f64 = 0;
let lambda: f64 = 0;
let isBounded: bool = false;

let maxOneHot: i32 = 0;
let smooth: f64 = 0;
let maxSet: i32 = 0;
let setLambda: f64 = 0;

let gradientUnit: f64 = 0;
let hessianUnit: f64 = 0;
let least: f64 = 0;

let total: i64 = 0;
let rowCount: i32 = 0;
let isCounted: bool = false;
/** Whether scores may be told apart in float32: sums fit into 31 bits, and what shrinks is neither next to nothing nor nearly all. */
let isRough: bool = false;
let low: f64 = 0;
let high: f64 = 0;
let best: f64 = 0;

/**
 * Where things are.
 *
 * Shapes  columns: [cols][32] bytes as above; ownSlotsAt: [256] slots, room; foundAt: 72 bytes; keysAt: [256] float64, room;
 *         ranksAt: [256] int32, room
 */
export function setTable(columns: usize, ownSlotsAt: usize, foundAt: usize, keysAt: usize, ranksAt: usize): void {
  records = columns;
  ownSlots = ownSlotsAt;
  found = foundAt;
  keys = keysAt;
  ranks = ranksAt;
}

/** What is asked of every tree; `bounded` where a column has a direction. */
export function setGrowth(rows: i32, hessian: f64, gain: f64, shrinkage: f64, bounded: bool): void {
  minRows = rows;
  minHessian = hessian;
  minGain = gain;
  lambda = shrinkage;
  isBounded = bounded;
}

/** How categories are split, as CategoryParams of tree.ts says; `shrinkage` is added to lambda. */
export function setCategories(oneHot: i32, smoothing: f64, most: i32, shrinkage: f64): void {
  maxOneHot = oneHot;
  smooth = smoothing;
  maxSet = most;
  setLambda = lambda + shrinkage;
}

/** What a 1 of the packed sums is worth in this tree; where hessians count rows, no part has fewer than asked. */
export function setUnits(gradient: f64, hessian: f64, isEqual: bool): void {
  gradientUnit = gradient;
  hessianUnit = hessian;
  least = isEqual ? max(minHessian, <f64>minRows * hessian) : minHessian;
}

/**
 * The best split of a leaf; returns its column, or -1 where nothing is gained. What it is lies where `setTable` was told.
 *
 * Columns are tried in the order of the list; cuts from the lowest bin up, missing cells on the right before missing cells on the left;
 * of equal ones the first stays. Missing cells are tried on the left only where there are any.
 *
 * Shapes  histogram: slots by column; list: [n] uint32 columns; fromValue, toValue: bounds of the leaf
 * Units   gradient, hessian, rows: sums of the leaf; counted: slots know of their rows, so that parts are not smaller than asked
 */
export function scanColumns(
  histogram: usize,
  list: usize,
  n: i32,
  gradient: f64,
  hessian: f64,
  rows: i32,
  counted: bool,
  fromValue: f64,
  toValue: f64,
): i32 {
  total = ((<i64>gradient) << 32) + <i64>hessian;
  rowCount = rows;
  isCounted = counted;
  const shrink = lambda / hessianUnit;
  isRough = hessian < 2147483648.0 && (shrink === 0 || (shrink > 1e-12 && shrink < 1e12));
  low = fromValue;
  high = toValue;
  const base = partScore(gradientUnit * gradient, hessianUnit * hessian + lambda);
  store<f64>(found + BASE, base);
  best = base + minGain;
  let chosen: i32 = -1;
  for (let end = list + ((<usize>n) << 2); list < end; list += 4) {
    const column = load<u32>(list);
    const record = records + <usize>column * RECORD;
    const bins = load<i32>(record + 4);
    let slots = histogram + <usize>load<u32>(record);
    if (load<i32>(record + 16) !== 0) {
      if (counted) unpack<v128>(record, slots, bins);
      else unpack<i64>(record, slots, bins);
      slots = ownSlots;
    }
    if (counted ? bestOf<v128>(record, slots, bins) : bestOf<i64>(record, slots, bins)) chosen = column;
  }
  if (chosen >= 0) store<f64>(found, best);
  return chosen;
}

/** S is what a slot is: its sum, or with the number of its rows. */
function bestOf<S>(record: usize, slots: usize, bins: i32): bool {
  if (load<i32>(record + 12) !== 0) return bins <= maxOneHot ? eachLevel<S>(slots, bins) : levelSets<S>(slots, bins);
  return cuts<S>(slots, bins, load<i32>(record + 8));
}

/** The slots of a column in a bundle as if it were stored alone: what its other bins leave is its usual bin's. */
function unpack<S>(record: usize, slots: usize, bins: i32): void {
  const usual = load<i32>(record + 20);
  const lowest = load<i32>(record + 24);
  let stored = slotOf<S>(slots, load<i32>(record + 16));
  let rest = total;
  let restCount = <i64>rowCount;
  for (let bin: i32 = 0, own = ownSlots; bin <= bins; bin++, own += sizeof<S>()) {
    let sum: i64 = 0;
    let count: i64 = 0;
    if (bin >= lowest && bin !== usual) {
      sum = load<i64>(stored);
      if (sizeof<S>() === 16) count = load<i64>(stored, COUNT);
      stored += sizeof<S>();
    }
    rest -= sum;
    restCount -= count;
    store<i64>(own, sum);
    if (sizeof<S>() === 16) store<i64>(own, count, COUNT);
  }
  const own = slotOf<S>(ownSlots, usual);
  store<i64>(own, rest);
  if (sizeof<S>() === 16) store<i64>(own, restCount, COUNT);
}

function cuts<S>(slots: usize, bins: i32, direction: i32): bool {
  const missing = load<i64>(slots);
  if (isBounded) {
    const right = boundedSide<S>(slots, bins, direction, 0);
    return missing === 0 ? right : boundedSide<S>(slots, bins, direction, 1) || right;
  }
  const right = side<S>(slots, bins, 0);
  return missing === 0 ? right : side<S>(slots, bins, 1) || right;
}

/**
 * All cuts of a column, missing cells on one side.
 *
 * Four bins at a time: a cut is looked at closely only where its score, not divided and in float32, is about as high as the best one or
 * higher. Nearly none is, and those that are go the way of all others, so no bit differs.
 */
function side<S>(slots: usize, bins: i32, missingLeft: i32): bool {
  const missing = load<i64>(slots);
  // With missing cells on the right, the highest bin may stand alone on the left against them.
  const last = missingLeft === 0 && missing !== 0 ? bins : bins - 1;
  const gradients = i32x4.splat(<i32>(total >> 32));
  const hessians = i32x4.splat(<i32>total);
  const shrink = f32x4.splat(<f32>(lambda / hessianUnit));
  let bar = f32x4.splat(wholeBar());
  let sum = missingLeft ? missing : 0;
  let count = missingLeft ? countOf<S>(slots) : 0;
  let improved = false;
  let bin: i32 = 1;
  for (; bin <= last - 3; bin += 4) {
    const at = slotOf<S>(slots, bin);
    const first = sum + load<i64>(at);
    const second = first + load<i64>(at, sizeof<S>());
    const third = second + load<i64>(at, 2 * sizeof<S>());
    const fourth = third + load<i64>(at, 3 * sizeof<S>());
    const low = i64x2.replace_lane(i64x2.splat(first), 1, second);
    const high = i64x2.replace_lane(i64x2.splat(third), 1, fourth);
    const h = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
    const g = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
    const a = f32x4.add(f32x4.convert_i32x4_s(h), shrink);
    const b = f32x4.add(f32x4.convert_i32x4_s(i32x4.sub(hessians, h)), shrink);
    const gl = f32x4.convert_i32x4_s(g);
    const gr = f32x4.convert_i32x4_s(i32x4.sub(gradients, g));
    const score = f32x4.add(f32x4.mul(f32x4.mul(gl, gl), b), f32x4.mul(f32x4.mul(gr, gr), a));
    if (!isRough || v128.any_true(f32x4.gt(score, f32x4.mul(bar, f32x4.mul(a, b))))) {
      if (tryCuts<S>(bin, bin + 3, slots, sum, count, missingLeft)) {
        improved = true;
        bar = f32x4.splat(wholeBar());
      }
    }
    sum = fourth;
    if (sizeof<S>() === 16) {
      const low2 = i64x2.add(v128.load(at), v128.load(at, 16));
      count += <i32>i64x2.extract_lane(i64x2.add(low2, i64x2.add(v128.load(at, 32), v128.load(at, 48))), 1);
    }
  }
  return tryCuts<S>(bin, last, slots, sum, count, missingLeft) || improved;
}

/** A little below 1, and far beyond what rounding of float32 does. */
const ALMOST: f64 = 1 - 1e-5;

/** What a score must be above where gradients and hessians are whole numbers, nearly. */
@inline
function wholeBar(): f32 {
  return <f32>(best * ALMOST * (hessianUnit / (gradientUnit * gradientUnit)));
}

/** Cuts of some bins, one by one; sum and count are those of the bins before. */
function tryCuts<S>(bin: i32, last: i32, slots: usize, sum: i64, count: i32, missingLeft: i32): bool {
  const missing = load<i64>(slots);
  let improved = false;
  for (; bin <= last; bin++) {
    const slot = slotOf<S>(slots, bin);
    const own = load<i64>(slot);
    sum += own;
    count += countOf<S>(slot);
    // A bin of nothing is no cut, also where rows of it weigh nothing.
    if (own !== 0 && tryCut(bin, sum, count, missingLeft, missing)) improved = true;
  }
  return improved;
}

@inline
function tryCut(bin: i32, left: i64, leftCount: i32, missingLeft: i32, missing: i64): bool {
  if (!tryOne(left, leftCount, lambda, 0)) return false;
  keep(bin, missingLeft, left, missing !== 0);
  return true;
}

/** The same where a column has a direction: parts say no more than their bounds, and not the wrong way round. */
function boundedSide<S>(slots: usize, bins: i32, direction: i32, missingLeft: i32): bool {
  const missing = load<i64>(slots);
  let left = missingLeft ? missing : 0;
  let leftCount = missingLeft ? countOf<S>(slots) : 0;
  let improved = false;
  const last = missingLeft === 0 && missing !== 0 ? bins : bins - 1;
  for (let bin: i32 = 1; bin <= last; bin++) {
    const slot = slotOf<S>(slots, bin);
    const own = load<i64>(slot);
    leftCount += countOf<S>(slot);
    if (own === 0) continue;
    left += own;
    if (!tryOne(left, leftCount, lambda, direction)) continue;
    improved = true;
    keep(bin, missingLeft, left, missing !== 0);
  }
  return improved;
}

/** Each level against all others and the missing cells. */
function eachLevel<S>(slots: usize, bins: i32): bool {
  let improved = false;
  for (let bin: i32 = 1; bin <= bins; bin++) {
    const slot = slotOf<S>(slots, bin);
    const own = load<i64>(slot);
    if (own === 0) continue;
    if (!tryOne(own, countOf<S>(slot), lambda, 0)) continue;
    improved = true;
    keepSet(bin, own);
    setBit(bin);
  }
  return improved;
}

/** The first levels in the order of gradient / (hessian + smooth), and then the last ones. */
function levelSets<S>(slots: usize, bins: i32): bool {
  let n: i32 = 0;
  const wholeHessian = <f64>(<u64>total & 0xffffffff);
  for (let bin: i32 = 1; bin <= bins; bin++) {
    const own = load<i64>(slotOf<S>(slots, bin));
    const h = <f64>(<u64>own & 0xffffffff);
    if (!(h > 0) || !(h * <f64>rowCount >= smooth * wholeHessian)) continue;
    store<f64>(keys + ((<usize>bin) << 3), (gradientUnit * <f64>(own >> 32)) / (hessianUnit * h + smooth));
    store<i32>(ranks + ((<usize>n) << 2), bin);
    n++;
  }
  sortRanks(n);
  const most = min(maxSet, (n + 1) >> 1);
  let improved = false;
  for (let isReversed: i32 = 0; isReversed < 2; isReversed++) {
    let left: i64 = 0;
    let leftCount: i32 = 0;
    for (let i: i32 = 0; i < most; i++) {
      const bin = load<i32>(ranks + ((<usize>(isReversed ? n - 1 - i : i)) << 2));
      const slot = slotOf<S>(slots, bin);
      left += load<i64>(slot);
      leftCount += countOf<S>(slot);
      if (!tryOne(left, leftCount, setLambda, 0)) continue;
      improved = true;
      keepSet(i + 1, left);
      for (let j: i32 = 0; j <= i; j++) setBit(load<i32>(ranks + ((<usize>(isReversed ? n - 1 - j : j)) << 2)));
    }
  }
  return improved;
}

/** Levels by key, those of equal keys by bin: Shell's way, with gaps of Ciura. */
function sortRanks(n: i32): void {
  for (let gap: i32 = 132; gap > 0; gap = gap === 132 ? 57 : gap === 57 ? 23 : gap === 23 ? 10 : gap === 10 ? 4 : gap === 4 ? 1 : 0) {
    for (let i = gap; i < n; i++) {
      const bin = load<i32>(ranks + ((<usize>i) << 2));
      const key = load<f64>(keys + ((<usize>bin) << 3));
      let j = i;
      for (; j >= gap; j -= gap) {
        const other = load<i32>(ranks + ((<usize>(j - gap)) << 2));
        const otherKey = load<f64>(keys + ((<usize>other) << 3));
        if (otherKey < key || (otherKey === key && other < bin)) break;
        store<i32>(ranks + ((<usize>j) << 2), other);
      }
      store<i32>(ranks + ((<usize>j) << 2), bin);
    }
  }
}

/** Whether a left part makes the best split so far. */
function tryOne(left: i64, leftCount: i32, shrink: f64, direction: i32): bool {
  if (isCounted && (leftCount < minRows || rowCount - leftCount < minRows)) return false;
  const right = total - left;
  const hl = hessianUnit * <f64>(<u64>left & 0xffffffff);
  const hr = hessianUnit * <f64>(<u64>right & 0xffffffff);
  if (hl < least || hr < least) return false;
  const gl = gradientUnit * <f64>(left >> 32);
  const gr = gradientUnit * <f64>(right >> 32);
  const a = hl + shrink;
  const b = hr + shrink;
  let score: f64;
  if (isBounded) {
    if (<f64>direction * (bounded(-gr / b) - bounded(-gl / a)) < 0) return false;
    score = partScore(gl, a) + partScore(gr, b);
  } else {
    score = (gl * gl * b + gr * gr * a) / (a * b);
  }
  if (!(score > best)) return false;
  best = score;
  return true;
}

@inline
function bounded(value: f64): f64 {
  return min(max(value, low), high);
}

/** What a part gains by its value, doubled. */
function partScore(g: f64, a: f64): f64 {
  if (!isBounded) return (g * g) / a;
  const value = bounded(-g / a);
  return -(2 * g * value + a * value * value);
}

@inline
function keep(bin: i32, missingLeft: i32, left: i64, hasMissing: bool): void {
  store<i32>(found + BIN, bin);
  store<i32>(found + MISSING_LEFT, missingLeft);
  store<i64>(found + LEFT, left);
  store<i32>(found + HAS_SET, 0);
  store<i32>(found + HAS_MISSING, hasMissing);
}

/** Keeps a split by a set, which is empty yet; of `size` levels, or of that level where each is tried. */
function keepSet(size: i32, left: i64): void {
  keep(size, 0, left, false);
  store<i32>(found + HAS_SET, 1);
  memory.fill(found + SET, 0, SET_BYTES);
}

@inline
function setBit(bin: i32): void {
  const at = found + SET + ((<usize>bin) >> 3);
  store<u8>(at, <u8>((<i32>load<u8>(at)) | (1 << (bin & 7))));
}
