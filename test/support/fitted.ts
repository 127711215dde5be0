/** @file Small fitted predictors over every kind of column and every form of model: what exports are judged on. */

import type { PredictorMember, PredictorParts } from '../../src/automl/index.js';
import type { JsonObject, Task, TaskWord, TrainedFamily } from '../../src/core/index.js';
import { deriveSeed, Rng } from '../../src/core/index.js';
import type { ColumnKind, Schema } from '../../src/data/index.js';
import { encodeFrame, encodeTarget, inferSchema, withRanges } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';
import type { Engine } from '../../src/engine/index.js';
import { wasmEngine } from '../../src/engine/index.js';
import { estimatorFor, recipeFor } from '../../src/models/index.js';
import { fitRecipe } from '../../src/prepare/index.js';

/** One model to fit: its family, and settings that overrule small ones. */
export interface MemberRecipe {
  readonly family: TrainedFamily;
  readonly params?: JsonObject;
  readonly weight?: number;
}

export interface FittedOptions {
  readonly csv: string;
  readonly target: string;
  readonly task?: TaskWord;
  readonly types?: Readonly<Record<string, ColumnKind>>;
  readonly members: readonly MemberRecipe[];
  readonly folds?: number;
  readonly seed?: number;
  /** Of quantiles: each member is a fit for each of them. */
  readonly levels?: readonly number[];
}

const SMALL: Readonly<Record<TrainedFamily, JsonObject>> = {
  dummy: {},
  linear: { alpha: 1 },
  mlp: { depth: 2, width: 12, epochs: 3 },
  lrnn: {
    depth: 2,
    rank: 6,
    width: 3,
    hidden: 3,
    first: { projection: 'axis', rank: 7, hidden: 2, activation: 'tanh' },
    epochs: 3,
  },
  gbdt: { rounds: 12, leaves: 8, minRows: 3 },
  extratrees: { trees: 8 },
  knn: { neighbours: 5 },
  xgboost: { rounds: 12, maxDepth: 4 },
};

/** Fits each member on the training rows of each fold; every fold has a preparation of its own, as in a study. */
export async function fittedParts(options: FittedOptions, engine: Engine = wasmEngine): Promise<PredictorParts> {
  const { csv, target, task = 'auto', types, members, folds = 2, seed = 1, levels } = options;
  const table = await parseCsv(csv);
  const { schema: inferred, rows } = inferSchema(table, { target, task, types });
  const { frame } = encodeFrame(table, inferred, rows);
  const schema = withRanges(inferred, frame);
  const { y } = encodeTarget(table, schema, rows);
  const k = schema.target.task === 'regression' ? 1 : schema.target.classes.length;
  const recipes: Record<string, JsonObject> = {};
  const fitted: PredictorMember[] = [];
  for (const [m, { family, params = {}, weight = 1 / members.length }] of members.entries()) {
    const foldModels = [];
    for (let fold = 0; fold < folds; fold++) {
      const [train, rest] = dealt(y.length, folds, fold);
      const kind = recipeFor(family, params);
      const key = `${kind}/${fold}`;
      const encodingTarget = { y, k, classes: schema.target.classes };
      const { recipe, X } = fitRecipe(kind, frame, encodingTarget, train, deriveSeed(seed, key));
      recipes[key] = recipe.toJSON();
      const context = { task: schema.target.task, k, seed: deriveSeed(seed, m, fold), engine };
      const estimator = estimatorFor(family, { ...SMALL[family], ...params }, levels);
      const { categories } = recipe;
      const model = await estimator.fit(
        { X, y, rows: train, categories },
        { ...context, validation: { X, y, rows: rest } },
      );
      foldModels.push({ recipe: key, state: model.save() });
      model.dispose();
    }
    fitted.push({ name: `${family}-${m}`, family, weight, folds: foldModels });
  }
  const name = members.length > 1 ? 'ensemble' : fitted[0].name;
  return { name, task: schema.target.task, k, schema, recipes, members: fitted };
}

function dealt(n: number, folds: number, fold: number): [Uint32Array, Uint32Array] {
  const rows = Array.from({ length: n }, (_, i) => i);
  return [
    Uint32Array.from(rows.filter((i) => i % folds !== fold)),
    Uint32Array.from(rows.filter((i) => i % folds === fold)),
  ];
}

const WORDS = ['red', 'fast', 'noisy', 'old', 'cheap', 'rare'];

/**
 * A table with every kind of column, gaps in all of them, and columns whose names are hard: numbers plain, with a decimal
 * comma and with thousands; large ones that vary little; yes and no; few and many categories; dates; texts.
 */
export function motley(n: number, seed = 7): string {
  const rng = new Rng(seed);
  const gap = (text: string, share = 0.1) => (rng.uniform() < share ? ['', 'NA', '?'][rng.integer(3)] : text);
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = ['age,"größe, cm",price,year ms,member,city,zip,joined,note,label,value,kind'];
  for (let i = 0; i < n; i++) {
    const age = 18 + rng.integer(60);
    const size = 150 + 40 * rng.uniform();
    const price = Math.floor(500 + 5e5 * rng.uniform());
    const member = rng.uniform() < 0.5;
    const city = ['Rome', 'Oslo', 'Köln "West"', 'N/A-town'][rng.integer(4)];
    const zip = rng.integer(45);
    const day = Date.UTC(2019, 0, 1) + Math.floor(rng.uniform() * 900) * 86_400_000 + rng.integer(24) * 3_600_000;
    const note = Array.from({ length: 3 + rng.integer(4) }, () => WORDS[rng.integer(WORDS.length)]).join(' ');
    const score = age / 40 + (city === 'Oslo' ? 1 : 0) + Math.sin(size / 8) + (zip % 7) / 7 + rng.normal() / 3;
    const label = score > 2.4 ? 'yes' : 'no';
    const kind = score < 1.8 ? 'low' : score < 2.7 ? 'mid' : 'high, "very"';
    lines.push(
      [
        gap(String(age)),
        quoted(gap(size.toFixed(2).replace('.', ','))),
        quoted(gap(price.toLocaleString('en-US'))),
        String(1.6e12 + rng.integer(5000)),
        gap(member ? 'Yes' : 'no'),
        quoted(gap(city)),
        gap(`Z${zip}`, 0.05),
        gap(new Date(day).toISOString().slice(0, 16).replace('T', ' ')),
        quoted(gap(`${note} item ${i}`)),
        label,
        (10 * score).toFixed(3),
        quoted(kind),
      ].join(','),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The task's target in `motley`, and the two other targets, which are to be left out. */
export const MOTLEY_TARGETS: Readonly<Record<Task, string>> = {
  binary: 'label',
  regression: 'value',
  multiclass: 'kind',
};

/** Fits members on `motley` for a task. */
export async function motleyParts(
  task: Task,
  members: readonly MemberRecipe[],
  options: Partial<FittedOptions> = {},
): Promise<PredictorParts> {
  const target = MOTLEY_TARGETS[task];
  const others = Object.values(MOTLEY_TARGETS).filter((name) => name !== target);
  const types = Object.fromEntries(others.map((name) => [name, 'ignored' as const]));
  return fittedParts({ csv: motley(160), target, task, types: { ...types, note: 'text' }, members, ...options });
}

/** Names of the features of a schema. */
export function featureNames({ columns }: Schema): string[] {
  return columns.filter(({ kind }) => !['ignored', 'id', 'constant'].includes(kind)).map(({ name }) => name);
}
