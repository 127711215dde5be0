/** @file How many predictions per second, one row at a time and 100,000 rows at once? */

import type { Matrix } from '../src/core/index.js';
import { allRows, createMatrix, Rng } from '../src/core/index.js';
import type { WasmBuild } from '../src/engine/wasm/build.js';
import { wasmEngineOf } from '../src/engine/wasm/wasm-engine.js';
import type { Estimator, Model } from '../src/models/index.js';
import { lrnn, mlp } from '../src/models/index.js';
import { perBuild } from './networks.js';
import type { Part } from './part.js';
import type { Cell } from './table.js';
import { table } from './table.js';
import { compare } from './timing.js';

const COLUMNS = 16;
const MANY = 100_000;
const FAMILIES: readonly (readonly [name: string, estimator: Estimator])[] = [
  ['lrnn, default settings', lrnn({ epochs: 1 })],
  ['mlp, default settings', mlp({ epochs: 1 })],
];

export const predictions: Part = {
  name: 'predict',
  question: `Predictions per second (${COLUMNS} columns, one output)`,
  async run(print, effort) {
    const [one, many] = [randomTable(1), randomTable(MANY)];
    const rows: Cell[][] = [];
    for (const [name, estimator] of FAMILIES) {
      const single = await rates(estimator, one, effort);
      const bulk = await rates(estimator, many, { ...effort, rounds: Math.min(effort.rounds, 5), warmMs: 0 });
      rows.push([`${name}, 1 row`, ...single], [`${name}, ${MANY.toLocaleString('en-US')} rows`, ...bulk]);
    }
    print(table(['model', 'simd', 'relaxed-simd', 'relaxed / simd'], rows));
  },
};

/** Predictions per second on either build, and their ratio. */
async function rates(estimator: Estimator, X: Matrix, effort: Parameters<typeof compare>[1]): Promise<Cell[]> {
  const models = { simd: await fitted(estimator, 'simd'), 'relaxed-simd': await fitted(estimator, 'relaxed-simd') };
  const ms = await compare(
    perBuild((build) => async (calls: number) => {
      for (let call = 0; call < calls; call++) await models[build].predict(X);
    }),
    effort,
  );
  for (const model of Object.values(models)) model.dispose();
  const perSecond = (build: WasmBuild): number => Math.round((1000 * X.rows) / ms[build]);
  return [perSecond('simd'), perSecond('relaxed-simd'), ms.simd / ms['relaxed-simd']];
}

/** A model that has seen 200 rows: what it predicts is of no interest here. */
async function fitted(estimator: Estimator, build: WasmBuild): Promise<Model> {
  const X = randomTable(200);
  const y = Float32Array.from({ length: X.rows }, (_, i) => X.data[i * COLUMNS]);
  const context = { task: 'regression', k: 1, seed: 1, engine: wasmEngineOf(build) } as const;
  return estimator.fit({ X, y, rows: allRows(X.rows) }, context);
}

function randomTable(rows: number): Matrix {
  const rng = new Rng(rows);
  const X = createMatrix(rows, COLUMNS);
  for (let i = 0; i < X.data.length; i++) X.data[i] = rng.normal();
  return X;
}
