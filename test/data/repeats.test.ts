import { expect } from 'chai';
import fc from 'fast-check';

import { Rng } from '../../src/core/index.js';
import { firstAlike, repeatedRows } from '../../src/data/index.js';
import { anyTable, categorical, frameOf, numeric } from '../prepare/support/frames.js';

describe('firstAlike', () => {
  it('finds the first row of the same cells, gaps among them, in any table', () => {
    fc.assert(
      fc.property(anyTable, ({ frame }) => {
        // Infinities and -0 as they are; every row once more, backwards.
        const twice = Array.from({ length: 2 * frame.rowCount }, (_, i) => Math.min(i, 2 * frame.rowCount - 1 - i));
        const columns = frame.columns.map((column) => {
          if (column.kind === 'numeric')
            return { ...column, values: Float64Array.from(twice, (row) => column.values[row]) };
          if (column.kind === 'date')
            return { ...column, epochMs: Float64Array.from(twice, (row) => column.epochMs[row]) };
          return { ...column, codes: Int32Array.from(twice, (row) => column.codes[row]) };
        });
        const first = firstAlike({ rowCount: twice.length, columns });
        twice.forEach((row, i) => {
          expect(first[i]).to.equal(first[row]);
          expect(first[i]).to.be.at.most(row);
        });
      }),
    );
  });

  it('tells rows apart that differ in one cell', () => {
    const frame = frameOf(
      numeric('a', [1, 1, NaN, NaN, 1, -0, 0]),
      categorical('c', ['x', 'y', 'x', 'x', 'x', null, null]),
    );
    expect([...firstAlike(frame)]).to.deep.equal([0, 1, 2, 2, 0, 5, 5]);
  });
});

describe('repeatedRows', () => {
  const rng = new Rng(1);
  const fine = Array.from({ length: 200 }, () => rng.normal());

  it('keeps copies together, and is nothing where there are none', () => {
    const table = (cells: number[]) =>
      frameOf(
        numeric('a', cells),
        numeric(
          'b',
          cells.map((cell) => Math.round(9 * cell)),
        ),
      );
    expect(repeatedRows(table(fine))).to.equal(null);
    const copied = repeatedRows(table([...fine, ...fine.slice(0, 9)]));
    expect([...copied!.subarray(200)]).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...copied!.subarray(0, 200)]).to.deep.equal(fine.map((_, row) => row));
  });

  it('takes no rows for copies that coarse columns cannot tell apart', () => {
    const coarse = (levels: number) =>
      numeric(
        'b',
        Array.from({ length: 400 }, () => rng.integer(levels)),
      );
    expect(repeatedRows(frameOf(coarse(3), coarse(4), coarse(5), coarse(6)))).to.equal(null);
  });

  it('parts rows of which there are more than a twentieth of the table', () => {
    const cells = [...fine, ...fine.slice(0, 3), ...Array.from({ length: 40 }, () => 7)];
    const together = repeatedRows(frameOf(numeric('a', cells), numeric('b', cells)))!;
    expect([...together.subarray(200, 203)]).to.deep.equal([0, 1, 2]);
    expect([...together.subarray(203)]).to.deep.equal(Array.from({ length: 40 }, (_, i) => 203 + i));
  });
});
