/** @file Made-up tables of several shapes: seconds of trees of our own beside LightGBM or scikit-learn, and beside XGBoost 0.7. */

import type { Task } from '../../src/core/index.js';
import { allRows, Rng } from '../../src/core/index.js';
import { chooseEngine } from '../../src/engine/index.js';
import { xgboost } from '../../src/models/xgboost/xgboost.js';
import { table } from '../table.js';
import { median } from '../timing.js';
import type { Asked, Print } from './against.js';
import type { TreesData, TreesSpec } from './fit.js';
import { fitTrees } from './fit.js';
import { peerAnswer } from './peer.js';
import type { Measure, Ratio } from './ratios.js';
import { mediansOf, said, saidAtOnce } from './ratios.js';

export interface Shape {
  readonly task: Task;
  readonly rows: number;
  readonly cols: number;
  readonly k: number;
  /** Columns are 0 or 1, ten of them the values of one category. */
  readonly isOneHot?: boolean;
  readonly rounds: number;
}

export const SHAPES: Readonly<Record<TreesSpec['family'], Readonly<Record<string, Shape>>>> = {
  gbdt: {
    '20k x 20': { task: 'regression', rows: 20_000, cols: 20, k: 1, rounds: 100 },
    '100k x 50': { task: 'binary', rows: 100_000, cols: 50, k: 2, rounds: 50 },
    '50k x 110 one-hot': { task: 'binary', rows: 50_000, cols: 110, k: 2, isOneHot: true, rounds: 100 },
    '26 classes x 16': { task: 'multiclass', rows: 20_000, cols: 16, k: 26, rounds: 15 },
  },
  extratrees: {
    '20k x 16 binary': { task: 'binary', rows: 20_000, cols: 16, k: 2, rounds: 50 },
    '5k x 50 binary': { task: 'binary', rows: 5000, cols: 50, k: 2, rounds: 50 },
    '20k x 16, 26 classes': { task: 'multiclass', rows: 20_000, cols: 16, k: 26, rounds: 50 },
    '5k x 30, 4 classes': { task: 'multiclass', rows: 5000, cols: 30, k: 4, rounds: 50 },
    '20k x 10 numbers': { task: 'regression', rows: 20_000, cols: 10, k: 1, rounds: 50 },
    '5k x 30 numbers': { task: 'regression', rows: 5000, cols: 30, k: 1, rounds: 50 },
  },
};

const MEASURES = ['time', 'xgboost', 'error'] as const;
const NAMES: Readonly<Record<Measure, string>> = {
  time: 'time / peer',
  xgboost: 'time / XGBoost 0.7',
  error: 'error / peer',
};

export async function holdOnShapes(family: TreesSpec['family'], asked: Asked, print: Print): Promise<void> {
  const cells: (string | number)[][] = [];
  const ratios: Ratio[] = [];
  for (const [name, shape] of Object.entries(SHAPES[family])) {
    const runs: Timed[] = [];
    for (let seed = 0; seed < asked.seeds; seed++) runs.push(await timed(family, { shape, seed, peer: asked.peer }));
    const own = runs.map(({ ours, theirs, xgboost, error }) => {
      const ratio = { name, error, time: ours / theirs };
      return xgboost === undefined ? ratio : { ...ratio, xgboost: ours / xgboost };
    });
    ratios.push(...own);
    const seconds = (['ours', 'theirs', 'xgboost'] as const).map((who) => {
      return median(runs.map((run) => run[who] ?? Number.NaN));
    });
    const found = MEASURES.map((measure) => mediansOf(own, measure)[0]?.ratio ?? Number.NaN);
    cells.push([name, ...seconds, ...found]);
    print([saidAtOnce(name, { error: found[2], time: found[0] })]);
  }
  const head = ['shape', 'seconds', 'peer', 'XGBoost 0.7', 'time / peer', 'time / XGBoost 0.7', 'error / peer'];
  print(['', ...table(head, cells), '']);
  for (const measure of MEASURES) {
    const medians = mediansOf(ratios, measure);
    if (medians.length > 0) print([said(NAMES[measure], medians)]);
  }
}

interface Timed {
  readonly ours: number;
  readonly theirs: number;
  readonly xgboost?: number;
  readonly error: number;
}

async function timed(
  family: TreesSpec['family'],
  { shape, seed, peer }: { readonly shape: Shape; readonly seed: number; readonly peer: string },
): Promise<Timed> {
  const { task, rounds } = shape;
  const spec = { family, task, rounds, leaves: 31, bins: 255, learningRate: 0.1 } as const;
  const data = madeUp(shape, seed);
  const { seconds, lossOf } = fitTrees(spec, data);
  const theirs = peerAnswer(peer, spec, data);
  const error = lossOf(data.trainRows, data.X.rows) / theirs.loss;
  const both = { ours: seconds, theirs: theirs.seconds, error };
  return family === 'gbdt' ? { ...both, xgboost: await xgboostSeconds(spec, data) } : both;
}

/** Three quarters train. Some columns tell something alone, two together, most tell nothing. */
export function madeUp({ task, rows, cols, k, isOneHot = false }: Shape, seed: number): TreesData {
  const rng = new Rng(seed + 1);
  const data = new Float32Array(rows * cols);
  const y = new Float32Array(rows);
  const centres = Float32Array.from({ length: k * cols }, () => rng.normal());
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * cols, (i + 1) * cols);
    if (isOneHot) for (let first = 0; first < cols; first += 10) row[first + rng.integer(10)] = 1;
    else for (let j = 0; j < cols; j++) row[j] = rng.normal();
    if (task === 'multiclass') {
      y[i] = rng.integer(k);
      for (let j = 0; j < cols; j++) row[j] += centres[y[i] * cols + j];
      continue;
    }
    const size = row[0] + Math.sin(2 * row[1]) + row[2] * row[3] + 0.5 * Math.abs(row[4]) + 0.3 * rng.normal();
    y[i] = task === 'regression' ? size : Number(size > 0.4);
  }
  return { X: { rows, cols, data }, y, k, trainRows: Math.round(0.75 * rows) };
}

/** Trees of at most 32 leaves, five splits deep; all rows and columns; the faster of its two ways. */
async function xgboostSeconds(
  { task, rounds, learningRate }: TreesSpec,
  { X, y, k, trainRows }: TreesData,
): Promise<number> {
  const params = { rounds, earlyStoppingRounds: rounds, learningRate, maxDepth: 5, subsample: 1, colsampleByLevel: 1 };
  const { engine } = chooseEngine('wasm');
  const start = process.cpuUsage();
  const model = await xgboost(params).fit({ X, y, rows: allRows(trainRows) }, { task, k, seed: 0, engine });
  const { user, system } = process.cpuUsage(start);
  model.dispose();
  return (user + system) / 1e6;
}
