/**
 * @file npm run bench:scale -- [--tables a,b] [--time-budget 60s] [--out FOLDER] [--peer "PYTHON"]
 *
 * Does a time budget hold on tables of every shape, and is it spent well? Makes each table (seeded, once), runs
 * `dist/cli/main.js fit` on it with one worker in a process of its own, and prints wall seconds, processor seconds, peak memory and how
 * each family did. For tables with a test part it gives the error of the delivered model on it; with --peer, a Python that has xgboost,
 * beside that of XGBoost's histogram method on one thread in the same seconds. Needs `npm run build`.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { StudySummary } from '../src/automl/index.js';
import { measured, PEER_PROGRAM } from './scale/measure.js';
import type { ScaleTable } from './scale/tables.js';
import { TABLES, writeTable } from './scale/tables.js';
import type { Cell } from './table.js';
import { table } from './table.js';

const { values } = parseArgs({
  options: {
    tables: { type: 'string' },
    'time-budget': { type: 'string' },
    out: { type: 'string', default: join('reports', 'scale') },
    peer: { type: 'string' },
  },
});
const names = values.tables?.split(',') ?? TABLES.map(({ name }) => name);
mkdirSync(values.out, { recursive: true });

const rows: Cell[][] = [];
for (const name of names) {
  const made = TABLES.find((candidate) => candidate.name === name);
  if (!made) throw new Error(`--tables must be some of ${TABLES.map((entry) => entry.name).join(', ')}, got "${name}"`);
  rows.push(await run(made));
  console.log(`${table(['table', 'budget', 'wall s', 'CPU s', 'peak MB', 'test error', 'peer'], rows).join('\n')}\n`);
}

async function run(made: ScaleTable): Promise<Cell[]> {
  const budget = values['time-budget'] ?? made.budget;
  const [train, test] = [join(values.out, `${made.name}.csv`), join(values.out, `${made.name}-test.csv`)];
  if (!existsSync(train)) await writeTable(made, train, test);
  const study = join(values.out, `${made.name}-study`);
  rmSync(study, { recursive: true, force: true });
  const words = ['fit', train, '--target', 'y', '--time-budget', budget, '--workers', '1', '--out', study, '--json'];
  const { wall, cpu, peakMb, output } = measured(process.execPath, ['dist/cli/main.js', ...words]);
  const summary = JSON.parse(output) as StudySummary;
  for (const { model, cv, holdout } of summary.leaderboard) {
    console.log(
      `  ${made.name}  ${model.padEnd(14)} cv ${cv.toPrecision(5)}  hold-out ${holdout?.toPrecision(5) ?? '-'}`,
    );
  }
  const error = made.testRows > 0 ? testError(study, test, made) : null;
  const theirs = values.peer && error !== null ? peerError(values.peer, { train, test, budget, made }) : null;
  return [made.name, budget, wall, cpu, peakMb, error ?? '-', theirs ?? '-'];
}

/** Error of the delivered model on the test part: RMSE, or the log loss. */
function testError(study: string, test: string, { task }: ScaleTable): number {
  const out = join(study, 'predictions.csv');
  measured(process.execPath, ['dist/cli/main.js', 'predict', study, test, '-o', out]);
  const truth = lastColumn(test);
  const predicted = lastColumn(out).map(Number);
  const losses = truth.map((y, i) => {
    if (task === 'regression') return (Number(y) - predicted[i]) ** 2;
    return -Math.log(Math.max(1e-15, y === 'yes' ? predicted[i] : 1 - predicted[i]));
  });
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  return task === 'regression' ? Math.sqrt(mean) : mean;
}

function lastColumn(file: string): string[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => line.slice(line.lastIndexOf(',') + 1));
}

interface PeerTask {
  readonly train: string;
  readonly test: string;
  readonly budget: string;
  readonly made: ScaleTable;
}

function peerError(python: string, { train, test, budget, made }: PeerTask): number {
  const program = join(values.out, 'peer.py');
  writeFileSync(program, PEER_PROGRAM);
  const { output } = measured(python, [program, train, test, made.task, String(parseFloat(budget))]);
  return Number(output.trim().split('\n').at(-1));
}
