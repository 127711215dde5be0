/**
 * @file npm run --silent bench:trees -- '{"family":"gbdt","data":"x.csv","target":"y","task":"regression","rounds":200,"leaves":31,"bins":255,"learningRate":0.1}'
 *
 * Fits trees on a CSV of numbers, in this thread, and prints one JSON line `{"secondsToFit": .., "trainLoss": ..}`. Binning
 * counts, reading does not. The loss is that of the training rows: RMSE, or log loss in nats. With `"test":"z.csv"`, of the same
 * columns, the line has the `testLoss` of its rows too.
 */

import { readFileSync } from 'node:fs';

import { parse } from 'csv-parse/sync';

import type { Task } from '../src/core/index.js';
import { allRows } from '../src/core/index.js';
import type { Loss } from '../src/trees/index.js';
import { binTable, binValues, BOOST_DEFAULTS, Booster, ExtraGrower, meansOf } from '../src/trees/index.js';

interface Spec {
  readonly family: 'gbdt' | 'extratrees';
  readonly data: string;
  readonly test?: string;
  readonly target: string;
  readonly task: Task;
  readonly rounds: number;
  readonly leaves: number;
  readonly bins: number;
  readonly learningRate: number;
}

const LOSSES: Readonly<Record<Task, Loss>> = { regression: 'squared', binary: 'logistic', multiclass: 'softmax' };
const DEFAULTS = { family: 'gbdt', task: 'regression', rounds: 200, leaves: 31, bins: 255, learningRate: 0.1 };

const spec = { ...DEFAULTS, ...(JSON.parse(process.argv[2] ?? '{}') as object) } as Spec;
const { X, y, k, trainRows } = read(spec);
const rows = allRows(trainRows);
const start = performance.now();
const predict = spec.family === 'gbdt' ? boosted() : averaged();
const seconds = (performance.now() - start) / 1000;
const losses = {
  trainLoss: meanLoss(0, trainRows),
  ...(spec.test === undefined ? {} : { testLoss: meanLoss(trainRows, X.rows) }),
};
console.log(JSON.stringify({ secondsToFit: Number(seconds.toFixed(4)), ...losses }));

/** Fits boosted trees; returns what they say of a row: a number, or the classes' log shares. */
function boosted(): (row: number) => number[] {
  const loss = LOSSES[spec.task];
  const outputs = loss === 'softmax' ? k : 1;
  const params = { ...BOOST_DEFAULTS, leaves: spec.leaves, learningRate: spec.learningRate };
  const task = { loss, outputs, y, train: rows, seed: 0 };
  const booster = new Booster(binTable(X, rows, spec.bins), task, params);
  for (let round = 0; round < spec.rounds; round++) booster.round();
  const { scores, stride } = booster;
  if (loss === 'logistic') return (row) => [0, scores[row]];
  return (row) => Array.from({ length: outputs }, (_, c) => scores[c * stride + row]);
}

/** The same for extra trees: as scikit-learn has them, all columns at a node for numbers, the root of their number for classes. */
function averaged(): (row: number) => number[] {
  const isNumber = spec.task === 'regression';
  const outputs = isNumber ? 1 : k;
  const table = binTable(X, rows, spec.bins);
  const task = { y, outputs, train: rows };
  const columnsPerNode = isNumber ? X.cols : Math.max(1, Math.floor(Math.sqrt(X.cols)));
  const grower = new ExtraGrower(table, task, binValues(X, table, rows), { columnsPerNode, minLeaf: 1, minSplit: 2 });
  const trees = Array.from({ length: spec.rounds }, (_, t) => grower.grow(ExtraGrower.seedOf(0, t)));
  return (row) => {
    const means = meansOf(trees, table, row, outputs);
    return isNumber ? means : means.map((share) => Math.log(Math.max(share, 1e-15)));
  };
}

function read({ data, test, target, task }: Spec) {
  const [header, ...lines] = parse(readFileSync(data), { bom: true });
  const trainRows = lines.length;
  if (test !== undefined) lines.push(...parse(readFileSync(test), { bom: true, from: 2 }));
  const column = header.indexOf(target);
  if (column < 0) throw new Error(`${data} must have the column "${target}"`);
  const cols = header.length - 1;
  const cells = Float32Array.from(
    lines.flatMap((line) => line.flatMap((cell, i) => (i === column ? [] : [cell === '' ? Number.NaN : Number(cell)]))),
  );
  const classes = [...new Set(lines.map((line) => line[column]))].sort();
  const labels = lines.map((line) => (task === 'regression' ? Number(line[column]) : classes.indexOf(line[column])));
  const X = { rows: lines.length, cols, data: cells };
  return { X, y: Float32Array.from(labels), k: classes.length, trainRows };
}

/** Of rows `from .. to`. */
function meanLoss(from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const scores = predict(i);
    if (spec.task === 'regression') {
      sum += (scores[0] - y[i]) ** 2;
      continue;
    }
    const top = Math.max(...scores);
    sum += top + Math.log(scores.reduce((total, score) => total + Math.exp(score - top), 0)) - scores[y[i]];
  }
  return spec.task === 'regression' ? Math.sqrt(sum / (to - from)) : sum / (to - from);
}
