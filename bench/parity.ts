/**
 * @file Does every artefact say what the model says? Fits each set of a folder, exports the winner and the best of each family
 * in every format, and predicts the same rows, some with gaps and unseen values, natively, by ONNX Runtime (node and web) and
 * by the JavaScript file.
 *
 * Usage: npm run bench:parity -- --data <folder with manifest.json> [--sets a,b] [--trials 6] [--folds 2] [--max-rows 1500]
 *        [--rows 400]
 *
 * A prediction may differ by 1e-5 of itself and 1e-6 of the largest one. `worst` is the largest difference in that unit, and
 * `relative` the largest difference as a share of the prediction itself. Ends with exit code 1 where anything differs more.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { Rng } from '../src/core/index.js';
import { readCsv } from '../src/data/node.js';
import { decodeOnnx, onnxFeeds } from '../src/export/index.js';
import type { LoadedModel, Prediction } from '../src/run/index.js';
import { exportModel, fit, loadModel } from '../src/run/index.js';
import { ONNX_RUNTIMES, openOnnx } from '../src/run/predict/onnx-runtime.js';
import { table } from './table.js';

interface DataSet {
  readonly name: string;
  readonly file: string;
  readonly target: string;
  readonly task: 'regression' | 'binary' | 'multiclass';
}

type Row = Record<string, string | null>;

/** How far one way to predict lies from the native one. */
interface Distance {
  readonly way: string;
  readonly worst: number;
  readonly relative: number;
  readonly over: number;
  readonly answers: number;
}

interface Line extends Distance {
  readonly set: string;
  readonly model: string;
  readonly numbers: number;
}

const GAP_SHARE = 0.1;
const ODD = ['', 'NA', 'never seen', '-1e9', 'no number', '7'];

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    sets: { type: 'string' },
    trials: { type: 'string', default: '6' },
    folds: { type: 'string', default: '2' },
    'max-rows': { type: 'string', default: '1500' },
    rows: { type: 'string', default: '400' },
  },
});

/** A CSV of at most so many rows of a set, evenly taken, and raw rows to predict. */
async function sample(data: string, set: DataSet, folder: string): Promise<{ csv: string; rows: Row[] }> {
  const { table: cells, names, rowCount } = await readCsv(join(data, set.file));
  const limit = Number(values['max-rows']);
  const step = Math.max(1, rowCount / limit);
  const kept = Array.from({ length: Math.min(rowCount, limit) }, (_, i) => Math.floor(i * step));
  const rowAt = (row: number): Row =>
    Object.fromEntries(names.map((name) => [name, cells.get(name, row) as string | null]));
  const quoted = (text: string | null) => `"${(text ?? '').replaceAll('"', '""')}"`;
  const lines = [names.map(quoted), ...kept.map((row) => names.map((name) => quoted(rowAt(row)[name])))];
  const csv = join(folder, 'sample.csv');
  writeFileSync(csv, `${lines.map((line) => line.join(',')).join('\n')}\n`);
  const rng = new Rng(1);
  const rows = Array.from({ length: Math.min(rowCount, Number(values.rows)) }, (_, i) => {
    const row = rowAt(rng.integer(rowCount));
    if (i % 2 > 0) for (const name of names) if (rng.uniform() < GAP_SHARE) row[name] = ODD[rng.integer(ODD.length)];
    return row;
  });
  return { csv, rows };
}

function numbersOf(predictions: readonly Prediction[], { classes }: LoadedModel): number[] {
  return predictions.flatMap(({ prediction, probabilities }) =>
    probabilities ? classes.map((name) => probabilities[name]) : [prediction as number],
  );
}

function distance(
  way: string,
  found: ArrayLike<number>,
  answers: ArrayLike<string | number>,
  native: readonly Prediction[],
  expected: readonly number[],
): Distance {
  const largest = expected.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  let [worst, relative, over] = [found.length === expected.length ? 0 : Infinity, 0, 0];
  expected.forEach((value, i) => {
    const off = Math.abs(found[i] - value);
    const share = off === 0 ? 0 : off / (1e-5 * Math.abs(value) + 1e-6 * largest);
    if (!(share <= 1)) over++;
    if (!(share <= worst)) worst = Number.isNaN(share) ? Infinity : share;
    if (off > 0) relative = Math.max(relative, off / Math.abs(value));
  });
  const differ = native.filter(({ prediction }, i) => typeof prediction === 'string' && prediction !== answers[i]);
  return { way, worst, relative, over, answers: differ.length };
}

/** The named model of a study in every format, against its native predictions. */
async function compare(
  study: string,
  name: string,
  rows: readonly Row[],
  folder: string,
): Promise<Omit<Line, 'set'>[]> {
  const file = (extension: string) => join(folder, `${name}.${extension}`);
  const native = await loadModel(await exportModel(study, name, 'safetensors', file('safetensors')));
  const predictions = await native.predict(rows);
  const expected = numbersOf(predictions, native);
  const distances: Distance[] = [];
  const bytes = readFileSync(await exportModel(study, name, 'onnx', file('onnx')));
  const { inputs, schema } = await decodeOnnx(bytes);
  for (const runtime of ONNX_RUNTIMES) {
    const session = await openOnnx(bytes, runtime);
    if (session === null) throw new Error(`${runtime} must be installed`);
    const { value, probabilities, label } = await session.run(onnxFeeds(inputs, schema, rows));
    await session.close();
    const found = (value ?? probabilities) as ArrayLike<number>;
    distances.push(distance(runtime, found, label ?? value, predictions, expected));
  }
  const module = (await import(pathToFileURL(await exportModel(study, name, 'js', file('mjs'))).href)) as {
    predict: (rows: readonly Row[]) => Prediction[];
  };
  const own = module.predict(rows);
  const answers = own.map(({ prediction }) => prediction);
  distances.push(distance('js', numbersOf(own, native), answers, predictions, expected));
  native.dispose();
  return distances.map((found) => ({ ...found, model: name, numbers: expected.length }));
}

async function parityOf(data: string, set: DataSet): Promise<Line[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lrnn-parity-'));
  try {
    const { csv, rows } = await sample(data, set, folder);
    const out = join(folder, 'study');
    const { target, task } = set;
    const options = { data: csv, target, task, trials: Number(values.trials), folds: Number(values.folds) };
    const { leaderboard } = await fit({ ...options, seed: 1, workers: 1, out });
    const lines: Line[] = [];
    for (const { model } of leaderboard) {
      lines.push(...(await compare(out, model, rows, folder)).map((line) => ({ ...line, set: set.name })));
    }
    return lines;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (values.data === undefined) {
  console.error('bench:parity needs --data <folder with manifest.json>');
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(join(values.data, 'manifest.json'), 'utf8')) as DataSet[];
const wanted = values.sets?.split(',');
const all: Line[] = [];
for (const set of manifest.filter(({ name }) => wanted?.includes(name) ?? true)) {
  const lines = await parityOf(values.data, set);
  all.push(...lines);
  const worst = (way: string) => Math.max(...lines.filter((line) => line.way === way).map((line) => line.worst));
  const over = lines.reduce((sum, line) => sum + line.over + line.answers, 0);
  const found = [...ONNX_RUNTIMES, 'js'].map((way) => `${way} ${worst(way).toPrecision(2)}`).join(', ');
  console.log(`${set.name}: ${new Set(lines.map(({ model }) => model)).size} models, worst ${found}, ${over} over`);
}

const families = [...new Set(all.map(({ model }) => model.replace(/-\d+$/, '')))];
const rows = families.flatMap((family) =>
  [...ONNX_RUNTIMES, 'js'].map((way) => {
    const lines = all.filter((line) => line.way === way && line.model.replace(/-\d+$/, '') === family);
    const sum = (of: (line: Line) => number) => lines.reduce((total, line) => total + of(line), 0);
    const most = (of: (line: Line) => number) => lines.reduce((top, line) => Math.max(top, of(line)), 0);
    const worst = most((line) => line.worst).toPrecision(2);
    const relative = most((line) => line.relative).toExponential(1);
    const [numbers, over] = [sum((line) => line.numbers), sum((line) => line.over)];
    return [`${family} by ${way}`, lines.length, numbers, worst, relative, over, sum((line) => line.answers)];
  }),
);
console.log();
console.log(table(['family', 'models', 'numbers', 'worst', 'relative', 'over', 'other answers'], rows).join('\n'));
const failed = all.filter((line) => line.over > 0 || line.answers > 0);
for (const { set, model, way, worst, over, answers } of failed) {
  console.log(
    `${set} ${model} by ${way}: ${over} numbers over, worst ${worst.toPrecision(3)}, ${answers} other answers`,
  );
}
process.exit(failed.length === 0 ? 0 : 1);
