/** @file One column of numbers on its way into a matrix: imputed, scaled and clipped for networks, as it is for trees. */

import type { Matrix } from '../core/index.js';
import { fitImputation, sortedSample } from './impute.js';
import type { Range } from './scale.js';
import { fitScaling, rangeOf, smoothClip } from './scale.js';
import type { NumberKind } from './transformer.js';

/** Largest number that a tree is shown: float32 with room for arithmetic. Infinities become this. */
const TREE_LIMIT = 1e37;
/** A range below this share of the largest number would lose more than 16 of the 24 bits of a float32 (trees only). */
const NARROW_RANGE = 1 / 256;

/** Everything that `writeNumbers` needs; plain JSON. */
export interface NumbersFit {
  readonly kind: NumberKind;
  readonly name: string;
  /** Whether the number itself, and whether "is missing", is a column. */
  readonly hasValue: boolean;
  readonly hasIndicator: boolean;
  readonly fill: number;
  readonly centre: number;
  readonly scale: number;
}

/**
 * Fits to the training cells of one column; NaN is missing.
 *
 * A column that does not vary is dropped. Networks get "is missing" beside the number if a training cell was missing;
 * trees keep NaN. For trees a number is shifted by the median only if float32 could not tell its values apart.
 */
export function fitNumbers(kind: NumberKind, name: string, values: Float64Array): NumbersFit {
  const sorted = sortedSample(values);
  const range = rangeOf(values);
  const { fill, indicator } = fitImputation(values, sorted);
  const present = countKinds(values, range);
  if (kind === 'tree') {
    const hasValue = present + (indicator ? 1 : 0) > 1 && present > 0;
    return { kind, name, hasValue, hasIndicator: false, fill: 0, centre: treeCentre(range, fill), scale: 1 };
  }
  const hasIndicator = indicator && present > 0;
  return { kind, name, hasValue: present > 1, hasIndicator, fill, ...fitScaling(sorted, range) };
}

/** 0, 1 or 2 for no, one or several distinct present values; infinities count. */
function countKinds(values: Float64Array, { low, high }: Range): number {
  const finite = low > high ? 0 : low === high ? 1 : 2;
  if (finite === 2) return 2;
  const infinite = Number(values.includes(Infinity)) + Number(values.includes(-Infinity));
  return Math.min(2, finite + infinite);
}

function treeCentre({ low, high }: Range, median: number): number {
  return high > low && high - low < NARROW_RANGE * Math.max(Math.abs(low), Math.abs(high)) ? median : 0;
}

/** Names of the columns that `writeNumbers` writes. */
export function numbersNames({ name, hasValue, hasIndicator }: NumbersFit): string[] {
  return [...(hasValue ? [name] : []), ...(hasIndicator ? [`${name} is missing`] : [])];
}

/** Writes the columns of one fit: value i goes to row `rows[i]`, or row i without `rows`. */
export function writeNumbers(
  fit: NumbersFit,
  values: Float64Array,
  out: Matrix,
  offset: number,
  rows?: Uint32Array,
): void {
  const { data, cols } = out;
  if (fit.hasValue) {
    for (let i = 0; i < values.length; i++) data[(rows ? rows[i] : i) * cols + offset] = prepared(fit, values[i]);
  }
  if (fit.hasIndicator) {
    const at = offset + (fit.hasValue ? 1 : 0);
    for (let i = 0; i < values.length; i++) data[(rows ? rows[i] : i) * cols + at] = Number.isNaN(values[i]) ? 1 : 0;
  }
}

function prepared(fit: NumbersFit, value: number): number {
  if (fit.kind === 'network') {
    return smoothClip(((Number.isNaN(value) ? fit.fill : value) - fit.centre) * fit.scale);
  }
  const shifted = value - fit.centre;
  return shifted > TREE_LIMIT ? TREE_LIMIT : shifted < -TREE_LIMIT ? -TREE_LIMIT : shifted;
}

/** The values at the given rows. */
export function gather(values: Float64Array, rows: Uint32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]];
  return out;
}
