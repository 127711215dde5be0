/**
 * @file Forests of many leaves written small. Trees are numbered breadth first, so that children need not be named; columns are bytes; and
 * every number, set of categories and vector that occurs is there once.
 */

import type { TensorData } from '../core/index.js';
import type { Forest } from '../trees/index.js';
import { SET_BYTES } from '../trees/index.js';

/**
 * A forest's tensors. Whole numbers are little-endian, of as many bytes as the largest needs.
 *
 * codes    [nodes x 1 to 4 bytes] 0 in a leaf; of a split 1 + 3 * column, plus 1 where missing goes left, or 2 where it is by categories
 * places   [nodes x 1 to 4 bytes] a row: of `vectors` in a leaf where there are some, of `sets` in a split by categories, else of `numbers`
 * numbers  thresholds and what leaves say, each once
 * roots    [trees + 1] first node of each tree; the children of its split number s (from 0) are its nodes 2 s + 1 and 2 s + 2
 * vectors  [rows x outputs], sets [rows x 32]: as in a forest, each row once
 */
export type PackedForest = Readonly<Record<string, TensorData>>;

const LEAF = -1;
const WAYS = 3;
const BY_SET = 2;
const BYTE = 256;
const MOST_BYTES = 4;

/** The tensors of a forest; equal forests, however their nodes are numbered, have equal ones. */
export function packForest(forest: Forest, outputs: number): PackedForest {
  const { feature, value, defaultLeft, roots, vectors, set, sets } = forest;
  const order = breadthFirst(forest);
  const codes = new Uint32Array(order.length);
  const places = new Uint32Array(order.length);
  const numbers = new Rows(bitsOf(value), 1);
  const rows = vectors && new Rows(bitsOf(vectors), outputs);
  const kinds = sets && new Rows(sets, SET_BYTES);
  order.forEach((node, i) => {
    const isSet = kinds !== undefined && set![node] >= 0;
    const isLeaf = feature[node] === LEAF;
    codes[i] = isLeaf ? 0 : 1 + WAYS * feature[node] + (isSet ? BY_SET : defaultLeft[node]);
    if (isLeaf && rows) places[i] = rows.placeOf(forest.left[node]);
    else places[i] = isSet ? kinds.placeOf(set![node]) : numbers.placeOf(node);
  });
  return {
    codes: narrow(codes),
    places: narrow(places),
    numbers: new Float32Array(numbers.kept().buffer),
    roots,
    ...(rows ? { vectors: new Float32Array(rows.kept().buffer) } : {}),
    ...(kinds ? { sets: Uint8Array.from(kinds.kept()) } : {}),
  };
}

/** The forest again, breadth first; null where the tensors are not those of one. */
export function unpackForest(tensors: PackedForest): Forest | null {
  const { codes, places, numbers, roots, vectors, sets } = tensors;
  if (!(roots instanceof Int32Array) || !(numbers instanceof Float32Array)) return null;
  if (vectors !== undefined && !(vectors instanceof Float32Array)) return null;
  if (sets !== undefined && !(sets instanceof Uint8Array)) return null;
  if (roots[0] !== 0 || !roots.every((root, t) => t === 0 || root > roots[t - 1])) return null;
  const n = roots[roots.length - 1];
  const [kinds, rows] = [widened(codes, n), widened(places, n)];
  if (!kinds || !rows) return null;
  const empty = { feature: new Int32Array(n), value: new Float32Array(n), left: new Int32Array(n) };
  const forest = { ...empty, defaultLeft: new Uint8Array(n), roots, ...(vectors ? { vectors } : {}) };
  const set = sets && new Int32Array(n).fill(-1);
  for (let t = 0; t + 1 < roots.length; t++) {
    let child = roots[t] + 1;
    for (let i = roots[t]; i < roots[t + 1]; i++) {
      const code = kinds[i] - 1;
      const isLeaf = code < 0;
      const isSet = !isLeaf && code % WAYS === BY_SET;
      if (isSet && !(sets && rows[i] < sets.length / SET_BYTES)) return null;
      if (!isSet && !(isLeaf && vectors) && rows[i] >= numbers.length) return null;
      forest.feature[i] = isLeaf ? LEAF : Math.floor(code / WAYS);
      if (isSet) set[i] = rows[i];
      else if (isLeaf && vectors) forest.left[i] = rows[i];
      else forest.value[i] = numbers[rows[i]];
      if (isLeaf) continue;
      forest.defaultLeft[i] = isSet ? 0 : code % WAYS;
      forest.left[i] = child;
      child += 2;
    }
    if (child !== roots[t + 1]) return null;
  }
  return set ? { ...forest, set, sets } : forest;
}

/** The nodes of all trees, each tree's by depth and then from left to right. */
function breadthFirst({ feature, left, roots }: Forest): Uint32Array {
  const order = new Uint32Array(feature.length);
  for (let t = 0; t + 1 < roots.length; t++) {
    let end = roots[t];
    order[end++] = roots[t];
    for (let i = roots[t]; i < end; i++) {
      const node = order[i];
      if (feature[node] === LEAF) continue;
      order[end++] = left[node];
      order[end++] = left[node] + 1;
    }
  }
  return order;
}

/** Bits of numbers: -0 is not 0. */
function bitsOf(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}

/** Kinds of hashes of rows: a map holds no more than 2 ** 24. */
const HASH_BITS = 22;
const SPREAD = 0x9e3779b1;

/** Rows of a table that are asked for, each kept once and in the order of asking. */
class Rows {
  /** Of each hash the place of the latest row, and of each place that of the one before with its hash. */
  private readonly latest = new Map<number, number>();
  private readonly earlier: (number | undefined)[] = [];
  private readonly rows: number[] = [];

  constructor(
    private readonly table: Int32Array | Uint8Array,
    private readonly width: number,
  ) {}

  /** Where the row is among those kept. */
  placeOf(row: number): number {
    const { table, width, latest, earlier, rows } = this;
    let hash = 0;
    for (let i = row * width; i < (row + 1) * width; i++) hash = Math.imul(hash, 31) + table[i];
    hash = Math.imul(hash, SPREAD) >>> (32 - HASH_BITS);
    const last = latest.get(hash);
    for (let place = last; place !== undefined; place = earlier[place]) {
      if (this.isSame(rows[place], row)) return place;
    }
    latest.set(hash, rows.length);
    earlier.push(last);
    return rows.push(row) - 1;
  }

  kept(): Int32Array {
    const { table, width, rows } = this;
    const all = new Int32Array(rows.length * width);
    rows.forEach((row, i) => all.set(table.subarray(row * width, (row + 1) * width), i * width));
    return all;
  }

  private isSame(one: number, other: number): boolean {
    const { table, width } = this;
    for (let i = 0; i < width; i++) if (table[one * width + i] !== table[other * width + i]) return false;
    return true;
  }
}

/** As few bytes for each number as the largest needs. */
function narrow(values: Uint32Array): Uint8Array {
  const most = values.reduce((largest, value) => Math.max(largest, value), 0);
  const width = most < BYTE ? 1 : most < BYTE ** 2 ? 2 : most < BYTE ** 3 ? 3 : MOST_BYTES;
  const bytes = new Uint8Array(values.length * width);
  values.forEach((value, i) => {
    for (let b = 0; b < width; b++) bytes[i * width + b] = value >>> (8 * b);
  });
  return bytes;
}

function widened(bytes: TensorData | undefined, n: number): Uint32Array | null {
  const width = bytes instanceof Uint8Array ? bytes.length / n : NaN;
  if (!(bytes instanceof Uint8Array) || !Number.isInteger(width) || width < 1 || width > MOST_BYTES) return null;
  const values = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    let value = 0;
    for (let b = width - 1; b >= 0; b--) value = value * BYTE + bytes[i * width + b];
    values[i] = value;
  }
  return values;
}
