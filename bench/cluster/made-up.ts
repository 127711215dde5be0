/** @file Tables and results of the size that is asked for, and folds that take as long as they are told to. */

import { setTimeout as pause } from 'node:timers/promises';

import type { Executor, FoldResult, StudyData } from '../../src/automl/index.js';
import { predictedShape, preparedKey } from '../../src/automl/index.js';
import { allRows, Rng } from '../../src/core/index.js';
import type { FrameColumn } from '../../src/data/index.js';

export const FOLDS = 5;

/** Half of the columns are numbers of three digits, as most are, half are of twenty categories. */
export function madeUpTable(rows: number, columns: number): StudyData {
  const rng = new Rng(1);
  const levels = Array.from({ length: 20 }, (_, i) => `level ${i}`);
  const column = (_: unknown, i: number): FrameColumn => {
    const name = `column ${i}`;
    if (i % 2 === 1)
      return { kind: 'categorical', name, levels, codes: Int32Array.from({ length: rows }, () => rng.integer(20)) };
    return { kind: 'numeric', name, values: Float64Array.from({ length: rows }, () => rng.integer(1000) / 10) };
  };
  const all = allRows(rows);
  const folds = Array.from({ length: FOLDS }, (_, fold) => ({
    train: all.filter((row) => row % FOLDS !== fold),
    validation: all.filter((row) => row % FOLDS === fold),
  }));
  const frame = { rowCount: rows, columns: Array.from({ length: columns }, column) };
  const y = Float32Array.from({ length: rows }, () => rng.uniform());
  const holdout = new Uint32Array(0);
  return { frame, y, task: 'regression', k: 1, classes: [], folds, holdout, metric: 'rmse', seed: 1 };
}

/** Folds that sleep, and models of so many bytes. */
export function sleepingExecutor(data: StudyData, ms: number, bytes: number): Executor {
  const closing = new AbortController();
  const weights = new Float32Array(bytes / 4).map((_, i) => i % 977);
  return {
    capacity: 1,
    async run(job): Promise<FoldResult> {
      if (ms > 0) await pause(ms, undefined, { signal: closing.signal });
      const { rows, cols } = predictedShape(data, job);
      return {
        ok: true,
        score: (job.seed % 1000) / 1000,
        predictions: new Float32Array(rows * cols),
        model: { kind: 'dummy', version: 1, json: {}, tensors: { weights } },
        seconds: ms / 1000,
        prepared: { key: preparedKey(job), recipe: {} },
      };
    },
    close: async () => closing.abort(),
  };
}
