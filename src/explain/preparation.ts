/** @file What a model's preparation made of each column, read from the first of its models. */

import { modelName, refittedRecipe } from '../automl/index.js';
import type { JsonObject } from '../core/index.js';
import { restoreRecipe } from '../prepare/index.js';
import type { Storage } from '../search/index.js';

export interface PreparedColumn {
  /** Column of the table, or a part of a text. */
  readonly source: string;
  /** How it was done, in words. */
  readonly step: string;
  /** Columns that the model sees. */
  readonly names: readonly string[];
}

const STEPS: Readonly<Record<string, string>> = {
  'network/numeric': 'gaps filled with the median, scaled by median and quartiles, smoothly clipped',
  'tree/numeric': 'as it is, gaps kept',
  'network/date': 'calendar parts, cycles as sine and cosine',
  'tree/date': 'calendar parts as numbers, gaps kept',
  'one-hot': 'a column per category',
  'two-level': 'two categories as one column',
  'network/rank':
    'the rank of each category, gaps filled with the median, scaled by median and quartiles, smoothly clipped',
  'tree/rank': 'the rank of each category, gaps kept',
  codes: 'categories as codes, which splits part by sets',
  text: 'words and neighbouring words weighed by the target in other rows, and the main directions in which texts differ',
  target: "categories by the target's mean over other rows, and by their frequency",
};

/** Numbers keep the frame column as `name`, all others as `column`. */
interface FittedColumn {
  readonly type: string;
  readonly column?: string;
  readonly name?: string;
}

/** Empty for ensembles and unknown models. */
export function preparationOf(storage: Storage, model: string): PreparedColumn[] {
  const trial = storage.trials().find((candidate) => modelName(candidate) === model);
  const part = trial && storage.parts(trial.number).find(({ info }) => 'recipe' in info);
  const searched = part && (part.info as { recipe: string }).recipe;
  const key = (trial && refittedRecipe(storage, trial)) ?? searched;
  const bytes = key === undefined ? undefined : storage.getBlob(`recipe/${key}`);
  if (!bytes) return [];
  const json = JSON.parse(new TextDecoder().decode(bytes)) as JsonObject;
  const { kind, names, sources } = restoreRecipe(json);
  const steps = new Map<string, string[]>();
  for (const { type, column, name } of json.columns as unknown as FittedColumn[]) {
    const step = STEPS[type] ?? STEPS[`${kind === 'network' ? kind : 'tree'}/${type}`] ?? type;
    steps.set(column ?? name ?? '', [...(steps.get(column ?? name ?? '') ?? []), step]);
  }
  return [...new Set(sources)].flatMap((source): PreparedColumn[] => {
    const own = steps.get(source);
    if (own === undefined) return [];
    return [{ source, step: own.join('; '), names: names.filter((_, j) => sources[j] === source) }];
  });
}
