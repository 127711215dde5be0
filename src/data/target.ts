/** @file What is predicted: the task that the target's cells speak for, and its classes. */

import type { Task, TaskWord } from '../core/index.js';
import { aimOf, check, taskFor, ToolkitError } from '../core/index.js';
import { knownOrder, orderClasses } from './class-order.js';
import { areNumbers, classesOf, classKey, labeller, styleOf } from './classes.js';
import { codeReason } from './codes.js';
import type { CsvTable } from './csv-table.js';
import type { Evidence } from './evidence.js';
import { LONGEST_LEVEL, nameTokens } from './kinds.js';
import { parseNumber } from './numbers.js';
import { choosePositive, refusePositive } from './positive.js';
import type { ColumnSchema, TargetSchema } from './schema.js';
import { quote } from './strays.js';
import { grouped } from './words.js';

/** Whole numbers of more values than this are never taken for classes. */
export const MAX_NUMBER_CLASSES = 20;
const MAX_CLASSES = 1000;
/** So many rows per whole number on average, and the numbers may be classes after all. */
const ROWS_PER_CLASS = 5;
/** Names of things that are more or less, even when they are counted 0, 1, 2, 3. */
const QUANTITY_NAMES = new Set(
  'quality score rating ratings stars rank age count counts number num n qty quantity amount price cost year years days hours level grade points size'.split(
    ' ',
  ),
);

/** Names of things that are one of a kind, even when their numbers have gaps. The last word of a name that speaks decides. */
const CLASS_NAMES = new Set(
  'class classes type types label labels category categories species cluster kind code codes diagnosis'.split(' '),
);

/** What somebody said of the target. */
export interface SaidOfTarget {
  readonly task: TaskWord | 'auto';
  readonly positive?: string | undefined;
  /** Classes from the least to the most; it makes a target ordinal. */
  readonly order?: readonly string[] | undefined;
  /** The column that counts are counted in; it makes a target a count. */
  readonly exposure?: string | undefined;
  /** Levels, ascending; they make a target one of quantiles. */
  readonly quantiles?: readonly number[] | undefined;
}

/** Where nobody says which. */
export const DEFAULT_QUANTILES: readonly number[] = [0.1, 0.5, 0.9];

export interface TargetVerdict {
  readonly target: TargetSchema;
  readonly warnings: readonly string[];
}

/**
 * The task and the classes.
 *
 * Two values make a binary task; texts make classes, and so do whole numbers that are written as codes (`007`). Other whole numbers make
 * classes when there are 3 to 20 of them and they have no gap from 0 or 1 upwards, under a name that does not say quantity, or have a
 * name that says class. All other numbers are regression.
 */
export function decideTarget(
  csv: CsvTable,
  column: ColumnSchema,
  evidence: Evidence,
  said: SaidOfTarget,
): TargetVerdict {
  const { name } = column;
  const { positive, exposure } = said;
  const wanted = wordOf(said);
  if (evidence.counts.size === 0) refuse('must have values', `no present cell in ${grouped(evidence.rowCount)} rows`);
  const keys = new Set(Array.from(evidence.counts.keys(), (text) => classKey(text, styleOf(column))));
  if (keys.size === 1) {
    const [value] = evidence.counts.keys();
    refuse('must have at least two values', value, `Every row of "${name}" is the same: there is nothing to learn.`);
  }
  const guess = guessTask(column, evidence, keys.size);
  const aim = wanted === 'auto' ? undefined : aimOf(wanted);
  const { task, reason } = wanted === 'auto' ? guess : { task: taskFor(wanted), reason: `you said ${wanted}` };
  const doubts = wanted === 'auto' && guess.doubt !== undefined ? [`target "${name}": ${guess.doubt}`] : [];
  if (task === 'regression') {
    checkNumbers(csv, column, evidence, aim === 'count');
    if (positive !== undefined) refusePositive(aim ?? task, positive);
    const levels = aim === 'quantile' ? { quantiles: said.quantiles ?? DEFAULT_QUANTILES } : {};
    const counted = { ...(aim ? { aim } : {}), ...(exposure === undefined ? {} : { exposure }), ...levels };
    const warnings = exposure === undefined ? doubts : [...doubts, rateNote(name, exposure)];
    return { target: { name, task, ...counted, reason, classes: [] }, warnings };
  }
  const classes = classesOf(column, evidence.counts);
  checkClasses(name, task, classes, evidence);
  const warnings = [...smallClasses(column, evidence, classes), ...nearlyEqual(name, classes), ...doubts];
  if (aim === 'ordinal') {
    if (positive !== undefined) refusePositive(`${classes.length} classes in an order`, positive);
    const ordered = orderedTarget(column, classes, said.order);
    const why = said.order ? ordered.reason : `${reason}: ${ordered.reason}`;
    return { target: { name, task, aim, classes: ordered.classes, reason: why }, warnings };
  }
  if (task !== 'binary') {
    if (positive !== undefined) refusePositive(`${classes.length} classes`, positive);
    return {
      target: { name, task, reason, classes },
      warnings: [...warnings, ...(wanted === 'auto' ? orderNote(column, classes) : [])],
    };
  }
  const chosen = choosePositive(classes, column, evidence.counts, positive);
  return { target: { name, task, reason, classes, positive: chosen }, warnings };
}

function rateNote(name: string, exposure: string): string {
  return `"${name}" is learned per unit of "${exposure}", by which rows weigh: scores and plots are of that, predictions of counts for the exposure of a row`;
}

/** An order says that the classes have one, an exposure that something is counted, levels that quantiles are asked for. */
function wordOf({ task, order, exposure, quantiles }: SaidOfTarget): TaskWord | 'auto' {
  check(
    quantiles === undefined || task === 'auto' || task === 'quantile',
    'quantiles',
    'needs the task quantile',
    task,
  );
  const both = exposure ?? order;
  check(quantiles === undefined || both === undefined, 'quantiles', 'have no meaning with order or exposure', both);
  if (quantiles !== undefined) return 'quantile';
  check(exposure === undefined || task === 'auto' || task === 'count', 'exposure', 'needs the task count', task);
  if (exposure !== undefined) return 'count';
  check(order === undefined || task === 'auto' || task === 'ordinal', 'order', 'needs the task ordinal', task);
  return order === undefined ? task : 'ordinal';
}

function orderedTarget(column: ColumnSchema, classes: readonly string[], said: readonly string[] | undefined) {
  if (classes.length < 3) {
    const hint = 'Of two classes the order makes no difference: say binary.';
    refuse('must have three classes or more for an ordinal task', classes.length, hint);
  }
  return orderClasses(classes, column, said);
}

/** Words that everybody orders alike; numbers that are taken for classes are codes. */
function orderNote(column: ColumnSchema, classes: readonly string[]): string[] {
  const order = areNumbers(classes, column) ? undefined : knownOrder(classes, column)?.classes;
  if (!order) return [];
  const shown = [...order.slice(0, 5).map(quote), ...(order.length > 5 ? ['...'] : [])].join(' < ');
  return [
    `classes of "${column.name}" seem to have an order (${shown}), which plain classes do not see; say ordinal if a mistake is worse the farther it is off`,
  ];
}

interface Guess {
  readonly task: Task;
  readonly reason: string;
  /** What a user should be told of the choice. */
  readonly doubt?: string;
}

function guessTask(column: ColumnSchema, evidence: Evidence, distinct: number): Guess {
  const { counts, presentCount } = evidence;
  if (column.kind === 'date' && counts.size > 2) {
    refuse(
      'must be numbers or classes',
      'dates',
      `Turn column "${column.name}" into a number first, such as days until an event.`,
    );
  }
  if (distinct === 2) {
    return { task: 'binary', reason: `two values: ${classesOf(column, counts).map(quote).join(' and ')}` };
  }
  const { values, cellCount, hasTexts } = numbersAmong(column, counts);
  if (hasTexts) {
    // Mostly numbers, and too many for classes: a quantity with stray texts, which the check of its cells will name.
    const isQuantity = cellCount > presentCount / 2 && values.length > MAX_NUMBER_CLASSES;
    if (isQuantity) return { task: 'regression', reason: `${grouped(values.length)} distinct numbers` };
    return { task: 'multiclass', reason: `${grouped(counts.size)} distinct texts` };
  }
  const codes = distinct > mostClasses(presentCount) ? undefined : codeReason(counts, nameTokens(column.name));
  if (codes !== undefined) {
    return { task: 'multiclass', reason: codes, doubt: `${codes}; say regression if they are quantities` };
  }
  const { units = [], clock } = column;
  const isMeasured = clock === true || units.some((unit) => /^\p{L}/u.test(unit));
  if (isMeasured && distinct <= MAX_NUMBER_CLASSES) {
    const reason = `${grouped(distinct)} distinct texts such as ${quote([...counts.keys()][0])}`;
    return {
      task: 'multiclass',
      reason,
      doubt: `${reason} are taken for classes; say regression if they are quantities`,
    };
  }
  return guessNumbers(column.name, values, presentCount);
}

function guessNumbers(name: string, values: readonly number[], presentCount: number): Guess {
  const range = `${values.length} whole numbers from ${Math.min(...values)} to ${Math.max(...values)}`;
  const quantity = quantityReason(name, values);
  if (quantity === undefined) {
    const reason = `${range} without a gap are taken for classes`;
    return { task: 'multiclass', reason, doubt: `${reason}; say regression if they are quantities` };
  }
  const word = spokenWord(name);
  const isFew = values.length <= MAX_NUMBER_CLASSES && values.every((value) => Number.isInteger(value));
  if (isFew && word !== undefined && CLASS_NAMES.has(word)) {
    const reason = `${range} are taken for classes, as the name says "${word}"`;
    return { task: 'multiclass', reason, doubt: `${reason}; say regression if they are quantities` };
  }
  const reason = `${grouped(values.length)} distinct numbers in ${grouped(presentCount)} rows, ${quantity}`;
  const isDoubtful = isFew && word === undefined && presentCount >= ROWS_PER_CLASS * values.length;
  const doubt = `${range} are taken for a quantity; say multiclass if they are codes of classes`;
  return { task: 'regression', reason, ...(isDoubtful && { doubt }) };
}

/** The last word of a name that says class or quantity: an age class is a class, a class size a size. */
function spokenWord(name: string): string | undefined {
  return nameTokens(name).findLast((token) => QUANTITY_NAMES.has(token) || CLASS_NAMES.has(token));
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
  const long = classes.find((text) => text.length > LONGEST_LEVEL);
  if (long !== undefined) {
    const hint = `The class that begins "${long.slice(0, 40)}" is longer: is "${name}" a text, or is a quote missing?`;
    refuse(`must have classes of at most ${grouped(LONGEST_LEVEL)} characters`, long.length, hint);
  }
  const most = mostClasses(evidence.presentCount);
  if (classes.length > most) {
    const hint = `Is "${name}" an identifier, a text, or a number with stray texts in it?`;
    refuse(
      `must have at most ${grouped(most)} classes in ${grouped(evidence.presentCount)} rows`,
      classes.length,
      hint,
    );
  }
}

function mostClasses(rows: number): number {
  return Math.min(MAX_CLASSES, Math.max(2, Math.floor(rows / 2)));
}

/** Classes that people would call the same: they differ in case, in spaces, or in a sign at the end. */
function nearlyEqual(name: string, classes: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const text of classes) {
    const key = text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/(?<=\S)[\s_\p{Pd}]+(?=\S)/gu, ' ')
      .replace(/^["'\s]+|["'.,;:!?\s]+$/g, '');
    groups.set(key, [...(groups.get(key) ?? []), text]);
  }
  const alike = [...groups.values()].filter((group) => group.length > 1);
  if (alike.length === 0) return [];
  const named = alike.slice(0, 3).map((group) => group.slice(0, 4).map(quote).join(', '));
  const more = alike.length > 3 ? ` and ${grouped(alike.length - 3)} more` : '';
  return [
    `classes ${named.join(' and ')}${more} of "${name}" differ in case or punctuation only; make them one if they mean the same`,
  ];
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
  return lonely.length === 1
    ? [`class ${names} of "${column.name}" has 1 row: it cannot be both learned from and judged by`]
    : [`classes ${names} of "${column.name}" have 1 row each: none can be both learned from and judged by`];
}

/** Every present cell must be a finite number, of counts a whole one of 0 or more; the first that is not is named with its line. */
function checkNumbers(csv: CsvTable, column: ColumnSchema, evidence: Evidence, isCount: boolean): void {
  const values = new Set<number>();
  for (const text of evidence.counts.keys()) {
    const value = parseNumber(text, styleOf(column));
    values.add(value);
    if (Number.isFinite(value) && (!isCount || (value >= 0 && Number.isInteger(value)))) continue;
    const row = firstRowOf(csv, column.name, text);
    refuse(
      isCount ? 'must be whole numbers of 0 or more for a count' : 'must be numbers for regression',
      text,
      `Line ${csv.lineOf(row)} of ${csv.fileName}, column "${column.name}"; if it stands for a missing value, say so with --missing (missingTokens in a program).`,
    );
  }
  if (values.size === 1 && evidence.isComplete)
    refuse('must have at least two values', [...values][0], `Every row of "${column.name}" is the same number.`);
}

function firstRowOf(csv: CsvTable, name: string, text: string): number {
  const column = csv.table.column(name);
  for (let row = 0; row < csv.rowCount; row++) if (column?.at(row) === text) return row;
  return 0;
}

function refuse(rule: string, got: unknown, hint?: string): never {
  throw new ToolkitError('data', { where: 'target', rule, got, hint });
}
