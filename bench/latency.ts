/**
 * @file How long does a prediction take, once the model has left the house? One row, the first row of a new process, and a CSV
 * file of 20 columns into another, with the peak memory at 100,000 and at 1,000,000 rows.
 *
 * Usage: npm run build && npm run bench:latency [-- --parts one,cold,csv --rows 100000,1000000]
 *
 * `one`    median over 2,000 warm calls of `loadModel().predict` with one row
 * `cold`   median over 15 new processes, from the import of the package to the first prediction in hand: import, reading and checking
 *          the model file, compiling kernels, one row. The start of Node itself comes before that and is told beside it
 * `csv`    `lrnn predict model rows.csv -o out.csv` in a new process: seconds on the wall, seconds of computing, peak memory
 *
 * On a machine with other work the seconds of computing (user and system time of the process) are nearer to what an idle one takes.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { loadModel } from '../src/run/index.js';
import { madeUpRows, writeMadeUp, writeModels } from './leaving/made-up.js';
import { table } from './table.js';
import { median } from './timing.js';

const DIST = resolve(import.meta.dirname, '../dist');
const WARM_CALLS = 500;
const CALLS = 2000;
const PROCESSES = 15;
const MIB = 2 ** 20;

const { values } = parseArgs({
  options: { parts: { type: 'string', default: 'one,cold,csv' }, rows: { type: 'string', default: '100000,1000000' } },
});

/** Run in the new process; tells of itself as JSON. */
const COLD = `
  const started = performance.now();
  const before = process.cpuUsage();
  const { loadModel } = await import(process.argv[1]);
  const imported = performance.now();
  const model = await loadModel(process.argv[2]);
  await model.predict([JSON.parse(process.argv[3])]);
  const done = performance.now();
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ node: started, imported: imported - started, total: done - started, cpu: (user + system) / 1000 }));
`;
const PREDICT = `
  const { predictFile } = await import(process.argv[1]);
  const start = performance.now();
  await predictFile(process.argv[2], process.argv[3], process.argv[4]);
  const { user, system } = process.cpuUsage();
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peak: process.resourceUsage().maxRSS / 1024 }));
`;

function inNewProcess<T>(program: string, args: readonly string[]): T {
  const all = ['--input-type=module', '-e', program, ...args];
  const { stdout, stderr, status } = spawnSync(process.execPath, all, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** Milliseconds of one call: the middle one, and the one that 99 of 100 stay below. */
async function oneRow(path: string): Promise<{ middle: number; high: number }> {
  const model = await loadModel(path);
  const rows = madeUpRows(100, 2);
  const times: number[] = [];
  for (let call = 0; call < WARM_CALLS + CALLS; call++) {
    const start = performance.now();
    await model.predict([rows[call % rows.length]]);
    if (call >= WARM_CALLS) times.push(performance.now() - start);
  }
  model.dispose();
  return { middle: median(times), high: times.sort((a, b) => a - b)[Math.floor(0.99 * CALLS)] };
}

interface ColdStart {
  readonly node: number;
  readonly imported: number;
  readonly total: number;
  readonly cpu: number;
}

function coldStart(path: string): ColdStart {
  const row = JSON.stringify(madeUpRows(1, 3)[0]);
  const all = Array.from({ length: PROCESSES }, () =>
    inNewProcess<ColdStart>(COLD, [join(DIST, 'index.js'), path, row]),
  );
  const middle = (key: keyof ColdStart): number => median(all.map((one) => one[key]));
  return { node: middle('node'), imported: middle('imported'), total: middle('total'), cpu: middle('cpu') };
}

const print = (lines: readonly string[]): void => console.log(`${lines.join('\n')}\n`);
const parts = values.parts.split(',');
if (!existsSync(join(DIST, 'index.js')) && parts.some((part) => part !== 'one')) {
  console.error('bench:latency needs dist: npm run build');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'lrnn-latency-'));
try {
  print([`${cpus()[0].model.trim()}, ${cpus().length} CPUs, node ${process.version}, load ${loadavg()[0].toFixed(1)}`]);
  const models = Object.entries(await writeModels(folder));
  if (parts.includes('one')) {
    const rows = [];
    for (const [name, path] of models) {
      const { middle, high } = await oneRow(path);
      rows.push([name, name === 'lrnn' ? 1 : 3, middle, high]);
    }
    print(table(['one row, ms', 'bar', 'median', '99 %'], rows));
  }
  if (parts.includes('cold')) {
    const rows = models.map(([name, path]) => {
      const { node, imported, total, cpu } = coldStart(path);
      return [name, 150, total, imported, cpu, node];
    });
    print(table(['cold start, ms', 'bar', 'import to prediction', 'of it import', 'computing', 'Node before'], rows));
  }
  if (parts.includes('csv')) {
    const rows = [];
    for (const count of values.rows.split(',').map(Number)) {
      const csv = join(folder, 'rows.csv');
      await writeMadeUp(csv, count, 4);
      for (const [name, path] of models) {
        const args = [join(DIST, 'run/index.js'), path, csv, join(folder, 'out.csv')];
        const { seconds, cpu, peak } = inNewProcess<{ seconds: number; cpu: number; peak: number }>(PREDICT, args);
        const size = (statSync(csv).size / MIB).toFixed(0);
        rows.push([`${name}, ${count.toLocaleString('en-US')} rows, ${size} MiB`, seconds, cpu, peak]);
      }
    }
    print(table(['CSV to CSV, 20 columns', 'seconds', 'computing, s', 'peak RSS, MiB'], rows));
    print(['bar: 10 seconds for 100,000 rows; the peak is to be the same for any number of rows']);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
