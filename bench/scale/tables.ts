/** @file Tables that a time budget is tried on: long, wide, of many classes, of many categories; the same ones every time. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

import { Rng } from '../../src/core/index.js';

export interface ScaleTable {
  readonly name: string;
  readonly budget: string;
  readonly task: 'regression' | 'binary' | 'multiclass';
  readonly rows: number;
  /** Rows of a second file, drawn like the others. */
  readonly testRows: number;
  readonly names: readonly string[];
  /** The cells of a row, the target last. */
  row(rng: Rng): (string | number)[];
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, j) => `x${j}`);
const normals = (count: number, rng: Rng): number[] => Array.from({ length: count }, () => rng.normal());
const rounded = (values: readonly number[]): string[] => values.map((value) => value.toFixed(4));

/** Smooth and stepped effects, products of two and of three columns. */
function signal(x: readonly number[]): number {
  const smooth = Math.sin(2 * x[0]) + 0.5 * x[1] * x[2] + 0.7 * Math.tanh(2 * x[3]) * x[4];
  const stepped = (x[5] > 0.3 ? 0.8 : 0) * (x[6] > -0.2 ? 1 : -0.6) + (Math.abs(x[7]) < 0.5 ? 0.6 : 0);
  return smooth + stepped + 0.3 * x[8] * x[9] * (x[10] > 0 ? 1 : -1);
}

const CITIES = ['Rome', 'Oslo', 'Bonn', 'Bern', 'Paris', 'Riga', 'Kyiv', 'Turin', 'Graz', 'Lyon', 'Bari', 'Ulm'];

export const TABLES: readonly ScaleTable[] = [
  {
    ...{ name: 'regression', budget: '60s', task: 'regression', rows: 200_000, testRows: 20_000 },
    names: numbered(16),
    row: (rng) => {
      const x = normals(16, rng);
      return [...rounded(x), (signal(x) + 0.3 * rng.normal()).toFixed(4)];
    },
  },
  {
    ...{ name: 'binary', budget: '60s', task: 'binary', rows: 200_000, testRows: 20_000 },
    names: numbered(16),
    row: (rng) => {
      const x = normals(16, rng);
      const p = 1 / (1 + Math.exp(-2 * signal(x)));
      return [...rounded(x), rng.uniform() < p ? 'yes' : 'no'];
    },
  },
  {
    ...{ name: 'mixed', budget: '60s', task: 'binary', rows: 200_000, testRows: 20_000 },
    names: [...numbered(12), ...Array.from({ length: 8 }, (_, j) => `c${j}`)],
    row: (rng) => {
      const x = normals(12, rng);
      const codes = Array.from({ length: 8 }, (_, j) => rng.integer(3 + 10 * j));
      const score = signal(x) + (codes[0] - 1) + ((codes[3] * 7) % 5) / 4 + ((codes[7] * 13) % 11) / 8 - 1;
      const numbers = rounded(x).map((cell) => (rng.uniform() < 0.05 ? '' : cell));
      const levels = codes.map((code, j) => (j === 0 ? CITIES[code] : `l${j}-${code}`));
      return [...numbers, ...levels, score + rng.normal() > 0.7 ? 'yes' : 'no'];
    },
  },
  {
    ...{ name: 'classes', budget: '60s', task: 'multiclass', rows: 50_000, testRows: 0 },
    names: numbered(5),
    row: (rng) => {
      const code = rng.integer(1000);
      const at = (j: number): number => Math.floor(code / 10 ** (j % 3)) % 10;
      return [...rounded(Array.from({ length: 5 }, (_, j) => at(j) + 0.6 * rng.normal())), `k${code}`];
    },
  },
  {
    ...{ name: 'wide', budget: '60s', task: 'binary', rows: 500, testRows: 0 },
    names: numbered(5000),
    row: (rng) => {
      const x = normals(5000, rng);
      const score = x[0] + x[10] - x[100] + 0.5 * x[1000] * x[2000];
      return [...rounded(x), score + 0.5 * rng.normal() > 0 ? 'yes' : 'no'];
    },
  },
  {
    ...{ name: 'levels', budget: '60s', task: 'binary', rows: 100_000, testRows: 0 },
    names: ['key'],
    row: (rng) => {
      const key = rng.integer(250_000);
      return [`key-${key}`, rng.uniform() < 0.2 + 0.6 * (((key * 2654435761) % 1000) / 1000) ? 'yes' : 'no'];
    },
  },
  {
    ...{ name: 'million', budget: '120s', task: 'binary', rows: 1_000_000, testRows: 0 },
    names: numbered(50),
    row: (rng) => {
      const x = normals(50, rng);
      const p = 1 / (1 + Math.exp(-2 * signal(x)));
      return [...rounded(x), rng.uniform() < p ? 'yes' : 'no'];
    },
  },
];

/** Writes a table and its test part. */
export async function writeTable(made: ScaleTable, train: string, test: string): Promise<void> {
  const rng = new Rng(20261128).split(made.name);
  await write(made, train, made.rows, rng.split('train'));
  if (made.testRows > 0) await write(made, test, made.testRows, rng.split('test'));
}

async function write(made: ScaleTable, file: string, rows: number, rng: Rng): Promise<void> {
  const stream = createWriteStream(file);
  stream.write(`${[...made.names, 'y'].join(',')}\n`);
  for (let start = 0; start < rows; start += 1000) {
    const count = Math.min(1000, rows - start);
    const lines = Array.from({ length: count }, () => made.row(rng).join(','));
    if (!stream.write(`${lines.join('\n')}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}
