/** @file Tables whose truth is known: coin flips, and halves of real sets. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';

import type { Task } from '../../src/core/index.js';
import { Rng } from '../../src/core/index.js';
import type { DataSet } from '../accuracy/sets.js';

const ROWS = 300;
const COLUMNS = 10;

/** Writes a table of normal columns and a target that has nothing to do with them. */
export function coinFlips(number: number, file: string): string {
  const rng = new Rng(9000 + number);
  const row = (): string[] => [
    ...Array.from({ length: COLUMNS }, () => rng.normal().toFixed(4)),
    rng.uniform() < 0.5 ? 'heads' : 'tails',
  ];
  const header = [...Array.from({ length: COLUMNS }, (_, column) => `x${column}`), 'y'];
  writeText(file, [header, ...Array.from({ length: ROWS }, row)]);
  return file;
}

const STRENGTHS = [0.3, 0.6, 1, 1.6];
const TEST_ROWS = 4000;

/** Writes a table of 150 or 300 rows in which three of ten columns say a little of the target, and many more rows of the same kind. */
export function weakSignals(number: number, into: string): { train: string; test: string; task: Task } {
  const rng = new Rng(77_000 + number);
  const strength = STRENGTHS[number % STRENGTHS.length];
  const task = number % 8 < 4 ? 'binary' : 'regression';
  const row = (): string[] => {
    const x = Array.from({ length: COLUMNS }, () => rng.normal());
    const signal = strength * (0.7 * x[0] + 0.5 * x[1] * x[2] + 0.5 * Math.sin(2 * x[3]));
    const isA = task === 'binary' && rng.uniform() < 1 / (1 + Math.exp(-2 * signal));
    const y = task === 'binary' ? (isA ? 'a' : 'b') : (signal + rng.normal()).toFixed(5);
    return [...x.map((value) => value.toFixed(4)), y];
  };
  const header = [...Array.from({ length: COLUMNS }, (_, column) => `x${column}`), 'y'];
  const rows = (count: number): string[][] => [header, ...Array.from({ length: count }, row)];
  const files = { train: `${into}.train.csv`, test: `${into}.test.csv`, task } as const;
  writeText(files.train, rows(number % 16 < 8 ? 150 : 300));
  writeText(files.test, rows(TEST_ROWS));
  return files;
}

/** Writes one half of each class, or of the rows of a regression, for training and the other for testing. */
export function halves(folder: string, set: DataSet, split: number, into: string): { train: string; test: string } {
  const files = { train: `${into}.train.csv`, test: `${into}.test.csv` };
  if (existsSync(files.train) && existsSync(files.test)) return files;
  const [header, ...all] = parse(readFileSync(join(folder, set.file)), { bom: true });
  const dropped = new Set([...(set.id_columns ?? []), ...(set.leakage_columns ?? [])]);
  const columns = header.flatMap((name, column) => (dropped.has(name) ? [] : [column]));
  const target = header.indexOf(set.target);
  const rows = all.filter((row) => row[target] !== '');
  const isTest = rows.map(() => false);
  const stratumOf = (row: readonly string[]): string => (set.task === 'regression' ? '' : row[target]);
  const rng = new Rng(500 + split);
  for (const stratum of [...new Set(rows.map(stratumOf))].sort()) {
    const own = Uint32Array.from(rows.flatMap((row, i) => (stratumOf(row) === stratum ? [i] : [])));
    for (const i of rng.shuffle(own).subarray(0, Math.floor(own.length / 2))) isTest[i] = true;
  }
  const half = (wanted: boolean): string[][] =>
    [header, ...rows.filter((_, i) => isTest[i] === wanted)].map((row) => columns.map((column) => row[column]));
  writeText(files.test, half(true));
  writeText(files.train, half(false));
  return files;
}

function writeText(file: string, rows: readonly (readonly string[])[]): void {
  const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  writeFileSync(file, `${rows.map((row) => row.map(cell).join(',')).join('\n')}\n`);
}
