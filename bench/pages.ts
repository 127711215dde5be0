/**
 * @file Server time of every page of a made-up study of many trials, first view and later ones; with everything that a page
 * can show on it: the report of the table, and explanations as they lie in the study's folder.
 *
 * Usage: tsx bench/pages.ts [--trials 500] [--rows 2000]
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { RunEvent, StudyData, StudySettings } from '../src/automl/index.js';
import { studyRecord } from '../src/automl/index.js';
import type { JsonObject } from '../src/core/index.js';
import { allRows, Rng } from '../src/core/index.js';
import { drawSample, reportData, storeDataReport, storeSample } from '../src/explain/index.js';
import { openStudy } from '../src/run/index.js';
import { createSqliteStorage } from '../src/search/node.js';
import { Handlers } from '../src/server/handlers.js';
import { studiesIn } from '../src/server/studies.js';
import { makeExplanation, makeStudyExplanation } from '../test/support/explanations.js';

const FOLDS = 5;
const FAMILIES = ['lrnn', 'mlp', 'xgboost', 'linear', 'dummy'] as const;

function settingsOf(family: string, rng: Rng): JsonObject {
  const rate = 10 ** (-3 + 2 * rng.uniform());
  if (family === 'lrnn') {
    const first = rng.integer(2) === 0 ? { projection: 'dense' } : { projection: 'axis', rank: 16 + rng.integer(200) };
    const sizes = {
      depth: 1 + rng.integer(4),
      rank: 8 + rng.integer(240),
      width: 1 + rng.integer(8),
      hidden: 2 + rng.integer(14),
    };
    const words = { activation: ['tanh', 'sin', 'silu'][rng.integer(3)], inputSkip: rng.integer(2) === 0 };
    return { ...sizes, ...words, first, dropout: 0.4 * rng.uniform(), learningRate: rate, weightDecay: rate * 3 };
  }
  if (family === 'mlp')
    return { depth: 1 + rng.integer(4), width: 32 + rng.integer(300), dropout: rng.uniform(), learningRate: rate };
  if (family === 'xgboost')
    return { maxDepth: 3 + rng.integer(8), learningRate: rate * 10, subsample: rng.uniform(), regLambda: rate };
  return family === 'linear' ? { alpha: rate } : {};
}

function writeStudy(folder: string, trials: number, rows: number): void {
  const rng = new Rng(1);
  let clock = Date.UTC(2026, 0, 1);
  const storage = createSqliteStorage(join(folder, 'study.sqlite'), { now: () => clock });
  const y = Float32Array.from({ length: rows }, () => rng.normal());
  const part = rows / FOLDS;
  storage.set('outOfFold', { starts: Array.from({ length: FOLDS + 1 }, (_, f) => f * part), outputs: 1 });
  storage.putBlob('outOfFold/rows', new Uint8Array(Uint32Array.from({ length: rows }, (_, i) => i).buffer));
  storage.putBlob('outOfFold/y', new Uint8Array(y.buffer));
  const tell = (event: RunEvent): void => void storage.appendEvent(event as unknown as JsonObject);
  tell({
    type: 'started',
    study: 'made-up',
    task: 'regression',
    metric: 'rmse',
    direction: 'minimize',
    rows,
    columns: 20,
    folds: FOLDS,
    holdoutRows: 0,
    resumed: false,
  });
  for (let number = 0; number < trials; number++) {
    const family = FAMILIES[number % (number < 5 ? 5 : 3)];
    const noise = (family === 'dummy' ? 1 : 0.3) + 0.3 * rng.uniform();
    storage.begin({
      number,
      group: family,
      origin: number < 10 ? 'portfolio' : 'tpe',
      params: settingsOf(family, rng),
      assignment: null,
      seed: number,
    });
    let cv = 0;
    for (let fold = 0; fold < FOLDS; fold++) {
      clock += 400;
      const score = noise * (1 + 0.05 * rng.normal());
      cv += score / FOLDS;
      const predictions = Float32Array.from({ length: part }, (_, i) => y[fold * part + i] + noise * rng.normal());
      const curve = Array.from({ length: 60 }, (_, step) => ({
        step,
        train: 1 / (step + 1),
        validation: 1 / (step + 1) + 0.01,
      }));
      const report = { parameters: 1000 + rng.integer(50_000), bestStep: 40, curve, notes: [] };
      storage.recordPart(
        { trial: number, part: fold, value: score, seconds: 0.39, info: { recipe: 'network/0', report } },
        { predictions: new Uint8Array(predictions.buffer) },
      );
      const progress = {
        finishedTrials: number,
        plannedTrials: trials,
        elapsedSeconds: number,
        secondsLeft: 1,
        best: null,
      };
      tell({
        type: 'fold',
        trial: number,
        model: `${family}-${number}`,
        fold,
        folds: FOLDS,
        score,
        seconds: 0.39,
        progress,
      });
    }
    storage.finish(number, { state: 'complete', value: cv, info: { cv, cvStd: 0.05 * cv } });
  }
  const columns = Array.from({ length: 20 }, (_, i) => ({
    name: `x${i}`,
    kind: 'numeric' as const,
    reason: 'numbers',
    missingCount: 0,
    distinctCount: 9,
  }));
  const target = { name: 'y', task: 'regression' as const, reason: 'numbers', classes: [] };
  const table: StudyData = {
    frame: {
      rowCount: rows,
      columns: columns.map(({ name }) => {
        const values = Float64Array.from({ length: rows }, () => rng.normal());
        return { kind: 'numeric', name, values } as const;
      }),
    },
    y,
    task: 'regression',
    k: 1,
    classes: [],
    folds: Array.from({ length: FOLDS }, (_, f) => ({
      train: allRows(rows).filter((row) => Math.floor(row / part) !== f),
      validation: allRows(rows).subarray(f * part, (f + 1) * part),
    })),
    holdout: new Uint32Array(0),
    metric: 'rmse',
    seed: 1,
  };
  const schema = { version: 1, columns, target, missingTokens: [] } as unknown as StudySettings['schema'];
  storeSample(storage, drawSample(table));
  storeDataReport(storage, reportData(table, schema));
  const settings = {
    name: 'made-up',
    createdAt: 0,
    command: 'lrnn fit made-up.csv --target y',
    dataFile: 'made-up.csv',
    dataSha256: '0'.repeat(64),
    rows,
    columns: 21,
    schema,
    task: 'regression',
    metric: 'rmse',
    seed: 1,
    folds: FOLDS,
    holdout: 0,
    holdoutRows: 0,
    families: FAMILIES,
    group: null,
    time: null,
    warnings: [],
    environment: { version: '0', node: process.version, engine: 'wasm', workers: 2 },
  } as unknown as StudySettings;
  studyRecord.setProgress(storage, {
    status: 'complete',
    budget: { trials, timeBudgetMs: null },
    seconds: 1,
    model: 'model.safetensors',
  });
  studyRecord.setSettings(storage, settings);
  tell({ type: 'finished', summary: {} as never });
  storage.close();
}

/** Explanations of the models that the pages show, under the number of the study's last event. */
function writeExplanations(folder: string): void {
  const reader = openStudy(folder);
  const view = reader.view();
  const version = reader.lastEventId();
  reader.close();
  mkdirSync(join(folder, 'explain'));
  const keep = (name: string, value: object): void =>
    writeFileSync(join(folder, 'explain', `${name}-${version}.json`), JSON.stringify(value));
  keep('study', makeStudyExplanation(view));
  const best = view.summary.leaderboard.find(({ family }) => family === 'lrnn')!.model;
  for (const model of new Set([MODEL, best, view.summary.best!])) keep(`model-${model}`, makeExplanation(view, model));
}

const MODEL = 'lrnn-0';

const { values } = parseArgs({
  options: { trials: { type: 'string', default: '500' }, rows: { type: 'string', default: '2000' } },
});
const reports = mkdtempSync(join(tmpdir(), 'lrnn-pages-'));
const studies = studiesIn(reports);
try {
  mkdirSync(join(reports, 'big'));
  writeStudy(join(reports, 'big'), Number(values.trials), Number(values.rows));
  writeExplanations(join(reports, 'big'));
  const pages: Record<string, (handlers: Handlers) => Promise<{ body: unknown }>> = {
    home: (handlers) => handlers.home(),
    overview: (handlers) => handlers.study('big'),
    search: (handlers) => handlers.part('big', 'search'),
    data: (handlers) => handlers.part('big', 'data'),
    model: (handlers) => handlers.model('big', MODEL),
  };
  const lines: string[] = [
    `${values.trials} trials, ${values.rows} rows; milliseconds: first view of the process, then the median and the least of 9 without the cache of pages`,
  ];
  for (const [name, ask] of Object.entries(pages)) {
    const times: number[] = [];
    let size = 0;
    for (let round = 0; round < 10; round++) {
      const handlers = new Handlers({ studies, reportsFolder: reports, maxUploadBytes: 1 });
      const start = performance.now();
      size = String((await ask(handlers)).body).length;
      times.push(performance.now() - start);
    }
    const later = times.slice(1).sort((a, b) => a - b);
    lines.push(
      `${name.padEnd(10)} ${times[0].toFixed(0).padStart(6)} ${later[4].toFixed(0).padStart(6)} ${later[0].toFixed(0).padStart(6)}   ${(size / 1024).toFixed(0)} kB`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
} finally {
  await studies.close();
  rmSync(reports, { recursive: true, force: true });
}
