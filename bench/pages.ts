/**
 * @file Server time of every page of a made-up study of many trials, first view and later ones; with everything that a page
 * can show on it: the report of the table, and explanations as they lie in the study's folder.
 *
 * Usage: tsx bench/pages.ts [--trials 500] [--rows 2000] [--page NAME] [--folder PATH]      (a folder is kept, and its study taken again)
 */

import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

import type { JsonObject } from '../src/core/index.js';
import { Rng } from '../src/core/index.js';
import { fit, openStudy } from '../src/run/index.js';
import { openSqliteStorage } from '../src/search/node.js';
import { Handlers } from '../src/server/handlers.js';
import { KeepingHandlers } from '../src/server/keeping.js';
import { studiesIn } from '../src/server/studies.js';
import { TryHandlers } from '../src/server/try.js';
import { makeExplanation, makeStudyExplanation } from '../test/support/explanations.js';
import { table } from './table.js';

const FOLDS = 5;
const FAMILIES = ['lrnn', 'mlp', 'xgboost'] as const;

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

/** Numbers, some of them missing, words, a day and a truth value; the target follows three of them. */
function writeTable(file: string, rows: number): void {
  const rng = new Rng(1);
  const numbers = Array.from({ length: 15 }, (_, i) => `x${i}`);
  const lines = [[...numbers, 'town', 'size', 'day', 'paid', 'code', 'y'].join(',')];
  for (let row = 0; row < rows; row++) {
    const x = numbers.map(() => rng.normal());
    const cells = x.map((value) => (rng.uniform() < 0.03 ? '' : value.toFixed(3)));
    const day = new Date(Date.UTC(2020, 0, 1 + rng.integer(1500))).toISOString().slice(0, 10);
    const words = [`town-${rng.integer(30)}`, ['S', 'M', 'L'][rng.integer(3)], day, rng.integer(2) ? 'yes' : 'no'];
    lines.push(
      [...cells, ...words, 1000 + rng.integer(500), (x[0] + x[1] * x[2] + 0.3 * rng.normal()).toFixed(3)].join(','),
    );
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** A study of two real trials, the best of all, and made-up ones of other families after them. */
async function writeStudy(folder: string, trials: number, rows: number): Promise<void> {
  const file = join(folder, 'table.csv');
  writeTable(file, rows);
  await fit({ data: file, target: 'y', models: ['linear', 'dummy'], trials: 2, folds: FOLDS, out: folder, workers: 1 });
  const storage = openSqliteStorage(join(folder, 'study.sqlite'));
  const { starts } = storage.get('outOfFold') as unknown as { readonly starts: readonly number[] };
  const y = new Float32Array(storage.getBlob('outOfFold/y')!.slice().buffer);
  const rng = new Rng(2);
  for (let number = 2; number < trials; number++) {
    const family = FAMILIES[number % FAMILIES.length];
    const noise = 3 + 3 * rng.uniform();
    const origin = number < 10 ? 'portfolio' : 'tpe';
    storage.begin({ number, group: family, origin, params: settingsOf(family, rng), assignment: null, seed: number });
    let cv = 0;
    for (let fold = 0; fold < FOLDS; fold++) {
      const score = noise * (1 + 0.05 * rng.normal());
      cv += score / FOLDS;
      const own = y.subarray(starts[fold], starts[fold + 1]);
      const predictions = own.map((value) => value + noise * rng.normal());
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
    }
    storage.finish(number, { state: 'complete', value: cv, info: { cv, cvStd: 0.05 * cv } });
  }
  // The study has ended once more: what was drawn of two trials is not of all.
  storage.appendEvent(storage.events().at(-1)!.event);
  storage.close();
}

/** Explanations of the models that the pages show, under the edition of the study. */
function writeExplanations(folder: string): void {
  const reader = openStudy(folder);
  const view = reader.view();
  const version = reader.edition();
  reader.close();
  mkdirSync(join(folder, 'explain'));
  const keep = (name: string, value: object): void =>
    writeFileSync(join(folder, 'explain', `${name}-${version}.json`), JSON.stringify(value));
  keep('study', makeStudyExplanation(view));
  const best = view.summary.leaderboard.find(({ family }) => family === 'lrnn')!.model;
  for (const model of new Set([MODEL, best])) keep(`model-${model}`, makeExplanation(view, model));
}

const MODEL = 'lrnn-3';
const ROUNDS = 10;

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '500' },
    rows: { type: 'string', default: '2000' },
    folder: { type: 'string' },
    page: { type: 'string' },
  },
});
const reports = values.folder ?? mkdtempSync(join(tmpdir(), 'lrnn-pages-'));
const studies = studiesIn(reports);

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Milliseconds of the first view, then of views without the cache of pages. */
async function timed(
  ask: (handlers: Handlers) => Promise<{ body: unknown }>,
): Promise<{ times: number[]; processor: number[]; body: string }> {
  const times: number[] = [];
  const processor: number[] = [];
  let body = '';
  for (let round = 0; round < ROUNDS; round++) {
    const handlers = new Handlers({ studies, reportsFolder: reports, maxUploadBytes: 1 });
    const start = performance.now();
    const before = process.cpuUsage();
    body = String((await ask(handlers)).body);
    times.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1000);
  }
  return { times, processor, body };
}

try {
  if (!existsSync(join(reports, 'big'))) {
    mkdirSync(join(reports, 'big'), { recursive: true });
    await writeStudy(join(reports, 'big'), Number(values.trials), Number(values.rows));
    writeExplanations(join(reports, 'big'));
  }
  const reader = studies.open('big')!;
  const best = reader.view().summary.best!;
  reader.close();
  const pages: Record<string, (handlers: Handlers) => Promise<{ body: unknown }>> = {
    home: (handlers) => handlers.home(),
    new: (handlers) => handlers.newSearch(),
    overview: (handlers) => handlers.study('big'),
    search: (handlers) => handlers.part('big', 'search'),
    data: (handlers) => handlers.part('big', 'data'),
    model: (handlers) => handlers.model('big', MODEL),
    best: (handlers) => handlers.model('big', best),
    try: (handlers) => new TryHandlers({ handlers, studies, maxUploadBytes: 1 }).form('big', best),
    compare: (handlers) => new KeepingHandlers(handlers, studies).compare(['big', 'big-2']),
    report: (handlers) => handlers.report('big'),
  };
  if (!existsSync(join(reports, 'big-2'))) cpSync(join(reports, 'big'), join(reports, 'big-2'), { recursive: true });
  console.log(
    `${values.trials} trials, ${values.rows} rows; ${ROUNDS - 1} views after the first of the process, without the cache of pages`,
  );
  const rows: (string | number)[][] = [];
  for (const [name, ask] of Object.entries(pages)) {
    if (values.page !== undefined && values.page !== name) continue;
    const { times, processor, body } = await timed(ask);
    const [first, ...later] = times;
    const work = middle(processor.slice(1));
    const bytes = gzipSync(body, { level: 5 }).length;
    rows.push([name, first, middle(later), Math.min(...later), work, body.length / 1000, bytes / 1000]);
  }
  console.log(
    table(['page', 'first, ms', 'median, ms', 'least, ms', 'processor, ms', 'kB', 'kB compressed'], rows).join('\n'),
  );
} finally {
  await studies.close();
  if (values.folder === undefined) rmSync(reports, { recursive: true, force: true });
}
