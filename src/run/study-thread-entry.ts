/** @file Inside the thread that explains and predicts: opens study files for reading, answers one question at a time. */

import { parentPort } from 'node:worker_threads';

import { Predictor, predictorParts, studyRecord } from '../automl/index.js';
import { encodeFrame, encodeRows, isFeature } from '../data/index.js';
import { readCsv } from '../data/node.js';
import type { Engine } from '../engine/index.js';
import { chooseEngine } from '../engine/index.js';
import type { ExplainSample } from '../explain/index.js';
import { contributionsOf, explainModel, explainStudy, featuresOf, loadSample } from '../explain/index.js';
import type { Storage } from '../search/index.js';
import { openSqliteStorage } from '../search/node.js';
import { predictionsCsv } from './predict.js';
import type { RowAnswer, RowsAnswer, StudyQuestion, ThreadAnswer } from './study-questions.js';

/** Contributions walk from at most so many rows. */
const BACKGROUND_ROWS = 200;
/** Predictions that the contributions of one row may cost. */
const MAX_WALKED_ROWS = 3000;
/** Pairs of walks at most: their starts' mean is the base. */
const MAX_PAIRS = 64;

interface Opened {
  readonly key: string;
  readonly predictor: Predictor;
  readonly sample: ExplainSample | null;
}

const engine: Engine = chooseEngine('wasm').engine;
/** The model that was asked last stays ready: a form asks again with every change. */
let opened: Opened | null = null;

function withStorage<T>(file: string, work: (storage: Storage) => T): T {
  const storage = openSqliteStorage(file, { readonly: true });
  try {
    return work(storage);
  } finally {
    storage.close();
  }
}

function open(file: string, model: string, version: number): Opened {
  const key = JSON.stringify([file, model, version]);
  if (opened?.key === key) return opened;
  opened?.predictor.dispose();
  opened = withStorage(file, (storage) => ({
    key,
    predictor: new Predictor(predictorParts(storage, model), engine),
    sample: loadSample(storage),
  }));
  return opened;
}

async function answer(question: StudyQuestion): Promise<unknown> {
  const { file } = question;
  switch (question.kind) {
    case 'study':
      return withStorage(file, explainStudy);
    case 'model': {
      const { parts, sample, settings } = withStorage(file, (storage) => ({
        parts: predictorParts(storage, question.model),
        sample: loadSample(storage),
        settings: studyRecord.settings(storage)!,
      }));
      return sample ? explainModel(parts, sample, settings, engine) : null;
    }
    case 'row':
      return answerRow(open(file, question.model, question.version), question.row);
    case 'rows':
      return answerRows(open(file, question.model, question.version), question.csv, question.maxColumns);
  }
}

async function answerRow({ predictor, sample }: Opened, row: Readonly<Record<string, unknown>>): Promise<RowAnswer> {
  const { schema } = predictor.parts;
  const { frame, summary } = encodeRows([row], schema);
  const features = featuresOf(frame, schema);
  if (!sample) {
    const { data } = await predictor.predict(frame);
    return { prediction: [...data], base: null, columns: [], summary };
  }
  const pairs = Math.max(2, Math.min(MAX_PAIRS, Math.floor(MAX_WALKED_ROWS / (2 * (features.length + 1)))));
  const background = { ...sample.frame, rowCount: Math.min(sample.frame.rowCount, BACKGROUND_ROWS) };
  const predict = predictor.predict.bind(predictor);
  const found = await contributionsOf({ row: frame, background, features, predict, pairs });
  return { ...found, summary };
}

async function answerRows({ predictor }: Opened, csv: string, maxColumns?: number): Promise<RowsAnswer> {
  const { schema } = predictor.parts;
  const { missingTokens } = schema;
  const wanted = new Set(schema.columns.filter(isFeature).map(({ name }) => name));
  const table = await readCsv(csv, { missingTokens, wanted, maxColumns });
  const { frame, summary } = encodeFrame(table, schema);
  const predictions = await predictor.predict(frame);
  return { rows: predictions.rows, csv: predictionsCsv(predictions, predictor, { forSpreadsheets: true }), summary };
}

parentPort!.on('message', ({ id, question }: { id: number; question: StudyQuestion }) => {
  const reply = (message: ThreadAnswer): void => parentPort!.postMessage(message);
  void answer(question).then(
    (value) => reply({ id, ok: true, value }),
    (error: unknown) => {
      const { message, kind = null, parts = null } = error as Error & { kind?: string; parts?: unknown };
      reply({ id, ok: false, message, kind, parts });
    },
  );
});
