/** @file From a frame to a matrix: one transformer per column, fitted on the training rows only. */

import type { JsonObject, Matrix } from '../core/index.js';
import { createMatrix, deriveSeed, ToolkitError } from '../core/index.js';
import type { CategoricalColumn, Frame, FrameColumn } from '../data/index.js';
import { columnNamed, seenLevels } from './columns.js';
import { fitDate, restoreDate } from './date.js';
import { fitOneHot, restoreOneHot } from './encode.js';
import type { Apart } from './inner-folds.js';
import { foldsApart, shuffledFolds, varies } from './inner-folds.js';
import type { NumbersFit } from './numbers.js';
import { fitNumbers, gather, numbersNames, writeNumbers } from './numbers.js';
import { fitTarget, restoreTarget } from './target.js';
import type { EncodingTarget, FittedTransformer, RecipeKind, Transformer } from './transformer.js';

/** Levels, "missing" among them, up to which a column is one-hot encoded; above, by the target. */
const ONE_HOT_LIMIT: Readonly<Record<RecipeKind, number>> = { network: 24, tree: 10 };
const RECIPE_VERSION = 1;

export interface RecipeOptions extends Apart {
  /** Default: 24 for networks, 10 for trees. */
  readonly oneHotLimit?: number | undefined;
}

/** Fitted. */
export interface FittedRecipe {
  readonly kind: RecipeKind;
  /** One per column of the matrix: "age", "age is missing", "city = Rome", "city → target", "when: month". */
  readonly names: readonly string[];
  readonly width: number;
  /** One per column of the matrix: the frame column it was made from; '' for a column of nothing. */
  readonly sources: readonly string[];
  /** [frame.rowCount x width]; for networks finite and in [-3, 3], for trees finite or NaN. */
  transform(frame: Frame): Matrix;
  toJSON(): JsonObject;
}

/**
 * Fits a recipe on `trainRows` and applies it to every row of the frame.
 *
 * In X the training rows carry out-of-fold target encodings, as they must while a model trains on them; all other rows
 * are encoded from all training rows, as `transform` encodes every row. Columns that do not vary over the training rows
 * are left out; if none varies, X is one column of zeros. Groups or times of the rows, where the study's folds keep them
 * apart, are kept apart by the encodings, too.
 *
 * Shapes   X [frame.rowCount x width] on a SharedArrayBuffer
 * Random   inner folds of target encodings, from the seed
 */
export function fitRecipe(
  kind: RecipeKind,
  frame: Frame,
  target: EncodingTarget,
  trainRows: Uint32Array,
  seed: number,
  options: RecipeOptions = {},
): { recipe: FittedRecipe; X: Matrix } {
  const fitted = frame.columns.map((column) =>
    transformerFor(kind, column, options).fit(frame, target, trainRows, deriveSeed(seed, column.name)),
  );
  const recipe = recipeOf(kind, fitted);
  const X = createMatrix(frame.rowCount, recipe.width, true);
  forEachBlock(fitted, (transformer, offset) => {
    transformer.transform(frame, X, offset);
    transformer.transformTraining?.(X, offset);
  });
  return { recipe, X };
}

/**
 * A recipe from its JSON: the same bits out of `transform` as before.
 *
 * Throws   data: not a recipe, or of a version this one does not know
 */
export function restoreRecipe(json: JsonObject): FittedRecipe {
  const { version, kind, columns } = json;
  if (version !== RECIPE_VERSION || (kind !== 'network' && kind !== 'tree') || !Array.isArray(columns)) {
    const hint = 'It was written by another version of lrnn-automl.';
    throw new ToolkitError('data', { where: 'recipe', rule: `version must be ${RECIPE_VERSION}`, got: version, hint });
  }
  return recipeOf(kind, (columns as JsonObject[]).map(restoreTransformer));
}

function recipeOf(kind: RecipeKind, fitted: readonly FittedTransformer[]): FittedRecipe {
  const kept = fitted.filter((transformer) => transformer.names.length > 0);
  const names = kept.length > 0 ? kept.flatMap((transformer) => transformer.names) : ['(nothing varies)'];
  const sources = kept.flatMap((transformer) => transformer.names.map(() => sourceOf(transformer)));
  return {
    kind,
    names,
    width: names.length,
    sources: kept.length > 0 ? sources : [''],
    transform(frame) {
      const out = createMatrix(frame.rowCount, names.length);
      forEachBlock(kept, (transformer, offset) => transformer.transform(frame, out, offset));
      return out;
    },
    toJSON: () => ({ version: RECIPE_VERSION, kind, columns: kept.map((transformer) => transformer.toJSON()) }),
  };
}

/** Numbers keep the frame column as `name`, all others as `column`. */
function sourceOf(transformer: FittedTransformer): string {
  const { column, name } = transformer.toJSON() as { column?: string; name?: string };
  return column ?? name ?? '';
}

function forEachBlock(
  fitted: readonly FittedTransformer[],
  visit: (t: FittedTransformer, offset: number) => void,
): void {
  let offset = 0;
  for (const transformer of fitted) {
    visit(transformer, offset);
    offset += transformer.names.length;
  }
}

/** The transformer that a column of that type gets. */
export function transformerFor(kind: RecipeKind, column: FrameColumn, options: RecipeOptions = {}): Transformer {
  if (column.kind === 'numeric') return { fit: (frame, _, rows) => fitNumeric(kind, frame, column.name, rows) };
  if (column.kind === 'date') return { fit: (frame, _, rows) => fitDate(kind, frame, column.name, rows) };
  return categorical(kind, column, options);
}

function categorical(kind: RecipeKind, { name }: CategoricalColumn, options: RecipeOptions): Transformer {
  const { oneHotLimit = ONE_HOT_LIMIT[kind], groups, times, copies } = options;
  return {
    fit(frame, target, rows, seed) {
      const isInTime = times !== undefined && varies(times, rows);
      const levels = seenLevels(columnNamed(frame, name, 'categorical'), rows, isInTime ? undefined : groups);
      if (levels.length <= Math.max(2, oneHotLimit)) return fitOneHot(kind, name, levels);
      const folds = foldsApart({ groups, times }, target, rows, seed) ?? shuffledFolds(rows, seed, copies);
      return fitTarget({ kind, frame, column: name, levels, target, rows, folds });
    },
  };
}

function fitNumeric(kind: RecipeKind, frame: Frame, column: string, rows: Uint32Array): FittedTransformer {
  return numeric(fitNumbers(kind, column, gather(columnNamed(frame, column, 'numeric').values, rows)));
}

function numeric(fit: NumbersFit): FittedTransformer {
  return {
    names: numbersNames(fit),
    transform: (frame, out, offset) => writeNumbers(fit, columnNamed(frame, fit.name, 'numeric').values, out, offset),
    toJSON: () => ({ type: 'numeric', ...fit }),
  };
}

function restoreTransformer(json: JsonObject): FittedTransformer {
  switch (json['type']) {
    case 'numeric':
      return numeric(json as unknown as NumbersFit);
    case 'one-hot':
    case 'two-level':
      return restoreOneHot(json);
    case 'target':
      return restoreTarget(json);
    case 'date':
      return restoreDate(json);
    default:
      throw new ToolkitError('data', { where: 'recipe', rule: 'must have known column types', got: json['type'] });
  }
}
