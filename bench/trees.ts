/**
 * @file npm run --silent bench:trees -- '{"family":"gbdt","data":"x.csv","target":"y","task":"regression","rounds":200,"leaves":31,"bins":255,"learningRate":0.1}'
 *
 * Fits trees on a CSV of numbers, in this thread, and prints one JSON line `{"secondsToFit": .., "trainLoss": ..}`. Binning
 * counts, reading does not. The loss is that of the training rows: RMSE, or log loss in nats.
 */

import { readFileSync } from 'node:fs';

import { parse } from 'csv-parse/sync';

import type { Task } from '../src/core/index.js';
import { allRows } from '../src/core/index.js';
import type { Loss } from '../src/trees/index.js';
import { binTable, BOOST_DEFAULTS, Booster } from '../src/trees/index.js';

interface Spec {
  readonly family: 'gbdt';
  readonly data: string;
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
const { X, y, k } = read(spec);
const loss = LOSSES[spec.task];
const outputs = loss === 'softmax' ? k : 1;

const start = performance.now();
const rows = allRows(X.rows);
const table = binTable(X, rows, spec.bins);
const params = { ...BOOST_DEFAULTS, leaves: spec.leaves, learningRate: spec.learningRate };
const booster = new Booster(table, { loss, outputs, y, train: rows, seed: 0 }, params);
for (let round = 0; round < spec.rounds; round++) booster.round();
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ secondsToFit: Number(seconds.toFixed(4)), trainLoss: trainLoss() }));

function read({ data, target, task }: Spec) {
  const [header, ...lines] = parse(readFileSync(data), { bom: true });
  const column = header.indexOf(target);
  if (column < 0) throw new Error(`${data} must have the column "${target}"`);
  const cols = header.length - 1;
  const cells = Float32Array.from(
    lines.flatMap((line) => line.flatMap((cell, i) => (i === column ? [] : [cell === '' ? Number.NaN : Number(cell)]))),
  );
  const classes = [...new Set(lines.map((line) => line[column]))].sort();
  const labels = lines.map((line) => (task === 'regression' ? Number(line[column]) : classes.indexOf(line[column])));
  return { X: { rows: lines.length, cols, data: cells }, y: Float32Array.from(labels), k: classes.length };
}

function trainLoss(): number {
  const { scores, stride } = booster;
  let sum = 0;
  for (let i = 0; i < X.rows; i++) {
    if (loss === 'squared') sum += (scores[i] - y[i]) ** 2;
    else if (loss === 'logistic') sum += Math.log1p(Math.exp(y[i] === 1 ? -scores[i] : scores[i]));
    else {
      const all = Array.from({ length: k }, (_, c) => scores[c * stride + i]);
      const top = Math.max(...all);
      sum += top + Math.log(all.reduce((total, score) => total + Math.exp(score - top), 0)) - all[y[i]];
    }
  }
  return loss === 'squared' ? Math.sqrt(sum / X.rows) : sum / X.rows;
}
