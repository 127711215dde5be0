/** @file One default fit, what it says of itself, and what the rows that it never had say of it. */

import { rmSync } from 'node:fs';

import {
  blendCandidates,
  foldParts,
  foldScores,
  loadOutOfFoldRows,
  modelName,
  trialPredictions,
} from '../../src/automl/index.js';
import type { Task } from '../../src/core/index.js';
import { blendPredictions, greedyBlend } from '../../src/ensemble/index.js';
import { defaultMetric, mean, metricFor } from '../../src/evaluate/index.js';
import { fit, loadModel, studyFile } from '../../src/run/index.js';
import type { Storage } from '../../src/search/index.js';
import { openSqliteStorage } from '../../src/search/node.js';
import { asError, readRows, testError } from '../accuracy/scores.js';

export interface Asked {
  readonly train: string;
  /** Null: there is nothing to be judged by. */
  readonly test: string | null;
  readonly target: string;
  readonly task: Task;
  readonly seed: number;
}

/** Scores are errors where there is a test, else as the metric has them. */
export interface Honesty {
  readonly best: string;
  /** Of the greedy blend of all by its own weights, as it used to be shown. */
  readonly before: number;
  readonly cv: number;
  readonly corrected: number;
  readonly test: number | null;
  readonly notice: string;
  readonly seconds: number;
}

export async function measure({ train, test, target, task, seed }: Asked, out: string): Promise<Honesty> {
  rmSync(out, { recursive: true, force: true });
  const { leaderboard, notice, best, model, seconds } = await fit({ data: train, target, task, seed, out, workers: 1 });
  const storage = openSqliteStorage(studyFile(out), { readonly: true });
  const before = scoreBefore(storage, task);
  storage.close();
  const asShown = (score: number): number => (test === null ? score : asError(score, task));
  const loaded = test === null ? null : await loadModel(model!);
  const error = loaded && (await testError(loaded, readRows(test!), task));
  loaded?.dispose();
  rmSync(out, { recursive: true, force: true });
  const { cv, corrected } = leaderboard[0];
  const scores = { before: asShown(before), cv: asShown(cv), corrected: asShown(corrected!), test: error };
  return { best: best!, ...scores, notice: notice ?? '', seconds };
}

function scoreBefore(storage: Storage, task: Task): number {
  const oof = loadOutOfFoldRows(storage);
  const metric = metricFor(defaultMetric(task), task);
  const candidates = blendCandidates(storage).map((trial) => ({
    id: modelName(trial),
    predictions: trialPredictions(storage, trial.number, oof),
  }));
  const { weights } = greedyBlend(candidates, oof.y, metric, { parts: foldParts(oof), maxCandidates: 60 });
  const blend = blendPredictions(
    weights.map(({ weight }) => weight),
    weights.map(({ id }) => candidates.find((candidate) => candidate.id === id)!.predictions),
  );
  return mean(foldScores(blend, oof, metric));
}
