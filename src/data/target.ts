/** @file What is predicted: the task that the target's cells speak for, and its classes. */

import type { Task } from '../core/index.js';
import { ToolkitError } from '../core/index.js';
import { classesOf, labeller, styleOf } from './classes.js';
import type { CsvTable } from './csv-table.js';
import type { Evidence } from './evidence.js';
import { grouped } from './evidence.js';
import { nameTokens, quote } from './kinds.js';
import { parseNumber } from './numbers.js';
import type { ColumnSchema, TargetSchema } from './schema.js';

/** Whole numbers of more values than this are never taken for classes. */
const MAX_NUMBER_CLASSES = 20;
const MAX_CLASSES = 1000;
/** Names of things that are more or less, even when they are counted 0, 1, 2, 3. */
const QUANTITY_NAMES = new Set(
  'quality score rating ratings stars rank age count counts number num n qty quantity amount price cost year years days hours level grade points size'.split(
    ' ',
  ),
);

export interface TargetVerdict {
  readonly target: TargetSchema;
  readonly warnings: readonly string[];
}

/**
 * The task and the classes.
 *
 * Two values make a binary task; texts make classes. Whole numbers make classes only when they are codes by all signs: 3 to 20
 * values, from 0 or 1 upwards without a gap, under a name that does not say quantity. All other numbers are regression.
 */
export function decideTarget(
  csv: CsvTable,
  column: ColumnSchema,
  evidence: Evidence,
  wanted: Task | 'auto',
): TargetVerdict {
  const { name } = column;
  if (evidence.counts.size === 0) refuse('must have values', `no present cell in ${grouped(evidence.rowCount)} rows`);
  if (evidence.counts.size === 1 || column.kind === 'constant') {
    const [value] = evidence.counts.keys();
    refuse('must have at least two values', value, `Every row of "${name}" is the same: there is nothing to learn.`);
  }
  const { task, reason } =
    wanted === 'auto' ? guessTask(column, evidence) : { task: wanted, reason: `you said ${wanted}` };
  if (task === 'regression')
    return { target: { name, task, reason, classes: [] }, warnings: checkNumbers(csv, column, evidence) };
  const classes = classesOf(column, evidence.counts);
  checkClasses(name, task, classes, evidence);
  const warnings = smallClasses(column, evidence, classes);
  if (wanted === 'auto' && task === 'multiclass' && column.kind === 'numeric')
    warnings.push(`target "${name}": ${reason}; say regression if they are quantities`);
  return { target: { name, task, reason, classes }, warnings };
}

function guessTask(column: ColumnSchema, { counts, presentCount }: Evidence): { task: Task; reason: string } {
  if (column.kind === 'date' && counts.size > 2) {
    refuse(
      'must be numbers or classes',
      'dates',
      `Turn column "${column.name}" into a number first, such as days until an event.`,
    );
  }
  const { values, cellCount, hasTexts } = numbersAmong(column, counts);
  if ((hasTexts ? counts.size : values.length) === 2) {
    return { task: 'binary', reason: `two values: ${classesOf(column, counts).map(quote).join(' and ')}` };
  }
  if (hasTexts) {
    // Mostly numbers, and too many for classes: a quantity with stray texts, which the check of its cells will name.
    const isQuantity = cellCount > presentCount / 2 && values.length > MAX_NUMBER_CLASSES;
    if (isQuantity) return { task: 'regression', reason: `${grouped(values.length)} distinct numbers` };
    return { task: 'multiclass', reason: `${grouped(counts.size)} distinct texts` };
  }
  const quantity = quantityReason(column.name, values);
  if (quantity !== undefined) {
    const count = `${grouped(values.length)} distinct numbers in ${grouped(presentCount)} rows`;
    return { task: 'regression', reason: `${count}, ${quantity}` };
  }
  const range = `from ${Math.min(...values)} to ${Math.max(...values)}`;
  return { task: 'multiclass', reason: `${values.length} whole numbers ${range} without a gap are taken for classes` };
}

/** The distinct numbers (written in any way), how many of the cells they fill, and whether there are other texts. */
function numbersAmong(column: ColumnSchema, counts: ReadonlyMap<string, number>) {
  const values = new Set<number>();
  let cellCount = 0;
  let hasTexts = false;
  for (const [text, count] of counts) {
    const value = parseNumber(text, styleOf(column));
    if (Number.isNaN(value)) hasTexts = true;
    else {
      values.add(value);
      cellCount += count;
    }
  }
  return { values: [...values], cellCount, hasTexts };
}

/** Why these numbers are a quantity, or undefined when they look like codes of classes. */
function quantityReason(name: string, values: readonly number[]): string | undefined {
  if (!values.every((value) => Number.isInteger(value))) return 'not all whole';
  if (values.length > MAX_NUMBER_CLASSES) return `more than ${MAX_NUMBER_CLASSES}`;
  const low = Math.min(...values);
  if (low !== 0 && low !== 1) return `they start at ${low}, where codes of classes start at 0 or 1`;
  if (Math.max(...values) - low !== values.length - 1) return 'with gaps between them';
  const word = nameTokens(name).find((token) => QUANTITY_NAMES.has(token));
  return word === undefined ? undefined : `and the name says "${word}"`;
}

function checkClasses(name: string, task: Task, classes: readonly string[], evidence: Evidence): void {
  if (task === 'binary' && classes.length !== 2) {
    refuse(
      'must have two classes for a binary task',
      classes.length,
      `They are ${classes.slice(0, 5).map(quote).join(', ')} ...; try the task multiclass.`,
    );
  }
  const most = Math.min(MAX_CLASSES, Math.max(2, Math.floor(evidence.presentCount / 2)));
  if (classes.length > most) {
    const hint = `Is "${name}" an identifier, a text, or a number with stray texts in it?`;
    refuse(
      `must have at most ${grouped(most)} classes in ${grouped(evidence.presentCount)} rows`,
      classes.length,
      hint,
    );
  }
}

function smallClasses(column: ColumnSchema, { counts }: Evidence, classes: readonly string[]): string[] {
  const totals = new Map<string, number>();
  const label = labeller(classes, column);
  for (const [text, count] of counts) {
    const key = classes[label(text)];
    totals.set(key, (totals.get(key) ?? 0) + count);
  }
  const lonely = [...totals].filter(([, count]) => count === 1).map(([text]) => quote(text));
  if (lonely.length === 0) return [];
  const names = lonely.slice(0, 5).join(', ') + (lonely.length > 5 ? ' ...' : '');
  return [
    `${lonely.length === 1 ? 'class' : 'classes'} ${names} of "${column.name}" ${lonely.length === 1 ? 'has' : 'have'} 1 row: it cannot be both learned from and judged by`,
  ];
}

/** Every present cell must be a finite number; the first that is not is named with its line. */
function checkNumbers(csv: CsvTable, column: ColumnSchema, evidence: Evidence): string[] {
  for (const text of evidence.counts.keys()) {
    if (Number.isFinite(parseNumber(text, styleOf(column)))) continue;
    const row = firstRowOf(csv, column.name, text);
    refuse(
      'must be numbers for regression',
      text,
      `Line ${csv.lineOf(row)} of ${csv.fileName}, column "${column.name}"; if it stands for a missing value, add it to the missing tokens.`,
    );
  }
  return [];
}

function firstRowOf(csv: CsvTable, name: string, text: string): number {
  const column = csv.table.column(name);
  for (let row = 0; row < csv.rowCount; row++) if (column?.at(row) === text) return row;
  return 0;
}

function refuse(rule: string, got: unknown, hint?: string): never {
  throw new ToolkitError('data', { where: 'target', rule, got, hint });
}
