/** @file What each column of one row adds to its prediction: Shapley values by sampling. */

import type { Matrix } from '../../core/index.js';
import { Rng } from '../../core/index.js';
import type { Frame } from '../../data/index.js';
import type { Feature } from '../columns.js';
import { alike, cellOf, takeRows, withCells } from '../frames.js';
import type { ExplainSample } from '../sample.js';

export interface Contributions {
  /** [outputs] prediction of the row. */
  readonly prediction: readonly number[];
  /** [outputs] mean prediction of the background rows. */
  readonly base: readonly number[];
  /** Per column [outputs]; base plus all of them is the prediction. In the order of the features. */
  readonly columns: readonly { readonly column: string; readonly values: readonly number[] }[];
}

export interface ContributionInput {
  /** One row. */
  readonly row: Frame;
  /** Rows of the same columns: what a column is compared with. Each costs 2 (features + 1) predictions. */
  readonly background: Frame;
  readonly features: readonly Feature[];
  readonly predict: (frame: Frame) => Promise<Matrix>;
}

/** Predictions that the contributions of one row may cost. */
const MAX_WALKED_ROWS = 3000;
const MOST_ROWS = 64;
const FEWEST_ROWS = 12;

/**
 * The rows of a sample that contributions start from: even steps along the target, so that their mean stands for the whole table's
 * however the file is sorted. The same for every model, on every page and in every file.
 */
export function backgroundOf(sample: ExplainSample, features: number): Frame {
  return takeRows(sample.frame, backgroundRows(sample, features));
}

function backgroundRows({ y }: ExplainSample, features: number): number[] {
  const affordable = Math.floor(MAX_WALKED_ROWS / (2 * (features + 1)));
  const count = Math.min(y.length, MOST_ROWS, Math.max(FEWEST_ROWS, affordable));
  const order = Array.from(y, (_, row) => row).sort((a, b) => y[a] - y[b] || a - b);
  return Array.from({ length: count }, (_, i) => order[Math.floor(((i + 0.5) * y.length) / count)]);
}

/**
 * For each start the order in which its columns become the row's, twice: forwards and backwards (antithetic), which halves the noise.
 *
 * Random   the orders, always the same: pages and files that ask the same model say the same
 */
export function contributionWalks(starts: number, features: number): Walk[] {
  const rng = new Rng(0).split('contributions');
  // The starts in any order but the target's: estimates after the first few are near the last one.
  const drawn = rng.shuffle(Array.from({ length: starts }, (_, start) => start));
  return Array.from(drawn, (from) => {
    const order = [...rng.shuffle(Array.from({ length: features }, (_unused, j) => j))];
    return [
      { order, from },
      { order: [...order].reverse(), from },
    ];
  }).flat();
}

/**
 * Walks from background rows to the row, one column after the other in random order, and credits each step to its column.
 *
 * Contributions add up exactly, up to rounding.
 *
 * Random   orders, see `contributionWalks`
 * Source   Strumbelj & Kononenko 2014; Mitchell et al. 2022, Sampling permutations for Shapley value estimation (antithetic)
 */
export async function contributionsOf(input: ContributionInput): Promise<Contributions> {
  const { row, background, features, predict } = input;
  const d = features.length;
  const walks = contributionWalks(background.rowCount, d);
  const path = pathFrame(row, background, features, walks);
  const { data, cols } = await predict(path);
  const steps = d + 1;
  const at = (walk: number, step: number, output: number): number => data[(walk * steps + step) * cols + output];
  const over = (value: (walk: number) => number): number =>
    walks.reduce((sum, _, walk) => sum + value(walk), 0) / walks.length;
  const outputs = Array.from({ length: cols }, (_, output) => output);
  return {
    prediction: outputs.map((output) => at(0, d, output)),
    base: outputs.map((output) => over((walk) => at(walk, 0, output))),
    columns: features.map(({ name }, j) => ({
      column: name,
      values: outputs.map((output) =>
        over((walk) => {
          const step = walks[walk].order.indexOf(j);
          return at(walk, step + 1, output) - at(walk, step, output);
        }),
      ),
    })),
  };
}

export interface Walk {
  /** Places of features. */
  readonly order: readonly number[];
  /** Place of a background row. */
  readonly from: number;
}

/** Row `walk * (d + 1) + step`: the first `step` columns of the walk's order from the row, the others from the background. */
function pathFrame(row: Frame, background: Frame, features: readonly Feature[], walks: readonly Walk[]): Frame {
  const steps = features.length + 1;
  const places = walks.map(({ order }) => {
    const place = new Int32Array(order.length);
    order.forEach((j, step) => (place[j] = step));
    return place;
  });
  const columns = row.columns.map((given, c) => {
    const [column, from] = alike([given, background.columns[c]]);
    const j = features.findIndex(({ parts }) => parts.includes(column.name));
    const own = cellOf(column, 0);
    const cells = new Float64Array(walks.length * steps);
    walks.forEach(({ from: start }, w) => {
      const other = cellOf(from, start);
      for (let step = 0; step < steps; step++) cells[w * steps + step] = j >= 0 && places[w][j] < step ? own : other;
    });
    return withCells(column, cells);
  });
  return { rowCount: walks.length * steps, columns };
}
