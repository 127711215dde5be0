/**
 * @file npm run bench:intervals -- --data FOLDER [--trials 11] [--seed 0] [--sets a,b] [--models a,b] [--level 0.9] [--studies FOLDER]
 *         [--splits 6 [--rows 1000]]
 *
 * How often 90 % intervals (sets of classes) hold the truth of the test quarter of every set of a folder with a manifest.json, and how wide
 * (large) they are. The fit is the default one with so many trials; a study that is there already is not fitted again, but its model is written anew.
 * With --splits, over so many other splits of at most so many training rows and as many that judge: what no one quarter of a small table can tell.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { Family } from '../src/core/index.js';
import type { Prediction } from '../src/run/index.js';
import { exportModel, fit, loadModel, openStudy } from '../src/run/index.js';
import { readRows } from './accuracy/scores.js';
import type { DataSet } from './accuracy/sets.js';
import { readSets, splitSet } from './accuracy/sets.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    trials: { type: 'string', default: '11' },
    seed: { type: 'string', default: '0' },
    sets: { type: 'string' },
    models: { type: 'string' },
    level: { type: 'string', default: '0.9' },
    studies: { type: 'string', default: join('reports', 'intervals') },
    splits: { type: 'string' },
    rows: { type: 'string', default: '1000' },
  },
});
if (values.data === undefined) throw new Error('bench:intervals needs --data, a folder with a manifest.json');
const level = Number(values.level);

interface Row {
  readonly set: DataSet;
  readonly rows: number;
  readonly inside: number;
  /** Mean width over the spread of the target, or classes of a set. */
  readonly size: number;
  /** Of classes: how often the predicted one alone is right. */
  readonly alone: number | null;
}

/** Split 0 is the fixed test quarter of the other programs: nothing is chosen on it. */
const draws = Array.from({ length: Number(values.splits ?? 1) }, (_, i) => (values.splits ? i + 1 : 0));
const found: Row[] = [];
for (const set of readSets(values.data, values.sets?.split(',') ?? null)) {
  const rows: Row[] = [];
  for (const draw of draws) rows.push(await onSplit(set, draw));
  found.push(...(values.splits ? [] : rows));
  console.log(values.splits ? overSplits(rows) : line(rows[0]));
}
if (!values.splits) {
  console.log(
    '| set | test rows | inside | 95 % of such shares | size | alone |\n| --- | ---: | ---: | --- | ---: | ---: |',
  );
  for (const row of found) console.log(line(row));
}

async function onSplit(set: DataSet, draw: number): Promise<Row> {
  const other = draw > 0 ? { draw, most: Number(values.rows) } : undefined;
  const files = splitSet(values.data!, set, join(values.studies, 'splits'), other);
  const name = other
    ? `${set.name}-${values.trials}-split-${draw}-${values.rows}`
    : `${set.name}-${values.trials}-seed-${values.seed}`;
  const out = join(values.studies, name);
  if (!existsSync(join(out, 'model.safetensors'))) {
    const { target, task } = set;
    await fit({
      data: files.train,
      target,
      task,
      trials: Number(values.trials),
      seed: Number(values.seed) + draw,
      models: values.models?.split(',') as Family[] | undefined,
      out,
      resume: existsSync(out),
    });
  }
  return judge(set, out, files.test);
}

/** The model is written anew, so that it has the intervals of this version. */
async function judge(set: DataSet, study: string, test: string): Promise<Row> {
  const reader = openStudy(study);
  const { best } = reader.view().summary;
  reader.close();
  const model = await loadModel(await exportModel(study, best, 'safetensors', join(study, 'judged.safetensors')));
  const rows = readRows(test);
  const answers = await model.predict(rows, { interval: level });
  model.dispose();
  const truth = rows.map((row) => (row as Record<string, string>)[set.target]);
  const isInside = ({ lower, upper, set: classes }: Prediction, i: number): boolean =>
    classes ? classes.includes(truth[i]) : Number(truth[i]) >= lower! && Number(truth[i]) <= upper!;
  const sizes = answers.map(({ lower, upper, set: classes }) => classes?.length ?? upper! - lower!);
  const isClass = set.task !== 'regression';
  const right = answers.filter(({ prediction }, i) => prediction === truth[i]).length;
  return {
    set,
    rows: rows.length,
    inside: answers.filter(isInside).length,
    size: mean(sizes) / (isClass ? 1 : spread(truth.map(Number))),
    alone: isClass ? right / rows.length : null,
  };
}

function line({ set, rows, inside, size, alone }: Row): string {
  const share = inside / rows;
  // Both ends of a binomial share of the level: calibration and test rows are draws, of three quarters and a quarter of the rows.
  const error = 1.96 * Math.sqrt(((level * (1 - level)) / rows) * (1 + 1 / 3));
  const percent = (value: number): string => (100 * value).toFixed(1);
  const likely = `${percent(level - error)} to ${percent(Math.min(1, level + error))}`;
  return `| ${set.name} | ${rows} | ${percent(share)} | ${likely} | ${size.toFixed(2)} | ${alone === null ? '' : percent(alone)} |`;
}

/** The mean of the splits, and where it lies with 95 %, by how the splits differ: twice the standard error, and a little more for few splits. */
function overSplits(rows: readonly Row[]): string {
  const shares = rows.map(({ inside, rows: all }) => (100 * inside) / all);
  const error = (spread(shares) / Math.sqrt(rows.length - 1)) * (2 + 2.5 / (rows.length - 1));
  const tests = rows.reduce((sum, row) => sum + row.rows, 0);
  const sizes = mean(rows.map(({ size }) => size)).toFixed(2);
  const alone = rows[0].alone === null ? '' : (100 * mean(rows.map((row) => row.alone!))).toFixed(1);
  return `| ${rows[0].set.name} | ${tests} | ${mean(shares).toFixed(1)} | +- ${error.toFixed(1)} | ${sizes} | ${alone} |`;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

function spread(numbers: readonly number[]): number {
  const centre = mean(numbers);
  return Math.sqrt(mean(numbers.map((value) => (value - centre) ** 2)));
}
