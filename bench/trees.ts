/**
 * @file npm run --silent bench:trees -- '{"family":"gbdt","data":"x.csv","target":"y","task":"regression","rounds":200,"leaves":31,"bins":255,"learningRate":0.1}'
 *
 * Fits trees on a CSV of numbers, in this thread, and prints one JSON line `{"secondsToFit": .., "trainLoss": ..}`. Binning
 * counts, reading does not. The loss is that of the training rows: RMSE, or log loss in nats. With `"test":"z.csv"`, of the same
 * columns, the line has the `testLoss` of its rows too.
 *
 * `npm run bench:trees -- --peer "PYTHON" --data FOLDER` holds trees against LightGBM and scikit-learn: see trees/against.ts.
 */

import { readFileSync } from 'node:fs';

import { parse } from 'csv-parse/sync';

import { holdAgainst } from './trees/against.js';
import type { TreesData, TreesSpec } from './trees/fit.js';
import { fitTrees } from './trees/fit.js';

interface Spec extends TreesSpec {
  readonly data: string;
  readonly test?: string;
  readonly target: string;
}

const DEFAULTS = { family: 'gbdt', task: 'regression', rounds: 200, leaves: 31, bins: 255, learningRate: 0.1 };

const [words = ''] = process.argv.slice(2);
if (words === '' || words.startsWith('--')) await holdAgainst(process.argv.slice(2));
else fitOne({ ...DEFAULTS, ...(JSON.parse(words) as object) } as Spec);

function fitOne(spec: Spec): void {
  const data = read(spec);
  const { seconds, lossOf } = fitTrees(spec, data);
  const { trainRows, X } = data;
  const trainLoss = lossOf(0, trainRows);
  const losses = spec.test === undefined ? { trainLoss } : { trainLoss, testLoss: lossOf(trainRows, X.rows) };
  console.log(JSON.stringify({ secondsToFit: Number(seconds.toFixed(4)), ...losses }));
}

function read({ data, test, target, task }: Spec): TreesData {
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
