/**
 * @file How long reading and understanding take: a table of 1,000,000 rows, in seconds of processor time, with pandas beside it where
 * Python has it (`PYTHON` names another than python3), which reads the dates as dates on one core.
 */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { Rng } from '../src/core/index.js';
import { encodeFrame, inferSchema } from '../src/data/index.js';
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

interface Cost {
  readonly read: number;
  /** Reading, kinds of all columns, and the columns as numbers. */
  readonly all: number;
}

async function ours(path: string): Promise<Cost> {
  const start = process.cpuUsage();
  const seconds = (): number => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  const csv = await readCsv(path);
  const read = seconds();
  const { frame } = encodeFrame(csv, inferSchema(csv, { target: 'y' }).schema);
  if (frame.rowCount !== ROWS) throw new Error(`${frame.rowCount} rows were read, not ${ROWS}`);
  return { read, all: seconds() };
}

/** Null where Python or pandas is not there. */
function pandas(path: string): number | null {
  const program = `import pandas, sys, time
start = time.process_time()
assert len(pandas.read_csv(sys.argv[1], parse_dates=['c19'])) == ${ROWS}
print(time.process_time() - start)`;
  const one = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const { status, stdout } = spawnSync(process.env.PYTHON ?? 'python3', ['-c', program, path], {
    encoding: 'utf8',
    env: one,
  });
  return status === 0 ? Number(stdout) : null;
}

const folder = mkdtempSync(join(tmpdir(), 'lrnn-bench-read-'));
try {
  const path = join(folder, 'table.csv');
  await writeTable(path);
  const bytes = statSync(path).size;
  const [own, others]: [Cost[], (number | null)[]] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    own.push(await ours(path));
    others.push(pandas(path));
  }
  const told = others.filter((seconds) => seconds !== null);
  const line = (name: string, seconds: readonly number[], what: string): string => {
    const times = told.length === 0 ? '' : `, ${(median(seconds) / median(told)).toFixed(1)} times pandas`;
    return `${name}  ${median(seconds).toFixed(2)}  (${seconds.map((s) => s.toFixed(2)).join(', ')})${times}: ${what}\n`;
  };
  const peak = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(
    `${cpus()[0].model}, Node ${process.version}; ${ROWS} rows x ${COLUMNS + 1}, ${(bytes / 1e6).toFixed(0)} MB; seconds of processor time, median of ${RUNS}\n` +
      line(
        'ours  ',
        own.map(({ read }) => read),
        'cells as texts',
      ) +
      line(
        'ours  ',
        own.map(({ all }) => all),
        'and kinds of columns, cells as numbers, codes and dates',
      ) +
      (told.length === 0 ? 'pandas  not here\n' : line('pandas', told, 'read_csv with parse_dates')) +
      `peak memory of ours ${(peak / 2 ** 20).toFixed(0)} MiB, ${(peak / bytes).toFixed(1)} times the file\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
