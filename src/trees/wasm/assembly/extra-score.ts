/** @file What the rows of a node of an extra tree add up to, and how good a split of them is. */

import { inSet } from './split';

/** Numbers, or classes, of any weights. */
const WEIGHED: i32 = 0;
/** Numbers, all of weight 1. */
const EVEN: i32 = 1;
/** Numbers that are 0 or 1, all of weight 1. */
const BITS: i32 = 2;
/** Classes, all of weight 1: whole numbers of rows, so the order in which they are summed changes no bit. */
const COUNTS: i32 = 3;

let y: usize = 0;
let weights: usize = 0;
let k: i32 = 0;
let sums: usize = 0;
let ownBins: usize = 0;
let ownOutputs: usize = 0;
let ownWeights: usize = 0;
let minLeaf: i32 = 0;
let form: i32 = 0;

/** Of the node. */
let wholeWeight: f64 = 0;
/** The sum of squared numbers of rows of its classes. */
let wholeSquares: u64 = 0;

export function describeOutputs(
  yAt: usize,
  weightsAt: usize,
  outputs: i32,
  sumsAt: usize,
  ownBinsAt: usize,
  ownOutputsAt: usize,
  ownWeightsAt: usize,
  minRowsOfLeaf: i32,
  formOfOutputs: i32,
): void {
  y = yAt;
  weights = weightsAt;
  k = outputs;
  sums = sumsAt;
  ownBins = ownBinsAt;
  ownOutputs = ownOutputsAt;
  ownWeights = ownWeightsAt;
  minLeaf = minRowsOfLeaf;
  form = formOfOutputs;
}

/**
 * Sums of the node's outputs and weights, and its means; true where all rows have the same output. Leaves what each row adds in the
 * node's own order, so that scores read it one after the other.
 */
export function total(order: usize, n: i32, means: usize): bool {
  if (form === COUNTS) return totalOfCounts(order, n, means);
  if (form === BITS) return totalOfBits(order, n, means);
  return form === EVEN ? totalOfEven(order, n, means) : totalOfWeighed(order, n, means);
}

/** The score of a split whose left part are the rows with bins of `low .. low + range`; NaN where a part would be too small. */
export function scoreOf(n: i32, low: u32, range: u32): f64 {
  if (form === COUNTS) return scoreOfCounts(n, low, range, 0);
  if (form === BITS) return scoreOfBits(n, low, range);
  if (k > 1) return scoreOfClasses(n, low, range);
  return form === EVEN ? scoreOfEven(n, low, range) : scoreOfWeighed(n, low, range);
}

/** The same of one whose left part are the rows with bins of a set. */
export function scoreOfSet(n: i32, set: usize): f64 {
  if (form === COUNTS) return scoreOfCounts(n, 0, 0, set);
  clearLeft();
  let count: i32 = 0;
  let weight: f64 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    if (!inSet(set, load<u8>(ownBins + i))) continue;
    count++;
    weight += addOwn(i);
  }
  return scoreOfParts(count, n, weight);
}

function totalOfWeighed(order: usize, n: i32, means: usize): bool {
  memory.fill(sums, 0, (<usize>k) << 3);
  const first = load<f32>(y + ((<usize>load<u32>(order)) << 2));
  let isPure = true;
  let weight: f64 = 0;
  let output = ownOutputs;
  let own = ownWeights;
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const row = (<usize>load<u32>(order)) << 2;
    const value = load<f32>(y + row);
    const w = <f64>load<f32>(weights + row);
    if (value !== first) isPure = false;
    weight += w;
    const at = k === 1 ? sums : sums + ((<usize>(<i32>value)) << 3);
    store<f64>(at, load<f64>(at) + (k === 1 ? w * <f64>value : w));
    store<f64>(output, k === 1 ? w * <f64>value : <f64>value);
    store<f32>(own, <f32>w);
    output += 8;
    own += 4;
  }
  wholeWeight = weight;
  for (let c: i32 = 0; c < k; c++) {
    store<f32>(means + ((<usize>c) << 2), <f32>(load<f64>(sums + ((<usize>c) << 3)) / weight));
  }
  return isPure;
}

function totalOfEven(order: usize, n: i32, means: usize): bool {
  const first = load<f32>(y + ((<usize>load<u32>(order)) << 2));
  let isPure = true;
  let sum: f64 = 0;
  let output = ownOutputs;
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const value = load<f32>(y + ((<usize>load<u32>(order)) << 2));
    isPure = isPure && value === first;
    sum += <f64>value;
    store<f64>(output, <f64>value);
    output += 8;
  }
  store<f64>(sums, sum);
  wholeWeight = <f64>n;
  store<f32>(means, <f32>(sum / wholeWeight));
  return isPure;
}

/** Each row leaves a byte: none or all of its bits. */
function totalOfBits(order: usize, n: i32, means: usize): bool {
  let ones: i32 = 0;
  let output = ownOutputs;
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const one = <i32>(load<f32>(y + ((<usize>load<u32>(order)) << 2)) !== 0);
    ones += one;
    store<u8>(output++, <u8>(-one));
  }
  store<f64>(sums, <f64>ones);
  wholeWeight = <f64>n;
  store<f32>(means, <f32>(<f64>ones / wholeWeight));
  return ones === 0 || ones === n;
}

/** Numbers of rows as uint32, and of each row its class as uint32. */
function totalOfCounts(order: usize, n: i32, means: usize): bool {
  memory.fill(sums, 0, (<usize>k) << 2);
  let squares: u64 = 0;
  let output = ownOutputs;
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const label = <u32>load<f32>(y + ((<usize>load<u32>(order)) << 2));
    const at = sums + ((<usize>label) << 2);
    const before = load<u32>(at);
    store<u32>(at, before + 1);
    squares += <u64>(2 * before + 1);
    store<u32>(output, label);
    output += 4;
  }
  wholeSquares = squares;
  wholeWeight = <f64>n;
  for (let at: usize = 0, end = (<usize>k) << 2; at < end; at += 4) {
    store<f32>(means + at, <f32>(<f64>load<u32>(sums + at) / wholeWeight));
  }
  return squares === <u64>n * <u64>n;
}

function scoreOfEven(n: i32, low: u32, range: u32): f64 {
  let count: i32 = 0;
  let sum: f64 = 0;
  let output = ownOutputs;
  // Without branches, which would be guessed wrong: what stays right adds 0.
  for (let at = ownBins, end = ownBins + <usize>n; at < end; at++) {
    const isLeft = <u32>load<u8>(at) - low <= range;
    count += <i32>isLeft;
    sum += select<f64>(load<f64>(output), 0, isLeft);
    output += 8;
  }
  store<f64>(sums + 8, sum);
  return scoreOfParts(count, n, <f64>count);
}

function scoreOfWeighed(n: i32, low: u32, range: u32): f64 {
  let count: i32 = 0;
  let sum: f64 = 0;
  let weight: f64 = 0;
  let output = ownOutputs;
  let own = ownWeights;
  for (let at = ownBins, end = ownBins + <usize>n; at < end; at++) {
    const isLeft = <u32>load<u8>(at) - low <= range;
    count += <i32>isLeft;
    sum += select<f64>(load<f64>(output), 0, isLeft);
    weight += select<f64>(<f64>load<f32>(own), 0, isLeft);
    output += 8;
    own += 4;
  }
  store<f64>(sums + 8, sum);
  return scoreOfParts(count, n, weight);
}

/** Sixteen rows at a time. */
function scoreOfBits(n: i32, low: u32, range: u32): f64 {
  const lows = i8x16.splat(<i8>low);
  const ranges = i8x16.splat(<i8>range);
  let count: i32 = 0;
  let ones: i32 = 0;
  let i: usize = 0;
  for (const end = (<usize>n) & ~15; i < end; i += 16) {
    const isLeft = i8x16.le_u(i8x16.sub(v128.load(ownBins + i), lows), ranges);
    count += popcnt(i8x16.bitmask(isLeft));
    ones += popcnt(i8x16.bitmask(v128.and(isLeft, v128.load(ownOutputs + i))));
  }
  for (; i < <usize>n; i++) {
    const isLeft = <i32>(<u32>load<u8>(ownBins + i) - low <= range);
    count += isLeft;
    ones += isLeft & <i32>load<u8>(ownOutputs + i);
  }
  store<f64>(sums + 8, <f64>ones);
  return scoreOfParts(count, n, <f64>count);
}

function scoreOfClasses(n: i32, low: u32, range: u32): f64 {
  clearLeft();
  let count: i32 = 0;
  let weight: f64 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    if (<u32>load<u8>(ownBins + i) - low > range) continue;
    count++;
    weight += addOwn(i);
  }
  return scoreOfParts(count, n, weight);
}

/**
 * By bins of `low .. low + range`, or of a set where there is one. A node of few rows has few of many classes: where rows are fewer,
 * nothing goes over all classes.
 */
function scoreOfCounts(n: i32, low: u32, range: u32, set: usize): f64 {
  const left = sums + ((<usize>k) << 3);
  clearCounts(left, n);
  let count: u32 = 0;
  // The sum of squared numbers of rows on the left, and that of their products with the node's.
  let squares: u64 = 0;
  let products: u64 = 0;
  let output = ownOutputs;
  for (let at = ownBins, end = at + <usize>n; at < end; at++) {
    const bin = <u32>load<u8>(at);
    const isLeft = set !== 0 ? <u32>inSet(set, bin) : <u32>(bin - low <= range);
    const label = (<usize>load<u32>(output)) << 2;
    const before = load<u32>(left + label);
    // Without a branch, which would be guessed wrong: what stays right adds 0.
    store<u32>(left + label, before + isLeft);
    count += isLeft;
    squares += <u64>((2 * before + 1) & (0 - isLeft));
    products += <u64>(load<u32>(sums + label) & (0 - isLeft));
    output += 4;
  }
  const others = <u32>n - count;
  if (<i32>count < minLeaf || <i32>others < minLeaf) return NaN;
  return <f64>squares / <f64>count + <f64>(wholeSquares - 2 * products + squares) / <f64>others;
}

@inline
function clearCounts(left: usize, n: i32): void {
  if (n >= k) {
    memory.fill(left, 0, (<usize>k) << 2);
    return;
  }
  for (let at = ownOutputs, end = at + ((<usize>n) << 2); at < end; at += 4) {
    store<u32>(left + ((<usize>load<u32>(at)) << 2), 0);
  }
}

@inline
function clearLeft(): void {
  memory.fill(sums + ((<usize>k) << 3), 0, (<usize>k) << 3);
}

/** Adds what the i-th row of the node adds; returns its weight. */
@inline
function addOwn(i: usize): f64 {
  const left = sums + ((<usize>k) << 3);
  if (form === BITS) {
    store<f64>(left, load<f64>(left) + <f64>(load<u8>(ownOutputs + i) & 1));
    return 1;
  }
  const w = form === EVEN ? 1 : <f64>load<f32>(ownWeights + (i << 2));
  const output = load<f64>(ownOutputs + (i << 3));
  const at = k === 1 ? left : left + ((<usize>(<i32>output)) << 3);
  store<f64>(at, load<f64>(at) + (k === 1 ? output : w));
  return w;
}

function scoreOfParts(count: i32, n: i32, weight: f64): f64 {
  if (count < minLeaf || n - count < minLeaf) return NaN;
  const left = sums + ((<usize>k) << 3);
  let a: f64 = 0;
  let b: f64 = 0;
  for (let c: i32 = 0; c < k; c++) {
    const at = (<usize>c) << 3;
    const l = load<f64>(left + at);
    const r = load<f64>(sums + at) - l;
    a += l * l;
    b += r * r;
  }
  return a / weight + b / (wholeWeight - weight);
}
