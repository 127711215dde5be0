/** @file A fitted model that is a forest: what all families of trees predict with, save and read back. */

import type { Matrix, SavedState, Task } from '../core/index.js';
import { checkData, createMatrix } from '../core/index.js';
import type { Forest } from '../trees/index.js';
import { isSound, Walker } from '../trees/index.js';
import type { FitReport, Model, Steps } from './estimator.js';
import { requireInput } from './input.js';
import { packForest, unpackForest } from './packed-forest.js';
import { reportFromJson, reportToJson, requireState, stateTensor } from './state.js';
import type { TargetScaling } from './target.js';
import { outputCount, predictionsFrom } from './target.js';

const RULES = { missing: true };
/** Added to the version of a state whose forest is packed. */
const PACKED = 3;

/** What is particular to a family. */
export interface ForestKind {
  readonly kind: string;
  /**
   * Of a saved state without splits by categories; with some it is one more, where outputs are logarithms two, and of packed ones three:
   * programs that know of none of these must not open it.
   */
  readonly version: number;
  /** Its forests have many leaves, and are saved packed; left out: node by node. */
  readonly isPacked?: boolean;
  /** What the sums of classes are: logits, or probabilities (of the second class alone where there are two). */
  readonly says: 'logits' | 'probabilities';
}

export interface FittedForest {
  readonly forest: Forest;
  readonly columns: number;
  readonly scaling: TargetScaling;
  /** Added to every output. */
  readonly base: number;
  readonly report: FitReport;
  readonly steps?: Steps | undefined;
}

/** What a model of trees says, as a sum: its outputs are `base` plus those of the forest. */
export interface TreeSum {
  readonly forest: Forest;
  readonly outputs: number;
  readonly base: number;
  /** Numbers are standardised: mean + scale * output; of logarithms, scale * exp(output). Of two classes the one output is the second's. */
  readonly says: 'numbers' | 'logs' | 'logits' | 'probabilities';
  readonly mean: number;
  readonly scale: number;
}

interface Saved {
  readonly columns: number;
  readonly base: number;
  readonly task: Task;
  readonly k: number;
  readonly mean: number;
  readonly scale: number;
  readonly link?: 'log';
}

/** Predicts with a walker; numbers are not clipped to the range of the training target. */
export class ForestModel implements Model {
  readonly kind: string;
  readonly report: FitReport;
  readonly steps?: Steps | undefined;
  private readonly scaling: TargetScaling;
  private readonly walker: Walker;

  constructor(
    private readonly family: ForestKind,
    private readonly fitted: FittedForest,
  ) {
    this.kind = family.kind;
    this.report = fitted.report;
    this.steps = fitted.steps;
    this.scaling = { ...fitted.scaling, low: -Infinity, high: Infinity };
    this.walker = new Walker(fitted.forest, outputCount(fitted.scaling));
  }

  /** For whoever takes the sum apart. */
  get sum(): TreeSum {
    const { forest, base, scaling } = this.fitted;
    const { task, mean, scale, link } = scaling;
    const says = task !== 'regression' ? this.family.says : link === 'log' ? 'logs' : 'numbers';
    return { forest, outputs: outputCount(scaling), base, says, mean, scale };
  }

  async predict(X: Matrix): Promise<Matrix> {
    return this.walk(X);
  }

  async predictRows(X: Matrix, rows: Uint32Array): Promise<Matrix> {
    return this.walk(X, rows);
  }

  private walk(X: Matrix, rows?: Uint32Array): Matrix {
    requireInput(this.kind, X, this.fitted.columns, RULES, rows);
    const cols = outputCount(this.scaling);
    const count = rows ? rows.length : X.rows;
    const raw = { rows: count, cols, data: new Float32Array(count * cols) };
    this.walker.add(X.data, X.cols, rows, raw.data, 0, this.walker.trees);
    for (let i = 0; i < raw.data.length; i++) raw.data[i] += this.fitted.base;
    const isShare = this.family.says === 'probabilities' && this.scaling.task !== 'regression';
    return isShare ? shares(raw) : predictionsFrom(raw, this.scaling);
  }

  save(): SavedState {
    const { task, k, mean, scale, link } = this.scaling;
    const { columns, base, forest } = this.fitted;
    const json = { columns, base, task, k, mean, scale, ...(link ? { link } : {}), report: reportToJson(this.report) };
    const { version, isPacked } = this.family;
    if (isPacked) {
      const tensors = packForest(forest, outputCount(this.scaling));
      return { kind: this.kind, version: version + PACKED, json, tensors };
    }
    return { kind: this.kind, version: version + (link ? 2 : forest.sets ? 1 : 0), json, tensors: { ...forest } };
  }

  dispose(): void {}
}

/** A fitted forest from its saved state: same bits. */
export function restoreForest(family: ForestKind, state: SavedState): Model {
  const { kind, version } = family;
  const { sets } = state.tensors;
  const { columns, base, task, k, mean, scale, link } = state.json as unknown as Saved;
  const isPacked = state.tensors['codes'] !== undefined;
  requireState(state, kind, version + (isPacked ? PACKED : link !== undefined ? 2 : sets !== undefined ? 1 : 0));
  checkData(link === undefined || link === 'log', `${kind}.restore`, 'link must be log', link);
  const forest = forestOf(state);
  const scaling = { task, k, mean, scale, low: -Infinity, high: Infinity, ...(link ? { link } : {}) };
  requireWhole(kind, isSound(forest, columns, outputCount(scaling)));
  return new ForestModel(family, { forest, columns, scaling, base, report: reportFromJson(state) });
}

/** The forest of a saved state, packed or not; whether its indices stay inside is for the reader to ask. */
export function forestOf(state: SavedState): Forest {
  const { codes, sets, vectors } = state.tensors;
  if (codes !== undefined) {
    const forest = unpackForest(state.tensors);
    requireWhole(state.kind, forest !== null);
    return forest!;
  }
  return {
    feature: stateTensor(state, 'feature', Int32Array),
    value: stateTensor(state, 'value', Float32Array),
    left: stateTensor(state, 'left', Int32Array),
    defaultLeft: stateTensor(state, 'defaultLeft', Uint8Array),
    roots: stateTensor(state, 'roots', Int32Array),
    ...(vectors === undefined ? {} : { vectors: stateTensor(state, 'vectors', Float32Array) }),
    ...(sets === undefined ? {} : setsOf(state)),
  };
}

function requireWhole(kind: string, isWhole: boolean): void {
  checkData(isWhole, `${kind}.restore`, 'trees must be whole', 'a broken index', 'The file is damaged.');
}

function setsOf(state: SavedState): Pick<Forest, 'set' | 'sets'> {
  return { set: stateTensor(state, 'set', Int32Array), sets: stateTensor(state, 'sets', Uint8Array) };
}

/** Sums of shares as probabilities: none below 0, all of a row 1 together. */
function shares(raw: Matrix): Matrix {
  const { rows, cols } = raw;
  const out = createMatrix(rows, Math.max(2, cols));
  for (let i = 0; i < rows; i++) {
    if (cols === 1) {
      const second = Math.min(Math.max(raw.data[i], 0), 1);
      out.data.set([1 - second, second], 2 * i);
      continue;
    }
    const end = (i + 1) * cols;
    let sum = 0;
    for (let at = i * cols; at < end; at++) sum += Math.max(raw.data[at], 0);
    for (let at = i * cols; at < end; at++) out.data[at] = Math.max(raw.data[at], 0) / sum;
  }
  return out;
}
