/** @file A study's table as bytes and back: safetensors, of which nothing is executed, and everything is checked. */

import type { FoldRows, StudyData } from '../automl/index.js';
import { CLASS_WEIGHTS } from '../automl/index.js';
import type { Tensor, TensorData } from '../core/index.js';
import { bytesOf, checkData, readSafetensors, ToolkitError, writeSafetensors } from '../core/index.js';
import type { Documents, Frame, FrameColumn } from '../data/index.js';
import { MISSING_CODE, UNSEEN_CODE } from '../data/index.js';
import type { MetricName } from '../evaluate/index.js';
import { isMetricName, MOST_COSTED, requireCosts } from '../evaluate/index.js';
import { requireLevels } from '../models/index.js';
import { MAX_TABLE_BYTES } from './messages.js';
import type { Check } from './schema.js';
import { between, listOf, object, oneOf, optional, parsed, text, whole } from './schema.js';

const MAX_TEXT = 1_000_000;
const MAX_METRIC = 40;
const MAX_LIST = 10_000_000;
const DOCUMENT_PARTS = ['starts', 'terms', 'counts'] as const;

const metricName: Check<MetricName> = (value, at) => {
  const name = text(MAX_METRIC)(value, at);
  checkData(isMetricName(name), at, 'must be the name of a metric', name);
  return name as MetricName;
};

const checkHead = object({
  rows: whole(1, 2 ** 31 - 1),
  task: oneOf('regression', 'binary', 'multiclass'),
  k: whole(1, 1_000_000),
  classes: listOf(text(MAX_TEXT), MAX_LIST),
  positive: optional(whole(0, 1)),
  costs: optional(listOf(listOf(between(0, Number.MAX_VALUE), MOST_COSTED), MOST_COSTED)),
  quantiles: optional(listOf(between(0, 1), 99)),
  metric: metricName,
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  folds: whole(0, 1000),
  classWeights: optional(oneOf(...CLASS_WEIGHTS)),
  columns: listOf(
    object({
      kind: oneOf('numeric', 'categorical', 'date', 'text'),
      name: text(MAX_TEXT),
      levels: optional(listOf(text(MAX_TEXT), MAX_LIST)),
      ranks: optional(listOf(whole(0, MAX_LIST), MAX_LIST)),
      direction: optional(oneOf('+', '-')),
    }),
    1_000_000,
  ),
});

/** The same table gives the same bytes. Throws limit: more than one array of Node takes. */
export function encodeTable(data: StudyData): Uint8Array {
  const { frame, y, weights, classWeights, task, k, classes, folds, holdout, groups, times, copies, metric, seed } =
    data;
  const { monotone, positive, costs, quantiles } = data;
  const columns = frame.columns.map((column) => {
    const { kind, name } = column;
    const sign = monotone && Object.hasOwn(monotone, name) ? monotone[name] : 0;
    const direction = sign === 0 ? {} : { direction: sign > 0 ? '+' : '-' };
    if (column.kind !== 'categorical') return { kind, name, ...direction };
    const { levels, ranks } = column;
    return { kind, name, levels, ...(ranks ? { ranks, ...direction } : {}) };
  });
  const about = { rows: frame.rowCount, task, k, classes, positive, costs, quantiles, metric, seed };
  const head = { ...about, folds: folds.length, classWeights, columns };
  const arrays: Record<string, TensorData> = { y, holdout: signed(holdout) };
  frame.columns.forEach((column, i) => {
    arrays[`column/${i}`] = valuesOf(column);
    if (column.kind === 'text') for (const part of DOCUMENT_PARTS) arrays[`${part}/${i}`] = column.documents[part];
  });
  folds.forEach(({ train, validation }, i) => {
    arrays[`train/${i}`] = signed(train);
    arrays[`validation/${i}`] = signed(validation);
  });
  for (const [name, values] of Object.entries({ weights, groups, times, copies })) if (values) arrays[name] = values;
  const bytes = Object.values(arrays).reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (bytes > 0.99 * MAX_TABLE_BYTES) {
    const rule = `a table may have at most ${MAX_TABLE_BYTES / 1e9} GB to be sent to other machines`;
    throw new ToolkitError('limit', { where: 'redis', rule, got: bytes, hint: 'Search on this machine alone.' });
  }
  const tensors = Object.entries(arrays).map(([name, values]): [string, Tensor] => [
    name,
    { shape: [values.length], data: values },
  ]);
  return writeSafetensors({ metadata: { head: JSON.stringify(head) }, tensors: Object.fromEntries(tensors) });
}

/** The table on shared memory. Throws data: anything in it is not what it must be. */
export function decodeTable(bytes: Uint8Array): StudyData {
  const { metadata, tensors } = readSafetensors(bytes);
  const { rows, folds: count, columns, ...head } = parsed(metadata.head ?? '', checkHead, 'table');
  const reader = new Reader(tensors, rows);
  const { classWeights, positive, costs, quantiles, ...rest } = head;
  if (quantiles) requireLevels(quantiles, 'table');
  if (costs) requireCosts(costs, head.k, 'table');
  checkData(head.task === 'regression' || head.classes.length === head.k, 'table', 'must name its classes', head.k);
  const frame: Frame = { rowCount: rows, columns: columns.map((column, i) => reader.column(column, i)) };
  const folds = Array.from({ length: count }, (_, i): FoldRows => {
    return { train: reader.rowsOf(`train/${i}`), validation: reader.rowsOf(`validation/${i}`) };
  });
  const y = reader.shared('y', Float32Array, rows);
  const most = head.task === 'regression' ? Infinity : head.k - 1;
  const isTarget = y.every((value) => value >= (most === Infinity ? -Infinity : 0) && value <= most);
  checkData(isTarget, 'table', 'must have a target for every row', head.task);
  const holdout = reader.rowsOf('holdout');
  const about: Pick<StudyData, 'positive'> = positive === 0 || positive === 1 ? { positive } : {};
  const decided = { ...(costs ? { costs } : {}), ...(quantiles ? { quantiles } : {}) };
  const more = {
    ...(classWeights ? { classWeights } : {}),
    ...about,
    ...decided,
    ...directionsOf(columns),
    ...reader.keys(),
  };
  return { ...rest, frame, folds, y, holdout, ...more };
}

function directionsOf(
  columns: readonly { readonly name: string; readonly direction?: '+' | '-' | undefined }[],
): Pick<StudyData, 'monotone'> {
  const signs = Object.create(null) as Record<string, 1 | -1>;
  for (const { name, direction } of columns) if (direction) signs[name] = direction === '+' ? 1 : -1;
  return Object.keys(signs).length > 0 ? { monotone: signs } : {};
}

type Kind<T extends TensorData> = { new (buffer: SharedArrayBuffer): T; readonly BYTES_PER_ELEMENT: number };

/** Takes arrays out of the container, onto shared memory. */
class Reader {
  constructor(
    private readonly tensors: Readonly<Record<string, Tensor>>,
    private readonly rows: number,
  ) {}

  column(
    head: {
      kind: FrameColumn['kind'];
      name: string;
      levels?: readonly string[] | undefined;
      ranks?: readonly number[] | undefined;
    },
    i: number,
  ): FrameColumn {
    const { kind, name, levels = [], ranks } = head;
    if (kind === 'numeric') return { kind, name, values: this.shared(`column/${i}`, Float64Array, this.rows) };
    if (kind === 'date') return { kind, name, epochMs: this.shared(`column/${i}`, Float64Array, this.rows) };
    const codes = this.shared(`column/${i}`, Int32Array, this.rows);
    if (kind === 'text') return { kind, name, codes, documents: this.documents(i, codes) };
    const isKnown = codes.every((code) => code >= UNSEEN_CODE && code < levels.length);
    checkData(isKnown, 'table', 'codes must be those of levels', name);
    if (ranks === undefined) return { kind, name, codes, levels };
    const isRanked = ranks.length === levels.length && codes.every((code) => code >= MISSING_CODE);
    checkData(isRanked, 'table', 'levels in an order must have ranks', name);
    return { kind, name, codes, levels, ranks };
  }

  private documents(i: number, codes: Int32Array): Documents {
    const starts = this.shared(`starts/${i}`, Int32Array);
    const terms = this.shared(`terms/${i}`, Int32Array);
    const counts = this.shared(`counts/${i}`, Uint8Array, terms.length);
    const areStarts =
      starts[0] === 0 && starts.at(-1) === terms.length && starts.every((at, d) => d === 0 || at >= starts[d - 1]);
    const isKnown = codes.every((code) => code >= MISSING_CODE && code < starts.length - 1);
    checkData(areStarts && isKnown, 'table', 'texts must be those of the table', i);
    return { starts, terms, counts };
  }

  rowsOf(name: string): Uint32Array {
    const values = this.shared(name, Int32Array);
    const areRows = values.every((row) => row >= 0 && row < this.rows);
    checkData(areRows, 'table', 'rows must be those of the table', name);
    return new Uint32Array(values.buffer);
  }

  keys(): Pick<StudyData, 'weights' | 'groups' | 'times' | 'copies'> {
    const has = (name: string): boolean => Object.hasOwn(this.tensors, name);
    return {
      ...(has('weights') ? { weights: this.shared('weights', Float32Array, this.rows) } : {}),
      ...(has('groups') ? { groups: this.shared('groups', Int32Array, this.rows) } : {}),
      ...(has('times') ? { times: this.shared('times', Float64Array, this.rows) } : {}),
      ...(has('copies') ? { copies: this.shared('copies', Int32Array, this.rows) } : {}),
    };
  }

  shared<T extends TensorData>(name: string, kind: Kind<T>, length?: number): T {
    const values = Object.hasOwn(this.tensors, name) ? this.tensors[name].data : null;
    const fits =
      values instanceof (kind as unknown as new () => T) && (length === undefined || values.length === length);
    checkData(fits, 'table', 'must have all its arrays, of its length', name);
    const memory = new SharedArrayBuffer(values.byteLength);
    new Uint8Array(memory).set(bytesOf(values));
    return new kind(memory);
  }
}

function valuesOf(column: FrameColumn): TensorData {
  if (column.kind === 'numeric') return column.values;
  return column.kind === 'date' ? column.epochMs : column.codes;
}

/** The container knows no unsigned numbers; rows are far below 2^31. */
function signed(rows: Uint32Array): Int32Array {
  return new Int32Array(rows.buffer, rows.byteOffset, rows.length);
}
