/** @file Large tables in parts: which rows judge, and the rows of a fold that a job trains on where it takes a sample of them. */

import { allRows, deriveSeed } from '../core/index.js';
import { sampleRows } from '../evaluate/index.js';
import type { PreparedFold } from './executor.js';
import { selectFrameRows } from './predictor.js';
import type { FoldRows, StudyData } from './study-data.js';
import { selectTarget } from './study-data.js';

/** Rows that judge, over all folds, and predicted numbers (rows times classes): more say no more, and every model is stored with as many. */
const JUDGING_ROWS = 100_000;
const JUDGING_NUMBERS = 3_000_000;
const LEAST_JUDGING_ROWS = 3000;
/** Held-out rows that a model is scored on, and numbers: an interval draws them a hundred times. */
export const SCORED_ROWS = 20_000;

/** How many rows may judge where k numbers are predicted for each. */
export function mostRows(most: number, k: number): number {
  return Math.min(most, Math.max(LEAST_JUDGING_ROWS, Math.floor(JUDGING_NUMBERS / k)));
}

/**
 * The same data with folds that are judged on a sample of their rows where they are many: every model on the same ones, so
 * that out-of-fold predictions stay comparable. Nothing changes for what is trained on.
 */
export function withJudges(data: StudyData): StudyData {
  const { folds, y, task, k, seed } = data;
  const all = folds.reduce((sum, { validation }) => sum + validation.length, 0);
  const most = mostRows(JUDGING_ROWS, k);
  if (all <= most) return data;
  const judged = folds.map(({ train, validation }, fold) => {
    const share = Math.floor((most * validation.length) / all);
    const seeds = deriveSeed(seed, 'judges', fold);
    return { train, validation: sampleRows({ rows: validation, y, task, k, most: share, seed: seeds }) };
  });
  return { ...data, folds: judged };
}

/** The held-out rows that models are scored on: all of them, or a sample where samples judge. */
export function scoredRows({ holdout, y, task, k, seed }: StudyData, isSampled: boolean): Uint32Array {
  if (!isSampled) return holdout;
  return sampleRows({ rows: holdout, y, task, k, most: mostRows(SCORED_ROWS, k), seed: deriveSeed(seed, 'scored') });
}

/** A table, and which of its rows train and judge. */
export interface FoldTable {
  readonly table: StudyData;
  readonly rows: FoldRows;
}

/** Where more than `most` rows train: a table of a sample of them and of the judging rows only. */
export function sampledTable(data: StudyData, rows: FoldRows, most: number, seed: number): FoldTable {
  const { train, validation } = rows;
  if (train.length <= most) return { table: data, rows };
  const { y, task, k, weights, groups, times, copies } = data;
  const taken = sampleRows({ rows: train, y, task, k, most, seed });
  const kept = new Uint32Array(taken.length + validation.length);
  kept.set(taken);
  kept.set(validation, taken.length);
  const places = allRows(kept.length);
  const table = {
    ...data,
    frame: selectFrameRows(data.frame, kept),
    y: selectTarget(y, kept),
    ...(weights ? { weights: selectTarget(weights, kept) } : {}),
    ...(groups ? { groups: Int32Array.from(kept, (row) => groups[row]) } : {}),
    ...(times ? { times: Float64Array.from(kept, (row) => times[row]) } : {}),
    // Numbers of rows of the whole table: they tell no more than which rows belong together.
    ...(copies ? { copies: Int32Array.from(kept, (row) => copies[row]) } : {}),
    folds: [],
    holdout: new Uint32Array(0),
  };
  return { table, rows: { train: places.subarray(0, taken.length), validation: places.subarray(taken.length) } };
}

/** Bytes that prepared tables may take together, and the cache that keeps to it: the oldest go first. */
const PREPARED_BYTES = 500_000_000;

export class PreparedTables {
  private readonly tables = new Map<string, PreparedFold>();

  constructor(private readonly most = PREPARED_BYTES) {}

  get(key: string): PreparedFold | null {
    return this.tables.get(key) ?? null;
  }

  /** One of each of those tables that jobs of other folds may have made before. */
  alike(): PreparedFold[] {
    const byTable = new Map(
      [...this.tables.values()].filter(({ isPlain }) => isPlain).map((table) => [table.X, table]),
    );
    return [...byTable.values()];
  }

  /** Keeps a table, or the bins that it has come back with. What threads send back is a new view: the first one stays. */
  keep(prepared: PreparedFold): void {
    const own = this.tables.get(prepared.key) ?? this.twinOf(prepared);
    const { key, recipe, isPlain } = prepared;
    const { X, bins = prepared.bins } = own ?? prepared;
    this.tables.set(key, { key, recipe, X, isPlain, bins });
    for (const [other, table] of this.tables) if (table.X === X) this.tables.set(other, { ...table, bins });
    for (const old of this.tables.keys()) {
      if (this.bytes() <= this.most || this.tables.size === 1) return;
      this.tables.delete(old);
    }
  }

  /** Of the same recipe, made at the same time by two threads. */
  private twinOf({ isPlain, recipe }: PreparedFold): PreparedFold | undefined {
    const plain = isPlain ? this.alike() : [];
    const said = plain.length > 0 ? JSON.stringify(recipe) : '';
    return plain.find((table) => JSON.stringify(table.recipe) === said);
  }

  /** Tables of several folds may be one. */
  private bytes(): number {
    const { tables } = this;
    const sizes = new Map([...tables.values()].map(({ X, bins }) => [X, X.data.byteLength + bytesOf(bins)]));
    return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }
}

function bytesOf(bins: PreparedFold['bins']): number {
  if (!bins) return 0;
  const stored = bins.stored?.bins ?? bins.bins;
  return bins.bins.length + (stored === bins.bins ? 0 : stored.length);
}
