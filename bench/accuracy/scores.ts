/** @file Errors as the comparison counts them: RMSE, 1 - AUC, log loss; lower is better. */

import { readFileSync } from 'node:fs';

import { parse } from 'csv-parse/sync';

import type { Matrix, Task } from '../../src/core/index.js';
import { createMatrix } from '../../src/core/index.js';
import { defaultMetric, metricFor } from '../../src/evaluate/index.js';
import type { LoadedModel } from '../../src/run/index.js';

export type Row = Readonly<Record<string, string>>;

/** Rows of a CSV file as objects. */
export function readRows(file: string): Row[] {
  return parse(readFileSync(file), { bom: true, columns: true }) as unknown as Row[];
}

/** Error of a model on rows with their target; rows of a class that training has not seen are left out. */
export async function testError(model: LoadedModel, rows: readonly Row[], task: Task): Promise<number> {
  const { y, predictions } = await answersOf(model, rows, task);
  return asError(metricFor(defaultMetric(task), task).compute(y, predictions), task);
}

/** Targets, and what the model says of their rows, as metrics take them. */
export async function answersOf(
  model: LoadedModel,
  rows: readonly Row[],
  task: Task,
): Promise<{ y: Float32Array; predictions: Matrix }> {
  const { classes, target } = model;
  const known = task === 'regression' ? rows : rows.filter((row) => classes.includes(row[target]));
  const y = Float32Array.from(known, (row) =>
    task === 'regression' ? Number(row[target]) : classes.indexOf(row[target]),
  );
  const answers = await model.predict(known);
  const predictions = createMatrix(known.length, task === 'regression' ? 1 : classes.length);
  answers.forEach(({ prediction, probabilities }, i) => {
    const values = probabilities ? classes.map((name) => probabilities[name]) : [Number(prediction)];
    predictions.data.set(values, i * predictions.cols);
  });
  return { y, predictions };
}

/** A value of the task's default metric as an error. */
export function asError(value: number, task: Task): number {
  return task === 'binary' ? 1 - value : value;
}
