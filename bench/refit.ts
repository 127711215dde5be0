/**
 * @file npm run bench:refit -- --data FOLDER [--trials 11] [--sets a,b,c] [--seeds 0,1] [--workers 1] [--out reports/refit]
 *
 * What holding rows out costs: the test error of the model that a default fit delivers, over that of a fit with --holdout 0 (which
 * never had to do without a row); the same of its models before the rows were given back; and what giving them back takes. For every
 * set of a folder with a manifest.json that holds rows out, a quarter of the rows being for testing. Answers are kept as JSON in
 * --out: an interrupted run goes on where it was.
 */

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { searchParts, studyRecord } from '../src/automl/index.js';
import { HOLDOUT_MIN_ROWS } from '../src/evaluate/index.js';
import { fit, loadModel, openStudy, studyFile } from '../src/run/index.js';
import { saveModel } from '../src/run/predict/bundle.js';
import { openSqliteStorage } from '../src/search/node.js';
import { kept } from './accuracy/contenders.js';
import { readRows, testError } from './accuracy/scores.js';
import type { DataSet } from './accuracy/sets.js';
import { readSets, splitSet } from './accuracy/sets.js';
import { table } from './table.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    trials: { type: 'string', default: '11' },
    sets: { type: 'string' },
    seeds: { type: 'string', default: '0,1' },
    workers: { type: 'string', default: '1' },
    out: { type: 'string', default: join('reports', 'refit') },
  },
});
if (values.data === undefined) throw new Error('bench:refit needs --data, a folder with a manifest.json');
const { data: folder, out } = values;
const study = join(out, 'study');

interface Answer {
  /** Test errors of the model that is delivered, and of the same one as the search fitted it. */
  readonly delivered: number;
  readonly searched: number;
  /** Seconds of fitting. */
  readonly searchSeconds: number;
  readonly refitSeconds: number;
}

async function answer(set: DataSet, seed: number, holdout: number | undefined): Promise<Answer> {
  const { train, test } = splitSet(folder, set, join(out, 'splits'));
  rmSync(study, { recursive: true, force: true });
  const counts = { trials: Number(values.trials), workers: Number(values.workers), holdout };
  const summary = await fit({ data: train, target: set.target, task: set.task, seed, out: study, ...counts });
  const rows = readRows(test);
  const errorOf = async (file: string): Promise<number> => {
    const model = await loadModel(file);
    const error = await testError(model, rows, set.task);
    model.dispose();
    return error;
  };
  const reader = openStudy(study);
  const searchSeconds = reader.view().trials.reduce((sum, { fitSeconds }) => sum + fitSeconds, 0);
  reader.close();
  return {
    delivered: await errorOf(summary.model!),
    searched: await errorOf(await asSearched(summary.best!)),
    searchSeconds,
    refitSeconds: summary.refitted?.seconds ?? 0,
  };
}

async function asSearched(model: string): Promise<string> {
  const file = join(study, 'searched.safetensors');
  const storage = openSqliteStorage(studyFile(study), { readonly: true });
  await saveModel(file, searchParts(storage, model), studyRecord.settings(storage)!);
  storage.close();
  return file;
}

const seeds = values.seeds.split(',').map(Number);
const sets = readSets(folder, values.sets?.split(',') ?? null).filter(({ rows }) => 0.75 * rows >= HOLDOUT_MIN_ROWS);
const ratios: Record<'delivered' | 'as searched', number[]> = { delivered: [], 'as searched': [] };
const rows: string[][] = [];
mkdirSync(out, { recursive: true });
for (const seed of seeds) {
  for (const set of sets) {
    const of = (holdout: number | undefined): Promise<Answer> => {
      const word = `${set.name}.${seed}.${values.trials}-trials.holdout-${holdout ?? 'default'}.json`;
      return kept(join(out, word), () => answer(set, seed, holdout));
    };
    const [whole, given] = [await of(0), await of(undefined)];
    const errors = [whole.delivered, given.delivered, given.searched];
    ratios.delivered.push(given.delivered / whole.delivered);
    ratios['as searched'].push(given.searched / whole.delivered);
    rows.push([
      set.name,
      String(seed),
      ...errors.map((error) => error.toPrecision(4)),
      ...Object.values(ratios).map((list) => list.at(-1)!.toFixed(3)),
      (given.refitSeconds / given.searchSeconds).toFixed(2),
    ]);
    console.error(rows.at(-1)!.join('  '));
  }
}

const head = ['set', 'seed', 'no hold-out', 'delivered', 'as searched', 'ratio', 'ratio as searched', 'refit/search'];
console.log(table(head, rows).join('\n'));
console.log(`\nErrors over those without a hold-out, geometric mean of ${rows.length} fits on ${sets.length} sets:`);
for (const [name, list] of Object.entries(ratios)) console.log(`  ${name}: ${geometricMean(list).toFixed(3)}`);

function geometricMean(list: readonly number[]): number {
  return Math.exp(list.reduce((sum, value) => sum + Math.log(value), 0) / list.length);
}
