/** @file Extremely randomised trees: at every node a few columns, a random cut in each, and the best of these. */

import { describeOutputs, scoreOf, scoreOfSet, total } from './extra-score';
import { coin, integer, uniform } from './random';
import { inSet, part, partSet } from './split';

/** A node under way: first row i32, rows i32, number of the node i32. */
const FRAME: usize = 12;
/** A grown node: column i32 (-1: leaf), bin | missing-goes-left << 8 or 512 + number of its set i32, left child i32 (0: leaf), rows i32. */
const NODE: usize = 16;
/** A set of bins. */
const SET_BYTES: usize = 32;

/** What is known of all trees of a forest: addresses and sizes, set once by `describe`. */
let bins: usize = 0;
let blockBytes: usize = 0;
let cols: i32 = 0;
let k: i32 = 0;
let values: usize = 0;
let columns: usize = 0;
let perNode: i32 = 0;
let minLeaf: i32 = 0;
let minSplit: i32 = 0;
let kinds: usize = 0;
let ownBins: usize = 0;
let sets: usize = 0;

/**
 * The table and how trees are grown on it.
 *
 * Shapes  bins: as in bins.ts, blocks blockBytes apart; y: [rows] float32, a class index where k > 1; weights: [rows] float32;
 *         values: [cols][256] float32, the value that stands for each bin; columns: [cols] uint32, room; sums: [3][k] float64, room;
 *         kindsAt: [cols] bytes, 1 where a column has categories, or 0: none has; setsAt: [2 + splits][32] bytes, room, where one has;
 *         ownBinsAt: [rows] bytes, ownOutputsAt: [rows] float64, ownWeightsAt: [rows] float32, room;
 *         form: what outputs are, as extra-score.ts names it
 */
export function describe(
  binsAt: usize,
  blockBytesAt: usize,
  colCount: i32,
  yAt: usize,
  weightsAt: usize,
  outputs: i32,
  valuesAt: usize,
  columnsAt: usize,
  sumsAt: usize,
  columnsPerNode: i32,
  minRowsOfLeaf: i32,
  minRowsToSplit: i32,
  kindsAt: usize,
  setsAt: usize,
  ownBinsAt: usize,
  ownOutputsAt: usize,
  ownWeightsAt: usize,
  form: i32,
): void {
  bins = binsAt;
  blockBytes = blockBytesAt;
  cols = colCount;
  k = outputs;
  values = valuesAt;
  columns = columnsAt;
  perNode = columnsPerNode;
  minLeaf = minRowsOfLeaf;
  minSplit = minRowsToSplit;
  kinds = kindsAt;
  sets = setsAt;
  ownBins = ownBinsAt;
  describeOutputs(yAt, weightsAt, outputs, sumsAt, ownBinsAt, ownOutputsAt, ownWeightsAt, minRowsOfLeaf, form);
}

/**
 * Grows one tree; returns its number of nodes.
 *
 * A split is scored by the sum of (sum of outputs)^2 / weight over both parts: for numbers the reduction of squared error, for
 * classes that of Gini impurity. Columns that are constant in a node do not count among those it looks at.
 *
 * A column of categories is parted by a random set of those that a node has; the missing ones go right.
 *
 * Shapes  order: [n] uint32 rows, parted leaf by leaf; spare: [n] uint32; stack: [leaves + 1] frames of 12 bytes; nodes:
 *         [2 leaves - 1][16] bytes; leaves: [2 leaves - 1][k] float32: mean outputs of every node; of n / minLeaf leaves at most; sets begin 64 bytes behind setsAt
 * Random  as core/random.ts with the seed set before, in this order: columns, then the cut, then the side of missing cells;
 *         for categories a coin for each, in the order of their bins, again where all of them lie alike
 */
export function growExtra(order: usize, n: i32, spare: usize, stack: usize, nodes: usize, leaves: usize): i32 {
  for (let c: i32 = 0; c < cols; c++) store<u32>(columns + ((<usize>c) << 2), c);
  let count: i32 = 1;
  let setCount: i32 = 0;
  let top = stack;
  push(top, 0, n, 0);
  top += FRAME;
  while (top > stack) {
    top -= FRAME;
    const start = load<i32>(top);
    const rows = load<i32>(top + 4);
    const node = load<i32>(top + 8);
    const at = order + ((<usize>start) << 2);
    const own = nodes + <usize>node * NODE;
    store<i32>(own, -1);
    store<i32>(own + 4, 0);
    store<i32>(own + 8, 0);
    store<i32>(own + 12, rows);
    const isPure = total(at, rows, leaves + <usize>(node * k) * 4);
    if (isPure || rows < minSplit || rows < 2 * minLeaf) continue;
    if (!findSplit(at, rows)) continue;
    store<i32>(own, bestColumn);
    let left: i32;
    if (bestHasSet) {
      left = partSet(columnAt(bestColumn), at, rows, bestSet(), spare);
      memory.copy(sets + 2 * SET_BYTES + <usize>setCount * SET_BYTES, bestSet(), SET_BYTES);
      store<i32>(own + 4, 512 + setCount);
      setCount++;
    } else {
      left = part(columnAt(bestColumn), at, rows, bestBin, bestMissingLeft, spare);
      store<i32>(own + 4, bestBin | (bestMissingLeft << 8));
    }
    store<i32>(own + 8, count);
    // The left part is grown first: it is pushed last.
    push(top, start + left, rows - left, count + 1);
    push(top + FRAME, start, left, count);
    top += 2 * FRAME;
    count += 2;
  }
  return count;
}

function push(at: usize, start: i32, rows: i32, node: i32): void {
  store<i32>(at, start);
  store<i32>(at + 4, rows);
  store<i32>(at + 8, node);
}

@inline
function columnAt(column: i32): usize {
  return bins + (<usize>column >> 3) * blockBytes + (<usize>column & 7);
}

let bestColumn: i32 = 0;
let bestBin: u32 = 0;
let bestMissingLeft: i32 = 0;
let bestHasSet: bool = false;

/** The best of the random splits of a node; false where no column can be split. */
function findSplit(order: usize, n: i32): bool {
  let best: f64 = -Infinity;
  let looked: i32 = 0;
  let found = false;
  for (let i: i32 = 0; i < cols && (looked < perNode || !found); i++) {
    const chosen = columns + ((<usize>(i + <i32>integer(<u32>(cols - i)))) << 2);
    const column = load<u32>(chosen);
    store<u32>(chosen, load<u32>(columns + ((<usize>i) << 2)));
    store<u32>(columns + ((<usize>i) << 2), column);
    const hasSet = kinds !== 0 && load<u8>(kinds + <usize>column) !== 0;
    const isDrawn = hasSet
      ? drawSet(columnAt(column), order, n)
      : draw(columnAt(column), order, n, values + ((<usize>column) << 10));
    if (!isDrawn) continue;
    looked++;
    const low: u32 = cutMissingLeft ? 0 : 1;
    const score = hasSet ? scoreOfSet(n, sets) : scoreOf(n, low, cutBin - low);
    if (!(score > best)) continue;
    best = score;
    found = true;
    bestColumn = column;
    bestBin = cutBin;
    bestMissingLeft = cutMissingLeft;
    bestHasSet = hasSet;
    if (hasSet) memory.copy(bestSet(), sets, SET_BYTES);
  }
  return found;
}

let cutBin: u32 = 0;
let cutMissingLeft: i32 = 0;

/** A random cut between the least and the greatest value of a node; false where there is nothing to cut. */
function draw(column: usize, order: usize, n: i32, value: usize): bool {
  let least: u32 = 256;
  let low: u32 = 256;
  let high: u32 = 0;
  let own = ownBins;
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const bin = <u32>load<u8>(column + ((<usize>load<u32>(order)) << 3));
    store<u8>(own++, bin);
    // Bin 0, the missing cells, is the greatest number less 1: never the lowest.
    low = min(low, bin - 1);
    least = min(least, bin);
    high = max(high, bin);
  }
  low++;
  const missing = least === 0;
  if (high === 0 || (low === high && !missing)) return false;
  cutBin = low;
  if (low < high) {
    const from = <f64>load<f32>(value + (low << 2));
    const x = from + uniform() * (<f64>load<f32>(value + (high << 2)) - from);
    // Values ascend with bins: the last one that is not above the cut, half by half.
    let above = high;
    while (above - cutBin > 1) {
      const middle = (cutBin + above) >> 1;
      if (<f64>load<f32>(value + (middle << 2)) <= x) cutBin = middle;
      else above = middle;
    }
  }
  // Where all present values are equal, the split is that between them and the missing ones.
  cutMissingLeft = missing && low < high ? <i32>(uniform() < 0.5) : 0;
  return true;
}

/** The set that is the best so far; the one just drawn lies at `sets`. */
@inline
function bestSet(): usize {
  return sets + SET_BYTES;
}

/** A random set of the categories of a node; false where there is nothing to part. */
function drawSet(column: usize, order: usize, n: i32): bool {
  memory.fill(sets, 0, SET_BYTES);
  let own = ownBins;
  for (let end = order + ((<usize>n) << 2); order < end; order += 4) {
    const bin = <usize>load<u8>(column + ((<usize>load<u32>(order)) << 3));
    store<u8>(own++, <u8>bin);
    store<u8>(sets + (bin >> 3), <u8>((<i32>load<u8>(sets + (bin >> 3))) | (1 << (<i32>bin & 7))));
  }
  const hasMissing = load<u8>(sets) & 1;
  store<u8>(sets, load<u8>(sets) & 254);
  const a = load<u64>(sets);
  const b = load<u64>(sets + 8);
  const c = load<u64>(sets + 16);
  const d = load<u64>(sets + 24);
  const present = <i32>(popcnt(a) + popcnt(b) + popcnt(c) + popcnt(d));
  if (present === 0 || (present === 1 && !hasMissing)) return false;
  // One category goes against the missing cells.
  if (present === 1) return true;
  let drawn: i32 = 0;
  while (drawn === 0 || (drawn === present && !hasMissing)) {
    drawn = 0;
    store<u64>(sets, a);
    store<u64>(sets + 8, b);
    store<u64>(sets + 16, c);
    store<u64>(sets + 24, d);
    for (let bin: usize = 1; bin < 256; bin++) {
      if (!inSet(sets, bin)) continue;
      if (coin()) drawn++;
      else store<u8>(sets + (bin >> 3), <u8>((<i32>load<u8>(sets + (bin >> 3))) & ~(1 << (<i32>bin & 7))));
    }
  }
  return true;
}
