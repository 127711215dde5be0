/** @file What decisions cost, as the classes of a target have it. */

import { check, ToolkitError } from '../../core/index.js';
import type { ColumnSchema, CostsOption, Schema } from '../../data/index.js';
import { COSTS_FORM, labeller, nearestName, tidy } from '../../data/index.js';
import type { Costs } from '../../evaluate/index.js';
import { dominatedClasses, MOST_COSTED, rankCosts } from '../../evaluate/index.js';

/**
 * The matrix of a target's classes.
 *
 * Throws usage: no target of classes, a class that is none, a missing one, or a cost that is none
 */
export function costsFor(given: CostsOption, { target, columns }: Schema): Costs {
  const { classes, task, name } = target;
  check(task !== 'regression', 'costs', 'needs a target of classes', task);
  const k = classes.length;
  check(k <= MOST_COSTED, 'costs', `needs at most ${MOST_COSTED} classes`, k);
  const isObject = typeof given === 'object' && given !== null;
  check(isObject, 'costs', 'must be rows of numbers, or costs by the names of classes', given, COSTS_FORM);
  const rows = Array.isArray(given)
    ? (given as Costs)
    : byNames(given as Named, {
        name,
        classes,
        label: labelOf(
          classes,
          columns.find((column) => column.name === name),
        ),
      });
  const isSquare = rows.length === k && rows.every((row) => Array.isArray(row) && row.length === k);
  const sizes = rows.map((row) => (Array.isArray(row) ? row.length : 'something else')).join(', ');
  const inOrder = `They are, in their order, ${named(classes)}.`;
  check(
    isSquare,
    'costs',
    `must be ${k} rows of ${k} numbers, as many as there are classes`,
    `rows of ${sizes}`,
    inOrder,
  );
  rows.forEach((row, truth) =>
    row.forEach((cost, called) => {
      const isCost = typeof cost === 'number' && Number.isFinite(cost) && cost >= 0;
      const rule = `must be a number of 0 or more where ${JSON.stringify(classes[truth])} is called ${JSON.stringify(classes[called])}`;
      check(isCost, 'costs', rule, typeof cost === 'number' ? String(cost) : cost);
    }),
  );
  const decides = rows.some((row) => row.some((cost) => cost !== row[0]));
  check(decides, 'costs', 'must not be the same whatever is called', rows.flat()[0]);
  return rows.map((row) => [...row]);
}

/**
 * Of classes in an order, what a call that is off costs where nobody says it: the square of the places for quadratic_kappa, which is about
 * these squares, else the number of places, so that the median of the probable classes is called. Metrics that have their own idea of a
 * right call keep to the most probable class.
 *
 * Throws   limit: more classes than costs may have
 */
export function orderCosts({ target }: Schema, metric: string): Costs | undefined {
  const { aim, classes } = target;
  if (aim !== 'ordinal' || OWN_CALLS.includes(metric)) return undefined;
  const hint = 'Say regression, where they are numbers.';
  if (classes.length > MOST_COSTED) {
    const rule = `takes at most ${MOST_COSTED} classes`;
    throw new ToolkitError('limit', { where: 'order', rule, got: classes.length, hint });
  }
  return rankCosts(classes.length, metric === 'quadratic_kappa' ? 2 : 1);
}

const OWN_CALLS = [
  'accuracy',
  'balanced_accuracy',
  'precision_macro',
  'recall_macro',
  'f1_macro',
  'f0.5_macro',
  'f2_macro',
  'mcc',
];

/** What to say of classes that costs keep from ever being called; often rows and columns are swapped. */
export function costNotes(costs: Costs | undefined, { target: { classes } }: Schema): string[] {
  if (!costs) return [];
  return dominatedClasses(costs).map(({ called, by }) => {
    const [never, instead] = [called, by].map((c) => JSON.stringify(classes[c]));
    return `by these costs it is never cheaper to call ${never} than ${instead}: a row is a true class, a column the class that is called`;
  });
}

type Named = Exclude<CostsOption, Costs>;

interface Classes {
  readonly name: string;
  readonly classes: readonly string[];
  readonly label: (text: string) => number;
}

function byNames(given: Named, { name, classes, label }: Classes): number[][] {
  const index = (text: string): number => {
    const found = label(tidy(text));
    check(found >= 0, 'costs', `must name classes of "${name}"`, text, classHint(text, classes));
    return found;
  };
  const rows = classes.map((_, truth) =>
    classes.map((__, called): number | undefined => (truth === called ? 0 : undefined)),
  );
  const said = new Map<number, string>();
  for (const [truth, row] of Object.entries(given)) {
    const isRow = typeof row === 'object' && row !== null && !Array.isArray(row);
    check(isRow, 'costs', `must say by class what it costs to call ${JSON.stringify(truth)} so`, row);
    for (const [called, cost] of Object.entries(row)) {
      const [i, j] = [index(truth), index(called)];
      const cell = `${JSON.stringify(truth)} is called ${JSON.stringify(called)}`;
      const before = said.get(i * classes.length + j);
      check(before === undefined, 'costs', `must say once what it costs where ${cell}`, cost, sameHint(before));
      said.set(i * classes.length + j, cell);
      rows[i][j] = cost;
    }
  }
  rows.forEach((row, truth) => {
    const called = row.findIndex((cost) => cost === undefined);
    const rule = `must say what it costs where ${JSON.stringify(classes[truth])} is called ${JSON.stringify(classes[called])}`;
    if (called >= 0) throw refused(rule, 'nothing');
  });
  return rows as number[][];
}

/** Two ways of writing may be one class: `1` and `1.0`. */
function sameHint(before: string | undefined): string {
  return `It is said before, where ${before}.`;
}

function labelOf(classes: readonly string[], column: ColumnSchema | undefined): (text: string) => number {
  return column ? labeller(classes, column) : (text) => classes.indexOf(text);
}

function classHint(typed: string, classes: readonly string[]): string {
  const nearest = nearestName(typed, classes);
  return nearest === undefined ? `They are ${named(classes)}.` : `Did you mean ${JSON.stringify(nearest)}?`;
}

function named(classes: readonly string[]): string {
  return `${classes
    .slice(0, 8)
    .map((text) => JSON.stringify(text))
    .join(', ')}${classes.length > 8 ? ' ...' : ''}`;
}

function refused(rule: string, got: unknown, hint?: string): ToolkitError {
  return new ToolkitError('usage', { where: 'costs', rule, got, hint });
}
