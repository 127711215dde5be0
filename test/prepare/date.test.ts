import { expect } from 'chai';

import { allRows } from '../../src/core/index.js';
import { fitRecipe } from '../../src/prepare/index.js';
import { date, frameOf, targets } from './support/frames.js';

const CELLS = ['2024-02-29T06:30:00Z', '1969-12-31T23:00:00Z', '0050-03-01T00:00:00Z', null];

function table(kind: 'network' | 'tree', cells: (string | null)[], trained = cells.length) {
  const { recipe, X } = fitRecipe(kind, frameOf(date('t', cells)), targets(0, 0, 0, 0), allRows(trained), 1);
  const row = (i: number) =>
    Object.fromEntries(recipe.names.map((name, j) => [name.replace('t: ', ''), X.data[i * X.cols + j]]));
  return { names: recipe.names, row };
}

describe('date parts', () => {
  it('are calendar numbers in UTC for trees, before 1970 and in early years too', () => {
    const { row } = table('tree', CELLS);
    expect(row(0)).to.deep.include({ year: 2024, month: 2, day: 29, weekday: 4, hour: 6.5, 'day of year': 60 });
    expect(row(1)).to.deep.include({ year: 1969, month: 12, day: 31, weekday: 3, hour: 23, 'day of year': 365 });
    expect(row(2)).to.deep.include({ year: 50, month: 3, day: 1, 'day of year': 60 });
    expect(row(1)['days since 1970']).to.be.closeTo(-1 / 24, 1e-6);
  });

  it('are NaN for trees where the date is missing, beside an indicator', () => {
    expect(table('tree', CELLS).row(3)).to.deep.include({ year: NaN, hour: NaN, 't is missing': 1 });
  });

  it('put cycles on a circle for networks, so that December is near January', () => {
    const { row } = table('network', ['2024-12-15', '2024-01-15', '2024-06-15']);
    const point = (i: number) => [row(i)['month (sin)'], row(i)['month (cos)']];
    const distance = (a: number[], b: number[]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
    expect(distance(point(0), point(1))).to.be.lessThan(distance(point(0), point(2)));
    expect(Math.hypot(...point(0))).to.be.closeTo(1, 1e-6);
  });

  it('are the middle of the circle for networks where the date is missing', () => {
    expect(table('network', CELLS).row(3)).to.deep.include({ 'month (sin)': 0, 'month (cos)': 0, 't is missing': 1 });
  });

  it('that do not vary over the training rows are left out', () => {
    expect(table('tree', ['2024-01-01', '2024-01-02', '2025-07-04'], 2).names).to.deep.equal([
      't: day',
      't: weekday',
      't: day of year',
      't: days since 1970',
    ]);
    expect(table('tree', ['2024-01-01', '2024-01-01', null], 2).names).to.deep.equal(['(nothing varies)']);
  });

  it('of dates beyond the calendar are missing', () => {
    const frame = frameOf({ kind: 'date', name: 't', epochMs: Float64Array.of(0, 1e10, 1e300, -Infinity) });
    const { X } = fitRecipe('network', frame, targets(0, 0, 0, 0), allRows(4), 1);
    expect(X.data.every((x) => Math.abs(x) <= 3)).to.be.true;
  });
});
