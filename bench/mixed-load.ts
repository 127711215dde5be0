/**
 * @file Do the servers hold after half an hour of everything at once what they held at its beginning?
 *
 * Usage: npm run build && npm run bench:mixed-load [-- --minutes 30 --visitors 4 --seed 1]
 *
 * Both servers are processes of their own. Visitors of the pages look, predict, send files, start searches, follow them and leave in the
 * middle; programs send rows, files, batches and broken requests to a served ensemble, which is read again once a minute. At the end of
 * every minute all visitors wait, the servers collect what is no longer needed, and what they hold is read: resident memory, the heap of
 * the main thread, open descriptors. Ends with exit code 1 where an answer was another one than it must be, a server complained or did
 * not end well, left files behind, or holds more descriptors than in its first minutes.
 */

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { Rng } from '../src/core/index.js';
import { fit } from '../src/run/index.js';
import { madeUpRows, writeModels } from './leaving/made-up.js';
import { modelVisits } from './mixed/model-visits.js';
import { modelsOf, pageVisits } from './mixed/page-visits.js';
import type { Held } from './mixed/server.js';
import { Server } from './mixed/server.js';
import type { Visit } from './mixed/visit.js';
import { table } from './table.js';

const ROOT = resolve(import.meta.dirname, '..');
const STUDIES = 2;
const ROWS = 250;
const MINUTE_MS = 60_000;
/** What visitors have left behind is noticed by then. */
const SETTLING_MS = 2000;
/** The least time between two requests of one visitor. */
const THINK_MS = 10;
/** First minutes are those in which threads start and caches fill. */
const WARM_SHARE = 0.25;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    visitors: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
});

interface Side {
  readonly name: string;
  readonly server: Server;
  readonly visit: Visit;
  readonly held: Held[];
  requests: number;
  readonly errors: string[];
}

/** Visits until the minute is over, and returns when the last visitor has an answer. */
async function fire(side: Side, rngs: readonly Rng[]): Promise<void> {
  const end = performance.now() + MINUTE_MS;
  const one = async (rng: Rng): Promise<void> => {
    while (performance.now() < end) {
      side.requests++;
      await side.visit(side.server.url, rng).catch((error: Error) => {
        const { message: cause = '' } = (error.cause ?? {}) as Partial<Error>;
        side.errors.push(`${error.message} ${cause}`);
        console.log(`${new Date().toISOString()} ${side.name}: ${side.errors.at(-1)}`);
      });
      await wait(THINK_MS);
    }
  };
  await Promise.all(rngs.map(one));
}

/** Finished studies that are all alike, and the table they were made of. */
async function writeStudies(folder: string): Promise<{ csv: string; studies: string[] }> {
  const rng = new Rng(2);
  const rows = madeUpRows(ROWS, 3).map((row) => ({ ...row, y: (Number(row.x1) + rng.normal()).toFixed(4) }));
  const lines = [Object.keys(rows[0]), ...rows.map((row) => Object.values(row))].map((cells) => cells.join(','));
  const csv = `${lines.join('\n')}\n`;
  const data = join(folder, 'rows.csv');
  writeFileSync(data, csv);
  const studies = Array.from({ length: STUDIES }, (_, i) => `study-${i}`);
  const [first, ...others] = studies.map((name) => join(folder, 'reports', name));
  await fit({ data, target: 'y', models: ['lrnn', 'linear', 'ensemble'], trials: 3, folds: 3, out: first, workers: 1 });
  for (const other of others) cpSync(first, other, { recursive: true });
  return { csv, studies };
}

/** Least squares, per hour; of one value nothing can be said. */
function slope(numbers: readonly number[]): number {
  const middle = (numbers.length - 1) / 2;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const above = numbers.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0);
  return (60 * above) / numbers.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
}

function report({ name, held, requests, errors }: Side): void {
  const early = held.slice(Math.floor(held.length * WARM_SHARE));
  const rows = (['residentMiB', 'heapMiB', 'descriptors'] as const).map((key) => {
    const numbers = held.map((one) => one[key]);
    const all = numbers.map((value) => value.toFixed(key === 'descriptors' ? 0 : 1)).join(' ');
    return { key, all, slope: slope(early.map((one) => one[key])) };
  });
  console.log(`\n${name}: ${requests.toLocaleString('en-US')} requests, ${errors.length} errors`);
  for (const { key, all } of rows) console.log(`  ${key} by minute: ${all}`);
  const head = ['held', 'per hour, after the first quarter', 'at the end'];
  console.log(
    table(
      head,
      rows.map(({ key, slope: perHour }) => [key, perHour, held.at(-1)![key]]),
    ).join('\n'),
  );
}

/** Ends both; what is wrong with how they did. */
async function endAll(sides: readonly Side[], temporaries: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const { name, server, held, errors } of sides) {
    const { code, complaints } = await server.end();
    if (code !== 0) wrong.push(`${name} ended with ${code}`);
    if (complaints !== '') wrong.push(`${name} said: ${complaints.slice(0, 2000)}`);
    if (errors.length > 0) wrong.push(`${name}: ${errors.length} errors`);
    const warm = Math.max(1, Math.floor(held.length * WARM_SHARE));
    const [before, after] = [held.slice(0, warm + 1), held.slice(-1)].map((part) => part.map((one) => one.descriptors));
    if (Math.max(...after) > Math.max(...before)) wrong.push(`${name}: descriptors grew to ${Math.max(...after)}`);
  }
  const left = readdirSync(temporaries).filter((file) => file.startsWith('lrnn-'));
  return left.length === 0 ? wrong : [...wrong, `left behind: ${left.join(', ')}`];
}

if (!existsSync(join(ROOT, 'dist/cli/main.js'))) {
  console.error('bench:mixed-load needs dist: npm run build');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'mixed-load-'));
const sides: Side[] = [];
let wrong: string[] = [];
try {
  const [reports, temporaries] = ['reports', 'temporary'].map((name) => join(folder, name));
  for (const made of [reports, temporaries]) mkdirSync(made);
  const { csv, studies } = await writeStudies(folder);
  const { ensemble } = await writeModels(folder);
  const pages = await Server.start([reports], temporaries);
  const models = await modelsOf(pages.url, studies[0]);
  const visit = pageVisits({ reports, studies, models, csv, target: 'y' });
  sides.push({ name: 'pages', server: pages, visit, held: [], requests: 0, errors: [] });
  const model = await Server.start(['--model', ensemble], temporaries);
  sides.push({ name: 'model', server: model, visit: modelVisits(), held: [], requests: 0, errors: [] });
  const count = Number(values.visitors);
  const visitors = sides.map((_, s) =>
    Array.from({ length: count }, (_, i) => new Rng(Number(values.seed) * 100 + 10 * s + i)),
  );
  for (let minute = 1; minute <= Number(values.minutes); minute++) {
    await Promise.all(sides.map((side, s) => fire(side, visitors[s])));
    model.reload();
    await wait(SETTLING_MS);
    for (const { name, server, held, requests, errors } of sides) {
      held.push(await server.held());
      const { residentMiB, heapMiB, descriptors } = held.at(-1)!;
      const said = [residentMiB.toFixed(0), heapMiB.toFixed(1), descriptors, requests, errors.length];
      console.log(
        `minute ${minute}, ${name}: RSS %s MiB, heap %s MiB, %s descriptors, %s requests, %s errors`,
        ...said,
      );
    }
  }
  console.log(
    `\n${cpus()[0].model.trim()}, ${cpus().length} CPUs, node ${process.version}, load ${loadavg()[0].toFixed(1)}`,
  );
  sides.forEach(report);
  wrong = await endAll(sides, temporaries);
} finally {
  await Promise.all(sides.map(({ server }) => server.end()));
  rmSync(folder, { recursive: true, force: true });
}
console.log(wrong.length === 0 ? '\nNo errors, no more descriptors, nothing left behind.' : `\n${wrong.join('\n')}`);
process.exit(wrong.length === 0 ? 0 : 1);
