/**
 * @file npm run bench:honesty -- [--data FOLDER] [--sets a,b] [--noise 20] [--weak 0] [--splits 1] [--out reports/honesty]
 *
 * Whether scores say what new rows will say. Default fits, one worker, each kept in --out and not made again:
 *
 * noise  tables of 300 rows, 10 normal columns and the flips of a coin: every AUC above 0.5 is luck, and the summary must say
 *        that nothing may have been learned
 * weak   made-up tables of 150 or 300 rows that say a little of their target, judged on 4,000 rows of the same kind
 * real   the sets of --data with fewer than 1,000 rows, fitted on one half and judged on the other: how far the corrected
 *        score is from the error of the model that is delivered, beside the score as it was shown before, which is the greedy
 *        blend of all by its own weights on the rows that stopped its members
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { kept } from './accuracy/contenders.js';
import { readSets } from './accuracy/sets.js';
import type { Honesty } from './honesty/measure.js';
import { measure } from './honesty/measure.js';
import { coinFlips, halves, weakSignals } from './honesty/tables.js';
import { table } from './table.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    sets: { type: 'string' },
    noise: { type: 'string', default: '20' },
    weak: { type: 'string', default: '0' },
    splits: { type: 'string', default: '1' },
    out: { type: 'string', default: join('reports', 'honesty') },
  },
});
const MOST_ROWS = 1000;
const { out } = values;
mkdirSync(out, { recursive: true });

interface Named {
  readonly name: string;
  readonly said: Honesty;
}
const average = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

const noise: Honesty[] = [];
for (let number = 0; number < Number(values.noise); number++) {
  const file = join(out, `noise-${number}`);
  const asked = {
    train: coinFlips(number, `${file}.csv`),
    test: null,
    target: 'y',
    task: 'binary',
    seed: number,
  } as const;
  noise.push(await kept(`${file}.json`, () => measure(asked, `${file}.study`)));
}
if (noise.length > 0) {
  const silent = noise.filter(({ notice }) => !notice.includes('nothing may have been learned')).length;
  const rows = (['before', 'cv', 'corrected'] as const).map((key) => [
    key,
    average(noise.map((one) => one[key])).toFixed(3),
  ]);
  console.log(table([`coin flips, ${noise.length} tables`, 'mean AUC'], rows).join('\n'));
  console.log(`the notice is missing in ${silent} of ${noise.length}\n`);
}

const weak: Named[] = [];
for (let number = 0; number < Number(values.weak); number++) {
  const file = join(out, `weak-${number}`);
  const asked = { ...weakSignals(number, file), target: 'y', seed: number };
  weak.push({ name: `weak-${number}`, said: await kept(`${file}.json`, () => measure(asked, `${file}.study`)) });
}
tell(weak);

const real: Named[] = [];
const sets = values.data === undefined ? [] : readSets(values.data, values.sets?.split(',') ?? null);
for (let split = 0; split < Number(values.splits); split++) {
  for (const set of sets.filter(({ rows }) => rows < MOST_ROWS)) {
    const file = join(out, `${set.name}-${split}`);
    const { target, task } = set;
    const asked = { ...halves(values.data!, set, split, file), target, task, seed: split };
    real.push({
      name: `${set.name}-${split}`,
      said: await kept(`${file}.json`, () => measure(asked, `${file}.study`)),
    });
  }
}
tell(real);

/** Scores beside the errors on rows that the models never had. */
function tell(all: readonly Named[]): void {
  if (all.length === 0) return;
  const gap = ({ test }: Honesty, score: number): number => Math.abs(score - test!) / test!;
  const text = (value: number): string => value.toPrecision(4);
  const rows = all.map(({ name, said }) => [
    name,
    said.best,
    ...[said.before, said.cv, said.corrected, said.test!].map(text),
    gap(said, said.before).toFixed(3),
    gap(said, said.corrected).toFixed(3),
    said.chance!.toFixed(3),
    said.notice.includes('nothing may have been learned') ? 'yes' : '',
  ]);
  const heads = [
    'errors',
    'best',
    'before',
    'cv',
    'corrected',
    'test',
    'before off by',
    'corrected off by',
    'by chance',
    'notice',
  ];
  console.log(table(heads, rows).join('\n'));
  const means = (['before', 'cv', 'corrected'] as const).map((key) =>
    average(all.map(({ said }) => gap(said, said[key]))),
  );
  const signed = (['before', 'cv', 'corrected'] as const).map((key) =>
    average(all.map(({ said }) => (said[key] - said.test!) / said.test!)),
  );
  console.log(
    `mean |score - test| / test: before ${means[0].toFixed(3)}, cv ${means[1].toFixed(3)}, corrected ${means[2].toFixed(3)}`,
  );
  console.log(
    `mean (score - test) / test: before ${signed[0].toFixed(3)}, cv ${signed[1].toFixed(3)}, corrected ${signed[2].toFixed(3)}`,
  );
  const chance = average(all.map(({ said }) => said.chance!));
  console.log(
    `a score that is right on average would be off by ${chance.toFixed(3)}: chance over before ${(chance / means[0]).toFixed(2)}`,
  );
  console.log(`corrected over before: ${(means[2] / means[0]).toFixed(2)}`);
}
