/** @file From a table of strings to a schema: kinds by evidence, the task from the target, everything with its reason. */

import type { TaskWord } from '../core/index.js';
import { check, checkData, finishNow, taskFor, ToolkitError } from '../core/index.js';
import { ColumnRoom } from './cell-blocks.js';
import type { CellColumn } from './cells.js';
import { readCells } from './cells.js';
import type { CsvTable } from './csv-table.js';
import { mostWordsFor } from './documents.js';
import type { Evidence } from './evidence.js';
import { gatherEvidence } from './evidence.js';
import { asExposure } from './exposure.js';
import { forceKind } from './forced-kind.js';
import type { KindContext, Verdict } from './kinds.js';
import { decideKind } from './kinds.js';
import { isGapAmongNumbers } from './missing.js';
import { columnHint } from './nearest.js';
import { sureStyle, writtenIn } from './number-style.js';
import type { SaidKind } from './ordinals.js';
import { decideFeature, saidKind } from './ordinals.js';
import { positiveIndex } from './positive.js';
import type { ColumnKind, ColumnSchema, Schema, TargetSchema } from './schema.js';
import { COLUMN_KINDS, isFeature, taskWord } from './schema.js';
import { decideTarget, MAX_NUMBER_CLASSES } from './target.js';
import { DecodedColumn } from './text-column.js';
import { grouped } from './words.js';

export interface InferOptions {
  readonly target: string;
  /** Columns that other models of the same table predict: no features. */
  readonly otherTargets?: readonly string[] | undefined;
  /** Default 'auto': decided from the target's cells. */
  readonly task?: TaskWord | 'auto' | undefined;
  /** Kinds that the user decides. */
  readonly types?: Readonly<Record<string, SaidKind>> | undefined;
  /** Columns that are no features. */
  readonly ignore?: readonly string[] | undefined;
  /** Of two classes the one that metrics, curves and thresholds are about; default: the rarer one. */
  readonly positive?: string | undefined;
  /** Of an ordinal target: its classes from the least to the most; makes it one. */
  readonly order?: readonly string[] | undefined;
  /** The column that counts are counted in, which is no feature; makes the target a count. */
  readonly exposure?: string | undefined;
  /** Levels of the quantiles that are predicted, ascending; makes the target one of them. */
  readonly quantiles?: readonly number[] | undefined;
  /** How the same table was understood before: columns and target stay so, unless these options say of them what was not said then, or no longer. */
  readonly known?: Schema | undefined;
}

export interface Inference {
  readonly schema: Schema;
  /** Whole sentences, without a full stop. */
  readonly warnings: readonly string[];
  /** Rows with a target, ascending: the rows to learn from. */
  readonly rows: Uint32Array;
  /** Rows whose target is missing, ascending. */
  readonly droppedTargetRows: Uint32Array;
}

/**
 * The schema of a table: what each column is, with the reason, and what is predicted.
 *
 * Rows without a target are set aside first: they add nothing to levels, counts or kinds. Nothing but the target's own column decides the task,
 * and no feature's kind looks at the target.
 *
 * Throws   usage: unknown column or kind in the options; data: target constant, all missing, or not numbers; no usable feature
 * @example
 * const { schema, rows } = inferSchema(csv, { target: 'species' });
 */
export function inferSchema(csv: CsvTable, options: InferOptions): Inference {
  return finishNow(inferringSchema(csv, options));
}

/** The same, a column at a step. */
export function* inferringSchema(csv: CsvTable, options: InferOptions): Generator<undefined, Inference> {
  const { target, task = 'auto', types = {}, ignore = [], known, positive, order, exposure, quantiles } = options;
  const { otherTargets = [] } = options;
  checkOptions(csv, target, types, ignore);
  const gaps = targetGaps(csv, target, task);
  const { rows, droppedTargetRows } = splitByTarget(csv, target, gaps);
  const warnings: string[] = [...csv.notes];
  if (droppedTargetRows.length > 0) {
    const first = csv.lineOf(droppedTargetRows[0]);
    const which = `${grouped(droppedTargetRows.length)} of ${grouped(csv.rowCount)} rows`;
    warnings.push(
      droppedTargetRows.length === 1
        ? `${which} has no "${target}" and is left out, on line ${first}`
        : `${which} have no "${target}" and are left out, the first on line ${first}`,
    );
  }
  const columns: ColumnSchema[] = [];
  const room = new ColumnRoom();
  let decided: ReturnType<typeof decideTarget> | undefined;
  for (const name of csv.names) {
    const said = Object.hasOwn(types, name) ? saidKind(name, types[name]) : undefined;
    const forced = said?.kind;
    const context: KindContext = { name, ...writtenIn(csv) };
    const evidence = gatherEvidence(columnOf(csv, name), rows, sureStyle(csv), room);
    if (name === target) {
      const column = describe(evidence, context, withoutGaps(decideKind(evidence, context)));
      decided = decideTarget(csv, column, evidence, { task, positive, order, exposure, quantiles });
      warnings.push(...decided.warnings);
      // Whoever says a class gets that one, or hears that the study began with another.
      const isKnown = known !== undefined && isKnownTarget(known, decided.target, options);
      if (isKnown) decided = { ...decided, target: known.target };
      const entry = isKnown ? known.columns.find((own) => own.name === target) : undefined;
      columns.push(entry ?? { ...column, kind: 'ignored', reason: 'target' });
    } else if (name === exposure) {
      const column = describe(evidence, context, asExposure(evidence, context));
      columns.push(knownColumn(known, name, 'ignored') ?? { ...column, kind: 'ignored', reason: 'exposure' });
    } else if (otherTargets.includes(name)) {
      const column = describe(evidence, context, decideKind(evidence, context));
      const entry = known?.columns.find((own) => own.name === name && own.reason === ANOTHER_TARGET);
      columns.push(entry ?? { ...column, kind: 'ignored', reason: ANOTHER_TARGET });
    } else if (ignore.includes(name) || forced === 'ignored') {
      const column = describe(evidence, context, decideKind(evidence, context));
      columns.push(knownColumn(known, name, 'ignored') ?? { ...column, kind: 'ignored', reason: 'you said so' });
    } else {
      const verdict = said === undefined ? decideFeature(evidence, context) : forceKind(said, evidence, context);
      const column = describe(evidence, context, verdict);
      const before = knownColumn(known, name, forced, said?.order && column);
      columns.push(before ?? column);
      const isOther = before !== undefined && before.kind !== column.kind;
      if (verdict.warning !== undefined && !isOther) warnings.push(`column "${name}": ${verdict.warning}`);
    }
    yield;
  }
  if (decided === undefined) throw new Error('the target was checked to be a column');
  checkFeatures(columns, csv.fileName);
  const schema: Schema = { version: 1, columns, target: decided.target, missingTokens: csv.missingTokens };
  return { schema, warnings, rows, droppedTargetRows };
}

function describe(evidence: Evidence, { name }: KindContext, { fields, gapCount = 0 }: Verdict): ColumnSchema {
  const missingCount = evidence.missingCount + gapCount;
  const mostWords = fields.kind === 'text' ? { mostWords: mostWordsFor(evidence.rowCount) } : {};
  const distinctCount = evidence.distinctCount - (fields.gaps?.length ?? 0);
  return { name, missingCount, distinctCount, ...fields, ...mostWords };
}

/** The entry of the column in the schema of before, if the same was said about it then, and the same order where one is said now. */
function knownColumn(
  known: Schema | undefined,
  name: string,
  said: ColumnKind | undefined,
  ordered?: ColumnSchema,
): ColumnSchema | undefined {
  const column = known?.columns.find((own) => own.name === name);
  if (column === undefined || column.reason === 'target') return undefined;
  const isSame = said === undefined ? !wasSaid(column) : wasSaid(column) && column.kind === said;
  const isOrder = ordered === undefined || orderOf(column) === orderOf(ordered);
  return isSame && isOrder ? column : undefined;
}

function orderOf({ levels, ranks }: ColumnSchema): string {
  return JSON.stringify([levels, ranks]);
}

function isKnownTarget(
  { target }: Schema,
  now: TargetSchema,
  { task = 'auto', positive, order }: InferOptions,
): boolean {
  const isSame = target.name === now.name && (positive === undefined || positiveIndex(target) === positiveIndex(now));
  if (target.exposure !== now.exposure || target.quantiles?.join() !== now.quantiles?.join()) return false;
  if (now.quantiles !== undefined) return isSame;
  if (now.exposure !== undefined) return isSame;
  if (order !== undefined || taskWord(target) === 'ordinal') {
    return isSame && target.aim === now.aim && now.classes.every((name, c) => name === target.classes[c]);
  }
  return isSame && (task === 'auto' ? !wasSaid(target) : wasSaid(target) && taskWord(target) === task);
}

const ANOTHER_TARGET = 'another target';

/** Reasons of what the user decides begin so. */
function wasSaid({ reason }: { readonly reason: string }): boolean {
  return reason.startsWith('you said');
}

/** What stands for no value in a target was taken out with its rows, or is a class. */
function withoutGaps({ fields }: Verdict): Verdict {
  const rest = ({ gaps: _, ...others }: Verdict['fields']): Verdict['fields'] => others;
  return { fields: rest(fields) };
}

function columnOf(csv: CsvTable, name: string): CellColumn {
  const column = csv.table.column(name);
  if (column === undefined) throw new Error(`the table has no column ${name}`);
  return column;
}

function checkOptions(
  csv: CsvTable,
  target: string,
  types: Readonly<Record<string, SaidKind>>,
  ignore: readonly string[],
): void {
  const { names } = csv;
  checkData(names.includes(target), 'target', `must be a column of ${csv.fileName}`, target, columnHint(target, names));
  for (const name of ignore) check(names.includes(name), 'ignore', 'must name columns', name, columnHint(name, names));
  check(!ignore.includes(target), 'ignore', 'must not name the target', target);
  for (const [name, said] of Object.entries(types)) {
    check(names.includes(name), 'types', 'must name columns', name, columnHint(name, names));
    const { kind } = saidKind(name, said);
    check(COLUMN_KINDS.includes(kind), 'types', `kind of "${name}" must be one of ${COLUMN_KINDS.join(', ')}`, kind);
    check(name !== target, 'types', 'must not name the target', name, 'Choose its task with the option task.');
  }
}

/** Texts of the target that stand for a missing value, because the others are numbers, and too many for classes. */
function targetGaps(csv: CsvTable, target: string, wanted: TaskWord | 'auto'): ReadonlySet<string> {
  const task = wanted === 'auto' ? wanted : taskFor(wanted);
  const column = columnOf(csv, target);
  const found = new Set<string>();
  for (const text of textsOf(column, csv.rowCount)) if (isGapAmongNumbers(text)) found.add(text);
  if (found.size === 0 || (task !== 'auto' && task !== 'regression')) return new Set();
  const evidence = gatherEvidence(
    column,
    Uint32Array.from({ length: csv.rowCount }, (_, row) => row),
    sureStyle(csv),
  );
  const { kind, gaps = [] } = decideKind(evidence, { name: target, ...writtenIn(csv) }).fields;
  const isQuantity = kind === 'numeric' && (task === 'regression' || evidence.distinctCount > MAX_NUMBER_CLASSES);
  return new Set(isQuantity ? gaps.filter((text) => found.has(text)) : []);
}

/** All texts of a column that may stand for a gap, some of them more than once. */
function* textsOf(column: CellColumn, rowCount: number): Generator<string> {
  if (column instanceof DecodedColumn) yield* column.distinctTexts();
  else
    for (let row = 0; row < rowCount; row++) {
      const text = column.at(row) as string | null;
      if (text !== null) yield text;
    }
}

function splitByTarget(
  csv: CsvTable,
  target: string,
  gaps: ReadonlySet<string>,
): { rows: Uint32Array; droppedTargetRows: Uint32Array } {
  const column = columnOf(csv, target);
  const kept = new Uint32Array(csv.rowCount);
  const dropped: number[] = [];
  const isThere = new Float64Array(csv.rowCount);
  const of = (text: unknown): number => (text === null || gaps.has(text as string) ? Number.NaN : 1);
  // No decimal stands for a gap.
  readCells(isThere, column, undefined, { of, valuesBut: [] });
  let count = 0;
  for (let row = 0; row < csv.rowCount; row++) {
    if (Number.isNaN(isThere[row])) dropped.push(row);
    else kept[count++] = row;
  }
  return { rows: kept.slice(0, count), droppedTargetRows: Uint32Array.from(dropped) };
}

function checkFeatures(columns: readonly ColumnSchema[], fileName: string): void {
  if (columns.some(isFeature)) return;
  const kinds = columns
    .filter((column) => column.reason !== 'target')
    .map((column) => `"${column.name}" is ${column.kind}`);
  const hint =
    kinds.length === 0
      ? `${fileName} has no column besides the target.`
      : `${kinds.slice(0, 5).join(', ')}; override with types, such as ${JSON.stringify(columns.find((column) => column.reason !== 'target')?.name)} = numeric.`;
  throw new ToolkitError('data', {
    where: 'columns',
    rule: 'must leave a usable feature, but all are constant, identifiers or ignored',
    hint,
  });
}
