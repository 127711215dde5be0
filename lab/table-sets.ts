/** @file Ten small tables: the three that come with the project, and seven of our own making whose targets are known functions. */

import { join } from 'node:path';

import type { Matrix } from '../src/core/index.js';
import { allRows, createMatrix, Rng } from '../src/core/index.js';
import { encodeFrame, encodeTarget, inferSchema } from '../src/data/index.js';
import { readCsv } from '../src/data/node.js';
import { fitRecipe } from '../src/prepare/index.js';

/** Rows in an order of chance: the first half trains, the next fifth chooses, the others judge. */
export interface TableSet {
  readonly name: string;
  /** 1 for numbers, else the number of classes. */
  readonly outputs: number;
  readonly X: Matrix;
  /** Numbers in deviations of the training rows from their mean, or classes. */
  readonly y: Float32Array;
  readonly trainRows: number;
  readonly choiceRows: number;
}

const TRAIN_SHARE = 0.5;
const CHOICE_SHARE = 0.2;
const DATASETS = join(import.meta.dirname, '../datasets');
const FILES: readonly (readonly [file: string, target: string])[] = [
  ['car-prices.csv', 'Price'],
  ['credit.csv', 'Status'],
  ['penguins.csv', 'species'],
];

interface Made {
  readonly columns: number;
  /** Of columns in [0, 1]; a probability where `isClass`. */
  readonly value: (x: ArrayLike<number>) => number;
  readonly noise: number;
  readonly isClass?: boolean;
}

const MADE: Readonly<Record<string, Made>> = {
  /** Friedman 1991. */
  'friedman 1': {
    columns: 10,
    noise: 0.2,
    value: (x) => (10 * Math.sin(Math.PI * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]) / 5,
  },
  product: { columns: 6, noise: 0.1, value: (x) => [0, 1, 2, 3].reduce((all, j) => all * (0.5 + x[j]), 1) },
  'product of waves': {
    columns: 5,
    noise: 0.1,
    value: (x) => [0, 1, 2].reduce((all, j) => all * (1 + Math.sin(5 * x[j] + j)), 1),
  },
  ratio: { columns: 5, noise: 0.1, value: (x) => (1 + x[0] * x[1]) / (0.2 + x[2]) / 2 },
  additive: {
    columns: 8,
    noise: 0.3,
    value: (x) => [0, 1, 2, 3, 4].reduce((sum, j) => sum + Math.cos((2 + j) * x[j]), 0),
  },
  steps: { columns: 6, noise: 0.2, value: (x) => (x[0] > 0.5 ? 1 : 0) + (x[1] > 0.3 && x[2] > 0.6 ? 2 : 0) + x[3] },
  chequers: {
    columns: 4,
    noise: 0,
    isClass: true,
    value: (x) => 0.5 + 0.45 * Math.tanh(6 * Math.sin(2 * Math.PI * x[0]) * Math.sin(2 * Math.PI * x[1])),
  },
};

/** All ten, with at most so many rows; the order of rows and what is made draw from `seed`. */
export async function tableSets(rows: number, seed: number): Promise<TableSet[]> {
  const read = await Promise.all(FILES.map(([file, target]) => fileSet(file, target, { rows, seed })));
  return [...read, ...Object.entries(MADE).map(([name, made]) => madeSet(name, made, { rows, seed }))];
}

async function fileSet(file: string, target: string, { rows: most, seed }: Drawn): Promise<TableSet> {
  const table = await readCsv(join(DATASETS, file));
  const { schema, rows: known } = inferSchema(table, { target });
  const rows = new Rng(seed).shuffle(known.slice()).subarray(0, most);
  const { frame } = encodeFrame(table, schema, rows);
  const { y } = encodeTarget(table, schema, rows);
  const k = schema.target.task === 'regression' ? 1 : schema.target.classes.length;
  const { X } = fitRecipe('network', frame, { y, k }, allRows(Math.floor(TRAIN_SHARE * rows.length)), seed);
  return parted(file.replace('.csv', ''), k, X, y);
}

interface Drawn {
  readonly rows: number;
  readonly seed: number;
}

function madeSet(name: string, { columns, value, noise, isClass }: Made, { rows, seed }: Drawn): TableSet {
  const rng = new Rng(seed);
  const X = createMatrix(rows, columns);
  const y = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const x = Array.from({ length: columns }, () => rng.uniform());
    // Of mean 0 and variance 1, as the recipe for networks makes columns.
    x.forEach((u, j) => (X.data[row * columns + j] = (u - 0.5) * Math.sqrt(12)));
    y[row] = isClass ? Number(rng.uniform() < value(x)) : value(x) + noise * rng.normal();
  }
  return parted(name, isClass ? 2 : 1, X, y);
}

function parted(name: string, outputs: number, X: Matrix, y: Float32Array): TableSet {
  const trainRows = Math.floor(TRAIN_SHARE * X.rows);
  const choiceRows = Math.floor(CHOICE_SHARE * X.rows);
  if (outputs > 1) return { name, outputs, X, y, trainRows, choiceRows };
  const known = Array.from(y.subarray(0, trainRows));
  const mean = known.reduce((sum, value) => sum + value, 0) / trainRows;
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / trainRows);
  return { name, outputs, X, y: y.map((value) => (value - mean) / deviation), trainRows, choiceRows };
}
