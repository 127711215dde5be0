/**
 * @file What does a search over many machines cost, and how many workers does one coordinator keep busy?
 *
 * Usage: npm run bench:cluster [-- --part fold,table,scale,real --counts 1,2,4,8,16,32,64,100,128,256 --seconds 1 --parallel 40
 *   --rows 1000000 --columns 50 --trials 12 --runs 6 --real-rows 1000]
 *
 * Redis is one of its own on the loopback; workers are processes of their own. "fold": one job after the other, of results of 1 kB to 20 MB,
 * fitted in no time. "table": what it takes until four workers have a table. "scale": folds that sleep, ten for each worker, over a whole
 * search (sampler, allocator, pruner); efficiency is their time over that of all workers. "real" (after npm run build): two workers of one
 * fold each against one process of two threads, on the same search. Who begins changes from run to run, as what else the machine does comes
 * and goes; compared are the means and the medians of all runs.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { FoldJob, SearchListener, StudyData } from '../src/automl/index.js';
import { runSearch } from '../src/automl/index.js';
import type { Cluster } from '../src/cluster/index.js';
import { openCluster } from '../src/cluster/index.js';
import { Rng } from '../src/core/index.js';
import { mean, metricFor } from '../src/evaluate/index.js';
import {
  createMemoryStorage,
  expectedImprovement,
  hp,
  pairedPruner,
  planTrials,
  Study,
  tpeSampler,
} from '../src/search/index.js';
import type { RedisServer } from '../test/support/redis.js';
import { eventually, startRedis } from '../test/support/redis.js';
import { FOLDS, madeUpTable, sleepingExecutor } from './cluster/made-up.js';
import type { Cell } from './table.js';
import { table } from './table.js';
import { median } from './timing.js';

const ROOT = resolve(import.meta.dirname, '..');
const STUDY = 'b'.repeat(32);
const MB = 1e6;
/** Simulated workers of one process: more would measure that process. */
const PER_PROCESS = 64;
const quiet: SearchListener = { trialStarted() {}, foldStarted() {}, foldEnded() {}, foldDone() {}, trialDone() {} };

const { values } = parseArgs({
  options: {
    part: { type: 'string', default: 'fold,table,scale,real' },
    counts: { type: 'string', default: '1,2,4,8,16,32,64,100,128,256' },
    seconds: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '40' },
    rows: { type: 'string', default: '1000000' },
    columns: { type: 'string', default: '50' },
    trials: { type: 'string', default: '12' },
    runs: { type: 'string', default: '6' },
    'real-rows': { type: 'string', default: '1000' },
  },
});

/** Processes of so many workers, ended with the returned function. */
async function withWorkers(redis: RedisServer, count: number, ms: number, bytes: number): Promise<() => Promise<void>> {
  const children: ChildProcess[] = [];
  for (let left = count; left > 0; left -= PER_PROCESS) {
    const args = [redis.url, Math.min(left, PER_PROCESS), ms, bytes].map(String);
    const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'bench/cluster/workers.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
  }
  await Promise.all(children.map(({ stdout }) => new Promise((there) => stdout!.once('data', there))));
  return async () => {
    const ended = children.map((child) => new Promise((end) => child.once('exit', end)));
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(ended);
    await redis.client.flushall();
  };
}

async function open(redis: RedisServer, data: StudyData, slots: number): Promise<Cluster> {
  const notice = (sentence: string): void => console.error(sentence);
  const cluster = await openCluster({
    url: redis.url,
    version: 'bench',
    study: STUDY,
    data,
    notice,
    heartbeatMs: 1000,
  });
  await eventually('all workers are there', () => cluster.slots === slots);
  return cluster;
}

async function info(redis: RedisServer, field: string): Promise<number> {
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(await redis.client.info())?.[1]);
}

async function foldPart(redis: RedisServer): Promise<void> {
  const data = madeUpTable(1000, 5);
  const rows: Cell[][] = [];
  for (const [bytes, jobs] of [
    [1000, 300],
    [1 * MB, 100],
    [20 * MB, 20],
  ]) {
    const end = await withWorkers(redis, 1, 0, bytes);
    const cluster = await open(redis, data, 1);
    const executor = cluster.executor();
    const job = (trial: number): FoldJob => ({ trial, fold: 0, family: 'dummy', params: {}, seed: trial });
    const own = sleepingExecutor(data, 0, bytes);
    for (let trial = 0; trial < 5; trial++) await executor.run(job(trial));
    const times: number[] = [];
    const cpu = process.cpuUsage();
    for (let trial = 5; trial < 5 + jobs; trial++) {
      const start = performance.now();
      const result = await executor.run(job(trial));
      times.push(performance.now() - start);
      if (!result.ok) throw new Error(result.error);
    }
    const { user, system } = process.cpuUsage(cpu);
    times.sort((a, b) => a - b);
    const start = performance.now();
    await own.run(job(0));
    const fitMs = performance.now() - start;
    rows.push([
      `${bytes / 1000} kB`,
      times[jobs >> 1],
      times[Math.floor(0.9 * jobs)],
      (user + system) / 1000 / jobs,
      fitMs,
    ]);
    await cluster.close();
    await end();
  }
  console.log(
    table(['result', 'ms a fold (median)', '90 %', 'CPU ms of the coordinator', 'of that the fold'], rows).join('\n'),
  );
}

async function tablePart(redis: RedisServer): Promise<void> {
  const [rowCount, columns] = [Number(values.rows), Number(values.columns)];
  const data = madeUpTable(rowCount, columns);
  const ends = await Promise.all([1, 2, 3, 4].map(() => withWorkers(redis, 1, 0, 1000)));
  await redis.client.config('RESETSTAT');
  const begin = performance.now();
  const cluster = await open(redis, data, 4);
  const sent = performance.now();
  const executor = cluster.executor();
  const done = await Promise.all(
    // A worker that has the table would take the folds of one that has not: as many as keep all of them at it.
    Array.from({ length: 4 }, (_, trial) => executor.run({ trial, fold: 0, family: 'dummy', params: {}, seed: 1 })),
  );
  if (done.some(({ ok }) => !ok)) throw new Error('a fold failed');
  const all = performance.now();
  const memory = await info(redis, 'used_memory_peak');
  const [input, output] = [await info(redis, 'total_net_input_bytes'), await info(redis, 'total_net_output_bytes')];
  await cluster.close();
  for (const end of ends) await end();
  const rows: Cell[][] = [
    ['table, MB', (rowCount * (8 * Math.ceil(columns / 2) + 4 * Math.floor(columns / 2) + 4 * (FOLDS + 1))) / MB],
    ['into Redis, MB', input / MB],
    ['out of Redis to 4 workers, MB', output / MB],
    ['peak memory of Redis, MB', memory / MB],
    ['seconds until it is offered', (sent - begin) / 1000],
    ['seconds until 4 workers have fitted a fold', (all - begin) / 1000],
  ];
  console.log(table(['table', `${rowCount} x ${columns}`], rows).join('\n'));
}

async function search(cluster: Cluster, trials: number): Promise<{ seconds: number; cpuMs: number; folds: number }> {
  const groups = [
    {
      name: 'linear',
      portfolio: [{ x: 0.9 }],
      space: { x: hp.uniform(0, 1), y: hp.uniform(0, 1), z: hp.uniform(0, 1) },
    },
    { name: 'mlp', portfolio: [{ x: 0.8 }], space: { x: hp.uniform(0, 1), y: hp.uniform(0, 1), z: hp.uniform(0, 1) } },
  ];
  const storage = createMemoryStorage();
  const cpu = process.cpuUsage();
  const begin = performance.now();
  let folds = 0;
  await runSearch({
    storage,
    study: new Study({
      storage,
      plan: planTrials({ groups }),
      sampler: tpeSampler(),
      allocator: expectedImprovement(),
      seed: 1,
      lag: Number(values.parallel) - 1,
      maxTrials: trials,
    }),
    executor: cluster.executor(),
    folds: FOLDS,
    metric: metricFor('rmse', 'regression'),
    // Asked, as in every search, and never agreed with: every fold is to count.
    pruner: { shouldPrune: (own, rivals) => pairedPruner().shouldPrune(own, rivals) && false },
    listener: { ...quiet, foldDone: () => void folds++ },
    signal: new AbortController().signal,
  });
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - begin) / 1000, cpuMs: (user + system) / 1000, folds };
}

async function scalePart(redis: RedisServer): Promise<void> {
  const data = madeUpTable(1000, 5);
  const foldSeconds = Number(values.seconds);
  const rows: Cell[][] = [];
  for (const count of values.counts.split(',').map(Number)) {
    const end = await withWorkers(redis, count, 1000 * foldSeconds, 10_000);
    const cluster = await open(redis, data, count);
    const { seconds, cpuMs, folds } = await search(cluster, Math.ceil((10 * count) / FOLDS));
    rows.push([String(count), folds, seconds, (100 * folds * foldSeconds) / (seconds * count), cpuMs / folds]);
    await cluster.close();
    await end();
  }
  const head = ['workers', 'folds', 'seconds', 'efficiency, %', 'CPU ms of the coordinator a fold'];
  console.log(table(head, rows).join('\n'));
}

/** Seconds of a command of the built program. */
async function timed(args: readonly string[], cwd: string): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((end) => child.once('exit', end));
  if (code !== 0) throw new Error(`lrnn ${args.join(' ')} ended with ${String(code)}`);
  return (performance.now() - begin) / 1000;
}

async function realPart(redis: RedisServer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lrnn-bench-cluster-'));
  const rng = new Rng(3);
  const lines = Array.from({ length: Number(values['real-rows']) }, () => {
    const x = Array.from({ length: 8 }, () => rng.normal());
    return [...x, Math.sin(2 * x[0]) * x[1] + x[2] ** 2 + 0.3 * rng.normal()].map((cell) => cell.toFixed(4)).join(',');
  });
  writeFileSync(join(folder, 'rows.csv'), `a,b,c,d,e,f,g,h,y\n${lines.join('\n')}\n`);
  const fit = `fit rows.csv --target y --trials ${values.trials} --models gbdt,mlp,linear,dummy --quiet --out`.split(
    ' ',
  );
  const worker = ['worker', '--redis', redis.url, '--concurrency', '1', '--cache', 'cache', '--quiet'];
  const workers = [1, 2].map(() =>
    spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...worker], { cwd: folder, stdio: 'inherit' }),
  );
  await eventually('two workers are there', async () => (await redis.client.hlen('lrnn:workers')) === 2);
  const rows: Cell[][] = [];
  const times: { threads: number; cluster: number }[] = [];
  for (let run = 1; run <= Number(values.runs); run++) {
    const ways = {
      threads: () => timed([...fit, `threads-${run}`, '--workers', '2', '--deterministic'], folder),
      cluster: () => timed([...fit, `cluster-${run}`, '--redis', redis.url], folder),
    };
    const time = { threads: 0, cluster: 0 };
    for (const way of run % 2 === 1 ? (['threads', 'cluster'] as const) : (['cluster', 'threads'] as const)) {
      time[way] = await ways[way]();
    }
    times.push(time);
    rows.push([`run ${run}`, time.threads, time.cluster, 100 * (time.cluster / time.threads - 1)]);
  }
  for (const [name, of] of [
    ['mean', mean],
    ['median', median],
  ] as const) {
    const [threads, cluster] = [of(times.map((time) => time.threads)), of(times.map((time) => time.cluster))];
    rows.push([name, threads, cluster, 100 * (cluster / threads - 1)]);
  }
  for (const child of workers) child.kill('SIGTERM');
  console.log(table(['the same search', 'two threads, s', 'two workers, s', 'more, %'], rows).join('\n'));
  rmSync(folder, { recursive: true, force: true });
}

const PARTS: Readonly<Record<string, (redis: RedisServer) => Promise<void>>> = {
  fold: foldPart,
  table: tablePart,
  scale: scalePart,
  real: realPart,
};

const [{ model }] = cpus();
console.log(`${cpus().length} x ${model}, Node ${process.version}, load ${loadavg()[0].toFixed(1)}\n`);
const redis = await startRedis();
try {
  for (const name of values.part.split(',')) {
    console.log(`\n${name}`);
    await PARTS[name](redis);
  }
} finally {
  await redis.remove();
}
