/**
 * @file What each column adds to what a forest says of a row: exact Shapley values against background rows.
 *
 * The game is that of every other explanation here: a coalition has its columns from the row and all others from a background row,
 * and is worth what the forest says of that mixture, averaged over the background. Several columns of the forest may be one player.
 */

import type { Matrix } from '../core/index.js';
import type { Forest } from './forest.js';

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

  private readonly blocks: readonly { readonly count: number; readonly masks: Int32Array }[];
  private readonly rows: number;
  /** Numbers that a leaf says. */
  private readonly width: number;
  /** [depth x 2 x width] of the leaves below a node: what is credited to players of the row, and of the background. */
  private readonly sums: Float64Array;
  private readonly weights: Float64Array;
  private readonly weightCols: number;
  private readonly states: Uint8Array;
  private masks: Int32Array = new Int32Array(0);
  private row: Float32Array = new Float32Array(0);
  private shares = new Float64Array(0);
  private output = 0;

  constructor(
    private readonly game: ForestGame,
    background: Matrix,
  ) {
    const { forest, outputs, playerCount } = game;
    this.rows = background.rows;
    this.width = forest.vectors ? outputs : 1;
    const depth = depthOf(forest);
    this.sums = new Float64Array(2 * this.width * (depth + 1));
    this.weightCols = Math.min(depth, playerCount) + 1;
    this.weights = weightTable(this.weightCols);
    this.states = new Uint8Array(playerCount);
    this.base = new Float64Array(outputs);
    for (let z = 0; z < this.rows; z++) this.addSaid(rowOf(background, z), this.base);
    for (let c = 0; c < outputs; c++) this.base[c] /= this.rows;
    this.blocks = Array.from({ length: Math.ceil(this.rows / BLOCK) }, (_, block) => {
      const count = Math.min(BLOCK, this.rows - block * BLOCK);
      return { count, masks: leftMasks(forest, background, block * BLOCK, count) };
    });
  }

  /** Row [columns]. */
  explain(row: Float32Array): ForestShares {
    const { forest, outputs, playerCount } = this.game;
    this.row = row;
    this.shares = new Float64Array(playerCount * outputs);
    for (const { count, masks } of this.blocks) {
      this.masks = masks;
      for (let t = 0; t + 1 < forest.roots.length; t++) {
        this.output = forest.vectors ? 0 : t % outputs;
        this.walk(forest.roots[t], count === BLOCK ? -1 : 2 ** count - 1, 0, 0, 0);
      }
    }
    for (let i = 0; i < this.shares.length; i++) this.shares[i] /= this.rows;
    const said = new Float64Array(outputs);
    this.addSaid(row, said);
    return { said, shares: this.shares };
  }

  /** Credits players at and below a node; what its leaves give to either side is left in the sums of `depth`. */
  private walk(node: number, others: number, a: number, b: number, depth: number): void {
    this.visits++;
    const { forest, players } = this.game;
    const column = forest.feature[node];
    if (column < 0) return this.atLeaf(node, others, a, b, depth);
    const isLeft = goesLeft(forest, node, this.row[column]);
    const own = forest.left[node] + (isLeft ? 0 : 1);
    const player = players[column];
    const state = this.states[player];
    if (state === ROW) return this.walk(own, others, a, b, depth);
    const away = forest.left[node] + (isLeft ? 1 : 0);
    const together = others & (isLeft ? this.masks[node] : ~this.masks[node]);
    const parted = others & ~together;
    if (parted === 0) return this.walk(own, others, a, b, depth);
    if (state === OTHER && together === 0) return this.walk(away, others, a, b, depth);
    const at = 2 * this.width * depth;
    this.sums.fill(0, at, at + 2 * this.width);
    if (together !== 0) this.walkInto(own, together, a, b, depth);
    if (state === OTHER) return this.walkInto(away, parted, a, b, depth);
    this.states[player] = ROW;
    this.walkInto(own, parted, a + 1, b, depth);
    this.credit(player, depth + 1, 0, 1);
    this.states[player] = OTHER;
    this.walkInto(away, parted, a, b + 1, depth);
    this.credit(player, depth + 1, this.width, -1);
    this.states[player] = FREE;
  }

  /** Walks on, and adds what was found to the sums of `depth`. */
  private walkInto(node: number, others: number, a: number, b: number, depth: number): void {
    this.walk(node, others, a, b, depth + 1);
    const length = 2 * this.width;
    const at = length * depth;
    for (let i = at; i < at + length; i++) this.sums[i] += this.sums[i + length];
  }

  private atLeaf(node: number, others: number, a: number, b: number, depth: number): void {
    const { forest, outputs } = this.game;
    const count = bitCount(others);
    const up = count * this.weights[a * this.weightCols + b];
    const down = count * this.weights[b * this.weightCols + a];
    const at = 2 * this.width * depth;
    for (let c = 0; c < this.width; c++) {
      const value = forest.vectors ? forest.vectors[forest.left[node] * outputs + c] : forest.value[node];
      this.sums[at + c] = up * value;
      this.sums[at + this.width + c] = down * value;
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

/** Where a value goes at a split. */
function goesLeft({ value, defaultLeft }: Forest, node: number, x: number): boolean {
  return Number.isNaN(x) ? defaultLeft[node] === 1 : x < value[node];
}

/** Per split the rows that go left, one bit each. */
function leftMasks(forest: Forest, rows: Matrix, from: number, count: number): Int32Array {
  const masks = new Int32Array(forest.feature.length);
  for (let node = 0; node < masks.length; node++) {
    const column = forest.feature[node];
    if (column < 0) continue;
    for (let i = 0; i < count; i++) {
      if (goesLeft(forest, node, rows.data[(from + i) * rows.cols + column])) masks[node] |= 1 << i;
    }
  }
  return masks;
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

function rowOf({ data, cols }: Matrix, row: number): Float32Array {
  return data.subarray(row * cols, (row + 1) * cols);
}
