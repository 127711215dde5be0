/** @file The settings that may stand in a portfolio: those that the product tries first, and others that were said to be worth it. */

import type { JsonObject, TrainedFamily } from '../../src/core/index.js';
import type { DataSize } from '../../src/models/index.js';
import { catalogEntry } from '../../src/models/index.js';
import { canonicalJson } from '../../src/search/storage.js';

export interface Candidate {
  /** Says what is special about the settings: the same word means the same settings on every table, but for sizes that follow from it. */
  readonly name: string;
  readonly family: TrainedFamily;
  readonly params: JsonObject;
}

/** A candidate that is part of a family's settings in every place but those named. */
type Changes = Readonly<Record<string, JsonObject>>;

/** Families whose trials fill a search; a dummy comes before all and is no matter of choice. */
const FAMILIES: readonly TrainedFamily[] = ['linear', 'lrnn', 'xgboost', 'mlp', 'gbdt', 'extratrees', 'knn'];

const LRNN_BASE: JsonObject = {
  depth: 2,
  rank: 48,
  width: 4,
  hidden: 8,
  activation: 'silu',
  sharing: 'neuron',
  first: { projection: 'axis', rank: 48, hidden: 16, activation: 'tanh' },
  frequencyScale: 1.2,
  inputSkip: true,
  frontScale: true,
  dropout: 0.25,
  learningRate: 0.005,
  weightDecay: 0.05,
};

const axis = (rank: number, hidden: number, activation = 'tanh'): JsonObject => {
  return { projection: 'axis', rank, hidden, activation };
};
const DENSE: JsonObject = {
  depth: 3,
  first: { projection: 'dense' },
  rank: 64,
  width: 2,
  learningRate: 0.004,
  weightDecay: 0.1,
};
const WAVES: JsonObject = { first: { projection: 'dense' }, learningRate: 0.003, weightDecay: 0.1, dropout: 0.1 };

/** Of the networks' own settings, what to change. The first five LRNN and four MLP entries of 2026-11-29 are among them. */
const LRNN: Changes = {
  noisy: {},
  smooth: { dropout: 0, learningRate: 0.002, weightDecay: 0.13 },
  dense: { ...DENSE, dropout: 0.1 },
  'dense, dropout 0': { ...DENSE, dropout: 0 },
  'dense, dropout 0.25': { ...DENSE, dropout: 0.25 },
  coarse: { first: axis(128, 4), rank: 64, activation: 'tanh', weightDecay: 0.03 },
  single: { depth: 1, first: axis(96, 16) },
  'single, dropout 0': { depth: 1, first: axis(96, 16), dropout: 0 },
  'no scale': { frontScale: false, dropout: 0.4 },
  'single, no scale': { depth: 1, first: axis(96, 16), frontScale: false, dropout: 0.4 },
  'dense, no scale': { ...DENSE, frontScale: false, dropout: 0.25 },
  'eight functions': { first: axis(48, 8), frontScale: false },
  pairs: { width: 2, frontScale: false },
  'one dense layer': { ...DENSE, depth: 1, rank: 96, dropout: 0.25 },
  'linear factors': { ...DENSE, width: 1, dropout: 0.25 },
  'dense sin': { ...WAVES, activation: 'sin' },
  'dense spder': { ...WAVES, activation: 'spder' },
  'axis sin': { first: axis(48, 16, 'sin'), activation: 'sin', learningRate: 0.003, dropout: 0.1 },
};

const MLP_BASE: JsonObject = {
  depth: 2,
  width: 192,
  activation: 'relu',
  embedding: { form: 'none' },
  inputSkip: false,
  frontScale: true,
  dropout: 0.1,
  learningRate: 0.002,
  weightDecay: 0.02,
};

const basis = (hidden: number, activation: string): JsonObject => ({ form: 'basis', hidden, activation });
const MLP: Changes = {
  plain: {},
  embedded: { width: 128, embedding: basis(8, 'tanh') },
  'embedded, dropout 0.25': { width: 128, embedding: basis(8, 'tanh'), dropout: 0.25 },
  'silu, three layers': { depth: 3, activation: 'silu', dropout: 0.2, weightDecay: 0.05 },
  'skip, three layers': { depth: 3, width: 128, dropout: 0, inputSkip: true },
  'no scale': { frontScale: false },
  'silu, dropout 0.4': { activation: 'silu', dropout: 0.4, weightDecay: 0.1 },
  'embedded, no scale': { width: 128, embedding: basis(8, 'tanh'), dropout: 0.4, frontScale: false },
  periodic: { width: 128, embedding: basis(16, 'sin') },
  'tanh, small': { width: 64, activation: 'tanh', dropout: 0.2, weightDecay: 0.1 },
};

const GBDT_BASE: JsonObject = {
  rounds: 1000,
  learningRate: 0.06,
  leaves: 16,
  minRows: 5,
  regLambda: 1,
  subsample: 0.8,
  colsample: 0.8,
};
/** Beside what the product tries. */
const GBDT: Changes = {
  stumps: { leaves: 3, minRows: 10, regLambda: 1, learningRate: 0.08 },
  'few columns': { leaves: 16, minRows: 3, colsample: 0.3, learningRate: 0.05 },
};
const EXTRA_BASE: JsonObject = { trees: 200, columns: 'sqrt', minLeaf: 1 };
const EXTRA: Changes = {
  'third of columns, leaves of 3': { columns: 0.33, minLeaf: 3 },
  'all columns': { columns: 1, minLeaf: 2 },
};

const MANY_CLASSES = 10;

/** Every candidate for a table; what the product tries first and no list here names is there under its place in the family's portfolio. */
export function candidatesFor(size: DataSize): Candidate[] {
  const named = [
    ...made('lrnn', LRNN_BASE, LRNN),
    ...made('mlp', MLP_BASE, MLP),
    // A round of many classes is many trees.
    ...(size.k > MANY_CLASSES ? [] : made('gbdt', GBDT_BASE, GBDT)),
    ...made('extratrees', EXTRA_BASE, EXTRA),
    ...made('linear', {}, { 'alpha 30': { alpha: 30 }, 'alpha 0.03': { alpha: 0.03 } }),
    ...made('knn', {}, { 'of 5': { neighbours: 5, power: 1 }, 'of 30': { neighbours: 30, power: 2 } }),
  ];
  const own = FAMILIES.flatMap((family) =>
    catalogEntry(family)
      .portfolio(size)
      .map((params, i) => ({ name: `${family}: entry ${i + 1}`, family, params })),
  );
  const others = own.filter((entry) => !named.some((candidate) => isSame(candidate, entry)));
  return [...others, ...named];
}

function made(family: TrainedFamily, base: JsonObject, changes: Changes): Candidate[] {
  return Object.entries(changes).map(([name, change]) => {
    return { name: `${family}: ${name}`, family, params: { ...base, ...change } };
  });
}

/** Whether two entries are fitted alike. */
export function isSame(a: Pick<Candidate, 'family' | 'params'>, b: Pick<Candidate, 'family' | 'params'>): boolean {
  const said = ({ family, params: { targetTransform, ...params } }: Pick<Candidate, 'family' | 'params'>): string =>
    canonicalJson({ family, ...params, ...(targetTransform === 'none' ? {} : { targetTransform }) });
  return said(a) === said(b);
}
