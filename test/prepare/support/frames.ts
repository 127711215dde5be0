/** @file Frames by hand, and random ones with everything that goes wrong in tables. */

import fc from 'fast-check';

import type { CategoricalColumn, DateColumn, Frame, FrameColumn, NumericColumn } from '../../../src/data/index.js';
import { MISSING_CODE, UNSEEN_CODE } from '../../../src/data/index.js';
import type { EncodingTarget } from '../../../src/prepare/index.js';

export function numeric(name: string, values: readonly number[]): NumericColumn {
  return { kind: 'numeric', name, values: Float64Array.from(values) };
}

/** Null is missing; a text that is not among `levels` is unseen. */
export function categorical(
  name: string,
  cells: readonly (string | null)[],
  levels: readonly string[] = [...new Set(cells.filter((cell) => cell !== null))],
): CategoricalColumn {
  const code = (cell: string | null) => {
    if (cell === null) return MISSING_CODE;
    return levels.includes(cell) ? levels.indexOf(cell) : UNSEEN_CODE;
  };
  return { kind: 'categorical', name, codes: Int32Array.from(cells, code), levels };
}

export function date(name: string, cells: readonly (string | null)[]): DateColumn {
  const epochMs = Float64Array.from(cells, (cell) => (cell === null ? NaN : Date.parse(cell)));
  return { kind: 'date', name, epochMs };
}

export function frameOf(...columns: FrameColumn[]): Frame {
  const [first] = columns;
  const rowCount =
    first.kind === 'numeric' ? first.values.length : first.kind === 'date' ? first.epochMs.length : first.codes.length;
  return { rowCount, columns };
}

export const rowsOf = (...rows: number[]): Uint32Array => Uint32Array.from(rows);

/** Regression targets. */
export const targets = (...y: number[]): EncodingTarget => ({ y: Float32Array.from(y), k: 1 });

const anyNumber = fc.oneof(
  fc.double(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0, 1e9, Infinity, -Infinity, NaN, 1.7e308, -1.7e308, 5e-324),
);
const anyLevel = fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'Ünï', '', '__proto__', '0'), { nil: null });
const anyMs = fc.option(fc.integer({ min: -6e13, max: 6e13 }), { nil: NaN });

/** A frame of 2 to 30 rows with columns of all kinds, its target, and some training rows. */
export const anyTable = fc
  .integer({ min: 2, max: 30 })
  .chain((n) => {
    const cells = <T>(cell: fc.Arbitrary<T>) => fc.array(cell, { minLength: n, maxLength: n });
    return fc.record({
      frame: fc
        .tuple(cells(anyNumber), cells(fc.constantFrom(0, 1, NaN)), cells(anyLevel), cells(anyLevel), cells(anyMs))
        .map(([numbers, flags, few, many, times]) =>
          frameOf(
            numeric('number', numbers),
            numeric('flag', flags),
            categorical('few', few),
            categorical('many', many),
            { kind: 'date', name: 'when', epochMs: Float64Array.from(times) },
          ),
        ),
      k: fc.constantFrom(1, 2, 4, 13),
      y: cells(fc.nat(12)),
      trainRows: fc
        .subarray(
          Array.from({ length: n }, (_, i) => i),
          { minLength: 1 },
        )
        .map((rows) => Uint32Array.from(rows)),
      seed: fc.nat(),
    });
  })
  .map(({ frame, k, y, trainRows, seed }) => {
    const target: EncodingTarget = { y: Float32Array.from(y, (value) => (k === 1 ? value : value % k)), k };
    return { frame, target, trainRows, seed };
  });
