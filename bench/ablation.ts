/**
 * @file npm run bench:ablation -- --data FOLDER --family lrnn|mlp|xgboost [--variants FILE.json] [--sets a,b] [--seed 0]
 *         [--max-rows 10000] [--rows N [--draws 2]] [--out reports/ablation]
 *
 * What one change of the settings does: every variant is the family's first portfolio setting with the changes given in the
 * file ({"name": {"dropout": 0.4}, ...}; "family" and "entry" among them name another family and a later setting of its portfolio).
 * Five fold models are averaged and judged on the fixed test split of bench:accuracy; with --rows they learn from N rows drawn of
 * the training part and are judged on up to 2,000 others of that same part, so that settings for small tables can be chosen with
 * small noise and without a look at the test rows. Prints, per variant, the geometric mean of test errors and of seconds against the first variant. Answers are kept in --out.
 */

import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { FoldResult, PredictorParts } from '../src/automl/index.js';
import { Predictor } from '../src/automl/index.js';
import type { JsonObject, TrainedFamily } from '../src/core/index.js';
import { deriveSeed } from '../src/core/index.js';
import { encodeFrame, encodeTarget } from '../src/data/index.js';
import { readCsv } from '../src/data/node.js';
import { wasmEngine } from '../src/engine/index.js';
import { metricFor } from '../src/evaluate/index.js';
import { catalogEntry } from '../src/models/index.js';
import type { LoadedData } from '../src/run/fit/load-data.js';
import { loadData } from '../src/run/fit/load-data.js';
import { checkOptions } from '../src/run/fit/options.js';
import { createPool } from '../src/workers/index.js';
import { kept } from './accuracy/contenders.js';
import { asError } from './accuracy/scores.js';
import type { DataSet, SplitFiles } from './accuracy/sets.js';
import { drawRows, readSets, splitSet } from './accuracy/sets.js';
import { table } from './table.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    family: { type: 'string', default: 'lrnn' },
    variants: { type: 'string' },
    sets: { type: 'string' },
    seed: { type: 'string', default: '0' },
    'max-rows': { type: 'string', default: '10000' },
    rows: { type: 'string' },
    draws: { type: 'string', default: '2' },
    out: { type: 'string', default: join('reports', 'ablation') },
  },
});
if (values.data === undefined) throw new Error('bench:ablation needs --data, a folder with a manifest.json');
const family = values.family as TrainedFamily;
const seed = Number(values.seed);
const variants: Record<string, JsonObject> = values.variants
  ? (JSON.parse(readFileSync(values.variants, 'utf8')) as Record<string, JsonObject>)
  : { base: {} };

/** Errors and seconds of one variant on one set. */
interface Answer {
  readonly test: number;
  readonly cv: number;
  readonly seconds: number;
}

const folder = join(values.out, `${family}-seed-${seed}`);
mkdirSync(folder, { recursive: true });
const answers: Record<string, Record<string, Answer>> = {};
for (const set of readSets(values.data, values.sets?.split(',') ?? null)) {
  if (set.rows > Number(values['max-rows'])) continue;
  const files = splitSet(values.data, set, join(values.out, 'splits'));
  if (values.rows === undefined) {
    answers[set.name] = await onSet(set, set.name, files);
    continue;
  }
  for (let draw = 0; draw < Number(values.draws); draw++) {
    const name = `${set.name}-${values.rows}-${draw}`;
    answers[name] = await onSet(set, name, drawRows(files, set, { rows: Number(values.rows), draw }));
  }
}
printTable();

async function onSet({ target, task }: DataSet, name: string, files: SplitFiles): Promise<Record<string, Answer>> {
  const loaded = await loadData(
    checkOptions({ data: files.train, target, task, holdout: 0, seed, out: join(folder, name) }),
  );
  const pool = createPool(loaded.data, { workers: availableParallelism(), engine: 'wasm' });
  const found: Record<string, Answer> = {};
  try {
    for (const [variant, changes] of Object.entries(variants)) {
      found[variant] = await kept(join(folder, `${name}.${variant}.json`), async () => {
        const { y, k, frame } = loaded.data;
        const { family: own = family, entry = 0, ...settings } = changes;
        const size = { n: y.length, d: frame.columns.length, k };
        const params = { ...catalogEntry(own as TrainedFamily).portfolio(size)[entry as number], ...settings };
        const outcomes = await Promise.all(
          loaded.data.folds.map((_, fold) =>
            pool.run({
              trial: 0,
              fold,
              family: own as TrainedFamily,
              params,
              seed: deriveSeed(seed, 'ablation', fold),
            }),
          ),
        );
        return judge(loaded, outcomes, files.test);
      });
    }
  } finally {
    await pool.close();
  }
  console.error(
    name,
    Object.entries(found)
      .map(([v, a]) => `${v} ${a.test.toPrecision(4)} (${a.seconds.toFixed(1)} s)`)
      .join(', '),
  );
  return found;
}

async function judge({ schema, data }: LoadedData, outcomes: readonly FoldResult[], test: string): Promise<Answer> {
  const good = outcomes.map((outcome) => {
    if (!outcome.ok) throw new Error(outcome.error);
    return outcome;
  });
  const parts: PredictorParts = {
    name: family,
    task: data.task,
    k: data.k,
    schema,
    recipes: Object.fromEntries(good.map(({ prepared }) => [prepared.key, prepared.recipe])),
    members: [
      {
        name: family,
        family,
        weight: 1,
        folds: good.map(({ model, prepared }) => ({ recipe: prepared.key, state: model })),
      },
    ],
  };
  const csv = await readCsv(test);
  const rows = Uint32Array.from({ length: csv.rowCount }, (_, i) => i);
  const { frame } = encodeFrame(csv, schema, rows);
  const predictor = new Predictor(parts, wasmEngine);
  const predictions = await predictor.predict(frame);
  predictor.dispose();
  const metric = metricFor(data.metric, data.task);
  const error = metric.compute(encodeTarget(csv, schema, rows).y, predictions);
  const cv = good.reduce((sum, { score }) => sum + score / good.length, 0);
  const seconds = good.reduce((sum, outcome) => sum + outcome.seconds, 0);
  return { test: asError(error, data.task), cv: asError(cv, data.task), seconds };
}

function printTable(): void {
  const [base, ...others] = Object.keys(variants);
  const sets = Object.values(answers);
  const mean = (pick: (found: Record<string, Answer>) => number) =>
    Math.exp(sets.reduce((sum, found) => sum + Math.log(Math.max(pick(found), 1e-6)), 0) / sets.length);
  const row = (name: string) => [
    name,
    mean((found) => Math.max(found[name].test, 1e-4) / Math.max(found[base].test, 1e-4)),
    mean((found) => Math.max(found[name].cv, 1e-4) / Math.max(found[base].cv, 1e-4)),
    `${sets.filter((found) => found[name].test < found[base].test).length} of ${sets.length}`,
    mean((found) => found[name].seconds / found[base].seconds),
  ];
  console.log(
    table(['variant', 'test error', 'cv error', 'better on', 'seconds'], [base, ...others].map(row)).join('\n'),
  );
}
