/** @file From a CSV to what every fold job reads: schema, frame, target, folds. */

import { isDeepStrictEqual } from 'node:util';

import type { Directions, DuplicatesMode, JudgedRows, StudyData, StudySettings } from '../../automl/index.js';
import { scoredRows, targetFacts, withJudges } from '../../automl/index.js';
import { check, checkData, finishPolitely, pacer } from '../../core/index.js';
import type { CsvTable, EncodedTarget, Finding, Frame, LeakOptions, Schema } from '../../data/index.js';
import {
  alikeColumns,
  asRates,
  columnHint,
  DEFAULT_MISSING_TOKENS,
  encodeTarget,
  encodingFrame,
  grouped,
  inferringSchema,
  positiveIndex,
  readGroups,
  readTimes,
  readWeights,
  repeatedRows,
  saidOfReading,
  sampledRows,
  suspectingLeaks,
  taskWord,
  tidy,
  withoutPositive,
  withRanges,
} from '../../data/index.js';
import { readTable } from '../../data/node.js';
import type { Splits } from '../../evaluate/index.js';
import { defaultMetric, endTimes, holdoutShare, makeSplits, metricFor, requireTargets } from '../../evaluate/index.js';
import type { TimeOrder } from '../../explain/index.js';
import { costNotes, costsFor, orderCosts } from './costs.js';
import { leftOutNotes } from './left-out.js';
import type { CheckedOptions } from './options.js';

export interface LoadedData {
  /** Its cells are let go of: a table of hundreds of megabytes is not kept beside its columns. */
  readonly csv: Pick<CsvTable, 'fileName' | 'sha256'>;
  readonly schema: Schema;
  readonly data: StudyData;
  /** Where samples judge: how many rows; left out where all do. */
  readonly judged?: JudgedRows;
  readonly warnings: readonly string[];
  /** What looking at the columns has found; leaks are among the warnings, too. */
  readonly findings: readonly Finding[];
  /** By the column that says when a row happened; null without one. */
  readonly order: TimeOrder | null;
}

/**
 * Reads, understands and splits the data. Same file, same options, same result; a study that has begun goes on by the rules
 * that it began with.
 *
 * Throws   what is wrong with the data or the options; the reason of options.signal once it has fired
 */
export async function loadData(given: CheckedOptions, begun?: StudySettings, read?: CsvTable): Promise<LoadedData> {
  const prepared = await prepareTable(given, begun, read);
  const { y, task, k, classes, groups, times, copies } = prepared;
  const { folds, holdout, seed, gap } = prepared.options;
  const splits = makeSplits({
    n: y.length,
    y,
    task,
    k,
    classes,
    folds,
    holdout: holdoutShare(y.length, holdout),
    seed,
    groups,
    copies,
    time: times,
    gap,
  });
  return splitTable(prepared, splits);
}

/** A table and what is predicted of it, before its rows are dealt. */
export type PreparedTable = Awaited<ReturnType<typeof prepareTable>>;

/** Reads and understands the data; `read`: the file was read before. */
export async function prepareTable(given: CheckedOptions, begun?: StudySettings, read?: CsvTable) {
  const options = withTidyNames(given);
  const { csv, warnings, rows, schema: inferred } = await understand(options, begun, read);
  const encoded = await finishPolitely(encodingFrame(csv, inferred, rows), pacer(options.signal));
  const { exposure, ...frame } = encoded.frame;
  const schema = withRanges(inferred, frame);
  const said = options.weights === undefined ? undefined : readWeights(csv, options.weights, rows);
  const { y, exact, weights } = learnedTarget(encodeTarget(csv, schema, rows), said, exposure);
  const { task, classes } = schema.target;
  if (task === 'regression') requireSpread(exact, schema.target.name);
  options.signal?.throwIfAborted();
  const named = options.metric ?? defaultMetric(taskWord(schema.target));
  const costs = options.costs ? costsFor(options.costs, schema) : orderCosts(schema, named);
  const { quantiles } = schema.target;
  const about = { positive: positiveIndex(schema.target), costs, quantiles };
  requirePinball(named, quantiles);
  const metric = metricFor(named, task, about);
  requireTargets(metric, targetFacts(schema, exact));
  const k = task === 'regression' ? 1 : classes.length;
  const balanced = options.classWeights === 'balanced';
  check(!balanced || task !== 'regression', 'class-weights', 'balanced needs a target of classes', task);
  const times = options.time === undefined ? undefined : readTimes(csv, options.time, rows);
  const groups = options.group === undefined ? undefined : readGroups(csv, options.group, rows);
  const alike = keepsCopies(options, begun) ? repeatedRows(frame) : null;
  const copies = alike ? shared(alike) : undefined;
  const { fileName, sha256 } = csv;
  const target = { y, exact, weights, exposure, task, k, classes, ...about, metric: metric.name };
  return { options, begun, csv: { fileName, sha256 }, schema, warnings, rows, frame, ...target, times, groups, copies };
}

/** What the folds read, once the rows are dealt. */
export async function splitTable(prepared: PreparedTable, splits: Splits): Promise<LoadedData> {
  const { options, begun, schema, frame, y, exact, exposure, task, costs, quantiles, times, groups, copies } = prepared;
  const { folds, holdout } = splits;
  const { seed, classWeights } = options;
  const apart = begun && !begun.encodingsApart ? {} : { groups, times: times && endTimes(times, groups), copies };
  const data = {
    frame,
    y,
    task,
    k: prepared.k,
    classes: prepared.classes,
    ...(task === 'binary' ? { positive: prepared.positive } : {}),
    ...(costs ? { costs } : {}),
    ...(quantiles ? { quantiles } : {}),
    folds,
    holdout,
    ...apart,
    metric: prepared.metric,
    seed,
    classWeights,
    weights: prepared.weights,
    ...(exposure ? { exposure: Float32Array.from(exposure) } : {}),
    monotone: options.monotone,
  };
  requireWeights(data);
  const except = options.time === undefined ? [] : [options.time];
  const looked = await lookAt(frame, exact, schema, { groups, except, signal: options.signal });
  const findings = [...looked, ...copiesFound(copies)];
  const leftOut = leftOutNotes(begun?.families ?? options.models, y.length, schema.target.aim);
  const judging = begun && !begun.judged ? data : withJudges(data);
  return {
    csv: prepared.csv,
    schema,
    data: judging,
    ...judgedRows(data, judging),
    order: times === undefined ? null : { column: options.time!, times },
    warnings: [
      ...prepared.warnings,
      ...costNotes(costs, schema),
      ...saidOf(findings),
      ...splits.warnings,
      ...foldWarnings(data),
      ...leftOut,
      ...directedNote(options),
    ],
    findings,
  };
}

/** Throws usage: quantiles are ranked by the loss of all of them, and that is for nothing else. */
export function requirePinball(metric: string, quantiles: readonly number[] | undefined): void {
  const rule = quantiles ? 'must be pinball where quantiles are predicted' : 'pinball needs --task quantile';
  check((metric === 'pinball') === (quantiles !== undefined), 'metric', rule, metric, quantiles && 'Leave it out.');
}

/** What models learn, and how much rows count: rates, of counts that were counted in more or less of something. */
function learnedTarget(target: EncodedTarget, weights: Float32Array | undefined, exposure: Float64Array | undefined) {
  if (!exposure) return { ...target, weights };
  const { rates, weights: own } = asRates(target.exact, exposure, weights);
  target.y.set(rates);
  return { y: target.y, exact: rates, weights: own };
}

/** A study goes on as it began, whatever the default is now. */
export function duplicatesOf({ duplicates }: CheckedOptions, begun?: StudySettings): DuplicatesMode {
  return duplicates ?? (begun ? (begun.duplicates ?? 'split') : 'together');
}

/** Whether copies of a row are looked for: groups and times part the rows by themselves. */
export function keepsCopies(options: CheckedOptions, begun?: StudySettings): boolean {
  return options.group === undefined && options.time === undefined && duplicatesOf(options, begun) !== 'split';
}

function shared(rows: Int32Array): Int32Array {
  const out = new Int32Array(new SharedArrayBuffer(rows.byteLength));
  out.set(rows);
  return out;
}

/** Rows that are kept together with an earlier one. */
export function copiesFound(copies: Int32Array | undefined | null): Finding[] {
  const rows = copies?.reduce((count, first, row) => count + (first === row ? 0 : 1), 0) ?? 0;
  if (rows === 0) return [];
  const which = `${grouped(rows)} of ${grouped(copies!.length)} rows ${rows === 1 ? 'has' : 'have'} the features of an earlier one`;
  const text = `${which}: such rows stay on one side of every fold and of the hold-out (--duplicates split deals them like others)`;
  return [{ kind: 'repeats', columns: [], text, rows }];
}

/** Columns that give the target away, and columns that say the same. */
export async function lookAt(
  frame: Frame,
  y: ArrayLike<number>,
  schema: Schema,
  { signal, ...options }: LeakOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<Finding[]> {
  const rows = sampledRows(frame.rowCount, frame.columns.length);
  const leaks = await finishPolitely(suspectingLeaks(frame, y, schema, options), pacer(signal));
  return [...leaks, ...alikeColumns(frame, rows)];
}

export function saidOf(findings: readonly Finding[]): string[] {
  return findings.filter(({ kind }) => kind !== 'same').map(({ text }) => text);
}

function judgedRows(all: StudyData, judging: StudyData): Pick<LoadedData, 'judged'> {
  if (all === judging) return {};
  const count = ({ folds }: StudyData): number => folds.reduce((sum, { validation }) => sum + validation.length, 0);
  return { judged: { rows: count(judging), of: count(all), holdout: scoredRows(judging, true).length } };
}

/** The file as a table of cells. */
export async function readFor(options: CheckedOptions): Promise<CsvTable> {
  const { maxColumns, signal, missing = [] } = options;
  const missingTokens = [...DEFAULT_MISSING_TOKENS, ...missing];
  return readTable(options.data, { ...readingOf(options), missingTokens, maxColumns, signal });
}

function readingOf({ delimiter, decimal, encoding, comment, header, sheet }: CheckedOptions) {
  return { delimiter, decimal, encoding, comment, header, sheet };
}

/**
 * Reads the file and infers its schema: all that `--dry-run` needs. A study that goes on with the same file, read in the same way, takes each
 * column as it began: what versions infer may differ.
 */
export async function understand(given: CheckedOptions, begun?: StudySettings, read?: CsvTable) {
  const options = withTidyNames(given);
  const { signal, onEvent } = options;
  const csv = read ?? (await readFor(options));
  onEvent?.({ type: 'phase', phase: 'preparing' });
  for (const name of [options.group, options.time, options.weights, options.exposure]) {
    const rule = 'group, time, weights and exposure must be columns of the file';
    check(name === undefined || csv.names.includes(name), 'fit', rule, name);
    check(name !== options.target, 'fit', 'group, time, weights and exposure must not be the target', name);
  }
  // Rows of one group look alike: as a feature the group would only name the rows that were seen. Weights of new rows
  // are not known.
  const steering = [options.group, options.weights].filter((name) => name !== undefined);
  const ignore = [...new Set([...(options.ignore ?? []), ...steering])];
  const { target, task, types, positive, order, exposure, quantiles, otherTargets } = options;
  const said = saidOfReading(csv, readingOf(options));
  const known = begun?.dataSha256 === csv.sha256 ? begun.schema : undefined;
  const isSame = known !== undefined && isDeepStrictEqual(known.reading, said);
  const how = {
    target,
    otherTargets,
    task,
    ignore,
    positive,
    order,
    exposure,
    quantiles,
    ...(types ? { types } : {}),
    ...(isSame ? { known } : {}),
  };
  const inferred = await finishPolitely(inferringSchema(csv, how), pacer(signal));
  signal?.throwIfAborted();
  requireDirected(options.monotone, inferred.schema);
  const schema = positive === undefined && known ? withPositiveOf(known, inferred.schema) : inferred.schema;
  return { csv, ...inferred, schema: said ? { ...schema, reading: said } : schema };
}

/** A study goes on with the positive class that it began with, which nobody may have said. */
function withPositiveOf({ target: begun }: Schema, schema: Schema): Schema {
  const target = withoutPositive(schema.target);
  if (begun.name !== target.name || !isDeepStrictEqual(begun.classes, target.classes)) return schema;
  return { ...schema, target: { ...target, ...(begun.positive && { positive: begun.positive }) } };
}

/** Throws usage: a direction of what is no numeric feature, or of a task whose predictions have none. */
function requireDirected(monotone: Directions | undefined, { columns, target }: Schema): void {
  if (!monotone) return;
  const names = columns.map(({ name }) => name);
  for (const name of Object.keys(monotone)) {
    const column = columns.find((one) => one.name === name);
    check(name !== target.name, 'monotone', 'must not name the target', name);
    check(column !== undefined, 'monotone', 'must name columns of the table', name, columnHint(name, names));
    const hint = `--types ${name}=numeric makes it one, where it holds numbers, and ${name}=ordinal(low<high) gives its levels an order.`;
    const isOrdered = column.kind === 'numeric' || column.kind === 'ordinal';
    check(isOrdered, 'monotone', `must name numeric or ordinal columns ("${name}")`, column.kind, hint);
  }
  const rule = 'needs a target of numbers or of two classes';
  check(target.task !== 'multiclass', 'monotone', rule, `${target.classes.length} classes`);
}

/** What a study with directions does without. */
function directedNote({ monotone, models }: CheckedOptions): string[] {
  if (!monotone) return [];
  const signs = Object.entries(monotone).map(([name, sign]) => `${name} ${sign > 0 ? '+' : '-'}`);
  return [`only ${models.join(', ')} may be searched: other families do not hold directions (${signs.join(', ')})`];
}

/** The options with names of columns as the reader writes them: what looks the same is the same. */
function withTidyNames(options: CheckedOptions): CheckedOptions {
  const { target, group, time, weights, exposure, ignore, types, monotone } = options;
  const named = (name: string | undefined): string | undefined => (name === undefined ? undefined : tidy(name));
  return {
    ...options,
    target: tidy(target),
    otherTargets: options.otherTargets?.map(tidy),
    group: named(group),
    time: named(time),
    weights: named(weights),
    exposure: named(exposure),
    ignore: ignore?.map(tidy),
    types: withTidyKeys(types),
    monotone: withTidyKeys(monotone),
  };
}

/** No prototype: a column may be called `__proto__`. */
function withTidyKeys<T>(byName: Readonly<Record<string, T>> | undefined): Readonly<Record<string, T>> | undefined {
  const pairs = byName && Object.entries(byName).map(([name, value]) => [tidy(name), value] as const);
  return pairs && (Object.assign(Object.create(null), Object.fromEntries(pairs)) as Record<string, T>);
}

/** Models compute in single precision: 1 part in 16 million of the largest value must be small against the spread. */
const MIN_SPREAD = 1e-5;
const MAX_FLOAT32 = 3.4e38;

/** Throws `data` for a target that single precision would blur or overflow. */
function requireSpread(y: Float64Array, name: string): void {
  let size = 0;
  let sum = 0;
  for (const value of y) {
    size = Math.max(size, Math.abs(value));
    sum += value / y.length;
  }
  const where = `target "${name}"`;
  checkData(size <= MAX_FLOAT32, where, 'must be within 3.4e38', size, 'Divide it by a constant first.');
  let squares = 0;
  for (const value of y) squares += (value - sum) ** 2 / y.length;
  const spread = Math.sqrt(squares) / size;
  const hint = 'Subtract a constant first, for example its smallest value.';
  checkData(spread >= MIN_SPREAD, where, `must vary by at least ${MIN_SPREAD} of its size`, spread, hint);
}

/** Every part that is learned from or judged on must count for something. */
function requireWeights({ weights, folds, holdout }: StudyData): void {
  if (!weights) return;
  const weigh = (rows: Uint32Array) => rows.reduce((sum, row) => sum + weights[row], 0);
  const hint = 'Leave rows of weight 0 out of the file, or use fewer folds.';
  for (const { train, validation } of folds) {
    const least = Math.min(weigh(train), weigh(validation));
    checkData(least > 0, 'weights', 'must not all be 0 among the rows of a fold', least, hint);
  }
  const held = holdout.length === 0 || weigh(holdout) > 0;
  checkData(held, 'weights', 'must not all be 0 among the rows held out', 0, hint);
}

/** Folds of one class only, which groups and time can make: AUC has nothing to say there. */
function foldWarnings({ y, k, task, folds }: StudyData): string[] {
  if (task === 'regression') return [];
  const classesIn = (rows: Uint32Array) => new Set(Array.from(rows, (row) => y[row])).size;
  return folds.flatMap(({ train, validation }, fold) => {
    if (classesIn(train) < 2) return [`fold ${fold + 1} of ${folds.length} trains on rows of one class only`];
    if (classesIn(validation) > 1 || k > 2) return [];
    return [`fold ${fold + 1} of ${folds.length} is judged on rows of one class only: its AUC counts as 0.5`];
  });
}
