/** @file Our fit and the peer program on one split; each answer is kept as JSON and not asked for again. */

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Family, JsonObject } from '../../src/core/index.js';
import type { FitOptions } from '../../src/run/index.js';
import { exportModel, fit, loadModel, openStudy } from '../../src/run/index.js';
import { asError, readRows, testError } from './scores.js';
import type { DataSet, SplitFiles } from './sets.js';

/** Errors of one contender's families on one set; lower is better. */
export interface Result {
  readonly set: string;
  readonly metric: string;
  readonly seconds: number;
  readonly scores: Readonly<Record<string, FamilyScore>>;
  /** Ours only: the model that the fit delivers, as it delivers it. */
  readonly delivered?: { readonly model: string; readonly test: number };
  /** Ours only: the best LRNN and the best MLP of the first trials, as many of the one as of the other. */
  readonly paired?: { readonly trials: number; readonly lrnn: number; readonly mlp: number };
}

export interface FamilyScore {
  readonly test: number;
  readonly cv: number;
  readonly trials: number;
  readonly model?: string;
  readonly settings?: JsonObject;
}

/** What our fit may spend. */
export interface Budget {
  readonly timeBudgetMs?: number;
  readonly trials?: number;
  readonly seed: number;
  readonly models?: readonly Family[];
  /** Share of rows to hold out; without it what a fit holds out by itself. */
  readonly holdout?: number;
}

/** The answer kept in `file`, or else the one that `work` gives. */
export async function kept<T>(file: string, work: () => Promise<T>): Promise<T> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T;
  const answer = await work();
  writeFileSync(`${file}.part`, `${JSON.stringify(answer, null, 1)}\n`);
  renameSync(`${file}.part`, file);
  return answer;
}

/**
 * Fits on the training file as a user does. The delivered model, the best trial of every family and the ensemble predict the test
 * file; where the fit holds rows out, only the delivered model has learned from them.
 */
export async function ours(set: DataSet, files: SplitFiles, budget: Budget, folder: string): Promise<Result> {
  const study = join(folder, `${set.name}.study`);
  rmSync(study, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { name, target, task } = set;
  const options: FitOptions = { data: files.train, target, task, out: study, ...budget };
  const start = Date.now();
  const summary = await fit(options);
  const seconds = (Date.now() - start) / 1000;
  const rows = readRows(files.test);
  const testOf = async (file: string): Promise<number> => {
    const loaded = await loadModel(file);
    const test = await testError(loaded, rows, task);
    loaded.dispose();
    return test;
  };
  const scoreOf = async (model: string): Promise<number> => {
    const file = await exportModel(study, model, 'safetensors', join(folder, `${name}.model`));
    const test = await testOf(file);
    rmSync(file);
    return test;
  };
  const delivered = { model: summary.best!, test: await testOf(summary.model!) };
  const scores: Record<string, FamilyScore> = {};
  for (const { family, model, cv, trials, settings } of summary.leaderboard) {
    scores[family] = { test: await scoreOf(model), cv: asError(cv, task), trials, model, settings };
  }
  const even = evenlyTried(study, task);
  const paired = even && { trials: even.trials, lrnn: await scoreOf(even.lrnn), mlp: await scoreOf(even.mlp) };
  rmSync(study, { recursive: true, force: true });
  return { set: name, metric: summary.metric, seconds, scores, delivered, ...(paired ? { paired } : {}) };
}

/** Names of the best LRNN and the best MLP by cross-validation, each out of as many trials; null without either. */
function evenlyTried(study: string, task: DataSet['task']): { trials: number; lrnn: string; mlp: string } | null {
  const reader = openStudy(study);
  const { trials } = reader.view();
  reader.close();
  const of = (family: Family) => trials.filter((trial) => trial.family === family && trial.state !== 'running');
  const count = Math.min(of('lrnn').length, of('mlp').length);
  const best = (family: Family) =>
    of(family)
      .slice(0, count)
      .filter(({ state }) => state === 'complete')
      .sort((a, b) => asError(a.cv!, task) - asError(b.cv!, task))[0]?.model;
  const [lrnn, mlp] = [best('lrnn'), best('mlp')];
  return lrnn && mlp ? { trials: count, lrnn, mlp } : null;
}

/** Runs `<command> TRAIN TEST TARGET TASK SECONDS SEED`; its last line is JSON with `metric` and `scores`. */
export async function peer(
  command: readonly string[],
  set: DataSet,
  files: SplitFiles,
  budget: Required<Pick<Budget, 'timeBudgetMs' | 'seed'>>,
): Promise<Result> {
  const [program, ...first] = command;
  const words = [files.train, files.test, set.target, set.task, budget.timeBudgetMs / 1000, budget.seed].map(String);
  const start = Date.now();
  const { stdout } = await promisify(execFile)(program, [...first, ...words], { maxBuffer: 2 ** 26 });
  const { metric, scores } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Result;
  return { set: set.name, metric, seconds: (Date.now() - start) / 1000, scores };
}
