/** @file Trees fitted on a table of numbers, and what they lose on rows of it. */

import type { Matrix, Task } from '../../src/core/index.js';
import { allRows } from '../../src/core/index.js';
import type { Loss } from '../../src/trees/index.js';
import { binTable, binValues, BOOST_DEFAULTS, Booster, ExtraGrower, meansOf } from '../../src/trees/index.js';

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
  const say = isBoosted ? boosted(spec, data) : averaged(spec, data);
  const { user, system } = process.cpuUsage(start);
  const loss = isBoosted || spec.task === 'regression' ? meanLoss : shareError;
  return { seconds: (user + system) / 1e6, lossOf: (from, to) => loss(say, spec.task, data.y, { from, to }) };
}

function boosted(spec: TreesSpec, { X, y, k, trainRows, categories }: TreesData): Say {
  const loss = LOSSES[spec.task];
  const outputs = loss === 'softmax' ? k : 1;
  const rows = allRows(trainRows);
  const params = { ...BOOST_DEFAULTS, leaves: spec.leaves, learningRate: spec.learningRate };
  const booster = new Booster(
    binTable(X, rows, spec.bins, categories),
    { loss, outputs, y, train: rows, seed: 0 },
    params,
  );
  for (let round = 0; round < spec.rounds; round++) booster.round();
  const { scores, stride } = booster;
  if (loss === 'logistic') return (row) => [0, scores[row]];
  return (row) => Array.from({ length: outputs }, (_, c) => scores[c * stride + row]);
}

/**
 * As scikit-learn has them: all columns at a node for numbers, the root of their number for classes. Of two classes, as in the family,
 * the second's share is a number.
 */
function averaged(spec: TreesSpec, { X, y, k, trainRows, categories }: TreesData): Say {
  const isNumber = spec.task === 'regression';
  const outputs = isNumber || k === 2 ? 1 : k;
  const rows = allRows(trainRows);
  const table = binTable(X, rows, spec.bins, categories);
  const columnsPerNode = isNumber ? X.cols : Math.max(1, Math.floor(Math.sqrt(X.cols)));
  const asked = { columnsPerNode, minLeaf: 1, minSplit: 2 };
  const grower = new ExtraGrower(table, { y, outputs, train: rows }, binValues(X, table, rows), asked);
  const trees = Array.from({ length: spec.rounds }, (_, t) => grower.grow(ExtraGrower.seedOf(0, t)));
  return (row) => {
    const means = meansOf(trees, table, row, outputs);
    return isNumber || outputs > 1 ? means : [1 - means[0], means[0]];
  };
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
