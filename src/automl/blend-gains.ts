/** @file What the trials of each family bring to a blend: a search whose product is an ensemble asks for more than the best single loss. */

import { greedyBlend } from '../ensemble/index.js';
import { blendPredictions } from '../ensemble/index.js';
import type { Metric } from '../evaluate/index.js';
import { toLoss } from '../evaluate/index.js';
import type { Storage, TrialRecord } from '../search/index.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import { foldParts, foldScores, loadOutOfFoldRows, trialPredictions } from './out-of-fold.js';

/** Trials of a family that are looked at, the best ones; draws of a blend; numbers of a candidate that a draw looks at. */
const MOST_PER_FAMILY = 3;
const ROUNDS = 10;
const MOST_NUMBERS = 2000;
/** Predicted numbers of a model from which on a look at all of them takes longer than it is worth. */
const TOO_MANY_NUMBERS = 1_000_000;

/**
 * By family: by how much the loss of a blend of the given trials is smaller than without that family's, at least 0; none
 * where there are no two families.
 *
 * Weights are chosen on every second fold and judged on the others, and the other way round: a family that only fits the
 * noise of its folds brings nothing. Nothing is said where predictions are very many.
 *
 * Random   none but a sample of rows, from a fixed seed: same trials, same gains
 */
export function blendGains(storage: Storage, metric: Metric, trials: readonly TrialRecord[]): Map<string, number> {
  const ranked = [...trials].sort((a, b) => a.value! - b.value! || a.number - b.number);
  const chosen = ranked.filter((trial, i) => {
    const before = ranked.slice(0, i).filter(({ group }) => group === trial.group).length;
    return trial.group !== 'dummy' && before < MOST_PER_FAMILY;
  });
  const families = [...new Set(chosen.map(({ group }) => group))];
  if (families.length < 2) return new Map();
  const oof = loadOutOfFoldRows(storage);
  if (oof.rows.length * oof.outputs > TOO_MANY_NUMBERS) return new Map();
  const candidates = chosen.map(({ number, group }) => ({
    group,
    id: String(number),
    predictions: trialPredictions(storage, number, oof),
  }));
  const all = crossedLoss(candidates, oof, metric);
  return new Map(
    families.map((family) => {
      const others = candidates.filter(({ group }) => group !== family);
      return [family, Math.max(0, crossedLoss(others, oof, metric) - all)];
    }),
  );
}

type Candidate = Parameters<typeof greedyBlend>[0][number];

/** Mean loss over the folds, each by weights that were chosen on folds of the other parity. */
function crossedLoss(candidates: readonly Candidate[], oof: OutOfFoldRows, metric: Metric): number {
  const parts = foldParts(oof);
  const losses: number[] = [];
  for (const parity of [0, 1]) {
    const learned = parts.filter((_, fold) => fold % 2 !== parity);
    const { weights } = greedyBlend(candidates, oof.y, metric, {
      parts: learned,
      rounds: ROUNDS,
      maxNumbers: MOST_NUMBERS,
      rowWeights: oof.weights,
    });
    const blended = blendPredictions(
      weights.map(({ weight }) => weight),
      weights.map(({ id }) => candidates.find((candidate) => candidate.id === id)!.predictions),
    );
    const scores = foldScores(blended, oof, metric).filter((_, fold) => fold % 2 === parity);
    losses.push(...scores.map((score) => toLoss(metric, score)));
  }
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
