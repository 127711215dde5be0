/** @file From a frame to a matrix: one transformer per column, fitted on the training rows only. */

import type { JsonObject, Matrix } from '../core/index.js';
import { createMatrix, deriveSeed, ToolkitError } from '../core/index.js';
import type { Frame, FrameColumn } from '../data/index.js';
import { fitCodes, restoreCodes } from './codes.js';
import { columnNamed, seenLevels } from './columns.js';
import { fitDate, restoreDate } from './date.js';
import { fitOneHot, restoreOneHot } from './encode.js';
import type { Apart, InnerFolds } from './inner-folds.js';
import { foldsApart, shuffledFolds, varies } from './inner-folds.js';
import type { NumbersFit } from './numbers.js';
import { fitNumbers, gather, numbersNames, writeNumbers } from './numbers.js';
import { fitRank, restoreRank } from './rank.js';
import type { TargetFitRequest } from './target.js';
import { fitTarget, restoreTarget } from './target.js';
import { fitText, MOST_VISITS, restoreText } from './text/fit.js';
import type { EncodingTarget, FittedTransformer, NumberKind, RecipeKind, Transformer } from './transformer.js';

/** Levels, "missing" among them, up to which a column is one-hot encoded; above, by the target. */
const ONE_HOT_LIMIT: Readonly<Record<NumberKind, number>> = { network: 24, tree: 10 };
/** Levels above which codes have target encodings beside them. */
const CODES_ALONE = 10;
const RECIPE_VERSION = 1;

export interface RecipeOptions extends Apart {
  /** Levels of one-hot columns at most; default: 24 for networks, 10 for trees. */
  readonly oneHotLimit?: number | undefined;
  /** Codes of more levels have target encodings beside them; default: 10. */
  readonly codesAlone?: number | undefined;
  /** Tables that fits on other rows of this frame made: where one says what would be made now, it is taken. */
  readonly alike?: readonly MadeTable[] | undefined;
}

/** A table that was made from a frame. */
export interface MadeTable {
  readonly recipe: JsonObject;
  readonly X: Matrix;
  /** No row has other numbers while it trains: nothing of the target is in X, or only of rows that do not train. */
  readonly isPlain?: boolean | undefined;
}

/** Fitted. */
export interface FittedRecipe {
  readonly kind: RecipeKind;
  /** One per column of the matrix: "age", "age is missing", "city = Rome", "city → target", "when: month". */
  readonly names: readonly string[];
  readonly width: number;
  /** One per column of the matrix: the frame column it was made from; '' for a column of nothing. */
  readonly sources: readonly string[];
  /** One per column of the matrix: whether it holds codes of categories. */
  readonly categories: readonly boolean[];
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
 * A plain table depends on what the recipe says alone: of `alike` ones the first that says the same is handed back, not made again.
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
): { recipe: FittedRecipe; X: Matrix; isPlain: boolean } {
  const fitted = frame.columns.flatMap((column) =>
    transformersFor(kind, column, options).map((one) =>
      one.fit(frame, target, trainRows, deriveSeed(seed, column.name)),
    ),
  );
  const recipe = recipeOf(kind, fitted);
  const isPlain = fitted.every((transformer) => transformer.transformTraining === undefined);
  const made = isPlain ? sameTable(recipe, options.alike) : undefined;
  if (made) return { recipe, X: made.X, isPlain };
  const X = createMatrix(frame.rowCount, recipe.width, true);
  forEachBlock(fitted, (transformer, offset) => {
    transformer.transform(frame, X, offset);
    transformer.transformTraining?.(X, offset);
  });
  return { recipe, X, isPlain };
}

function sameTable(recipe: FittedRecipe, alike: readonly MadeTable[] = []): MadeTable | undefined {
  const plain = alike.filter((table) => table.isPlain && table.X.cols === recipe.width);
  const said = plain.length > 0 ? JSON.stringify(recipe.toJSON()) : '';
  return plain.find((table) => JSON.stringify(table.recipe) === said);
}

/**
 * A recipe from its JSON: the same bits out of `transform` as before.
 *
 * Throws   data: not a recipe, or of a version this one does not know
 */
export function restoreRecipe(json: JsonObject): FittedRecipe {
  const { version, kind, columns } = json;
  if (version !== RECIPE_VERSION || !isKind(kind) || !Array.isArray(columns)) {
    const hint = 'It was written by another version of lrnn-automl.';
    throw new ToolkitError('data', { where: 'recipe', rule: `version must be ${RECIPE_VERSION}`, got: version, hint });
  }
  return recipeOf(kind, (columns as JsonObject[]).map(restoreTransformer));
}

function isKind(kind: unknown): kind is RecipeKind {
  return kind === 'network' || kind === 'tree' || kind === 'native';
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
    categories: kept.length > 0 ? kept.flatMap(({ names: own, hasCodes = false }) => own.map(() => hasCodes)) : [false],
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

/** The transformers that a column of that type gets. */
function transformersFor(kind: RecipeKind, column: FrameColumn, options: RecipeOptions): Transformer[] {
  const numberKind = kind === 'native' ? 'tree' : kind;
  if (column.kind === 'numeric') return [{ fit: (frame, _, rows) => fitNumeric(numberKind, frame, column.name, rows) }];
  if (column.kind === 'date') return [{ fit: (frame, _, rows) => fitDate(numberKind, frame, column.name, rows) }];
  const { name } = column;
  if (column.kind === 'text') return [text(numberKind, name, options)];
  if (column.ranks) return ranked(numberKind, name, options);
  if (kind !== 'native') return [encoded(kind, name, options)];
  return [codes(name, options), besideCodes(name, options)];
}

/** Trees split ranks wherever they like; networks, linear models and neighbours want a number of its own for each level, too. */
function ranked(kind: NumberKind, name: string, options: RecipeOptions): Transformer[] {
  const rank: Transformer = { fit: (frame, _, rows) => fitRank(kind, frame, name, rows) };
  return kind === 'tree' ? [rank] : [rank, encoded(kind, name, options)];
}

function encoded(kind: NumberKind, name: string, options: RecipeOptions): Transformer {
  const { oneHotLimit = ONE_HOT_LIMIT[kind] } = options;
  return {
    fit(frame, target, rows, seed) {
      const levels = levelsOf(frame, name, rows, options);
      if (levels.length <= Math.max(2, oneHotLimit)) return fitOneHot(kind, name, levels);
      return fitTargetOf({ kind, frame, column: name, levels, target, rows }, seed, options);
    },
  };
}

/** Two levels are a number, which says as much and is split faster. */
function codes(name: string, options: RecipeOptions): Transformer {
  return {
    fit(frame, _, rows) {
      const levels = levelsOf(frame, name, rows, options);
      const named = levels.filter((level) => level !== null);
      return named.length <= 2 ? fitOneHot('tree', name, levels) : fitCodes(frame, name, levels, rows);
    },
  };
}

/** Of many levels, what the target says of each stands beside the codes. */
function besideCodes(name: string, options: RecipeOptions): Transformer {
  return {
    fit(frame, target, rows, seed) {
      const levels = levelsOf(frame, name, rows, options);
      if (levels.length <= (options.codesAlone ?? CODES_ALONE)) return NOTHING;
      return fitTargetOf({ kind: 'tree', frame, column: name, levels, target, rows }, seed, options);
    },
  };
}

const NOTHING: FittedTransformer = { names: [], transform: () => undefined, toJSON: () => ({}) };

function levelsOf(frame: Frame, name: string, rows: Uint32Array, { groups, times }: Apart): (string | null)[] {
  const isInTime = times !== undefined && varies(times, rows);
  return seenLevels(columnNamed(frame, name, 'categorical'), rows, isInTime ? undefined : groups);
}

function text(kind: NumberKind, column: string, apart: Apart): Transformer {
  return {
    fit(frame, target, rows, seed) {
      const folds = innerFolds(target, rows, seed, apart);
      const visits = Math.floor(MOST_VISITS / frame.columns.filter((one) => one.kind === 'text').length);
      return fitText({ kind, frame, column, target, rows, folds, seed, visits });
    },
  };
}

function fitTargetOf(request: Omit<TargetFitRequest, 'folds'>, seed: number, apart: Apart): FittedTransformer {
  const { target, rows } = request;
  return fitTarget({ ...request, folds: innerFolds(target, rows, seed, apart) });
}

function innerFolds(target: EncodingTarget, rows: Uint32Array, seed: number, apart: Apart): InnerFolds {
  return foldsApart(apart, target, rows, seed) ?? shuffledFolds(rows, seed, apart.copies);
}

function fitNumeric(kind: NumberKind, frame: Frame, column: string, rows: Uint32Array): FittedTransformer {
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
    case 'rank':
      return restoreRank(json);
    case 'codes':
      return restoreCodes(json);
    case 'one-hot':
    case 'two-level':
      return restoreOneHot(json);
    case 'target':
      return restoreTarget(json);
    case 'date':
      return restoreDate(json);
    case 'text':
      return restoreText(json);
    default:
      throw new ToolkitError('data', { where: 'recipe', rule: 'must have known column types', got: json['type'] });
  }
}
