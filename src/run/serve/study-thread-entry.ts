/** @file Inside the thread that explains and predicts: opens study files for reading, answers one question at a time. */

import { parentPort } from 'node:worker_threads';

import { deliveredParts, Predictor, predictorParts, SAID_LEVEL, searchParts, studyRecord } from '../../automl/index.js';
import type { Frame } from '../../data/index.js';
import { encodeFrame, encodeRows, middleLevel, readColumns, rememberedBy, schemaFor } from '../../data/index.js';
import { readCsv } from '../../data/node.js';
import type { Engine } from '../../engine/index.js';
import { chooseEngine } from '../../engine/index.js';
import { bearing, LEVELS } from '../../evaluate/index.js';
import type { ExplainSample, RowContributions } from '../../explain/index.js';
import { backgroundOf, explainModel, explainStudy, featuresOf, loadSample, RowExplainer } from '../../explain/index.js';
import type { Storage } from '../../search/index.js';
import { openSqliteStorage } from '../../search/node.js';
import { answering } from '../predict/answer.js';
import { predictionsCsv } from '../predict/predict.js';
import { readingStudy } from '../study/study-folder.js';
import type { RowAnswer, RowsAnswer, StudyQuestion, SureRow, ThreadAnswer } from './study-questions.js';
import { END } from './study-questions.js';

interface Opened {
  readonly key: string;
  readonly predictor: Predictor;
  readonly sample: ExplainSample | null;
  /** Made for the first row that is asked about. */
  explainer: { readonly own: RowExplainer; readonly startRows: number } | null;
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

function open(file: string, model: string, edition: string): Opened {
  const key = JSON.stringify([file, model, edition]);
  if (opened?.key === key) return opened;
  opened?.predictor.dispose();
  opened?.explainer?.own.dispose();
  opened = withStorage(file, (storage) => ({
    key,
    predictor: new Predictor(deliveredParts(storage, model), engine),
    sample: loadSample(storage),
    explainer: null,
  }));
  return opened;
}

async function answer(question: StudyQuestion): Promise<unknown> {
  const { file } = question;
  switch (question.kind) {
    case 'study':
      return withStorage(file, explainStudy);
    case 'model': {
      const { sample, settings, ...both } = withStorage(file, (storage) => ({
        parts: predictorParts(storage, question.model),
        folds: searchParts(storage, question.model),
        sample: loadSample(storage),
        settings: studyRecord.settings(storage)!,
      }));
      return sample ? explainModel(both, sample, settings, engine) : null;
    }
    case 'row':
      return answerRow(open(file, question.model, question.edition), question.row);
    case 'rows':
      return answerRows(open(file, question.model, question.edition), question.csv, question.maxColumns);
  }
}

async function answerRow(known: Opened, row: Readonly<Record<string, unknown>>): Promise<RowAnswer> {
  const { predictor, sample } = known;
  const { schema, threshold = null, costs = null } = predictor.parts;
  const { frame, summary } = encodeRows([row], schema);
  const { exposure, ...features } = frame;
  const all = [...(await predictor.predict(frame)).data];
  const levels = schema.target.quantiles;
  const prediction = levels ? [all[middleLevel(levels)]] : all;
  const said = {
    prediction,
    threshold,
    costs,
    summary,
    ...(levels ? betweenEnds(levels, all) : sureOf(predictor, prediction)),
  };
  if (!sample) {
    const none = { unit: 'prediction', method: 'exact', models: 0, startRows: 0 } as const;
    return { ...said, ...none, base: null, end: prediction, columns: [] };
  }
  const { own, startRows } = (known.explainer ??= explainerOf(predictor, sample, features));
  const [found] = await own.explain(features);
  const { unit, method, models } = own;
  const shown = levels ? ofMiddle(found, middleLevel(levels)) : found;
  return { ...said, ...inCounts(shown, exposure?.[0]), unit, method, models, startRows };
}

/** The quantiles at both ends say how sure the one in the middle is. */
function betweenEnds(levels: readonly number[], values: readonly number[]): { readonly sure?: SureRow } {
  const [first, last] = [levels[0], levels[levels.length - 1]];
  const sure = { level: Number((last - first).toFixed(6)), lower: values[0], upper: values[values.length - 1] };
  return levels.length < 2 ? {} : { sure };
}

function ofMiddle({ base, end, columns }: RowContributions, middle: number): RowContributions {
  const one = (values: readonly number[]): number[] => [values[middle]];
  return { base: one(base), end: one(end), columns: columns.map((own) => ({ ...own, values: one(own.values) })) };
}

/** What is learned are counts per unit: for more of it, each part is as much more. */
function inCounts<T extends Pick<RowContributions, 'base' | 'end' | 'columns'>>(found: T, units = 1): T {
  if (units === 1) return found;
  const times = (values: readonly number[]): number[] => values.map((value) => value * units);
  const columns = found.columns.map((column) => ({ ...column, values: times(column.values) }));
  return { ...found, base: times(found.base), end: times(found.end), columns };
}

/** Where rows were too few for the level, at the highest that they bear. */
function sureOf({ parts }: Predictor, prediction: readonly number[]): { readonly sure?: SureRow } {
  const level = Math.min(SAID_LEVEL, parts.uncertainty ? bearing(parts.uncertainty) : 0);
  if (level < LEVELS.least) return {};
  const { lower, upper, set } = answering(parts, level)(Float32Array.from(prediction));
  return { sure: { level, lower, upper, set } };
}

function explainerOf({ parts }: Predictor, sample: ExplainSample, frame: Frame): NonNullable<Opened['explainer']> {
  const features = featuresOf(frame, parts.schema);
  const background = backgroundOf(sample, features.length);
  return { own: new RowExplainer({ parts, background, features, engine }), startRows: background.rowCount };
}

async function answerRows({ predictor }: Opened, csv: string, maxColumns?: number): Promise<RowsAnswer> {
  const { schema } = predictor.parts;
  const { missingTokens } = schema;
  const wanted = new Set(readColumns(schema).map(({ name }) => name));
  const table = await readCsv(csv, { missingTokens, wanted, maxColumns, remembered: rememberedBy(schema) });
  const { frame, summary } = encodeFrame(table, schemaFor(table, schema));
  const predictions = await predictor.predict(frame);
  return {
    rows: predictions.rows,
    csv: predictionsCsv([predictions], [predictor], { forSpreadsheets: true }),
    summary,
  };
}

parentPort!.on('message', (asked: typeof END | { id: number; question: StudyQuestion }) => {
  if (asked === END) process.exit(0);
  const { id, question } = asked;
  const reply = (message: ThreadAnswer): void => parentPort!.postMessage(message);
  void readingStudy(question.file, () => answer(question)).then(
    (value) => reply({ id, ok: true, value }),
    (error: unknown) => {
      const { message, kind = null, parts = null } = error as Error & { kind?: string; parts?: unknown };
      reply({ id, ok: false, message, kind, parts });
    },
  );
});
