/** @file Columns that say too much: features that almost are the target, and may be known only after it. */

import { allRows, finishNow, Rng } from '../core/index.js';
import type { Judge } from './alone.js';
import { judgeOf, scoreAlone } from './alone.js';
import type { Finding } from './findings.js';
import type { Frame, ValuedColumn } from './frame.js';
import { MISSING_CODE, valued } from './frame.js';
import type { Schema } from './schema.js';
import { grouped } from './words.js';

/**
 * From here on a column is suspected. Of 35 public tables the strongest honest columns reach a correlation of 0.92, 0.94 of
 * the order of a number, an AUC of 0.93, and 0.65 of three classes or more; a total that contains the target a correlation of 0.97.
 */
const LEAK_CORRELATION = 0.97;
const LEAK_ORDER = 0.96;
const LEAK_AUC = 0.99;
const LEAK_EXPLAINED = 0.95;
/** With fewer rows beside the most frequent class, a column is right by chance. */
const LEAST_OTHERS = 10;

/** Rows that are looked at: so many, and in wide tables so many cells. */
const MOST_ROWS = 20_000;
const MOST_CELLS = 4_000_000;
const LEAST_ROWS = 2_000;

export interface LeakOptions {
  /** [frame.rowCount] rows of one group are never judged by each other. */
  readonly groups?: ArrayLike<number> | undefined;
  /** Columns that may say it all, such as the one that says when a row happened. */
  readonly except?: readonly string[] | undefined;
}

/**
 * One finding per suspicious column; none for most tables.
 *
 * Every column alone is judged out of fold, in groups of alike cells with the missing ones apart. A suspicion is no proof:
 * nothing is removed.
 *
 * Random   which rows of a large table are looked at, the same ones always
 * @param y  [frame.rowCount] numbers, or class indices
 */
export function suspectLeaks(frame: Frame, y: ArrayLike<number>, schema: Schema, options: LeakOptions = {}): Finding[] {
  return finishNow(suspectingLeaks(frame, y, schema, options));
}

/** The same with a step for each column. */
export function* suspectingLeaks(
  frame: Frame,
  y: ArrayLike<number>,
  schema: Schema,
  options: LeakOptions = {},
): Generator<undefined, Finding[]> {
  const { task, classes } = schema.target;
  const rows = sampledRows(frame.rowCount, frame.columns.length);
  const k = task === 'regression' ? 1 : Math.max(2, classes.length);
  if (k > 1 && othersIn(y, k, rows) < LEAST_OTHERS) return [];
  const judge = judgeOf(y, k, rows, options.groups);
  const findings: Finding[] = [];
  for (const column of valued(frame)) {
    if (options.except?.includes(column.name)) continue;
    const found = suspect(column, y, judge, schema, frame.rowCount);
    if (found) findings.push(found);
    yield;
  }
  return findings;
}

/** Rows that stand for a table, ascending: all of a small one. */
export function sampledRows(n: number, columns: number): Uint32Array {
  const most = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.floor(MOST_CELLS / Math.max(1, columns))));
  return n <= most ? allRows(n) : new Rng(1).shuffle(allRows(n)).slice(0, most).sort();
}

function suspect(
  column: ValuedColumn,
  y: ArrayLike<number>,
  judge: Judge,
  { target }: Schema,
  n: number,
): Finding | null {
  const { rows } = judge;
  const found = measure(column, y, judge);
  if (!found) return null;
  const gap = gapsOf(column);
  const byGaps = gap && measure(gap, y, judge) !== null;
  const what = byGaps ? `whether column "${column.name}" is missing` : `column "${column.name}"`;
  const looked = rows.length < n ? ` in ${grouped(rows.length)} of ${grouped(n)} rows` : '';
  const text = `${what} ${found.says(target.name)}${looked}; if it is known only together with the target, ignore it`;
  return { kind: 'leak', columns: [column.name], text, measure: found.name, value: found.value, rows: rows.length };
}

interface Suspicion {
  readonly name: string;
  readonly value: number;
  readonly says: (target: string) => string;
}

/** What gives a column away; null for an honest one. */
function measure(column: ValuedColumn, y: ArrayLike<number>, judge: Judge): Suspicion | null {
  if (!judge.isClasses && column.kind !== 'categorical') {
    const cells = column.kind === 'date' ? column.epochMs : column.values;
    const { rows } = judge;
    const own = (values: ArrayLike<number>): Float64Array => Float64Array.from(rows, (row) => values[row]);
    const value = correlation(own(cells), own(y));
    const says = (target: string): string => `is almost "${target}" itself (correlation ${value.toFixed(3)})`;
    if (Math.abs(value) >= LEAK_CORRELATION) return { name: 'correlation', value, says };
  }
  const { explained, auc } = scoreAlone(column, judge);
  const away = (target: string, how: string): string => `gives "${target}" away: alone it ${how}`;
  if (judge.isClasses && judge.outputs === 1) {
    const says = (target: string): string => away(target, `has an AUC of ${auc.toFixed(3)}`);
    return auc >= LEAK_AUC ? { name: 'auc', value: auc, says } : null;
  }
  const limit = judge.isClasses ? LEAK_EXPLAINED : LEAK_ORDER;
  const how = `explains ${(100 * explained).toFixed(1)} % of ${judge.isClasses ? 'its classes' : 'its order'}`;
  return explained >= limit ? { name: 'explained', value: explained, says: (target) => away(target, how) } : null;
}

/** Whether a cell is missing, as a column; null where none or all are. */
function gapsOf(column: ValuedColumn): ValuedColumn | null {
  const values = Float64Array.from(
    column.kind === 'categorical' ? column.codes : column.kind === 'date' ? column.epochMs : column.values,
    (cell) => ((column.kind === 'categorical' ? cell === MISSING_CODE : Number.isNaN(cell)) ? 1 : 0),
  );
  const first = values[0];
  return values.some((value) => value !== first) ? { kind: 'numeric', name: column.name, values } : null;
}

/** Rows beside those of the most frequent class. */
function othersIn(y: ArrayLike<number>, k: number, rows: Uint32Array): number {
  const counts = new Float64Array(k);
  for (const row of rows) counts[y[row]]++;
  return rows.length - Math.max(...counts);
}

/** Pearson's, over the rows where the column is present; 0 where it is undefined. Two passes, so that large offsets do no harm. */
export function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let n = 0;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i])) continue;
    n++;
    meanX += (x[i] - meanX) / n;
    meanY += (y[i] - meanY) / n;
  }
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i])) continue;
    xx += (x[i] - meanX) ** 2;
    yy += (y[i] - meanY) ** 2;
    xy += (x[i] - meanX) * (y[i] - meanY);
  }
  return n > 2 && xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
