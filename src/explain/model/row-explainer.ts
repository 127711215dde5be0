/** @file What each column of a row adds to what a model says of it: exactly where that is a sum of trees, by sampling where it is not. */

import type { PredictorParts } from '../../automl/index.js';
import { Predictor } from '../../automl/index.js';
import type { Frame } from '../../data/index.js';
import type { Engine } from '../../engine/index.js';
import type { ContributionUnit } from '../../ensemble/index.js';
import type { Feature } from '../columns.js';
import { spread, takeRows } from '../frames.js';
import { contributionsOf } from './contributions.js';
import type { TreeSplit } from './tree-terms.js';
import { splitTrees, TreeTerms } from './tree-terms.js';

/** All of it, nothing, or the trees of an ensemble are exact; what is not is sampled. */
export type ContributionMethod = 'exact' | 'sampled' | 'partly exact';

export interface RowContributions {
  /** [outputs] the mean over the background: where contributions start. */
  readonly base: readonly number[];
  /** [outputs] where they end: the prediction of the row in the unit of contributions. */
  readonly end: readonly number[];
  /** Per column [outputs]; base plus all of them is the end. In the order of the features. */
  readonly columns: readonly { readonly column: string; readonly values: readonly number[] }[];
}

export interface ExplainerInput {
  readonly parts: PredictorParts;
  /** Rows of the same columns: what a column is compared with. */
  readonly background: Frame;
  readonly features: readonly Feature[];
  readonly engine: Engine;
  /** Nodes that two rows may cost where trees are asked; above, the model is sampled like any other. */
  readonly mostVisits?: number;
}

/** Rows of the background that say what a row costs. */
const TRIED_ROWS = 2;
/** Nodes of trees that they may cost together: some seconds. Deep forests of many rows and columns are above it, and are sampled. */
const MOST_VISITS = 6e7;

/** A model, asked about rows against the same background. */
export class RowExplainer {
  readonly unit: ContributionUnit;
  readonly method: ContributionMethod;
  /** Models whose scores are averaged. */
  readonly models: number;
  private readonly terms: TreeTerms | null;
  private readonly rest: Predictor | null;
  private readonly offset: number;

  constructor(private readonly input: ExplainerInput) {
    const { parts, background, engine, mostVisits = MOST_VISITS } = input;
    let split = splitTrees(parts, engine);
    let terms = termsOf(split, input);
    const tried = takeRows(background, spread(background.rowCount, TRIED_ROWS));
    if (terms && terms.costOf(tried, mostVisits) > mostVisits) {
      split = { unit: 'prediction', trees: [], offset: 0, rest: parts };
      terms = null;
    }
    this.unit = split.unit;
    this.offset = split.offset;
    this.models = parts.members.reduce((sum, { folds }) => sum + folds.length, 0);
    this.terms = terms;
    this.rest = split.rest && new Predictor(split.rest, engine);
    this.method = methodOf(split);
  }

  /** Nodes of trees that were looked at so far. */
  get visits(): number {
    return this.terms?.visits ?? 0;
  }

  /** Row by row of a frame. */
  async explain(frame: Frame): Promise<RowContributions[]> {
    const { background, features } = this.input;
    const exact = this.terms?.explain(frame) ?? [];
    const found: RowContributions[] = [];
    for (let row = 0; row < frame.rowCount; row++) {
      const trees = exact.length > 0 ? this.fromTrees(exact[row]) : null;
      if (!this.rest) {
        found.push(trees!);
        continue;
      }
      const predict = this.rest.predict.bind(this.rest);
      const sampled = await contributionsOf({ row: takeRows(frame, [row]), background, features, predict });
      const own = { base: sampled.base, end: sampled.prediction, columns: sampled.columns };
      found.push(trees ? added(trees, own) : own);
    }
    return found;
  }

  dispose(): void {
    this.rest?.dispose();
  }

  private fromTrees({ base, end, shares }: ReturnType<TreeTerms['explain']>[number]): RowContributions {
    const k = base.length;
    return {
      base: Array.from(base, (value) => value + this.offset),
      end: Array.from(end, (value) => value + this.offset),
      columns: this.input.features.map(({ name }, f) => ({
        column: name,
        values: [...shares.subarray(f * k, (f + 1) * k)],
      })),
    };
  }
}

function termsOf(split: TreeSplit, { parts, background, features }: ExplainerInput): TreeTerms | null {
  if (split.trees.length === 0) return null;
  return new TreeTerms(split, parts.recipes, background, features, parts.task === 'regression' ? 1 : parts.k);
}

/** How contributions of a model taken apart are worked out. */
function methodOf({ trees, rest }: TreeSplit): ContributionMethod {
  if (rest === null) return 'exact';
  return trees.length === 0 ? 'sampled' : 'partly exact';
}

function added(a: RowContributions, b: RowContributions): RowContributions {
  const sum = (p: readonly number[], q: readonly number[]): number[] => p.map((value, o) => value + q[o]);
  return {
    base: sum(a.base, b.base),
    end: sum(a.end, b.end),
    columns: a.columns.map(({ column, values }, f) => ({ column, values: sum(values, b.columns[f].values) })),
  };
}
