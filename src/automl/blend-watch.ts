/** @file What each trial counts in a blend of those that are complete, known while the search goes on: what is worth more time, and what will be fitted again. */

import type { Matrix } from '../core/index.js';
import { Rng, selectRows } from '../core/index.js';
import { greedyBlend } from '../ensemble/index.js';
import type { Metric } from '../evaluate/index.js';
import type { Storage } from '../search/index.js';
import { blendCandidates, blendJudge } from './finalise.js';
import type { OutOfFoldRows } from './out-of-fold.js';
import { foldParts, loadOutOfFoldRows, trialPredictions } from './out-of-fold.js';

/** Predicted numbers of a trial that are looked at, rows at least, and the blends on drawn rows that are averaged. */
const NUMBERS = 4000;
const LEAST_ROWS = 200;
const BAGS = { bags: 6, rounds: 10, patience: 3 };

/** Rows of every fold, in an order of their own. */
interface Looked {
  readonly oof: OutOfFoldRows;
  readonly rows: Uint32Array;
  readonly parts: readonly Uint32Array[];
  readonly y: Float64Array;
  readonly weights: Float64Array | undefined;
}

/** Keeps what it has read of a study: it is asked before every trial, and after. */
export class BlendWatch {
  private readonly seen = new Map<number, Matrix>();
  private looked: Looked | undefined;
  private known: { readonly trials: string; readonly weights: ReadonlyMap<number, number> } | undefined;

  constructor(
    private readonly storage: Storage,
    private readonly metric: Metric,
  ) {}

  /**
   * By number of the trial; sum 1, none where nothing is complete. A rough answer: of a sample of the rows, and by weights that
   * judge themselves.
   *
   * Random   the sample and the draws, from a fixed seed: same trials, same weights
   */
  weights(): ReadonlyMap<number, number> {
    const candidates = blendCandidates(this.storage).filter(({ group }) => group !== 'dummy');
    const trials = candidates.map(({ number }) => number).join();
    if (this.known?.trials !== trials)
      this.known = { trials, weights: this.blend(candidates.map(({ number }) => number)) };
    return this.known.weights;
  }

  /** The same by family. */
  shares(): ReadonlyMap<string, number> {
    const out = new Map<string, number>();
    const trials = this.storage.trials();
    for (const [number, weight] of this.weights()) {
      const { group } = trials[number];
      out.set(group, (out.get(group) ?? 0) + weight);
    }
    return out;
  }

  private blend(trials: readonly number[]): ReadonlyMap<number, number> {
    if (trials.length === 0) return new Map();
    const { y, parts, weights: rowWeights, oof } = (this.looked ??= this.look());
    if (parts.length === 0) return new Map();
    const { metric } = blendJudge(this.storage, oof, this.metric);
    const candidates = trials.map((number) => ({ id: String(number), predictions: this.read(number) }));
    const { weights } = greedyBlend(candidates, y, metric, { parts, rowWeights, maxNumbers: Infinity, ...BAGS });
    return new Map(weights.map(({ id, weight }) => [Number(id), weight]));
  }

  private read(trial: number): Matrix {
    const known = this.seen.get(trial);
    if (known) return known;
    const { oof, rows } = this.looked!;
    const read = selectRows(trialPredictions(this.storage, trial, oof), rows);
    this.seen.set(trial, read);
    return read;
  }

  /** Of the rows of each fold that weigh anything, as many as its share; folds without such rows say nothing. */
  private look(): Looked {
    const oof = loadOutOfFoldRows(this.storage);
    const { weights } = oof;
    const counting = foldParts(oof).map((rows) => (weights ? rows.filter((row) => weights[row] > 0) : rows));
    const wanted = Math.max(LEAST_ROWS, Math.floor(NUMBERS / oof.outputs));
    const share = Math.min(1, wanted / counting.reduce((sum, { length }) => sum + length, 0));
    const rng = new Rng(0).split('blend-watch');
    const chosen = counting.flatMap((rows, fold) => {
      if (rows.length === 0) return [];
      const size = Math.max(1, Math.round(share * rows.length));
      return [share === 1 ? rows : rng.split(fold).shuffle(rows).subarray(0, size).sort()];
    });
    const rows = Uint32Array.from(chosen.flatMap((part) => [...part]));
    let from = 0;
    const parts = chosen.map((part) => Uint32Array.from(part, () => from++));
    const picked = (values: Float32Array): Float64Array => Float64Array.from(rows, (row) => values[row]);
    return { oof, rows, parts, y: picked(oof.y), weights: weights && picked(weights) };
  }
}
