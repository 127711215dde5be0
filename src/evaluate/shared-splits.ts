/** @file One deal of rows for several targets: hold-out and folds that all of them share, in which each has its share of its own strata. */

import type { Task } from '../core/index.js';
import { allRows, check, checkData, Rng, ToolkitError } from '../core/index.js';
import { NO_PART } from './deal.js';
import type { Fold, SplitRequest, Splits } from './splits.js';
import { checkClasses, makeSplits } from './splits.js';
import { strataFor } from './strata.js';

/** One of several targets; rows may lack it. */
export interface SharedTarget {
  readonly name: string;
  /** Rows that have it, ascending, of 0 to n - 1. */
  readonly rows: Uint32Array;
  /** [rows] in its units, or the class index. */
  readonly y: ArrayLike<number>;
  readonly task: Task;
  /** Classes; 1 for regression. */
  readonly k: number;
  readonly classes: readonly string[];
}

export interface SharedRequest extends Omit<SplitRequest, 'y' | 'task' | 'k' | 'classes'> {
  readonly targets: readonly SharedTarget[];
}

/**
 * The hold-out and the folds of each target, as places among its own rows: a row that has two of them is on the same side for both.
 *
 * Rows are stratified by all targets at once: those of the rarest class or bin are dealt first, each to the part that lacks it most.
 * Groups stay whole and copies together; with `time` blocks follow each other, as in `makeSplits`.
 *
 * Random   draws from the seed only
 * Source   Sechidis, Tsoumakas & Vlahavas 2011, "On the stratification of multi-label data"; differs: units of several rows, larger ones first
 * Throws   as `makeSplits`; data: a target that is not there where a fold trains or judges
 */
export function makeSharedSplits(request: SharedRequest): Splits[] {
  const { targets, folds } = request;
  const warnings = targets.map((target) => named(target, () => requireEnough(target, folds)));
  const whole = request.time ? makeSplits({ ...request, ...UNKNOWN, y: new Float32Array(request.n) }) : dealt(request);
  return targets.map((target, t) => {
    const own = restricted(whole, target, request.n);
    own.folds.forEach(({ train, validation }, fold) => {
      const rule = `must be there in rows that train and rows that judge in every fold (fold ${fold + 1})`;
      const hint = 'Use fewer folds, or search it by itself.';
      checkData(Math.min(train.length, validation.length) > 0, whereOf(target), rule, 0, hint);
    });
    return { ...own, warnings: [...warnings[t], ...unheld(target, whole, own, request.time !== undefined)] };
  });
}

/** Of a target that no row held out has. */
function unheld(target: SharedTarget, whole: Splits, own: Splits, isInTime: boolean): string[] {
  if (whole.holdout.length === 0 || own.holdout.length > 0) return [];
  const which = isInTime ? 'the latest rows, which are held out, do' : 'rows that are held out do';
  return [`${whereOf(target)}: ${which} not have it, and its models are not checked on any`];
}

const UNKNOWN = { task: 'regression', k: 1 } as const;

function whereOf({ name }: SharedTarget): string {
  return `target "${name}"`;
}

/** What is wrong with a target is told with its name. */
function named<T>(target: SharedTarget, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ToolkitError) || error.parts.where !== 'target') throw error;
    throw new ToolkitError(error.kind, { ...error.parts, where: whereOf(target) }, { cause: error });
  }
}

/** Warnings of rare classes. */
function requireEnough({ rows, y, task, k, classes }: SharedTarget, folds: number): string[] {
  const rule = `must be there in at least as many rows as folds (${folds})`;
  checkData(rows.length >= folds, 'target', rule, rows.length, 'Use fewer folds, or search it by itself.');
  return task === 'regression' ? [] : checkClasses(strataFor(y, task, k, folds), { folds, k, classes });
}

function restricted(whole: Splits, { rows }: SharedTarget, n: number): Splits {
  const placeOf = new Int32Array(n).fill(-1);
  rows.forEach((row, place) => (placeOf[row] = place));
  const own = (list: Uint32Array): Uint32Array => list.map((row) => placeOf[row]).filter((place) => place !== NOWHERE);
  const folds = whole.folds.map(({ train, validation }): Fold => ({ train: own(train), validation: own(validation) }));
  return { ...whole, holdout: own(whole.holdout), train: own(whole.train), validated: own(whole.validated), folds };
}

/** -1 as an unsigned integer. */
const NOWHERE = 2 ** 32 - 1;

function dealt(request: SharedRequest): Splits {
  const { n, folds, holdout, seed } = request;
  check(Number.isInteger(folds) && folds >= 2, 'folds', 'must be a whole number of at least 2', folds);
  checkData(n >= folds, 'rows', `must be at least as many as folds (${folds})`, n);
  const labels = labelsOf(request);
  const units = unitsOf(request, labels);
  const rng = new Rng(seed);
  const held = new Uint8Array(n);
  if (holdout > 0) {
    const keep = labels.counts.map((count) => Math.max(0, count - folds));
    const wanted = labels.counts.map((count, label) => Math.min(holdout * count, keep[label]));
    const rest = labels.counts.map((count, label) => count - wanted[label]);
    const part = deal(units, labels, { wanted: [rest, wanted], rng: rng.split('holdout') });
    for (let row = 0; row < n; row++) held[row] = part[row];
  }
  const rows = allRows(n);
  const train = rows.filter((row) => held[row] === 0);
  const taken = rows.filter((row) => held[row] === 1);
  checkData(
    holdout === 0 || taken.length > 0,
    'holdout',
    'must hold out at least one row',
    0,
    'Raise the share or use 0.',
  );
  const left = unitsWithout(units, held);
  const counts = countsOf(labels, train);
  const wanted = Array.from({ length: folds }, () => counts.map((count) => count / folds));
  const partOf = deal(left, labels, { wanted, rng: rng.split('folds') });
  const made = wanted.map((_, fold) => {
    const validation = train.filter((row) => partOf[row] === fold);
    return { train: train.filter((row) => partOf[row] !== fold), validation };
  });
  const filled = made.filter(({ validation }) => validation.length > 0).length;
  checkData(filled === folds, 'groups', `must be at least one per fold (${folds})`, filled, 'Use fewer folds.');
  return { holdout: taken, train, folds: made, validated: train, warnings: [] };
}

/** Classes and bins of all targets, numbered through. */
interface Labels {
  /** By target, [n]: the label of each row, -1 where the row has not that target. */
  readonly of: readonly Int32Array[];
  /** Rows of each label. */
  readonly counts: readonly number[];
  /** Labels that are classes. */
  readonly isClass: readonly boolean[];
}

function labelsOf({ targets, n, folds }: SharedRequest): Labels {
  const isClass: boolean[] = [];
  const of = targets.map(({ rows, y, task, k }) => {
    const strata = strataFor(y, task, k, folds);
    const first = isClass.length;
    for (let s = 0; s < strata.count; s++) isClass.push(task !== 'regression');
    const own = new Int32Array(n).fill(-1);
    rows.forEach((row, place) => (own[row] = first + strata.of[place]));
    return own;
  });
  const bare = { of, isClass, counts: isClass.map(() => 0) };
  return { ...bare, counts: countsOf(bare, allRows(n)) };
}

function countsOf({ of, counts }: Labels, rows: Uint32Array): number[] {
  const out = counts.map(() => 0);
  for (const own of of) for (const row of rows) if (own[row] >= 0) out[own[row]]++;
  return out;
}

/** Rows that are dealt as one, one unit after the other: those of unit u are `rows[starts[u]]` up to `rows[starts[u + 1]]`. */
interface Units {
  readonly starts: Uint32Array;
  readonly rows: Uint32Array;
}

/** Groups, copies of a row, or single rows; copies of a class that has too few different ones for every fold are single, too. */
function unitsOf({ n, groups, copies, folds }: SharedRequest, labels: Labels): Units {
  const bound = groups ?? copies;
  if (!bound) return { starts: Uint32Array.from({ length: n + 1 }, (_, row) => row), rows: allRows(n) };
  const whole = gathered(n, (row) => bound[row]);
  if (groups) return whole;
  const unitCount = whole.starts.length - 1;
  const seen = labels.counts.map(() => new Set<number>());
  for (let u = 0; u < unitCount; u++) {
    for (const label of labelsIn(whole, u, labels)) if (seen[label].size < folds) seen[label].add(u);
  }
  const isLoose = new Uint8Array(n);
  for (let u = 0; u < unitCount; u++) {
    const isRare = [...labelsIn(whole, u, labels)].some((label) => labels.isClass[label] && seen[label].size < folds);
    if (isRare || unitCount < folds) for (const row of rowsOf(whole, u)) isLoose[row] = 1;
  }
  return gathered(n, (row) => (isLoose[row] === 1 ? `${row} alone` : bound[row]));
}

/** Units in the order of their first rows. */
function gathered(n: number, keyOf: (row: number) => number | string): Units {
  const unitOfKey = new Map<number | string, number>();
  const unitOf = new Uint32Array(n);
  for (let row = 0; row < n; row++) {
    const key = keyOf(row);
    const unit = unitOfKey.get(key) ?? unitOfKey.size;
    unitOfKey.set(key, unit);
    unitOf[row] = unit;
  }
  const starts = new Uint32Array(unitOfKey.size + 1);
  for (const unit of unitOf) starts[unit + 1]++;
  for (let u = 0; u < unitOfKey.size; u++) starts[u + 1] += starts[u];
  const next = starts.slice();
  const rows = new Uint32Array(n);
  for (let row = 0; row < n; row++) rows[next[unitOf[row]]++] = row;
  return { starts, rows };
}

function rowsOf({ starts, rows }: Units, unit: number): Uint32Array {
  return rows.subarray(starts[unit], starts[unit + 1]);
}

function* labelsIn(units: Units, unit: number, { of }: Labels): Generator<number> {
  for (const row of rowsOf(units, unit)) for (const own of of) if (own[row] >= 0) yield own[row];
}

/** Without the units that were held out, which are so with all their rows. */
function unitsWithout(units: Units, held: Uint8Array): Units {
  const kept: number[] = [];
  const starts = [0];
  for (let u = 0; u < units.starts.length - 1; u++) {
    const rows = rowsOf(units, u);
    if (held[rows[0]] === 1) continue;
    for (const row of rows) kept.push(row);
    starts.push(kept.length);
  }
  return { starts: Uint32Array.from(starts), rows: Uint32Array.from(kept) };
}

interface Deal {
  /** By part: how many rows of each label it should have. */
  readonly wanted: readonly (readonly number[])[];
  readonly rng: Rng;
}

/** Sums of shares are not exact. */
const TIE = 1e-9;

/** The part of each row, those of the label with the fewest rows left first; -1 for rows of no unit. */
function deal(units: Units, labels: Labels, { wanted, rng }: Deal): Int32Array {
  const n = labels.of[0].length;
  const partOf = new Int32Array(n).fill(NO_PART);
  const lacks = wanted.map((own) => Float64Array.from(own));
  const room = wanted.map((own) => own.reduce((sum, count) => sum + count, 0));
  const left = countsOf(labels, units.rows);
  const sizeOf = (u: number): number => units.starts[u + 1] - units.starts[u];
  const byLabel = unitsByLabel(
    units,
    labels,
    rng.shuffle(allRows(units.starts.length - 1)).sort((a, b) => sizeOf(b) - sizeOf(a)),
  );
  const isDealt = new Uint8Array(units.starts.length - 1);
  const open = new Set(left.keys());
  while (open.size > 0) {
    const label = [...open].reduce((least, other) => (left[other] < left[least] ? other : least));
    open.delete(label);
    for (const unit of byLabel[label]) {
      if (isDealt[unit] === 1) continue;
      isDealt[unit] = 1;
      const part = neediest(lacks, room, label);
      for (const row of rowsOf(units, unit)) partOf[row] = part;
      for (const own of labelsIn(units, unit, labels)) {
        lacks[part][own]--;
        left[own]--;
        room[part]--;
      }
    }
  }
  return partOf;
}

/** The part that lacks most of a label; among equals the one with most room. */
function neediest(lacks: readonly Float64Array[], room: readonly number[], label: number): number {
  let best = 0;
  for (let part = 1; part < lacks.length; part++) {
    const gain = lacks[part][label] - lacks[best][label];
    if (gain > TIE || (gain > -TIE && room[part] > room[best] + TIE)) best = part;
  }
  return best;
}

/** In the order given. */
function unitsByLabel(units: Units, labels: Labels, order: Uint32Array): number[][] {
  const out: number[][] = labels.counts.map(() => []);
  for (const unit of order) {
    for (const label of labelsIn(units, unit, labels)) {
      const list = out[label];
      if (list[list.length - 1] !== unit) list.push(unit);
    }
  }
  return out;
}
