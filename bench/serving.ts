/**
 * @file How much load does `lrnn serve --model` bear on the loopback, and does its memory stay where it is?
 *
 * Usage: npm run build && npm run bench:serving [-- --seconds 60 --connections 16 --model FILE]
 *
 * The server is a process of its own, and so is autocannon, which asks as fast as answers come: first one row as JSON, then 100 rows
 * as CSV. Memory is what the server's own /metrics say, every second; the mean of the second quarter of the time is compared with that
 * of the last one. Ends with exit code 1 where a request failed. Without --model: an LRNN and an ensemble fitted to a made-up table.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { madeUpRows, writeMadeUp, writeModels } from './leaving/made-up.js';
import type { Cell } from './table.js';
import { table } from './table.js';

const ROOT = resolve(import.meta.dirname, '..');
const CSV_ROWS = 100;
const MIB = 2 ** 20;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '16' },
    model: { type: 'string' },
  },
});

/** What autocannon says, of what it says. */
interface Load {
  readonly requests: { readonly average: number; readonly total: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly errors: number;
  readonly timeouts: number;
  readonly non2xx: number;
}

async function startServer(model: string): Promise<{ server: ChildProcess; url: string }> {
  const args = [join(ROOT, 'dist/cli/main.js'), 'serve', '--model', model, '--port', '0'];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  for await (const text of server.stdout.setEncoding('utf8')) {
    said += text as string;
    const url = /http:\/\/[\d.:]+/.exec(said)?.[0];
    if (url !== undefined) return { server, url };
  }
  throw new Error(`the server ended: ${said}`);
}

async function residentMiB(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\d+)$/m.exec(metrics)?.[1]) / MIB;
}

async function fire(url: string, type: string, body: string): Promise<Load> {
  const options = ['-m', 'POST', '-H', `content-type=${type}`, '-b', body, '--json', '--no-progress'];
  const load = ['-c', values.connections, '-d', values.seconds];
  const program = join(ROOT, 'node_modules/autocannon/autocannon.js');
  const cannon = spawn(process.execPath, [program, ...options, ...load, `${url}/v1/predict`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  for await (const text of cannon.stdout.setEncoding('utf8')) said += text as string;
  return JSON.parse(said) as Load;
}

/** One kind of request for the whole time; the resident memory meanwhile. */
async function measure(url: string, type: string, body: string): Promise<{ load: Load; memory: number[] }> {
  const memory: number[] = [];
  const sample = setInterval(
    () =>
      void residentMiB(url).then(
        (mib) => memory.push(mib),
        () => undefined,
      ),
    1000,
  );
  try {
    return { load: await fire(url, type, body), memory };
  } finally {
    clearInterval(sample);
  }
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

if (!existsSync(join(ROOT, 'dist/cli/main.js'))) {
  console.error('bench:serving needs dist: npm run build');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'lrnn-serving-'));
let failed = 0;
try {
  const models = Object.entries(values.model === undefined ? await writeModels(folder) : { model: values.model });
  const csv = join(folder, 'rows.csv');
  await writeMadeUp(csv, CSV_ROWS, 6);
  const bodies: [name: string, type: string, body: string][] = [
    ['1 row, JSON', 'application/json', JSON.stringify(madeUpRows(1, 5))],
    [`${CSV_ROWS} rows, CSV`, 'text/csv', readFileSync(csv, 'utf8')],
  ];
  const rows: Cell[][] = [];
  for (const [name, path] of models) {
    const { server, url } = await startServer(path);
    for (const [what, type, body] of bodies) {
      const { load, memory } = await measure(url, type, body);
      const { requests, latency, errors, timeouts, non2xx } = load;
      const quarter = Math.max(1, Math.floor(memory.length / 4));
      const [early, late] = [mean(memory.slice(quarter, 2 * quarter)), mean(memory.slice(-quarter))];
      failed += errors + timeouts + non2xx;
      rows.push([
        `${name}, ${what}`,
        requests.average,
        latency.p50,
        latency.p99,
        errors + timeouts + non2xx,
        early,
        late,
      ]);
    }
    server.kill('SIGTERM');
    await new Promise((done) => server.once('exit', done));
  }
  console.log(
    `${cpus()[0].model.trim()}, ${cpus().length} CPUs, node ${process.version}, load ${loadavg()[0].toFixed(1)}; ` +
      `${values.seconds} s each, ${values.connections} connections`,
  );
  const head = ['request', 'per second', 'p50, ms', 'p99, ms', 'failed', 'RSS early, MiB', 'RSS late, MiB'];
  console.log(table(head, rows).join('\n'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
