/**
 * @file npm run bench:trees -- --peer "PYTHON" --data FOLDER [--sets a,b] [--splits 3] [--rounds 100] [--most 20000] [--family gbdt|extratrees]
 *
 * Trees of our own beside LightGBM (boosting, categories native on both sides) or scikit-learn's extra trees (categories encoded on both
 * sides), on the sets of a folder with a manifest.json: same rows, columns, rounds, leaves and bins, one thread each, in turn. Of each
 * set it prints the ratios of test errors and of seconds, as geometric means over the splits; then those of all sets.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { allRows, Rng, selectRows } from '../../src/core/index.js';
import { encodeFrame, encodeTarget, inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';
import { fitRecipe } from '../../src/prepare/index.js';
import type { DataSet } from '../accuracy/sets.js';
import { readSets } from '../accuracy/sets.js';
import { table } from '../table.js';
import type { TreesData, TreesSpec } from './fit.js';
import { fitTrees } from './fit.js';

const TEST_SHARE = 0.25;

/** Reads the files of a folder, fits, prints a line of JSON. */
const PEER = `
import json, sys, time
import numpy as np
s = json.loads(sys.argv[1])
X = np.fromfile(s["folder"] + "/X", np.float32).reshape(-1, s["cols"])
y = np.fromfile(s["folder"] + "/y", np.float32).astype(np.float64)
n, k, task = s["trainRows"], s["k"], s["task"]
if task != "regression": y = y.astype(int)
start = time.perf_counter()
if s["family"] == "gbdt":
    import lightgbm as lgb
    p = dict(objective={"regression": "l2", "binary": "binary", "multiclass": "multiclass"}[task], num_leaves=s["leaves"], max_bin=s["bins"],
             learning_rate=s["learningRate"], num_threads=1, verbose=-1, **({"num_class": k} if task == "multiclass" else {}))
    named = [i for i, c in enumerate(s["categories"]) if c]
    m = lgb.train(p, lgb.Dataset(X[:n], y[:n], categorical_feature=named), s["rounds"])
    seconds = time.perf_counter() - start
    P = m.predict(X[n:], num_threads=1)
    if task == "binary": P = np.column_stack([1 - P, P])
else:
    from sklearn.ensemble import ExtraTreesClassifier as C, ExtraTreesRegressor as R
    m = (R(s["rounds"], n_jobs=1, random_state=0) if task == "regression" else C(s["rounds"], n_jobs=1, random_state=0)).fit(X[:n], y[:n])
    seconds = time.perf_counter() - start
    if task == "regression": P = m.predict(X[n:])
    else:
        P = np.zeros((len(y) - n, k)); P[:, m.classes_] = m.predict_proba(X[n:])
t = y[n:]
if task == "regression": loss = np.sqrt(np.mean((P - t) ** 2))
else: loss = -np.mean(np.log(np.clip(P[np.arange(len(t)), t], 1e-15, 1)))
print(json.dumps(dict(seconds=seconds, loss=float(loss))))
`;

interface Answer {
  readonly seconds: number;
  readonly loss: number;
}

export async function holdAgainst(words: string[]): Promise<void> {
  const { values } = parseArgs({
    args: words,
    options: {
      peer: { type: 'string' },
      data: { type: 'string' },
      sets: { type: 'string' },
      splits: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '100' },
      most: { type: 'string', default: '20000' },
      family: { type: 'string', default: 'gbdt' },
    },
  });
  const { peer, data, family } = values;
  if (peer === undefined || data === undefined) throw new Error('bench:trees needs --peer and --data');
  if (family !== 'gbdt' && family !== 'extratrees') throw new Error('--family must be gbdt or extratrees');
  const head = ['set', 'task', 'rows', 'columns', 'error', 'peer', 'error / peer', 'time / peer'];
  const rows: (string | number)[][] = [];
  const ratios: [number, number][] = [];
  for (const set of readSets(data, values.sets?.split(',') ?? null)) {
    const spec = {
      family,
      task: set.task,
      rounds: Number(values.rounds),
      leaves: 31,
      bins: 255,
      learningRate: 0.1,
    } as const;
    const splits: { ours: Answer; theirs: Answer; cols: number }[] = [];
    for (let split = 0; split < Number(values.splits); split++) {
      const given = await splitOf(data, set, { split, most: Number(values.most), family });
      const ours = answer(spec, given);
      splits.push({ ours, theirs: peerAnswer(peer, spec, given), cols: given.X.cols });
      if (split === 0) rows.push([set.name, set.task, given.X.rows, given.X.cols]);
    }
    const mean = (of: (one: (typeof splits)[number]) => number) =>
      Math.exp(average(splits.map((one) => Math.log(of(one)))));
    const [error, time] = [
      mean(({ ours, theirs }) => ours.loss / theirs.loss),
      mean(({ ours, theirs }) => ours.seconds / theirs.seconds),
    ];
    ratios.push([error, time]);
    rows.at(-1)!.push(
      mean(({ ours }) => ours.loss),
      mean(({ theirs }) => theirs.loss),
      error,
      time,
    );
    console.error(`${set.name}: error ${error.toFixed(4)}, time ${time.toFixed(2)} of the peer's`);
  }
  console.log(table(head, rows).join('\n'));
  const [errors, times] = [0, 1].map((which) => ratios.map((ratio) => ratio[which]).sort((a, b) => a - b));
  const said = (values: readonly number[]) =>
    `${Math.exp(average(values.map(Math.log))).toFixed(4)} (median ${values[values.length >> 1].toFixed(4)})`;
  const below = errors.filter((error) => error < 1).length;
  console.log(
    `\n${ratios.length} sets, geometric means: error / peer ${said(errors)}, below 1 on ${below}; time / peer ${said(times)}`,
  );
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface Splitting {
  readonly split: number;
  readonly most: number;
  readonly family: TreesSpec['family'];
}

/** A set as trees see it: a quarter of its rows, drawn anew for each split, tests. */
async function splitOf(folder: string, set: DataSet, { split, most, family }: Splitting): Promise<TreesData> {
  const parsed = await parseCsv(readFileSync(join(folder, set.file), 'utf8'));
  const ignore = [...(set.id_columns ?? []), ...(set.leakage_columns ?? [])];
  const { schema, rows: known } = inferSchema(parsed, { target: set.target, task: set.task, ignore });
  const rows = new Rng(split + 1).shuffle(known.slice()).subarray(0, most);
  const { frame } = encodeFrame(parsed, schema, rows);
  const { y } = encodeTarget(parsed, schema, rows);
  const trainRows = rows.length - Math.round(TEST_SHARE * rows.length);
  const k = schema.target.task === 'regression' ? 1 : schema.target.classes.length;
  const kind = family === 'gbdt' ? 'native' : 'tree';
  const made = fitRecipe(kind, frame, { y, k }, allRows(trainRows), split, { codesAlone: Infinity });
  return { X: selectRows(made.X, allRows(made.X.rows)), y, k, trainRows, categories: made.recipe.categories };
}

function answer(spec: TreesSpec, data: TreesData): Answer {
  const { seconds, lossOf } = fitTrees(spec, data);
  return { seconds, loss: lossOf(data.trainRows, data.X.rows) };
}

function peerAnswer(peer: string, spec: TreesSpec, { X, y, k, trainRows, categories }: TreesData): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'lrnn-trees-'));
  try {
    writeFileSync(join(folder, 'X'), new Uint8Array(X.data.buffer, X.data.byteOffset, X.data.byteLength));
    writeFileSync(join(folder, 'y'), new Uint8Array(y.slice().buffer));
    const asked = JSON.stringify({ ...spec, folder, cols: X.cols, k, trainRows, categories });
    const { stdout, stderr, status } = spawnSync(peer, ['-c', PEER, asked], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the peer failed: ${stderr.trim().split('\n').at(-1)}`);
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Answer;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
