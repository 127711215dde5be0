/** @file The sets of a folder: test errors of trees of our own beside those of LightGBM or scikit-learn, and times by the way. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { allRows, Rng, selectRows } from '../../src/core/index.js';
import { encodeFrame, encodeTarget, inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';
import { fitRecipe } from '../../src/prepare/index.js';
import type { DataSet } from '../accuracy/sets.js';
import { readSets } from '../accuracy/sets.js';
import { table } from '../table.js';
import { median } from '../timing.js';
import type { Asked, Print } from './against.js';
import type { TreesData, TreesSpec } from './fit.js';
import { fitTrees } from './fit.js';
import { peerAnswer } from './peer.js';
import type { Ratio } from './ratios.js';
import { mediansOf, said, saidAtOnce } from './ratios.js';

const TEST_SHARE = 0.25;

export interface OnSets {
  readonly family: TreesSpec['family'];
  /** Categories as columns of numbers, or as codes that both sides part by sets. */
  readonly form: 'tree' | 'native';
}

export async function holdOnSets(how: OnSets, asked: Asked, print: Print): Promise<void> {
  const cells: (string | number)[][] = [];
  const ratios: (Ratio & { readonly isNamed: boolean })[] = [];
  for (const set of readSets(asked.data, asked.sets)) {
    const { task, name } = set;
    const spec = { family: how.family, task, rounds: asked.rounds, leaves: 31, bins: 255, learningRate: 0.1 } as const;
    const pairs: [ours: number, theirs: number][] = [];
    for (let seed = 0; seed < asked.seeds; seed++) {
      const data = await partedSet(set, how, { ...asked, seed });
      const { seconds, lossOf } = fitTrees(spec, data);
      const theirs = peerAnswer(asked.peer, spec, data);
      const loss = lossOf(data.trainRows, data.X.rows);
      const isNamed = data.categories?.includes(true) ?? false;
      ratios.push({ name, error: loss / theirs.loss, time: seconds / theirs.seconds, isNamed });
      pairs.push([loss, theirs.loss]);
      if (seed === 0) cells.push([name, task, data.trainRows, data.X.cols]);
    }
    const own = ratios.slice(-asked.seeds);
    const losses = [0, 1].map((side) => median(pairs.map((pair) => pair[side])));
    const [error, time] = (['error', 'time'] as const).map((measure) => mediansOf(own, measure)[0].ratio);
    cells.at(-1)!.push(...losses, error, time);
    print([saidAtOnce(name, { error, time })]);
  }
  print(['', ...table(['set', 'task', 'rows', 'columns', 'error', 'peer', 'error / peer', 'time / peer'], cells)]);
  print(['', said('error / peer', mediansOf(ratios, 'error')), said('time / peer', mediansOf(ratios, 'time'))]);
  const named = ratios.filter(({ isNamed }) => isNamed);
  if (named.length > 0) print([said('error / peer, sets with categories as such', mediansOf(named, 'error'))]);
}

interface Parting {
  readonly seed: number;
  readonly data: string;
  readonly most: number;
}

/** A set as trees see it: a quarter of its rows, drawn anew for each seed, tests. */
async function partedSet(set: DataSet, { form }: OnSets, { seed, data, most }: Parting): Promise<TreesData> {
  const parsed = await parseCsv(readFileSync(join(data, set.file), 'utf8'));
  const ignore = [...(set.id_columns ?? []), ...(set.leakage_columns ?? [])];
  const { schema, rows: known } = inferSchema(parsed, { target: set.target, task: set.task, ignore });
  const rows = new Rng(seed + 1).shuffle(known.slice()).subarray(0, most);
  const { frame } = encodeFrame(parsed, schema, rows);
  const { y } = encodeTarget(parsed, schema, rows);
  const trainRows = rows.length - Math.round(TEST_SHARE * rows.length);
  const k = schema.target.task === 'regression' ? 1 : schema.target.classes.length;
  const made = fitRecipe(form, frame, { y, k }, allRows(trainRows), seed, { codesAlone: Infinity });
  return { X: selectRows(made.X, allRows(made.X.rows)), y, k, trainRows, categories: made.recipe.categories };
}
