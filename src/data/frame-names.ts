/** @file What the columns of a frame are called: a text column becomes several, none of which may have the name of another column of the table. */

import type { FrameColumn } from './frame.js';
import type { ColumnSchema, Schema } from './schema.js';
import { isLevels } from './schema.js';

/** Numbers of every text, whatever its words. */
export const TEXT_TITLES: readonly string[] = ['length', 'words', 'digits share', 'upper-case share'];

/** The frame columns of one text column. */
export interface TextNames {
  /** `<name>: length` and so on, then those of the words of models of earlier versions. */
  readonly numbers: readonly string[];
  /** `<name>: text`; null where the schema does not say how many words count. */
  readonly terms: string | null;
}

/** A column of a frame, without its cells. */
export type FramePart = Pick<FrameColumn, 'name' | 'kind'>;

/**
 * The names of what text columns become, by column. One that is taken gets underscores.
 *
 * Columns whose schema counts no words keep theirs whatever else has them: models of earlier versions look for these.
 */
export function textNames({ columns }: Schema): ReadonlyMap<string, TextNames> {
  const texts = columns.filter(({ kind }) => kind === 'text');
  if (texts.length === 0) return new Map();
  const taken = new Set(columns.map(({ name }) => name));
  const free = (wanted: string): string => {
    let name = wanted;
    while (taken.has(name)) name += '_';
    taken.add(name);
    return name;
  };
  return new Map(
    texts.map(({ name, words = [], mostWords }): [string, TextNames] => {
      const own = TEXT_TITLES.map((title) => `${name}: ${title}`);
      if (mostWords !== undefined) return [name, { numbers: own.map(free), terms: free(`${name}: text`) }];
      const present = words.map((word) => `${name}: has ${JSON.stringify(word)}`);
      return [name, { numbers: [...own, ...present], terms: null }];
    }),
  );
}

/** What each feature of a schema becomes in a frame, in the order of the features given. */
export function framePartsOf(features: readonly ColumnSchema[], schema: Schema): FramePart[][] {
  const texts = textNames(schema);
  return features.map(({ name, kind }): FramePart[] => {
    if (kind === 'date') return [{ name, kind }];
    if (isLevels(kind)) return [{ name, kind: 'categorical' }];
    const { numbers, terms } = texts.get(name) ?? { numbers: [name], terms: null };
    const parts = numbers.map((number): FramePart => ({ name: number, kind: 'numeric' }));
    return terms === null ? parts : [...parts, { name: terms, kind: 'text' }];
  });
}
