/** @file What the columns add over many rows: the contributions of single rows, side by side. */

import type { PredictorParts } from '../../automl/index.js';
import type { Frame } from '../../data/index.js';
import type { Engine } from '../../engine/index.js';
import type { ContributionUnit } from '../../ensemble/index.js';
import type { Feature } from '../columns.js';
import { cellOf, spread, takeRows } from '../frames.js';
import type { ExplainSample } from '../sample.js';
import { backgroundOf } from './contributions.js';
import type { ContributionMethod, RowContributions } from './row-explainer.js';
import { RowExplainer } from './row-explainer.js';

/** JSON. */
export interface ContributionSummary {
  readonly unit: ContributionUnit;
  readonly method: ContributionMethod;
  /** The class whose contributions they are; 0 for numbers. */
  readonly output: number;
  readonly rows: number;
  /** Rows that contributions start from. */
  readonly startRows: number;
  /** Largest mean size first. */
  readonly columns: readonly SummaryColumn[];
}

export interface SummaryColumn {
  readonly column: string;
  /** Mean of the sizes of its contributions. */
  readonly size: number;
  /** Per row what it adds. */
  readonly values: readonly number[];
  /** Per row where its cell lies among the others: a fifth from 0 to 4; null for gaps, categories and texts. */
  readonly fifths: readonly (number | null)[];
}

export interface SummaryInput {
  /** Model i of every member has not seen the rows of fold i. */
  readonly folds: PredictorParts;
  readonly sample: ExplainSample;
  readonly features: readonly Feature[];
  readonly engine: Engine;
  readonly output: number;
  /** Multiplications that it may cost, roughly. */
  readonly work: number;
}

const MOST_ROWS = 200;
/** Fewer dots show no shape. */
const FEWEST_ROWS = 40;
/** Rows that contributions start from: each costs a walk of the trees, or two walks of predictions through all columns. */
const START_ROWS = { exact: 32, sampled: 12 };
/** Nodes of trees that it may look at; a second has some ten million. */
const MOST_VISITS = 1e8;
/** However cheap the model is, frames have to be made. */
const MOST_PREDICTIONS = 3e5;

/**
 * Contributions of up to 200 rows of the sample in even steps, each by the fold model that did not train on it.
 *
 * Null where the model is too large, or its columns too many, for 40 rows. The cost is counted in nodes and predictions, so that
 * the same model has the same rows on every machine.
 */
export async function contributionSummary(input: SummaryInput): Promise<ContributionSummary | null> {
  const { folds, sample, features, output } = input;
  const explainers = new FoldExplainers(input);
  try {
    const { unit, method, startRows } = explainers;
    const wanted = Math.min(MOST_ROWS, sample.frame.rowCount);
    // Of what is exact in part, both are paid for: the trees are walked, and the rest is sampled.
    const sampled = method === 'exact' ? Infinity : affordableBySampling(input, startRows);
    const isTried = method !== 'sampled' && sampled >= Math.min(FEWEST_ROWS, wanted);
    const affordable = Math.min(
      sampled,
      isTried ? await affordableByTrees(explainers, sample.frame.rowCount) : Infinity,
    );
    const count = Math.min(wanted, affordable);
    if (features.length === 0 || count < Math.min(FEWEST_ROWS, wanted)) return null;
    const rows = spread(sample.frame.rowCount, count);
    const found: RowContributions[] = [];
    for (const row of rows) found.push(await explainers.explain(row));
    const columns = features.map((feature, f): SummaryColumn => {
      const values = found.map(({ columns: own }) => Number(own[f].values[output].toPrecision(5)));
      const size = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
      return { column: feature.name, size, values, fifths: fifthsOf(sample, feature, rows) };
    });
    return {
      unit,
      method,
      output: folds.task === 'regression' ? 0 : output,
      rows: count,
      startRows,
      columns: columns.sort((a, b) => b.size - a.size),
    };
  } finally {
    explainers.dispose();
  }
}

/** An explainer per fold, each made when its first row comes. */
class FoldExplainers {
  readonly unit: ContributionUnit;
  readonly method: ContributionMethod;
  private readonly byFold = new Map<number, RowExplainer>();
  private background: Frame;

  constructor(private readonly input: SummaryInput) {
    const { sample, features } = input;
    const all = backgroundOf(sample, features.length);
    this.background = takeRows(all, spread(all.rowCount, START_ROWS.exact));
    const { unit, method } = this.of(sample.folds[0]);
    this.unit = unit;
    this.method = method;
    if (method === 'exact') return;
    this.dispose();
    this.background = takeRows(all, spread(all.rowCount, START_ROWS.sampled));
  }

  get startRows(): number {
    return this.background.rowCount;
  }

  get visits(): number {
    return [...this.byFold.values()].reduce((sum, { visits }) => sum + visits, 0);
  }

  async explain(row: number): Promise<RowContributions> {
    const { frame, folds } = this.input.sample;
    const [found] = await this.of(folds[row]).explain(takeRows(frame, [row]));
    return found;
  }

  dispose(): void {
    for (const explainer of this.byFold.values()) explainer.dispose();
    this.byFold.clear();
  }

  private of(fold: number): RowExplainer {
    const { folds, features, engine } = this.input;
    let explainer = this.byFold.get(fold);
    if (!explainer) {
      const members = folds.members.map((member) => ({ ...member, folds: [member.folds[fold]] }));
      explainer = new RowExplainer({ parts: { ...folds, members }, background: this.background, features, engine });
      this.byFold.set(fold, explainer);
    }
    return explainer;
  }
}

/** Rows asked to learn what a row costs. */
const TRIED_ROWS = 4;

async function affordableByTrees(explainers: FoldExplainers, rowCount: number): Promise<number> {
  const before = explainers.visits;
  const tried = spread(rowCount, TRIED_ROWS);
  for (const row of tried) await explainers.explain(row);
  return Math.floor((MOST_VISITS * tried.length) / Math.max(1, explainers.visits - before));
}

function affordableBySampling({ folds, features, work }: SummaryInput, startRows: number): number {
  const predictions = Math.min(work / costOf(folds), MOST_PREDICTIONS);
  return Math.floor(predictions / (2 * startRows * (features.length + 1)));
}

/** What a step down a tree costs, in multiplications, times the steps of a usual one. */
const TREE_COST = 100;

/** Multiplications of one prediction by the models of one fold: all numbers of a network, and of a forest one way down each tree. */
function costOf({ members }: PredictorParts): number {
  return members.reduce((sum, { folds: [{ state }] }) => {
    const { roots } = state.tensors;
    const numbers = Object.values(state.tensors).reduce((all, { length }) => all + length, 0);
    return sum + (roots ? TREE_COST * (roots.length - 1) : numbers);
  }, 1);
}

/** Up to five values each have their place; more are parted by their ranks. */
function fifthsOf({ frame }: ExplainSample, { name, kind }: Feature, rows: readonly number[]): (number | null)[] {
  const column = frame.columns.find((own) => own.name === name);
  if (!column || column.kind === 'categorical' || kind === 'text') return rows.map(() => null);
  const cells = rows.map((row) => cellOf(column, row));
  const sorted = cells.filter((cell) => !Number.isNaN(cell)).sort((a, b) => a - b);
  const distinct = [...new Set(sorted)];
  if (distinct.length === 1) return rows.map(() => null);
  return cells.map((cell) => {
    if (Number.isNaN(cell)) return null;
    if (distinct.length <= 5) return Math.round((4 * distinct.indexOf(cell)) / (distinct.length - 1));
    const middle = (sorted.indexOf(cell) + sorted.lastIndexOf(cell)) / 2;
    return Math.min(4, Math.floor((5 * (middle + 0.5)) / sorted.length));
  });
}
