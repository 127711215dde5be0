/** @file What each column of one row adds to its prediction: Shapley values by sampling. */

import type { Matrix } from '../../core/index.js';
import { Rng } from '../../core/index.js';
import type { Frame } from '../../data/index.js';
import type { Feature } from '../columns.js';
import { cellOf, withCells } from '../frames.js';

export interface Contributions {
  /** [outputs] prediction of the row. */
  readonly prediction: readonly number[];
  /** [outputs] mean prediction of the background rows that were drawn. */
  readonly base: readonly number[];
  /** Per column [outputs]; base plus all of them is the prediction. In the order of the features. */
  readonly columns: readonly { readonly column: string; readonly values: readonly number[] }[];
}

export interface ContributionInput {
  /** One row. */
  readonly row: Frame;
  /** Rows of the same columns: what a column is compared with. */
  readonly background: Frame;
  readonly features: readonly Feature[];
  readonly predict: (frame: Frame) => Promise<Matrix>;
  /** Pairs of orders; each costs 2 (features + 1) predictions. */
  readonly pairs?: number;
  readonly seed?: number;
}

/**
 * Walks from background rows to the row, one column after the other in random order, and credits each step to its column.
 *
 * Every order is also walked backwards (antithetic), which halves the noise. Contributions add up exactly, up to rounding.
 *
 * Random   orders and background rows, from the seed
 * Source   Strumbelj & Kononenko 2014; Mitchell et al. 2022, Sampling permutations for Shapley value estimation (antithetic)
 */
export async function contributionsOf(input: ContributionInput): Promise<Contributions> {
  const { row, background, features, predict, pairs = 12, seed = 0 } = input;
  const rng = new Rng(seed).split('contributions');
  const d = features.length;
  const starts = rng.shuffle(Array.from({ length: background.rowCount }, (_, row) => row));
  const walks = Array.from({ length: pairs }, (_, pair) => {
    const order = [...rng.shuffle(Array.from({ length: d }, (_, j) => j))];
    const from = starts[pair % starts.length];
    return [
      { order, from },
      { order: [...order].reverse(), from },
    ];
  }).flat();
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

interface Walk {
  readonly order: readonly number[];
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
  const columns = row.columns.map((column, c) => {
    const j = features.findIndex(({ parts }) => parts.includes(column.name));
    const own = cellOf(column, 0);
    const cells = new Float64Array(walks.length * steps);
    walks.forEach(({ from }, w) => {
      const other = cellOf(background.columns[c], from);
      for (let step = 0; step < steps; step++) cells[w * steps + step] = j >= 0 && places[w][j] < step ? own : other;
    });
    return withCells(column, cells);
  });
  return { rowCount: walks.length * steps, columns };
}
