/** @file Pools of models to combine: out-of-fold and test predictions of every trial of a study, kept as JSON. */

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  loadOutOfFoldRows,
  modelName,
  Predictor,
  predictorParts,
  rankedTrials,
  studyRecord,
  trialPredictions,
} from '../../src/automl/index.js';
import type { Matrix, Task } from '../../src/core/index.js';
import { encodeFrame, encodeTarget } from '../../src/data/index.js';
import { readCsv } from '../../src/data/node.js';
import { chooseEngine } from '../../src/engine/index.js';
import { fit, studyFile } from '../../src/run/index.js';
import { openSqliteStorage } from '../../src/search/node.js';
import type { DataSet, SplitFiles } from '../accuracy/sets.js';

/** What strategies choose from and are judged by. */
export interface Pool {
  readonly set: string;
  readonly task: Task;
  readonly outputs: number;
  readonly y: Float32Array;
  /** Fold f has rows [starts[f], starts[f + 1]) of y and of every `oof`. */
  readonly starts: readonly number[];
  readonly testY: Float32Array;
  /** Best first, by the study's metric. */
  readonly models: readonly PoolModel[];
}

export interface PoolModel {
  readonly id: string;
  readonly family: string;
  readonly oof: Matrix;
  readonly test: Matrix;
}

/** The pool kept in `file`, or else that of a study of so many trials on the training file. */
export async function makePool(set: DataSet, files: SplitFiles, trials: number, file: string): Promise<Pool> {
  if (!existsSync(file)) {
    const pool = await gather(set, files, trials, `${file}.study`);
    writeFileSync(`${file}.part`, JSON.stringify(pool, pack));
    renameSync(`${file}.part`, file);
  }
  return JSON.parse(readFileSync(file, 'utf8'), unpack) as Pool;
}

async function gather({ name, target, task }: DataSet, files: SplitFiles, trials: number, out: string): Promise<Pool> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, '..'), { recursive: true });
  await fit({ data: files.train, target, task, holdout: 0, trials, out, workers: 1 });
  const storage = openSqliteStorage(studyFile(out), { readonly: true });
  const { schema } = studyRecord.settings(storage)!;
  const test = await readCsv(files.test, { missingTokens: schema.missingTokens });
  const column = test.table.column(target)!;
  const { classes } = schema.target;
  const rows = Array.from({ length: test.rowCount }, (_, row) => row).filter(
    (row) => task === 'regression' || classes.includes(String(column.at(row))),
  );
  const { frame } = encodeFrame(test, schema, rows);
  const oof = loadOutOfFoldRows(storage);
  const { engine } = chooseEngine('wasm');
  const models: PoolModel[] = [];
  for (const trial of rankedTrials(storage)) {
    const predictor = new Predictor(predictorParts(storage, modelName(trial)), engine);
    const predictions = { oof: trialPredictions(storage, trial.number, oof), test: await predictor.predict(frame) };
    models.push({ id: modelName(trial), family: trial.group, ...predictions });
    predictor.dispose();
  }
  const testY = encodeTarget(test, schema, rows).y;
  storage.close();
  rmSync(out, { recursive: true, force: true });
  return { set: name, task, outputs: oof.outputs, y: oof.y, starts: oof.starts, testY, models };
}

function pack(_key: string, value: unknown): unknown {
  if (!(value instanceof Float32Array)) return value;
  return { float32: Buffer.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)).toString('base64') };
}

function unpack(_key: string, value: unknown): unknown {
  const text = (value as { float32?: string } | null)?.float32;
  return typeof text === 'string' ? new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer) : value;
}
