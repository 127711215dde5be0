/**
 * @file How many visitors does the list of studies bear?
 *
 * Usage: npm run build && tsx bench/home.ts [--studies 100] [--seconds 15] [--connections 16]
 *
 * One study is fitted and copied; the server is a process of its own, and so is autocannon. The processor time of the server is told
 * beside the rate, for the rate is that of a machine which both share.
 */

import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { fit } from '../src/run/index.js';
import { table } from './table.js';

const ROOT = resolve(import.meta.dirname, '..');
/** The unit of /proc on Linux. */
const TICK_MS = 10;

const { values } = parseArgs({
  options: {
    studies: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '15' },
    connections: { type: 'string', default: '16' },
  },
});

async function writeStudies(folder: string, count: number): Promise<void> {
  const data = join(folder, 'rows.csv');
  const rows = Array.from({ length: 300 }, (_, i) => `${i % 17},${(i * 7) % 23},${(i % 17) * 2 + ((i * 7) % 23)}`);
  writeFileSync(data, `x,z,y\n${rows.join('\n')}\n`);
  const first = join(folder, 'reports', 'study-0');
  await fit({ data, target: 'y', models: ['linear', 'dummy'], trials: 2, out: first, workers: 1 });
  for (let i = 1; i < count; i++) {
    const copy = join(folder, 'reports', `study-${i}`);
    mkdirSync(copy);
    copyFileSync(join(first, 'study.sqlite'), join(copy, 'study.sqlite'));
  }
}

async function outputOf(args: readonly string[], until?: RegExp): Promise<{ pid: number; text: string; kill(): void }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const piece of child.stdout.setEncoding('utf8')) {
    text += piece as string;
    if (until?.test(text)) break;
  }
  return { pid: child.pid!, text, kill: () => void child.kill('SIGTERM') };
}

function processorMs(pid: number): number {
  if (!existsSync(`/proc/${pid}/stat`)) return NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

const folder = mkdtempSync(join(tmpdir(), 'lrnn-home-'));
try {
  await writeStudies(folder, Number(values.studies));
  const main = join(ROOT, 'dist/cli/main.js');
  const server = await outputOf([main, 'serve', join(folder, 'reports'), '--port', '0'], /http:\/\/[\d.:]+/);
  const url = /http:\/\/[\d.:]+/.exec(server.text)![0];
  const before = processorMs(server.pid);
  const cannon = join(ROOT, 'node_modules/autocannon/autocannon.js');
  const load = ['-c', values.connections, '-d', values.seconds, '--json', '--no-progress'];
  const { text } = await outputOf([cannon, ...load, `${url}/`]);
  const { requests, latency, errors, non2xx } = JSON.parse(text) as {
    readonly requests: { readonly average: number; readonly total: number };
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly errors: number;
    readonly non2xx: number;
  };
  const cost = (processorMs(server.pid) - before) / requests.total;
  server.kill();
  console.log(
    `${cpus()[0].model.trim()}, ${cpus().length} CPUs, node ${process.version}, load ${loadavg()[0].toFixed(1)}`,
  );
  const head = ['studies', 'per second', 'p50, ms', 'p99, ms', 'failed', 'processor ms per request'];
  const row = [values.studies, requests.average, latency.p50, latency.p99, errors + non2xx, cost];
  console.log(table(head, [row]).join('\n'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
