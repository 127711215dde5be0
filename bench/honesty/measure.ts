/** @file One default fit, what it says of itself, and what the rows that it never had say of it. */

import { rmSync } from 'node:fs';

import {
  blendCandidates,
  foldParts,
  foldScores,
  loadOutOfFoldRows,
  modelName,
  outOfFoldPredictions,
  trialPredictions,
} from '../../src/automl/index.js';
import type { Matrix, Task } from '../../src/core/index.js';
import { Rng, selectRows } from '../../src/core/index.js';
import { blendPredictions, greedyBlend } from '../../src/ensemble/index.js';
import { defaultMetric, mean, metricFor } from '../../src/evaluate/index.js';
import { fit, loadModel, studyFile } from '../../src/run/index.js';
import type { Storage } from '../../src/search/index.js';
import { openSqliteStorage } from '../../src/search/node.js';
import { answersOf, asError, readRows } from '../accuracy/scores.js';

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
  /**
   * Mean |score - test| / test of a score that is right on average, and is off only as far as its rows and the test's rows are
   * a draw of many; null without a test.
   */
  readonly chance: number | null;
  readonly notice: string;
  readonly seconds: number;
}

export async function measure({ train, test, target, task, seed }: Asked, out: string): Promise<Honesty> {
  rmSync(out, { recursive: true, force: true });
  const { leaderboard, notice, best, model, seconds } = await fit({ data: train, target, task, seed, out, workers: 1 });
  const storage = openSqliteStorage(studyFile(out), { readonly: true });
  const before = scoreBefore(storage, task);
  const oof = loadOutOfFoldRows(storage);
  const own = { y: oof.y, predictions: outOfFoldPredictions(storage, best!, oof)! };
  storage.close();
  const asShown = (score: number): number => (test === null ? score : asError(score, task));
  const loaded = test === null ? null : await loadModel(model!);
  const rows = loaded && (await answersOf(loaded, readRows(test!), task));
  loaded?.dispose();
  const error = rows && errorOf(rows, task);
  rmSync(out, { recursive: true, force: true });
  const { cv, corrected } = leaderboard[0];
  const scores = { before: asShown(before), cv: asShown(cv), corrected: asShown(corrected!), test: error };
  const chance = rows && offByChance(own, rows, task);
  return { best: best!, ...scores, chance, notice: notice ?? '', seconds };
}

interface Answers {
  readonly y: Float32Array;
  readonly predictions: Matrix;
}

function errorOf({ y, predictions }: Answers, task: Task): number {
  return asError(metricFor(defaultMetric(task), task).compute(y, predictions), task);
}

const DRAWS = 500;

/** How far two errors of the same truth are apart when each is of as many rows, drawn again and again from its own. */
function offByChance(own: Answers, test: Answers, task: Task): number {
  const rng = new Rng(1);
  const drawn = ({ y, predictions }: Answers): number => {
    const rows = Uint32Array.from(y, () => rng.integer(y.length));
    const classes = new Set(Array.from(rows, (row) => y[row]));
    if (task === 'binary' && classes.size < 2) return NaN;
    return errorOf({ y: Float32Array.from(rows, (row) => y[row]), predictions: selectRows(predictions, rows) }, task);
  };
  const draws = Array.from({ length: DRAWS }, () => [drawn(own), drawn(test)] as const);
  const whole = draws.filter(([a, b]) => !Number.isNaN(a + b));
  const [ownMean, testMean] = [mean(whole.map(([a]) => a)), mean(whole.map(([, b]) => b))];
  // Both noises in shares of their own level: the truth is the same.
  return mean(whole.map(([a, b]) => Math.abs(a / ownMean - b / testMean) / (b / testMean)));
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
