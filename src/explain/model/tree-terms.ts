/** @file Which part of a model is a sum of trees in what its contributions are counted in, and what each column adds to that part. */

import type { PredictorParts } from '../../automl/index.js';
import type { Matrix } from '../../core/index.js';
import { checkData } from '../../core/index.js';
import type { Frame } from '../../data/index.js';
import type { Engine } from '../../engine/index.js';
import type { ContributionUnit } from '../../ensemble/index.js';
import { treesTaken } from '../../ensemble/index.js';
import type { TreeSum } from '../../models/index.js';
import { ForestModel, restoreModel } from '../../models/index.js';
import { restoreRecipe } from '../../prepare/index.js';
import { ForestShapley } from '../../trees/index.js';
import type { Feature } from '../columns.js';

/** A model in the terms of its contributions: `offset` plus the sum of its trees, plus what `rest` predicts. */
export interface TreeSplit {
  readonly unit: ContributionUnit;
  readonly trees: readonly PlacedTrees[];
  readonly offset: number;
  /** What is no sum of trees, as a predictor of its own; null: nothing. */
  readonly rest: PredictorParts | null;
}

/** One model of trees, what it counts, and the key of its preparation. */
export interface PlacedTrees {
  readonly sum: TreeSum;
  readonly recipe: string;
  readonly weight: number;
}

type Members = PredictorParts['members'];

/** Takes the trees out of a model where they count as they are, see `treesTaken`; all others stay together in `rest`. */
export function splitTrees(parts: PredictorParts, engine: Engine): TreeSplit {
  const { members, combine } = parts;
  const { unit, share, taken } = treesTaken(parts);
  const left = members.filter((member) => !taken.includes(member));
  const offset = left.length === 0 && combine?.method === 'sum' ? combine.offset : 0;
  const rest = left.length === 0 ? null : { ...parts, members: left };
  const trees = placedTrees(taken, engine).map((placed) => ({ ...placed, weight: placed.weight * share }));
  return { unit, trees, offset, rest };
}

function placedTrees(members: Members, engine: Engine): PlacedTrees[] {
  return members.flatMap(({ weight, folds }) =>
    folds.map(({ recipe, state }) => {
      const model = restoreModel(state, engine);
      checkData(model instanceof ForestModel, 'explain', 'a model of trees must be a forest', state.kind);
      return { sum: model.sum, recipe, weight: weight / folds.length };
    }),
  );
}

/** Of one row: where its contributions start and end, and each feature's. */
export interface TreeShares {
  /** [outputs] */
  readonly base: Float64Array;
  readonly end: Float64Array;
  /** [features x outputs] */
  readonly shares: Float64Array;
}

/** The trees of a model against background rows. */
export class TreeTerms {
  private readonly terms: readonly Term[];
  /** Features, and last whatever belongs to none of them. */
  private readonly players: number;

  constructor(
    { trees, unit }: TreeSplit,
    private readonly recipes: PredictorParts['recipes'],
    background: Frame,
    private readonly features: readonly Feature[],
    readonly outputs: number,
  ) {
    this.players = features.length + 1;
    const prepared = this.preparer(background);
    this.terms = trees.map(({ sum, recipe, weight }) => {
      const { forest, outputs: own } = sum;
      const players = this.playersOf(recipe);
      const game = { forest, outputs: own, players, playerCount: this.players };
      return { recipe, map: linearMap(sum, unit, outputs, weight), shapley: new ForestShapley(game, prepared(recipe)) };
    });
  }

  /** Nodes that were looked at so far. */
  get visits(): number {
    return this.terms.reduce((sum, { shapley }) => sum + shapley.visits, 0);
  }

  /** Nodes that the rows of a frame cost; counting ends soon after `most`. */
  costOf(frame: Frame, most: number): number {
    const prepared = this.preparer(frame);
    let cost = 0;
    for (let row = 0; row < frame.rowCount; row++) {
      for (const { recipe, shapley } of this.terms) {
        const { data, cols } = prepared(recipe);
        if (cost <= most) cost += shapley.costOf(data.subarray(row * cols, (row + 1) * cols), most - cost);
      }
    }
    return cost;
  }

  /** Row by row of a frame. */
  explain(frame: Frame): TreeShares[] {
    const prepared = this.preparer(frame);
    return Array.from({ length: frame.rowCount }, (_, row) => this.explainRow(row, prepared));
  }

  private explainRow(row: number, prepared: (recipe: string) => Matrix): TreeShares {
    const { outputs } = this;
    const found = {
      base: new Float64Array(outputs),
      end: new Float64Array(outputs),
      shares: new Float64Array(this.features.length * outputs),
    };
    for (const { recipe, map, shapley } of this.terms) {
      const { data, cols } = prepared(recipe);
      const { said, shares } = shapley.explain(data.subarray(row * cols, (row + 1) * cols));
      addMapped(map, shapley.base, found.base, true);
      addMapped(map, said, found.end, true);
      for (let f = 0; f < this.features.length; f++) {
        const own = shares.subarray(f * said.length, (f + 1) * said.length);
        addMapped(map, own, found.shares.subarray(f * outputs, (f + 1) * outputs), false);
      }
    }
    return found;
  }

  private preparer(frame: Frame): (recipe: string) => Matrix {
    const known = new Map<string, Matrix>();
    return (recipe) => {
      let X = known.get(recipe);
      if (!X) known.set(recipe, (X = restoreRecipe(this.recipes[recipe]).transform(frame)));
      return X;
    };
  }

  /** Whose each prepared column is. */
  private playersOf(recipe: string): number[] {
    return restoreRecipe(this.recipes[recipe]).sources.map((source) => {
      const feature = this.features.findIndex(({ parts }) => parts.includes(source));
      return feature < 0 ? this.features.length : feature;
    });
  }
}

interface Term {
  readonly recipe: string;
  readonly map: LinearMap;
  readonly shapley: ForestShapley;
}

/** Output o is shift[o] plus the sum of slope[o][r] times what the trees say at r. */
interface LinearMap {
  readonly slope: readonly (readonly number[])[];
  readonly shift: readonly number[];
}

function linearMap(
  { outputs, base, says, mean, scale }: TreeSum,
  unit: ContributionUnit,
  k: number,
  weight: number,
): LinearMap {
  if (says === 'numbers') return { slope: [[weight * scale]], shift: [weight * (mean + scale * base)] };
  if (outputs === 1) {
    const isScore = unit === 'log-odds';
    return { slope: [[-weight], [weight]], shift: [weight * (isScore ? -base : 1 - base), weight * base] };
  }
  const places = Array.from({ length: k }, (_, c) => c);
  // Adding the same to all logits changes nothing: scores are what is left without it.
  const common = unit === 'log-odds' ? 1 / k : 0;
  return {
    slope: places.map((o) => places.map((r) => weight * (Number(o === r) - common))),
    shift: places.map(() => (unit === 'log-odds' ? 0 : weight * base)),
  };
}

function addMapped({ slope, shift }: LinearMap, said: Float64Array, into: Float64Array, isWhole: boolean): void {
  for (let o = 0; o < slope.length; o++) {
    let sum = isWhole ? shift[o] : 0;
    for (let r = 0; r < said.length; r++) sum += slope[o][r] * said[r];
    into[o] += sum;
  }
}
