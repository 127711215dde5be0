/** @file Dealing rows of which some must stay together: units of one row or more, by strata. */

import type { Rng } from '../core/index.js';
import { NO_PART } from './deal.js';
import type { Strata } from './strata.js';

/**
 * Deals units to `parts` parts of about equal size, each holding its share of every stratum (both to within the largest unit).
 * A unit counts for the stratum of its first row.
 *
 * Shapes   units: disjoint, together all rows; returns one part per entry of rows
 * Random   units of one size are dealt in an order shuffled by `rng`, larger ones before them, each to the part that has least
 */
export function dealUnits(
  rows: Uint32Array,
  units: readonly Uint32Array[],
  strata: Strata,
  { parts, rng }: { readonly parts: number; readonly rng: Rng },
): Int32Array {
  const partOf = new Int32Array(strata.of.length).fill(NO_PART);
  const sizes = new Float64Array(parts);
  for (const stratum of byStratum(units, strata)) {
    const held = new Float64Array(parts);
    const order = rng.shuffle(Uint32Array.from(stratum.keys()));
    for (const u of order.sort((a, b) => stratum[b].length - stratum[a].length)) {
      let part = 0;
      for (let other = 1; other < parts; other++) {
        const gap = held[other] - held[part] || sizes[other] - sizes[part];
        if (gap < 0) part = other;
      }
      held[part] += stratum[u].length;
      sizes[part] += stratum[u].length;
      for (const row of stratum[u]) partOf[row] = part;
    }
  }
  return Int32Array.from(rows, (row) => partOf[row]);
}

/**
 * Picks units of about `share` of the rows, the same share of every stratum, leaving at least `keep` units of each where it has them.
 *
 * Shapes   returns the picked row numbers, ascending
 */
export function pickUnits(
  rows: Uint32Array,
  units: readonly Uint32Array[],
  strata: Strata,
  { share, keep, rng }: { readonly share: number; readonly keep: number; readonly rng: Rng },
): Uint32Array {
  const isPicked = new Uint8Array(strata.of.length);
  let seen = 0;
  let picked = 0;
  for (const stratum of byStratum(units, strata)) {
    // What a stratum could not give, since its units did not fit, the next one gives.
    seen += stratum.reduce((sum, unit) => sum + unit.length, 0);
    let left = stratum.length;
    for (const u of rng.shuffle(Uint32Array.from(stratum.keys()))) {
      const { length } = stratum[u];
      if (left <= keep || picked + length > Math.round(share * seen)) continue;
      for (const row of stratum[u]) isPicked[row] = 1;
      picked += length;
      left--;
    }
  }
  return rows.filter((row) => isPicked[row] === 1);
}

function byStratum(units: readonly Uint32Array[], strata: Strata): Uint32Array[][] {
  const out: Uint32Array[][] = Array.from({ length: strata.count }, () => []);
  for (const unit of units) out[strata.of[unit[0]]].push(unit);
  return out;
}
