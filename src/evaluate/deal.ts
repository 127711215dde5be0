/** @file Dealing rows to parts: a part number for each row, by strata, by groups or by time. */

import type { Rng } from '../core/index.js';
import { checkData } from '../core/index.js';
import type { Strata } from './strata.js';
import { rowsByStratum } from './strata.js';

/** Row of no part. */
export const NO_PART = -1;

/**
 * Deals rows to `parts` parts of equal size, each holding its share of every stratum (both to within one row).
 *
 * Shapes   rows: row numbers; returns one part per entry of rows
 * Random   rows of a stratum are shuffled by `rng`, then dealt like cards, going on where the last stratum stopped
 */
export function dealByStrata(rows: Uint32Array, strata: Strata, parts: number, rng: Rng): Int32Array {
  const partOf = new Int32Array(strata.of.length).fill(NO_PART);
  let dealt = 0;
  for (const stratum of rowsByStratum(strata, rows)) {
    for (const row of rng.shuffle(stratum)) partOf[row] = dealt++ % parts;
  }
  return Int32Array.from(rows, (row) => partOf[row]);
}

/**
 * Picks about `share` of the rows, the same share of every stratum, leaving at least `keep` rows of each where it has them.
 *
 * Shapes   returns the picked row numbers, ascending
 */
export function pickByStrata(rows: Uint32Array, strata: Strata, share: number, keep: number, rng: Rng): Uint32Array {
  const isPicked = new Uint8Array(strata.of.length);
  let seen = 0;
  for (const stratum of rowsByStratum(strata, rows)) {
    // Rounding the running total keeps the whole at round(share * n) however many strata there are.
    const wanted = Math.round(share * (seen + stratum.length)) - Math.round(share * seen);
    seen += stratum.length;
    const take = Math.min(wanted, Math.max(0, stratum.length - keep));
    for (const row of rng.shuffle(stratum).subarray(0, take)) isPicked[row] = 1;
  }
  return rows.filter((row) => isPicked[row] === 1);
}

/** The rows of each group, groups in order of their smallest row. */
export function rowsByGroup(rows: Uint32Array, groups: ArrayLike<number>): Uint32Array[] {
  const members = new Map<number, number[]>();
  for (const row of rows) {
    const group = members.get(groups[row]);
    if (group) group.push(row);
    else members.set(groups[row], [row]);
  }
  return Array.from(members.values(), (list) => Uint32Array.from(list));
}

/**
 * Deals whole groups to parts of the given shares, largest group first, each to the part that then stays nearest to its
 * share of every stratum.
 *
 * Shapes   shares sum to 1; returns one part per entry of rows
 * Random   groups of one size are tried in an order shuffled by `rng`
 */
export function dealGroups(
  rows: Uint32Array,
  groups: ArrayLike<number>,
  strata: Strata,
  shares: readonly number[],
  rng: Rng,
): Int32Array {
  const partOf = new Int32Array(strata.of.length).fill(NO_PART);
  const totals = new Float64Array(strata.count);
  for (const row of rows) totals[strata.of[row]]++;
  const held = shares.map(() => new Float64Array(strata.count));
  const members = rowsByGroup(rows, groups);
  const order = rng.shuffle(Uint32Array.from(members.keys())).sort((a, b) => members[b].length - members[a].length);
  for (const group of order) {
    const counts = countStrata(members[group], strata);
    const part = bestPart(counts, held, totals, shares);
    for (const [stratum, count] of counts) held[part][stratum] += count;
    for (const row of members[group]) partOf[row] = part;
  }
  return Int32Array.from(rows, (row) => partOf[row]);
}

function countStrata(rows: Uint32Array, strata: Strata): Map<number, number> {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(strata.of[row], (counts.get(strata.of[row]) ?? 0) + 1);
  return counts;
}

/** The part with the largest gap between what it should and what it does hold of the group's strata. */
function bestPart(
  counts: Map<number, number>,
  held: readonly Float64Array[],
  totals: Float64Array,
  shares: readonly number[],
): number {
  let best = 0;
  let bestGain = -Infinity;
  let bestRows = Infinity;
  shares.forEach((share, part) => {
    const rows = held[part].reduce((sum, count) => sum + count, 0) / share;
    let gain = 0;
    for (const [stratum, count] of counts) {
      // Fall of the squared gap (held / total - share)^2 when the group joins; over the share, so that a small part
      // is filled at the pace of a large one and gets large groups too.
      const before = held[part][stratum] / totals[stratum] - share;
      const after = before + count / totals[stratum];
      gain += (before * before - after * after) / share;
    }
    // Among equals the emptiest part: groups of one class each would else leave parts without any.
    const isTie = Math.abs(gain - bestGain) <= 1e-12;
    if (isTie ? rows < bestRows : gain > bestGain) [best, bestGain, bestRows] = [part, gain, rows];
  });
  return best;
}

/**
 * Cuts rows, ordered by time, into `parts` blocks of about equal size; rows of one time stay together.
 *
 * Shapes   returns one block number per entry of rows, growing with time
 * Throws   data: too few distinct times for that many blocks
 */
export function blocksByTime(rows: Uint32Array, time: ArrayLike<number>, shares: readonly number[]): Int32Array {
  const order = Uint32Array.from(rows.keys()).sort((a, b) => time[rows[a]] - time[rows[b]] || a - b);
  const blockOf = new Int32Array(rows.length);
  const sizes = shares.map(() => 0);
  let block = 0;
  let limit = shares[0] * rows.length;
  for (let place = 0; place < order.length; place++) {
    const isNewTime = place > 0 && time[rows[order[place]]] !== time[rows[order[place - 1]]];
    while (isNewTime && place >= Math.round(limit) && block < shares.length - 1) limit += shares[++block] * rows.length;
    blockOf[order[place]] = block;
    sizes[block]++;
  }
  const hint = 'Rows of one time stay together; use fewer folds or a finer time column.';
  checkData(
    !sizes.includes(0),
    'time',
    `must have distinct times for ${shares.length} blocks`,
    distinct(rows, time),
    hint,
  );
  return blockOf;
}

function distinct(rows: Uint32Array, time: ArrayLike<number>): number {
  return new Set(Array.from(rows, (row) => time[row])).size;
}
