/** @file The data sets of a folder, each parted once into training and test rows. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { parse } from 'csv-parse/sync';

import type { Task } from '../../src/core/index.js';
import { Rng } from '../../src/core/index.js';

/** What is read of an entry in a folder's manifest.json. */
export interface DataSet {
  readonly name: string;
  /** A CSV file with a header, relative to the folder; missing cells are empty. */
  readonly file: string;
  readonly target: string;
  readonly task: Task;
  readonly rows: number;
  /** Columns that an honest score leaves out. */
  readonly id_columns?: readonly string[];
  readonly leakage_columns?: readonly string[];
}

/** Two CSV files with the same header. */
export interface SplitFiles {
  readonly train: string;
  readonly test: string;
}

const TEST_SHARE = 0.25;
const SPLIT_SEED = 20_260_101;

/** The sets of a folder in the order of its manifest, all or those named. */
export function readSets(folder: string, names: readonly string[] | null): DataSet[] {
  const sets = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as DataSet[];
  const unknown = names?.find((name) => !sets.some((set) => set.name === name));
  if (unknown !== undefined) throw new Error(`${folder} must hold every set that is named, got "${unknown}"`);
  return sets.filter(({ name }) => names === null || names.includes(name));
}

/** Another split than the fixed one, and of at most so many rows. */
export interface OtherSplit {
  /** From 1; 0 is the fixed one. */
  readonly draw: number;
  /** Training rows, and rows that judge, at most. */
  readonly most: number;
}

/**
 * Writes <into>/<set>.train.csv and <set>.test.csv, unless they are there: a quarter of the rows is for testing, of each class
 * its share. Rows without a target, id columns and leakage columns are left out. Of another split, <set>.split-<draw>-<most>.train.csv and its like.
 *
 * Random   the rows depend on the data and the draw alone
 */
export function splitSet(folder: string, set: DataSet, into: string, other?: OtherSplit): SplitFiles {
  const stem = join(into, other ? `${set.name}.split-${other.draw}-${other.most}` : set.name);
  const files = { train: `${stem}.train.csv`, test: `${stem}.test.csv` };
  if (existsSync(files.train) && existsSync(files.test)) return files;
  const [header, ...rows] = parse(readFileSync(join(folder, set.file)), { bom: true });
  const dropped = new Set([...(set.id_columns ?? []), ...(set.leakage_columns ?? [])]);
  const kept = header.flatMap((name, column) => (dropped.has(name) ? [] : [column]));
  const target = header.indexOf(set.target);
  const known = rows.filter((row) => row[target] !== '');
  const rng = other && other.draw > 0 ? new Rng(SPLIT_SEED).split('other', other.draw) : new Rng(SPLIT_SEED);
  const isTest = pickTest(
    known.map((row) => (set.task === 'regression' ? '' : row[target])),
    rng,
  );
  mkdirSync(into, { recursive: true });
  const write = (file: string, wanted: boolean) => {
    const all = known.filter((_, i) => isTest[i] === wanted);
    const lines = [header, ...(other ? some(all, other.most, rng) : all)];
    writeFileSync(file, `${lines.map((row) => kept.map((column) => cell(row[column])).join(',')).join('\n')}\n`);
  };
  write(files.test, true);
  write(files.train, false);
  return files;
}

/** Rows that judge what was learned from a draw, at most. */
const JUDGED_ROWS = 2000;

/**
 * Writes <set>.<rows>-<draw>.train.csv beside the training file, and the same with .test.csv: so many of its rows, of each class its
 * share, and others of its rows.
 */
export function drawRows(
  { train }: SplitFiles,
  { name, target, task }: DataSet,
  { rows, draw }: { rows: number; draw: number },
): SplitFiles {
  const stem = join(dirname(train), `${name}.${rows}-${draw}`);
  const files = { train: `${stem}.train.csv`, test: `${stem}.test.csv` };
  if (existsSync(files.train) && existsSync(files.test)) return files;
  const [header, ...all] = parse(readFileSync(train), { bom: true });
  const column = header.indexOf(target);
  const rng = new Rng(SPLIT_SEED).split('draw', draw);
  const shuffled = [...rng.shuffle(Uint32Array.from(all.keys()))].map((row) => all[row]);
  const classes = task === 'regression' ? [''] : [...new Set(shuffled.map((row) => row[column]))];
  const strata = classes.map((name) => shuffled.filter((row) => task === 'regression' || row[column] === name));
  const counts = strata.map(({ length }) => Math.max(5, Math.round((rows * length) / all.length)));
  const drawn = strata.flatMap((own, i) => own.slice(0, counts[i]));
  const others = strata.flatMap((own, i) => own.slice(counts[i]));
  const judged = [...rng.shuffle(Uint32Array.from(others.keys()))].slice(0, JUDGED_ROWS).map((row) => others[row]);
  const write = (file: string, lines: readonly (readonly string[])[]) =>
    writeFileSync(file, `${[header, ...lines].map((row) => row.map(cell).join(',')).join('\n')}\n`);
  write(files.train, drawn);
  write(files.test, judged);
  return files;
}

/** Marks a quarter of the rows of every stratum, at least one where it has two. */
function pickTest(strata: readonly string[], rng: Rng): boolean[] {
  const picked = strata.map(() => false);
  for (const stratum of [...new Set(strata)].sort()) {
    const rows = Uint32Array.from(strata.flatMap((name, row) => (name === stratum ? [row] : [])));
    for (const row of rng.shuffle(rows).subarray(0, Math.round(TEST_SHARE * rows.length))) picked[row] = true;
  }
  return picked;
}

/** At most so many of the rows, in their order. */
function some<T>(rows: readonly T[], most: number, rng: Rng): readonly T[] {
  if (rows.length <= most) return rows;
  return rng
    .shuffle(Uint32Array.from(rows.keys()))
    .subarray(0, most)
    .sort()
    .reduce<T[]>((kept, row) => (kept.push(rows[row]), kept), []);
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
