/**
 * @file npx tsx bench/ensembles.ts --data FOLDER --sets a,b,c [--trials 16] [--metric logloss] [--min-rows 0] [--out reports/ensembles]
 *
 * For every set: a study of a few trials on three quarters of the rows, then every way to combine its models, judged on the
 * rest. Prints, per strategy, the geometric mean of its test error over that of the greedy blend, and on how many sets it is
 * better and worse. Pools of predictions are kept in --out and not made again.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { defaultMetric, metricFor } from '../src/evaluate/index.js';
import { readSets, splitSet } from './accuracy/sets.js';
import type { Pool } from './ensembling/pool.js';
import { makePool } from './ensembling/pool.js';
import { STRATEGIES } from './ensembling/strategies.js';
import { table } from './table.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    sets: { type: 'string' },
    trials: { type: 'string', default: '16' },
    metric: { type: 'string' },
    'min-rows': { type: 'string', default: '0' },
    out: { type: 'string', default: join('reports', 'ensembles') },
  },
});
if (values.data === undefined) throw new Error('bench/ensembles needs --data, a folder with a manifest.json');
mkdirSync(values.out, { recursive: true });

/** Errors below this are counted as this. */
const FLOOR = 1e-4;
const ratios = new Map<string, number[]>();
for (const set of readSets(values.data, values.sets?.split(',') ?? null)) {
  const files = splitSet(values.data, set, join(values.out, 'splits'));
  const pool = await makePool(set, files, Number(values.trials), join(values.out, `${set.name}.pool.json`));
  if (pool.y.length < Number(values['min-rows'])) continue;
  const errors = errorsOf(pool);
  const reference = Math.max(errors.greedy, FLOOR);
  for (const [name, error] of Object.entries(errors)) {
    ratios.set(name, [...(ratios.get(name) ?? []), Math.max(error, FLOOR) / reference]);
  }
  console.error(`${set.name}: ${JSON.stringify(errors)}`);
}
const rows = [...ratios].map(([name, list]) => {
  const mean = Math.exp(list.reduce((sum, ratio) => sum + Math.log(ratio), 0) / list.length);
  const count = (test: (ratio: number) => boolean) => list.filter(test).length;
  return [name, mean.toFixed(4), count((ratio) => ratio < 0.9999), count((ratio) => ratio > 1.0001), list.length];
});
console.log(table(['test error over that of greedy', 'geometric mean', 'better', 'worse', 'sets'], rows).join('\n'));

/** RMSE, 1 - AUC or log loss on the test rows, or what --metric says for classes. */
function errorsOf(pool: Pool): Record<string, number> {
  const wanted = pool.task === 'regression' ? undefined : values.metric;
  const metric = metricFor(wanted ?? defaultMetric(pool.task), pool.task);
  return Object.fromEntries(
    Object.entries(STRATEGIES).map(([name, strategy]) => {
      const score = metric.compute(pool.testY, strategy(pool, metric));
      return [name, metric.direction === 'minimize' ? score : 1 - score];
    }),
  );
}
