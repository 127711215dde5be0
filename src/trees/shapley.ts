/**
 * @file What each column adds to what a forest says of a row: exact Shapley values against background rows.
 *
 * The game is that of every other explanation here: a coalition has its columns from the row and all others from a background row,
 * and is worth what the forest says of that mixture, averaged over the background. Several columns of the forest may be one player.
 */

import type { Matrix } from '../core/index.js';
import type { Forest } from './forest.js';
import { goesLeft } from './forest.js';

export interface ForestGame {
  readonly forest: Forest;
  readonly outputs: number;
  /** [columns of the forest] the player that each belongs to. */
  readonly players: ArrayLike<number>;
  readonly playerCount: number;
}

/** Of one row, in float64. */
export interface ForestShares {
  /** [outputs] the sum of the trees. */
  readonly said: Float64Array;
  /** [players x outputs] `base` plus those of all players is `said`. */
  readonly shares: Float64Array;
}

/** Background rows that share a walk: one bit each. */
const BLOCK = 32;
/** What is known of a player on the way to a leaf: nothing, or that its columns must come from the row, or from the background. */
const FREE = 0;
const ROW = 1;
const OTHER = 2;

/**
 * A forest, asked about rows against the same background.
 *
 * A mixture of the row and a background row ends in a leaf where some players must have come from the one (a of them), some
 * from the other (b), and all others do not matter. The Shapley values of that game are known: (a - 1)! b! / (a + b)! for each
 * of the first, -a! (b - 1)! / (a + b)! for each of the second. One walk down a tree meets every such leaf; background rows walk
 * together until their ways part.
 *
 * Cost     per row about the leaves that mixtures can end in, times the groups of background rows that part; `visits` counts
 * Missing  NaN goes where the split says
 * Source   Lundberg et al. 2020, interventional TreeSHAP; players of several columns: Laberge & Pequignot 2022
 *          (https://arxiv.org/abs/2209.15123); differs: background rows as bits of a mask
 */
export class ForestShapley {
  /** [outputs] the mean of what the trees say of the background. */
  readonly base: Float64Array;
  /** Nodes that were looked at so far. */
  visits = 0;

  private readonly feature: Int32Array;
  private readonly value: Float32Array;
  private readonly left: Int32Array;
  private readonly vectors: Float32Array | null;
  private readonly playerOf: Int32Array;
  /** Numbers that a leaf says. */
  private readonly width: number;
  /** [depth x 2 x width] of the leaves below a node: what is credited to players of the row, and of the background. */
  private readonly sums: Float64Array;
  private readonly weights: Float64Array;
  private readonly weightCols: number;
  private readonly states: Uint8Array;
  private first = 0;
  private row: Float32Array = new Float32Array(0);
  private shares = new Float64Array(0);
  private output = 0;

  constructor(
    private readonly game: ForestGame,
    private readonly background: Matrix,
  ) {
    const { forest, outputs, playerCount } = game;
    this.feature = forest.feature;
    this.value = forest.value;
    this.left = forest.left;
    this.vectors = forest.vectors ?? null;
    this.playerOf = Int32Array.from(game.players);
    this.width = forest.vectors ? outputs : 1;
    const depth = depthOf(forest);
    this.sums = new Float64Array(2 * this.width * (depth + 1));
    this.weightCols = Math.min(depth, playerCount) + 1;
    this.weights = weightTable(this.weightCols);
    this.states = new Uint8Array(playerCount);
    this.base = new Float64Array(outputs);
    const { rows, cols, data } = background;
    for (let z = 0; z < rows; z++) this.addSaid(data.subarray(z * cols, (z + 1) * cols), this.base);
    for (let c = 0; c < outputs; c++) this.base[c] /= rows;
  }

  /** Row [columns]. */
  explain(row: Float32Array): ForestShares {
    const { outputs } = this.game;
    this.walkAll(row, Infinity);
    for (let i = 0; i < this.shares.length; i++) this.shares[i] /= this.background.rows;
    const said = new Float64Array(outputs);
    this.addSaid(row, said);
    return { said, shares: this.shares };
  }

  /** Nodes that a row costs; no more than the tree in which `most` is passed is looked at. */
  costOf(row: Float32Array, most: number): number {
    const before = this.visits;
    this.walkAll(row, most);
    return this.visits - before;
  }

  private walkAll(row: Float32Array, most: number): void {
    const { forest, outputs, playerCount } = this.game;
    const last = this.visits + most;
    this.row = row;
    this.shares = new Float64Array(playerCount * outputs);
    const { rows } = this.background;
    for (this.first = 0; this.first < rows; this.first += BLOCK) {
      const count = Math.min(BLOCK, rows - this.first);
      for (let t = 0; t + 1 < forest.roots.length && this.visits <= last; t++) {
        this.output = forest.vectors ? 0 : t % outputs;
        this.walk(forest.roots[t], count === BLOCK ? -1 : 2 ** count - 1, 0, 0, 0);
      }
    }
  }

  /** Credits players at and below a node; what its leaves give to either side is left in the sums of `depth`. */
  private walk(node: number, others: number, a: number, b: number, depth: number): void {
    this.visits++;
    const column = this.feature[node];
    if (column < 0) return this.atLeaf(node, bitCount(others), a, b, depth);
    const isLeft = goesLeft(this.game.forest, node, this.row[column]);
    const own = this.left[node] + (isLeft ? 0 : 1);
    const player = this.playerOf[column];
    const state = this.states[player];
    if (state === ROW) return this.walk(own, others, a, b, depth);
    const lefts = this.goingLeft(node, others);
    const together = isLeft ? lefts : others & ~lefts;
    const parted = others & ~together;
    if (parted === 0) return this.walk(own, others, a, b, depth);
    const away = this.left[node] + (isLeft ? 1 : 0);
    if (state === OTHER) {
      if (together === 0) return this.walk(away, others, a, b, depth);
      this.clear(depth);
      this.walkInto(own, together, a, b, depth);
      return this.walkInto(away, parted, a, b, depth);
    }
    this.clear(depth);
    if (together !== 0) this.walkInto(own, together, a, b, depth);
    this.states[player] = ROW;
    this.walkInto(own, parted, a + 1, b, depth);
    this.credit(player, depth + 1, 0, 1);
    this.states[player] = OTHER;
    this.walkInto(away, parted, a, b + 1, depth);
    this.credit(player, depth + 1, this.width, -1);
    this.states[player] = FREE;
  }

  /** Which of those rows go left. Kept for a whole forest it would be larger than the forest. */
  private goingLeft(node: number, others: number): number {
    const { cols, data } = this.background;
    const from = this.first * cols + this.feature[node];
    let lefts = 0;
    for (let rest = others; rest !== 0; rest &= rest - 1) {
      const row = 31 - Math.clz32(rest & -rest);
      if (goesLeft(this.game.forest, node, data[from + row * cols])) lefts |= 1 << row;
    }
    return lefts;
  }

  private clear(depth: number): void {
    const length = 2 * this.width;
    for (let i = length * depth; i < length * (depth + 1); i++) this.sums[i] = 0;
  }

  /** Walks on, and adds what was found to the sums of `depth`. */
  private walkInto(node: number, others: number, a: number, b: number, depth: number): void {
    this.walk(node, others, a, b, depth + 1);
    const length = 2 * this.width;
    const { sums } = this;
    for (let i = length * depth; i < length * (depth + 1); i++) sums[i] += sums[i + length];
  }

  private atLeaf(node: number, count: number, a: number, b: number, depth: number): void {
    const up = count * this.weights[a * this.weightCols + b];
    const down = count * this.weights[b * this.weightCols + a];
    const { width, sums, vectors } = this;
    const at = 2 * width * depth;
    if (vectors === null) {
      sums[at] = up * this.value[node];
      sums[at + 1] = down * this.value[node];
      return;
    }
    const from = this.left[node] * width;
    for (let c = 0; c < width; c++) {
      sums[at + c] = up * vectors[from + c];
      sums[at + width + c] = down * vectors[from + c];
    }
  }

  private credit(player: number, depth: number, from: number, sign: number): void {
    const at = 2 * this.width * depth + from;
    const to = player * this.game.outputs + this.output;
    for (let c = 0; c < this.width; c++) this.shares[to + c] += sign * this.sums[at + c];
  }

  private addSaid(row: Float32Array, sums: Float64Array): void {
    const { forest, outputs } = this.game;
    for (let t = 0; t + 1 < forest.roots.length; t++) {
      let node = forest.roots[t];
      while (forest.feature[node] >= 0) {
        node = forest.left[node] + (goesLeft(forest, node, row[forest.feature[node]]) ? 0 : 1);
      }
      if (!forest.vectors) sums[t % outputs] += forest.value[node];
      else for (let c = 0; c < outputs; c++) sums[c] += forest.vectors[forest.left[node] * outputs + c];
    }
  }
}

/** Splits on the way to the deepest leaf. */
function depthOf({ feature, left }: Forest): number {
  const depths = new Int32Array(feature.length);
  let deepest = 0;
  for (let node = 0; node < feature.length; node++) {
    if (feature[node] < 0) continue;
    // Children come after their parent.
    depths[left[node]] = depths[left[node] + 1] = depths[node] + 1;
    deepest = Math.max(deepest, depths[node] + 1);
  }
  return deepest;
}

/** At [a, b]: (a - 1)! b! / (a + b)!, and 0 where a is 0. */
function weightTable(size: number): Float64Array {
  const table = new Float64Array(size * size);
  for (let b = 0; b < size; b++) {
    // (1 - 1)! b! / (1 + b)!
    let weight = 1 / (b + 1);
    for (let a = 1; a < size; a++) {
      table[a * size + b] = weight;
      weight *= a / (a + b + 1);
    }
  }
  return table;
}

function bitCount(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
