/**
 * @file npm run bench:later -- --data FOLDER [--set bike_sharing_hourly] [--share 0.8] [--every 1] [--models a,b] [--trials N]
 *         [--seeds 0] [--workers 1] [--out reports/later]
 *
 * What --time costs on rows that are later than all that was known: the set's first rows are fitted on, the rest is for testing.
 * Errors of a fit with --time, of one with --no-refit, and of one with random folds that holds nothing out: its models have
 * seen every row up to the last. The rows of the file must be in the order of their time.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { parse } from 'csv-parse/sync';

import type { Family } from '../src/core/index.js';
import type { FitOptions } from '../src/run/index.js';
import { fit, loadModel } from '../src/run/index.js';
import { readRows, testError } from './accuracy/scores.js';
import { readSets } from './accuracy/sets.js';
import { table } from './table.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    set: { type: 'string', default: 'bike_sharing_hourly' },
    share: { type: 'string', default: '0.8' },
    every: { type: 'string', default: '1' },
    models: { type: 'string', default: 'xgboost' },
    trials: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '0' },
    workers: { type: 'string', default: '1' },
    out: { type: 'string', default: join('reports', 'later') },
  },
});
if (values.data === undefined) throw new Error('bench:later needs --data, a folder with a manifest.json');
const { data: folder, out } = values;

/** A column of row numbers: the order of the file, which no model may look at. */
const ORDER = 'row_in_time';

const [set] = readSets(folder, [values.set]);
mkdirSync(out, { recursive: true });
const files = split();

function split(): { train: string; test: string } {
  const [header, ...all] = parse(readFileSync(join(folder, set.file)), { bom: true });
  const rows = all.map((row, i) => [...row, String(i)]).filter((_, i) => i % Number(values.every) === 0);
  const cut = Math.round(Number(values.share) * rows.length);
  const write = (name: string, some: readonly string[][]): string => {
    const file = join(out, `${set.name}.${name}.csv`);
    const lines = [[...header, ORDER], ...some].map((row) =>
      row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(),
    );
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  };
  return { train: write('train', rows.slice(0, cut)), test: write('test', rows.slice(cut)) };
}

const WAYS: Readonly<Record<string, Partial<FitOptions>>> = {
  'random folds, all rows': { holdout: 0 },
  '--time': { time: ORDER },
  '--time --no-refit': { time: ORDER, refit: false },
};

const test = readRows(files.test);
const rows: (string | number)[][] = [];
for (const seed of values.seeds.split(',').map(Number)) {
  let known = Number.NaN;
  for (const [way, options] of Object.entries(WAYS)) {
    const study = join(out, 'study');
    rmSync(study, { recursive: true, force: true });
    const start = Date.now();
    const summary = await fit({
      data: files.train,
      target: set.target,
      task: set.task,
      ignore: [ORDER, ...(set.id_columns ?? []), ...(set.leakage_columns ?? [])],
      models: values.models.split(',') as Family[],
      trials: Number(values.trials),
      workers: Number(values.workers),
      seed,
      out: study,
      ...options,
    });
    const model = await loadModel(summary.model!);
    const error = await testError(model, test, set.task);
    model.dispose();
    if (Number.isNaN(known)) known = error;
    const [{ cv, holdout }] = summary.leaderboard;
    rows.push([way, String(seed), cv, holdout ?? Number.NaN, error, error / known, (Date.now() - start) / 1000]);
  }
}
console.log(table(['way', 'seed', 'folds', 'hold-out', 'later rows', 'ratio', 'seconds'], rows).join('\n'));
