/** @file A made-up table of 20 columns, and models of the size that a search chooses, fitted to it. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

import type { StudySettings } from '../../src/automl/index.js';
import { Rng } from '../../src/core/index.js';
import { saveModel } from '../../src/run/predict/bundle.js';
import type { MemberRecipe } from '../../test/support/fitted.js';
import { fittedParts } from '../../test/support/fitted.js';

/** 14 numbers with gaps, 4 columns of few categories, a truth value and a date. */
const NUMBERS = 14;
const CATEGORIES = ['c1', 'c2', 'c3', 'c4'];
const NAMES = [...Array.from({ length: NUMBERS }, (_, i) => `x${i + 1}`), ...CATEGORIES, 'member', 'joined'];
const GAP_SHARE = 0.03;
const FLUSH_CHARACTERS = 1 << 16;

const TRAINING_ROWS = 2000;
const FOLDS = 5;
/** Speed does not depend on how long a network was trained. */
const EPOCHS = 2;
const LRNN: MemberRecipe = {
  family: 'lrnn',
  params: {
    depth: 2,
    rank: 48,
    width: 4,
    hidden: 8,
    epochs: EPOCHS,
    first: { projection: 'axis', rank: 48, hidden: 16, activation: 'tanh' },
  },
};
const ENSEMBLE: readonly MemberRecipe[] = [
  LRNN,
  { family: 'mlp', params: { depth: 2, width: 128, epochs: EPOCHS } },
  { family: 'xgboost', params: { rounds: 200, maxDepth: 6 } },
  { family: 'linear' },
];

/** The next row of the made-up table, its target last. */
function nextRow(rng: Rng): string[] {
  const x = Array.from({ length: NUMBERS }, () => rng.normal());
  const levels = CATEGORIES.map((_, j) => rng.integer(3 + 2 * j));
  const member = rng.uniform() < 0.5;
  const day = new Date(1.5e12 + Math.floor(1e11 * rng.uniform())).toISOString().slice(0, 10);
  const y = x[0] * x[1] + Math.sin(2 * x[2]) + (levels[0] === 0 ? 1 : 0) + (member ? 0.5 : 0) + 0.3 * rng.normal();
  const numbers = x.map((value) => (rng.uniform() < GAP_SHARE ? '' : value.toFixed(4)));
  return [...numbers, ...levels.map((level) => `level ${level}`), member ? 'yes' : 'no', day, y.toFixed(4)];
}

/** Rows as a program would send them. */
export function madeUpRows(count: number, seed: number): Readonly<Record<string, string>>[] {
  const rng = new Rng(seed);
  return Array.from({ length: count }, () => {
    const cells = nextRow(rng);
    return Object.fromEntries(NAMES.map((name, j) => [name, cells[j]]));
  });
}

/** A CSV file without the target. */
export async function writeMadeUp(path: string, count: number, seed: number): Promise<void> {
  const rng = new Rng(seed);
  const file = createWriteStream(path);
  let text = `${NAMES.join(',')}\n`;
  for (let i = 0; i < count; i++) {
    text += `${nextRow(rng).slice(0, -1).join(',')}\n`;
    if (text.length < FLUSH_CHARACTERS) continue;
    if (!file.write(text)) await once(file, 'drain');
    text = '';
  }
  file.end(text);
  await once(file, 'finish');
}

/** Two model files in the folder: an LRNN, and an ensemble of four families; five folds of each. */
export async function writeModels(folder: string): Promise<{ lrnn: string; ensemble: string }> {
  const rng = new Rng(1);
  const rows = Array.from({ length: TRAINING_ROWS }, () => nextRow(rng).join(','));
  const csv = `${[...NAMES, 'y'].join(',')}\n${rows.join('\n')}\n`;
  const paths = { lrnn: join(folder, 'lrnn.safetensors'), ensemble: join(folder, 'ensemble.safetensors') };
  const settings = { name: 'made-up', metric: 'rmse', dataSha256: '0', seed: 1, command: 'bench' } as StudySettings;
  const parts = await fittedParts({ csv, target: 'y', task: 'regression', members: ENSEMBLE, folds: FOLDS });
  const [first] = parts.members;
  await saveModel(paths.lrnn, { ...parts, name: first.name, members: [{ ...first, weight: 1 }] }, settings);
  await saveModel(paths.ensemble, parts, settings);
  return paths;
}
