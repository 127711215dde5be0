/** @file A model's predictions, worst rows and importances as tables to take away. */

import type { ModelView, StudyView } from '../../../automl/index.js';
import type { CsvCell, Matrix } from '../../../core/index.js';
import { csvText, shortFloat } from '../../../core/index.js';
import type { DecisionRule } from '../../../evaluate/index.js';
import { decidedClass } from '../../../evaluate/index.js';
import type { ModelExplanation } from '../../../explain/index.js';

type Target = StudyView['schema']['target'];

/**
 * Every row by the fold model that did not train on it, in the order of the table.
 *
 * Units   row: from 1, of the rows that have a target; fold: from 1; error: prediction minus truth (numbers only)
 */
export function outOfFoldCsv({ schema }: StudyView, view: ModelView): string {
  const { rows, y, predictions, weights = null, starts } = view;
  const foldOf = foldsOf(rows.length, starts);
  return predictionTable(schema.target, { rows, y, predictions, weights, rule: view, folds: foldOf });
}

/** The same on the rows held out, by models that have seen none of them; null where the model was not scored there. */
export function holdoutCsv({ schema }: StudyView, view: ModelView): string | null {
  const { held } = view;
  if (!held) return null;
  return predictionTable(schema.target, { ...held, weights: held.weights ?? null, rule: view, folds: null });
}

interface Predicted {
  readonly rows: Uint32Array;
  readonly y: Float32Array;
  readonly predictions: Matrix;
  readonly weights: Float32Array | null;
  /** How classes are called. */
  readonly rule: DecisionRule;
  /** Null: rows of no fold. */
  readonly folds: Int32Array | null;
}

function predictionTable({ classes }: Target, predicted: Predicted): string {
  const { rows, y, predictions, weights, rule, folds } = predicted;
  const order = Uint32Array.from(rows.keys()).sort((a, b) => rows[a] - rows[b]);
  const isNumber = classes.length === 0;
  const columns = [
    'row',
    ...(folds ? ['fold'] : []),
    ...(weights ? ['weight'] : []),
    ...['truth', 'prediction'],
    ...(isNumber ? ['error'] : classes.map((name) => `probability_${name}`)),
  ];
  const lineOf = (i: number): CsvCell[] => {
    const own = predictions.data.subarray(i * predictions.cols, (i + 1) * predictions.cols);
    const said = isNumber
      ? [shortFloat(y[i]), shortFloat(own[0]), shortFloat(Math.fround(own[0] - y[i]))]
      : [classes[y[i]], classes[decidedClass(own, rule)], ...Array.from(own, shortFloat)];
    return [rows[i] + 1, ...(folds ? [folds[i] + 1] : []), ...(weights ? [shortFloat(weights[i])] : []), ...said];
  };
  return csvText(columns, Array.from(order, lineOf));
}

function foldsOf(rows: number, starts: readonly number[] | undefined): Int32Array | null {
  if (!starts) return null;
  const folds = new Int32Array(rows);
  for (let fold = 0; fold + 1 < starts.length; fold++) folds.fill(fold, starts[fold], starts[fold + 1]);
  return folds;
}

/** The rows with the largest errors among the sampled ones, with all their cells as the table has them. */
export function worstCsv({ schema }: StudyView, { worst }: ModelExplanation): string {
  const { classes } = schema.target;
  const names = schema.columns.filter(({ kind }) => !['id', 'constant', 'ignored'].includes(kind));
  const said = classes.length === 0 ? ['prediction'] : classes.map((name) => `probability_${name}`);
  return csvText(
    ['row', 'fold', 'truth', ...said, 'error', ...names.map(({ name }) => name)],
    worst.map(({ row, fold, truth, prediction, error, cells }): CsvCell[] => [
      row + 1,
      fold + 1,
      classes.length === 0 ? shortFloat(truth) : classes[truth],
      ...prediction.map(shortFloat),
      error,
      ...cells,
    ]),
  );
}

/** Permutation importances, most important first; `clear` where one is more than two standard errors above 0. */
export function importancesCsv({ importance, metric, rows, repeats }: ModelExplanation): string {
  return csvText(
    ['column', 'importance', 'standardError', 'clear', 'metric', 'rows', 'repeats'],
    importance.columns.map(({ column, mean, error, isClear }): CsvCell[] => [
      ...[column, mean, error],
      ...[isClear ? 'yes' : 'no', metric, rows, repeats],
    ]),
  );
}
