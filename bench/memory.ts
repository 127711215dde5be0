/**
 * @file How much memory does a training run take at its peak, and does a second worker thread bring a copy of the data?
 *
 * A peak belongs to a process, so each run has a process of its own: this file, run with `<family> <rows> <workers>`. A run on few
 * rows says what Node, its threads and the loader take without data.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { createPool } from '../src/workers/index.js';
import type { Part } from './part.js';
import { fitJob, madeUpStudy } from './study.js';
import { table } from './table.js';
import { median } from './timing.js';

const COLUMNS = 50;
const FEW = 1000;
const MANY = 1_000_000;
const MIB = 2 ** 20;
/** Short fits: what they take they take from the first round or epoch on. */
const PARAMS = {
  lrnn: { epochs: 1, depth: 1, first: { projection: 'axis', rank: 32, hidden: 4, activation: 'tanh' } },
  gbdt: { rounds: 5 },
};
type Family = keyof typeof PARAMS;
const FAMILIES = Object.keys(PARAMS) as Family[];

interface Peak {
  readonly peakMiB: number;
  readonly seconds: number;
}

export const memory: Part = {
  name: 'memory',
  question: `Peak memory (RSS) of fits on ${MANY.toLocaleString('en-US')} rows x ${COLUMNS} columns, MiB`,
  run: async (print) => weighFits(FAMILIES, { repeats: 1 }, print),
};

/** Medians of so many repeats: peaks waver with when memory is given back. */
export function weighFits(
  families: readonly Family[],
  { repeats }: { readonly repeats: number },
  print: (lines: readonly string[]) => void,
): void {
  const peak = (family: Family, rows: number, workers: number): Peak => {
    const runs = Array.from({ length: repeats }, () => measure(family, rows, workers));
    return { peakMiB: median(runs.map((run) => run.peakMiB)), seconds: median(runs.map((run) => run.seconds)) };
  };
  const rows = families.flatMap((family) =>
    [1, 2].map((workers) => {
      const [few, many] = [peak(family, FEW, workers), peak(family, MANY, workers)];
      const data = many.peakMiB - few.peakMiB;
      return { family, workers, few: few.peakMiB, many: many.peakMiB, data, seconds: many.seconds };
    }),
  );
  const cells = rows.map(({ family, workers, few, many, data, seconds }) => {
    return [family, String(workers), few, many, data, seconds];
  });
  print(table(['family', 'workers', '1,000 rows', '1,000,000 rows', 'for the rows', 'seconds'], cells));
  const frame = (MANY * COLUMNS * 8) / MIB;
  const prepared = (MANY * COLUMNS * 4) / MIB;
  const bins = (MANY * Math.ceil(COLUMNS / 8) * 8) / MIB;
  print([
    `the table is ${frame.toFixed(0)} MiB (float64), as models see it ${prepared.toFixed(0)} MiB (float32), binned ${bins.toFixed(0)} MiB;`,
  ]);
  families.forEach((family, i) => {
    const [one, two] = rows.slice(2 * i);
    print([`of ${family}, the second worker took ${(two.data - one.data).toFixed(0)} MiB more for the rows`]);
  });
}

function measure(family: Family, rows: number, workers: number): Peak {
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), family, String(rows), String(workers)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Peak;
}

/** One fit to prepare the table, then one in each worker at once. */
async function trainAndWeigh(family: Family, rows: number, workers: number): Promise<Peak> {
  const start = performance.now();
  const pool = createPool(madeUpStudy(rows, COLUMNS), { workers, engine: 'wasm' });
  const fits = async (count: number): Promise<void> => {
    const jobs = Array.from({ length: count }, (_, trial) => pool.run({ ...fitJob(trial, PARAMS[family]), family }));
    for (const outcome of await Promise.all(jobs)) if (!outcome.ok) throw new Error(outcome.error);
  };
  await fits(1);
  await fits(workers);
  await pool.close();
  return { peakMiB: process.resourceUsage().maxRSS / 1024, seconds: (performance.now() - start) / 1000 };
}

const [file, family, rows, workers] = process.argv.slice(1);
if (pathToFileURL(file).href === import.meta.url) {
  console.log(JSON.stringify(await trainAndWeigh(family as Family, Number(rows), Number(workers))));
}
