/** @file How long reading takes: a table of 1,000,000 rows, in seconds of processor time, with pandas beside it where Python has it. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { Rng } from '../src/core/index.js';
import { readCsv } from '../src/data/node.js';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const RUNS = 3;
const COLUMNS = 20;

/** Numbers, categories, codes and dates: twenty columns, about 180 bytes a row. */
async function writeTable(path: string): Promise<void> {
  const rng = new Rng(1);
  const out = createWriteStream(path);
  const words = ['red', 'green', 'blue', 'light grey'];
  out.write(`${Array.from({ length: COLUMNS }, (_, j) => `c${j}`).join(',')},y\n`);
  let piece = '';
  for (let i = 0; i < ROWS; i++) {
    for (let j = 0; j < COLUMNS - 4; j++)
      piece += `${j < 12 ? (rng.uniform() * 100 - 50).toFixed(6) : rng.integer(1000)},`;
    piece += `${words[rng.integer(4)]},${words[rng.integer(3)]},u${rng.integer(5000)},`;
    piece += `2021-0${1 + rng.integer(9)}-1${rng.integer(10)},${(rng.uniform() * 10).toFixed(4)}\n`;
    if (piece.length < 1 << 20) continue;
    if (!out.write(piece)) await once(out, 'drain');
    piece = '';
  }
  out.end(piece);
  await once(out, 'finish');
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

async function ours(path: string): Promise<number> {
  const start = process.cpuUsage();
  const { rowCount } = await readCsv(path);
  if (rowCount !== ROWS) throw new Error(`${rowCount} rows were read, not ${ROWS}`);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** Null where Python or pandas is not there. */
function pandas(path: string): number | null {
  const program = `import pandas, sys, time
start = time.process_time()
assert len(pandas.read_csv(sys.argv[1])) == ${ROWS}
print(time.process_time() - start)`;
  const { status, stdout } = spawnSync('python3', ['-c', program, path], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : null;
}

const folder = mkdtempSync(join(tmpdir(), 'lrnn-bench-read-'));
try {
  const path = join(folder, 'table.csv');
  await writeTable(path);
  const size = (statSync(path).size / 1e6).toFixed(0);
  const [own, others]: [number[], (number | null)[]] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    own.push(await ours(path));
    others.push(pandas(path));
  }
  const told = others.filter((seconds) => seconds !== null);
  process.stdout.write(
    `${cpus()[0].model}, Node ${process.version}; ${ROWS} rows x ${COLUMNS + 1}, ${size} MB; seconds of processor time, median of ${RUNS}\n` +
      `ours    ${median(own).toFixed(2)}  (${own.map((s) => s.toFixed(2)).join(', ')}), cells as texts\n` +
      `pandas  ${told.length === 0 ? 'not here' : `${median(told).toFixed(2)}  (${told.map((s) => s.toFixed(2)).join(', ')}), cells as numbers and texts`}\n` +
      `peak memory of ours ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
