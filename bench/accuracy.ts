/**
 * @file npm run bench:accuracy -- --data FOLDER [--time-budget 60s | --trials N] [--sets a,b,c] [--models a,b] [--seed 0]
 *         [--holdout SHARE] [--peer "PROGRAM WORDS"] [--out reports/accuracy]
 *
 * For every set of a folder with a manifest.json: a fixed test split of 25 %, our fit with the budget (the default fit, unless
 * --holdout says otherwise), and the peer program with the same seconds. Prints test errors (RMSE, 1 - AUC, log loss), then figures over all sets, by task and by size. Answers are kept as JSON in
 * --out: an interrupted run goes on where it was, and the table can be printed again at no cost.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { Family } from '../src/core/index.js';
import type { Outcome } from './accuracy/comparison.js';
import { figures, outcomeOf, outcomeTable } from './accuracy/comparison.js';
import type { Result } from './accuracy/contenders.js';
import { kept, ours, peer } from './accuracy/contenders.js';
import type { DataSet, SplitFiles } from './accuracy/sets.js';
import { readSets, splitSet } from './accuracy/sets.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    'time-budget': { type: 'string', default: '60s' },
    trials: { type: 'string' },
    sets: { type: 'string' },
    models: { type: 'string' },
    seed: { type: 'string', default: '0' },
    holdout: { type: 'string' },
    peer: { type: 'string' },
    out: { type: 'string', default: join('reports', 'accuracy') },
  },
});
if (values.data === undefined) throw new Error('bench:accuracy needs --data, a folder with a manifest.json');

const seconds = secondsOf(values['time-budget']);
const seed = Number(values.seed);
const trials = values.trials === undefined ? undefined : Number(values.trials);
const budget = {
  seed,
  ...(trials === undefined ? { timeBudgetMs: 1000 * seconds } : { trials }),
  ...(values.models === undefined ? {} : { models: values.models.split(',') as Family[] }),
  ...(values.holdout === undefined ? {} : { holdout: Number(values.holdout) }),
};
const spent = trials === undefined ? `${seconds}s` : `${trials}-trials`;
const held = values.holdout === undefined ? '' : `-holdout-${values.holdout}`;
const folder = join(values.out, `${spent}${held}-seed-${seed}`);
const peerFolder = join(values.out, `peer-${seconds}s-seed-${seed}`);
for (const path of [folder, peerFolder]) mkdirSync(path, { recursive: true });

const outcomes: Outcome[] = [];
for (const set of readSets(values.data, values.sets?.split(',') ?? null)) {
  const files = splitSet(values.data, set, join(values.out, 'splits'));
  const mine = await kept(join(folder, `${set.name}.json`), () => ours(set, files, budget, folder));
  const theirs = values.peer ? await peerOn(set, files) : null;
  outcomes.push(outcomeOf(set, mine, theirs));
  const { delivered, ours: errors } = outcomes.at(-1)!;
  const brief = [errors.lrnn, errors.mlp, errors.xgboost, delivered].map((error) => error?.toPrecision(4) ?? '-');
  console.error(`${set.name}: lrnn, mlp, xgboost, delivered  ${brief.join('  ')}; ${mine.seconds.toFixed(1)} s`);
}
for (const lines of [outcomeTable(outcomes), figures(outcomes)]) console.log(`\n${lines.join('\n')}`);

/** The peer's answer; null, and a line that says why, where it fails: that set is then compared with nobody. */
async function peerOn(set: DataSet, files: SplitFiles): Promise<Result | null> {
  const ask = () => peer(values.peer!.split(' '), set, files, { timeBudgetMs: 1000 * seconds, seed });
  try {
    return await kept(join(peerFolder, `${set.name}.json`), ask);
  } catch (error) {
    const lines = (error as Error).message.trim().split('\n');
    console.error(`${set.name}: the peer failed: ${lines.findLast((line) => line.includes('Error')) ?? lines.at(-1)}`);
    return null;
  }
}

function secondsOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text);
  if (!match) throw new Error(`--time-budget must be a number with s, m or h, got "${text}"`);
  return Number(match[1]) * { s: 1, m: 60, h: 3600 }[match[2] as 's' | 'm' | 'h'];
}
