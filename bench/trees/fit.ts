/** @file Trees fitted on a table of numbers, and what they lose on rows of it. */

import type { Matrix, Task } from '../../src/core/index.js';
import { allRows } from '../../src/core/index.js';
import type { Loss, Tree } from '../../src/trees/index.js';
import {
  binTable,
  binValues,
  BOOST_DEFAULTS,
  Booster,
  ExtraGrower,
  extraTree,
  plantForest,
  rawTree,
  takePart,
  Walker,
} from '../../src/trees/index.js';

export interface TreesSpec {
  readonly family: 'gbdt' | 'extratrees';
  readonly task: Task;
  readonly rounds: number;
  readonly leaves: number;
  readonly bins: number;
  readonly learningRate: number;
}

/** The first rows train, all others test. */
export interface TreesData {
  readonly X: Matrix;
  readonly y: Float32Array;
  /** Classes; of no meaning for numbers. */
  readonly k: number;
  readonly trainRows: number;
  /** Columns of codes. */
  readonly categories?: readonly boolean[];
}

export interface FittedTrees {
  /** Of the processor; binning counts. */
  readonly seconds: number;
  /** RMSE; of classes log loss in nats, or of extra trees the RMSE of their shares: of rows `from .. to`. */
  readonly lossOf: (from: number, to: number) => number;
}

/** What is said of a row: a number, or the classes' log shares up to a constant; of extra trees their shares. */
type Say = (row: number) => number[];

const LOSSES: Readonly<Record<Task, Loss>> = { regression: 'squared', binary: 'logistic', multiclass: 'softmax' };

export function fitTrees(spec: TreesSpec, data: TreesData): FittedTrees {
  const isBoosted = spec.family === 'gbdt';
  const start = process.cpuUsage();
  const grown = isBoosted ? boosted(spec, data) : averaged(spec, data);
  const { user, system } = process.cpuUsage(start);
  const loss = isBoosted || spec.task === 'regression' ? meanLoss : shareError;
  const say = saidBy(grown, data);
  return { seconds: (user + system) / 1e6, lossOf: (from, to) => loss(say, spec.task, data.y, { from, to }) };
}

/** Trees on raw values, and what is added to their sum. */
interface Grown {
  readonly trees: readonly Tree[];
  readonly base: readonly number[];
  /** What is said of a row by its sums. */
  readonly say: (sums: number[]) => number[];
}

/** As the peers do, trees bin the rows that train, and see no others before they are fitted. */
function trainOf({ X, trainRows }: TreesData): Matrix {
  return { rows: trainRows, cols: X.cols, data: X.data.subarray(0, trainRows * X.cols) };
}

function boosted(spec: TreesSpec, data: TreesData): Grown {
  const { y, k, trainRows, categories } = data;
  const loss = LOSSES[spec.task];
  const outputs = loss === 'softmax' ? k : 1;
  const train = allRows(trainRows);
  const params = { ...BOOST_DEFAULTS, leaves: spec.leaves, learningRate: spec.learningRate };
  const table = binTable(trainOf(data), train, spec.bins, categories);
  const booster = new Booster(table, { loss, outputs, y, train, seed: 0 }, params);
  const trees: Tree[] = [];
  for (let round = 0; round < spec.rounds; round++) trees.push(...booster.round().map((tree) => rawTree(tree, table)));
  return { trees, base: booster.base, say: loss === 'logistic' ? ([score]) => [0, score] : (scores) => scores };
}

/**
 * As scikit-learn has them: all columns at a node for numbers, the root of their number for classes. Of two classes, as in the family,
 * the second's share is a number.
 */
function averaged(spec: TreesSpec, data: TreesData): Grown {
  const { X, y, k, trainRows, categories } = data;
  const isNumber = spec.task === 'regression';
  const outputs = isNumber || k === 2 ? 1 : k;
  const train = allRows(trainRows);
  const own = trainOf(data);
  const table = binTable(own, train, spec.bins, categories);
  const columnsPerNode = isNumber ? X.cols : Math.max(1, Math.floor(Math.sqrt(X.cols)));
  const asked = { columnsPerNode, minLeaf: 1, minSplit: 2 };
  const grower = new ExtraGrower(table, { y, outputs, train }, binValues(own, table, train), asked);
  const trees = Array.from({ length: spec.rounds }, (_, t) => {
    const tree = extraTree(grower.grow(ExtraGrower.seedOf(0, t)), table, outputs);
    takePart(tree, spec.rounds);
    return tree;
  });
  const isShare = !isNumber && outputs === 1;
  return {
    trees,
    base: new Array<number>(outputs).fill(0),
    say: isShare ? ([one]) => [1 - one, one] : (means) => means,
  };
}

function saidBy({ trees, base, say }: Grown, { X }: TreesData): Say {
  const outputs = base.length;
  const sums = Float32Array.from({ length: X.rows * outputs }, (_, i) => base[i % outputs]);
  const walker = new Walker(plantForest(trees, outputs), outputs);
  walker.add(X.data, X.cols, undefined, sums, 0, walker.trees);
  return (row) => say([...sums.subarray(row * outputs, (row + 1) * outputs)]);
}

function meanLoss(say: Say, task: Task, y: Float32Array, { from, to }: { from: number; to: number }): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const scores = say(i);
    if (task === 'regression') {
      sum += (scores[0] - y[i]) ** 2;
      continue;
    }
    const top = Math.max(...scores);
    sum += top + Math.log(scores.reduce((total, score) => total + Math.exp(score - top), 0)) - scores[y[i]];
  }
  return task === 'regression' ? Math.sqrt(sum / (to - from)) : sum / (to - from);
}

function shareError(say: Say, _: Task, y: Float32Array, { from, to }: { from: number; to: number }): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    say(i).forEach((share, c) => (sum += (share - Number(c === y[i])) ** 2));
  }
  return Math.sqrt(sum / (to - from));
}
