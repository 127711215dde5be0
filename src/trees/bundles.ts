/** @file Columns that mostly have one value, several in one: what makes one-hot columns cheap. No split is lost and no bit changes. */

import type { BinnedTable, Place, Stored } from './bins.js';
import { binCount, blockBytes, LANES, MAX_BINS } from './bins.js';
import { UnusualRows } from './unusual.js';

/** A column that may go into a bundle. */
interface Candidate {
  readonly column: number;
  readonly usual: number;
  readonly lowest: number;
  /** Rows that are not usual. */
  readonly rows: Uint32Array;
  /** Stored bins that it needs. */
  readonly size: number;
}

interface Bundle {
  readonly members: Candidate[];
  /** 1 where a row is unusual in one of its members. */
  readonly isTaken: Uint8Array;
  rows: number;
  size: number;
}

/** Rows that say whether a column is worth a closer look. */
const SAMPLE_ROWS = 2048;
/** Bundles that a column is tried for. */
const MOST_TRIED = 64;

const known = new WeakMap<BinnedTable, Stored>();

/**
 * How a table is stored for histograms; found once for each table.
 *
 * Greedy: columns with many unusual rows first, each into the first bundle in which no row of it is taken.
 *
 * Source   Ke et al. 2017, LightGBM, section 4, without conflicts
 */
export function storedColumns(table: BinnedTable): Stored {
  let stored = table.stored ?? known.get(table);
  if (!stored) {
    stored = store(table);
    known.set(table, stored);
  }
  return stored;
}

function store(table: BinnedTable): Stored {
  const bundles = findBundles(table);
  const places: Place[] = Array.from({ length: table.cols }, () => ({ stored: -1, first: 0, usual: 0, lowest: 0 }));
  const counts: number[] = [];
  for (const { members } of bundles) {
    let first = 1;
    for (const { column, usual, lowest, size } of members) {
      places[column] = { stored: counts.length, first, usual, lowest };
      first += size;
    }
    counts.push(first - 1);
  }
  places.forEach((place, column) => {
    if (place.stored >= 0) return;
    places[column] = { ...place, stored: counts.length };
    counts.push(binCount(table, column));
  });
  const bins = bundles.length > 0 ? fillStored(table, places, bundles, counts.length) : table.bins;
  return { bins, counts, places };
}

/** Bundles of two columns or more. */
function findBundles(table: BinnedTable): Bundle[] {
  const candidates = findCandidates(table);
  candidates.sort((a, b) => b.rows.length - a.rows.length || a.column - b.column);
  const bundles: Bundle[] = [];
  for (const candidate of candidates) {
    const fits = (bundle: Bundle) =>
      bundle.size + candidate.size <= MAX_BINS &&
      bundle.rows + candidate.rows.length <= table.rows &&
      areFree(bundle, candidate.rows);
    let bundle = bundles.slice(0, MOST_TRIED).find(fits);
    if (!bundle) {
      bundle = { members: [], isTaken: new Uint8Array(table.rows), rows: 0, size: 0 };
      bundles.push(bundle);
    }
    bundle.members.push(candidate);
    bundle.rows += candidate.rows.length;
    bundle.size += candidate.size;
    takeRows(bundle, candidate.rows);
  }
  return bundles.filter(({ members }) => members.length > 1);
}

function takeRows({ isTaken }: Bundle, rows: Uint32Array): void {
  for (let i = 0; i < rows.length; i++) isTaken[rows[i]] = 1;
}

function areFree({ isTaken }: Bundle, rows: Uint32Array): boolean {
  for (let i = 0; i < rows.length; i++) if (isTaken[rows[i]] === 1) return false;
  return true;
}

/** Columns that are unusual in fewer than half of the rows, in any order. */
function findCandidates(table: BinnedTable): Candidate[] {
  const step = Math.max(1, Math.floor(table.rows / SAMPLE_ROWS));
  let found: UnusualRows | null = null;
  const candidates: Candidate[] = [];
  for (let first = 0; first < table.cols; first += LANES) {
    const usual = new Map<number, number>();
    for (let column = first; column < Math.min(first + LANES, table.cols); column++) {
      const counts = binsOfRows(table, column, step);
      if (!isVaried(counts)) usual.set(column, mostOf(counts));
    }
    if (usual.size === 0) continue;
    found ??= new UnusualRows(table);
    found.look(first >> 3, usual);
    const isUsual = (column: number) => 2 * found!.count(column) < table.rows;
    const doubtful = [...usual.keys()].filter((column) => !isUsual(column));
    for (const [column, bin] of usual) if (isUsual(column)) candidates.push(candidateOf(table, column, bin, found));
    for (const column of doubtful) {
      // Another bin than that of the sample may be the usual one.
      const counts = binsOfRows(table, column, 1);
      if (isVaried(counts)) continue;
      found.look(first >> 3, new Map([[column, mostOf(counts)]]));
      candidates.push(candidateOf(table, column, mostOf(counts), found));
    }
  }
  return candidates;
}

function candidateOf(table: BinnedTable, column: number, usual: number, unusual: UnusualRows): Candidate {
  const lowest = usual === 0 || unusual.hasMissing(column) ? 0 : 1;
  return { column, usual, lowest, rows: unusual.rows(column), size: binCount(table, column) - lowest };
}

/** The bin of most rows, the first of equal ones. */
function mostOf(counts: Uint32Array): number {
  let most = 0;
  for (let bin = 1; bin < counts.length; bin++) if (counts[bin] > counts[most]) most = bin;
  return most;
}

/** Rows of each bin, every `step`-th row taken. */
function binsOfRows(table: BinnedTable, column: number, step: number): Uint32Array {
  const counts = new Uint32Array(MAX_BINS + 1);
  const at = (column >> 3) * blockBytes(table.rows) + (column & 7);
  for (let row = 0; row < table.rows; row += step) counts[table.bins[at + row * LANES]]++;
  return counts;
}

function isVaried(counts: Uint32Array): boolean {
  let [largest, total] = [0, 0];
  for (const count of counts) {
    largest = Math.max(largest, count);
    total += count;
  }
  return 2 * largest <= total;
}

function fillStored(
  table: BinnedTable,
  places: readonly Place[],
  bundles: readonly Bundle[],
  cols: number,
): Uint8Array {
  const { rows } = table;
  const bins = new Uint8Array(Math.ceil(cols / LANES) * blockBytes(rows));
  const startOf = (column: number) => (column >> 3) * blockBytes(rows) + (column & 7);
  places.forEach(({ stored, first }, column) => {
    if (first > 0) return;
    const [from, to] = [startOf(column), startOf(stored)];
    for (let at = 0; at < rows * LANES; at += LANES) bins[to + at] = table.bins[from + at];
  });
  for (const { members } of bundles) {
    for (const { column, rows: own } of members) {
      const place = places[column];
      const from = table.bins.subarray(startOf(column));
      const storedBins = Uint8Array.from({ length: binCount(table, column) + 1 }, (_, bin) => storedBin(place, bin));
      storeBins(from, bins.subarray(startOf(place.stored)), own, storedBins);
    }
  }
  return bins;
}

/** Of some rows. */
function storeBins(from: Uint8Array, to: Uint8Array, rows: Uint32Array, storedBins: Uint8Array): void {
  for (let i = 0; i < rows.length; i++) to[rows[i] * LANES] = storedBins[from[rows[i] * LANES]];
}

/** The stored bin of a column's bin; 0 of its usual one. */
export function storedBin({ first, usual, lowest }: Place, bin: number): number {
  if (first === 0) return bin;
  if (bin === usual || bin < lowest) return 0;
  return first + bin - lowest - (bin > usual ? 1 : 0);
}
