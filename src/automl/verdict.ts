/** @file The word on a study's models: which is taken, what is left of its score, and whether it is more than chance. */

import type { Matrix } from '../core/index.js';
import { deriveSeed, selectRows } from '../core/index.js';
import type { Bonds, Choice, Metric, Scope } from '../evaluate/index.js';
import {
  blendUnlessBehind,
  chanceTest,
  choiceOptimism,
  isBehind,
  leastMean,
  luckOfChoice,
  mean,
  METRICS,
  toLoss,
} from '../evaluate/index.js';
import type { Storage } from '../search/index.js';
import { weightedQuantile } from '../trees/index.js';
import { readAdjustments } from './adjust.js';
import { bestOfFamilies, blendCandidates, modelName, outOfFoldPredictions, rankedTrials } from './finalise.js';
import { judgedPredictions } from './judged.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import { foldParts, loadCrossFitted, loadOutOfFoldRows, trialPredictions } from './out-of-fold.js';
import type { VerdictRecord } from './settings.js';
import { studyRecord } from './settings.js';
import type { StudyData } from './study-data.js';
import type { StudySummary } from './summary.js';

/**
 * The verdict on a study whose ensemble and adjustments are made.
 *
 * The winner is the ensemble, unless single models that are chosen as its weights are, for each fold on the other folds, are
 * clearly better; then it is the best of them. Scores are corrected for two kinds of luck, in the share in which their lead is
 * luck: that a fold's rows chose where its model was stopped, and that the model was chosen, the winner from everything and a
 * family's best from its family.
 *
 * Random   from the study's seed
 */
export function makeVerdict(
  storage: Storage,
  metric: Metric,
  data: Pick<StudyData, 'groups' | 'times'>,
): VerdictRecord {
  const oof = loadOutOfFoldRows(storage);
  const { seed } = studyRecord.settings(storage)!;
  const judged = judgedModels(storage, oof);
  const choice: Choice = {
    models: judged.map(({ predictions }) => predictions),
    judged: judged.map((model) => model.judged),
    y: oof.y,
    weights: oof.weights,
    parts: foldParts(oof),
    metric,
    numbers: oof.quantiles !== undefined,
    bonds: bondsOf(oof, data),
    seed: deriveSeed(seed, 'verdict'),
  };
  const losses = new FoldLosses(choice);
  const winner = pickWinner(storage, losses, judged);
  const guess = losses.mean(constantGuess(oof));
  const scopes = scopesOf(storage, judged, winner);
  const sums = choiceOptimism(
    choice,
    scopes.map(({ scope }) => scope),
  );
  const optimism = Object.fromEntries(
    scopes.map(({ model, scope }, i) => {
      const { predictions, judged: seen } = judged[scope.taken];
      const plain = losses.mean(predictions);
      const luck = sums[i] + losses.mean(seen) - plain;
      return [model, lessLuck({ guess, plain, luck })];
    }),
  );
  return { winner, optimism, chance: chanceOf(choice, judged) };
}

/** Losses over the folds: of guessing always the same, of a model as it was scored, and how much of its lead may be luck. */
interface Lead {
  readonly guess: number;
  readonly plain: number;
  readonly luck: number;
}

/**
 * What is taken off a score: of its luck, the share in which its lead over guessing is luck; 0 or more.
 *
 * The luck is that of one fold's model, but what is delivered is the mean of several. Where much was learned, averaging gives
 * back about what stopping and choosing had flattered; where all of the lead is luck there is nothing that averaging could
 * bring out, and all of it is taken off. Between the two the share decides. Figures: docs/decisions/statistics.md.
 */
export function lessLuck({ guess, plain, luck }: Lead): number {
  if (!(luck > 0)) return 0;
  const lead = guess - plain;
  return lead > 0 ? luck * Math.min(1, luck / lead) : luck;
}

/** The shares of the classes, or the mean, of all rows, for each of them. */
function constantGuess({ y, weights, outputs, quantiles }: OutOfFoldRows): Matrix {
  if (quantiles) return constantQuantiles(y, weights, quantiles);
  const sums = new Float64Array(outputs);
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    const count = weights ? weights[i] : 1;
    total += count;
    if (outputs === 1) sums[0] += count * y[i];
    else sums[y[i]] += count;
  }
  const data = Float32Array.from({ length: y.length * outputs }, (_, i) => sums[i % outputs] / total);
  return { rows: y.length, cols: outputs, data };
}

function constantQuantiles(y: Float32Array, weights: Float32Array | undefined, levels: readonly number[]): Matrix {
  const counts = Array.from(weights ?? new Float32Array(y.length).fill(1));
  const guess = levels.map((level) => weightedQuantile([...y], counts, level));
  const data = Float32Array.from({ length: y.length * levels.length }, (_, i) => guess[i % levels.length]);
  return { rows: y.length, cols: levels.length, data };
}

/** The losses of predictions on each fold, worked out once. */
class FoldLosses {
  private readonly known = new Map<Matrix, readonly number[]>();

  constructor(readonly choice: Choice) {}

  of(predictions: Matrix): readonly number[] {
    const known = this.known.get(predictions);
    if (known) return known;
    const { metric, parts, y, weights } = this.choice;
    const losses = parts.map((rows) => {
      const counts = weights && Float64Array.from(rows, (row) => weights[row]);
      const targets = Float64Array.from(rows, (row) => y[row]);
      return toLoss(metric, metric.compute(targets, selectRows(predictions, rows), counts));
    });
    this.known.set(predictions, losses);
    return losses;
  }

  mean(predictions: Matrix): number {
    return mean(this.of(predictions));
  }
}

/** A model that could have been taken. */
interface JudgedModel {
  readonly model: string;
  readonly family: string;
  readonly predictions: Matrix;
  /** Each fold at the step that the others chose. */
  readonly judged: Matrix;
}

/** The best trials of every family, best first, and the ensemble last where it is a model of its own. */
function judgedModels(storage: Storage, oof: OutOfFoldRows): JudgedModel[] {
  const singles = blendCandidates(storage).map((trial) => ({
    model: modelName(trial),
    family: trial.group,
    predictions: trialPredictions(storage, trial.number, oof),
    judged: judgedPredictions(storage, trial.number, oof),
  }));
  if (!ownEnsemble(storage)) return singles;
  const predictions = outOfFoldPredictions(storage, 'ensemble', oof)!;
  const own = loadCrossFitted(storage, oof, true);
  return [...singles, { model: 'ensemble', family: 'ensemble', predictions, judged: own }];
}

/** The ensemble, unless there is none or it is one of its members alone. */
export function ownEnsemble(storage: Storage) {
  const ensemble = studyRecord.ensemble(storage);
  return ensemble && (ensemble.members.length > 1 || ensemble.combine) ? ensemble : null;
}

/** The first row of a leaderboard that scores better than the winner above it; null where none does. */
export function passedOver({ leaderboard, direction }: Pick<StudySummary, 'leaderboard' | 'direction'>) {
  const sign = direction === 'minimize' ? 1 : -1;
  return leaderboard.find(({ cv }) => sign * (cv - leaderboard[0].cv) < 0) ?? null;
}

/** By fold scores with calibration and threshold, as on the leaderboard; the luck of the best single model by those without. */
function pickWinner(storage: Storage, losses: FoldLosses, judged: readonly JudgedModel[]): string {
  const lossesOf = (model: string): number[] =>
    readAdjustments(storage)!
      .find((record) => record.model === model)!
      .foldScores.map((score) => toLoss(losses.choice.metric, score));
  const names = bestOfFamilies(rankedTrials(storage)).map(modelName);
  const best = names[leastMean(names.map((model) => [mean(lossesOf(model))]))];
  if (!ownEnsemble(storage)) return best;
  const singles = judged.filter(({ family }) => family !== 'ensemble');
  const luck = luckOfChoice(singles.map(({ predictions }) => losses.of(predictions)));
  return isBehind(lossesOf('ensemble'), lossesOf(best), luck) ? best : 'ensemble';
}

/** What each model of the leaderboard was chosen from. */
function scopesOf(storage: Storage, judged: readonly JudgedModel[], winner: string): { model: string; scope: Scope }[] {
  const hasEnsemble = judged.at(-1)?.model === 'ensemble';
  const all = [...judged.keys()];
  const names = [...bestOfFamilies(rankedTrials(storage)).map(modelName), ...(hasEnsemble ? ['ensemble'] : [])];
  return names.map((model) => {
    const taken = judged.findIndex((candidate) => candidate.model === model);
    if (model === winner) {
      return { model, scope: { among: all, taken, choose: hasEnsemble ? blendUnlessBehind : leastMean } };
    }
    const among = all.filter((m) => judged[m].family === judged[taken].family);
    return { model, scope: { among, taken, choose: leastMean } };
  });
}

/** Of decisions between classes the log loss, as a threshold is still to be chosen; null where all are guesses. */
function chanceOf(choice: Choice, judged: readonly JudgedModel[]): VerdictRecord['chance'] {
  const models = judged.filter(({ family }) => family !== 'dummy').map((model) => model.judged);
  if (models.length === 0) return null;
  return chanceTest({
    ...choice,
    models,
    judged: models,
    metric: choice.metric.decides ? METRICS.logloss : choice.metric,
  });
}

/** Groups and times of the out-of-fold rows. */
function bondsOf({ rows }: OutOfFoldRows, { groups, times }: Pick<StudyData, 'groups' | 'times'>): Bonds {
  return {
    ...(groups ? { groups: Array.from(rows, (row) => groups[row]) } : {}),
    ...(times ? { times: Array.from(rows, (row) => times[row]) } : {}),
  };
}
