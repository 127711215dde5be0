import { expect } from 'chai';

import type { Matrix } from '../../src/core/index.js';
import { allRows, ToolkitError } from '../../src/core/index.js';
import type { MadeTable } from '../../src/prepare/index.js';
import { fitRecipe, restoreRecipe } from '../../src/prepare/index.js';
import { categorical, date, frameOf, numeric, rowsOf, targets } from './support/frames.js';

const NOTHING = targets(0, 0, 0, 0, 0, 0);

/** Column j of a matrix. */
const column = ({ rows, cols, data }: Matrix, j: number) => Array.from({ length: rows }, (_, i) => data[i * cols + j]);

describe('recipe', () => {
  it('has one block of columns per column of the frame, under readable names', () => {
    const frame = frameOf(
      numeric('age', [1, NaN, 3, 9]),
      categorical('city', ['Rome', 'Oslo', 'Bern', 'Rome']),
      categorical('sex', ['f', 'm', 'f', 'f']),
      date('when', ['2024-01-01', '2024-06-01', '2024-01-01', null]),
    );
    expect(fitRecipe('network', frame, NOTHING, allRows(4), 1).recipe.names).to.deep.equal([
      'age',
      'age is missing',
      'city = Rome',
      'city = Oslo',
      'city = Bern',
      'sex = m',
      'when: month (sin)',
      'when: month (cos)',
      'when: weekday (sin)',
      'when: weekday (cos)',
      'when: day of year (sin)',
      'when: day of year (cos)',
      'when: days since 1970',
      'when is missing',
    ]);
    expect(fitRecipe('tree', frame, NOTHING, allRows(4), 1).recipe.names).to.deep.equal([
      'age',
      'city = Rome',
      'city = Oslo',
      'city = Bern',
      'sex = m',
      'when: month',
      'when: weekday',
      'when: day of year',
      'when: days since 1970',
      'when is missing',
    ]);
  });

  it('leaves out what does not vary over the training rows, and never has no column at all', () => {
    const frame = frameOf(numeric('x', [4, 4, 7]), categorical('c', ['a', 'a', 'b']), numeric('gap', [NaN, NaN, 1]));
    const { recipe, X } = fitRecipe('tree', frame, NOTHING, rowsOf(0, 1), 1);
    expect(recipe.names).to.deep.equal(['(nothing varies)']);
    expect(Array.from(X.data)).to.deep.equal([0, 0, 0]);
    expect(restoreRecipe(recipe.toJSON()).names).to.deep.equal(recipe.names);
  });

  it('manages a single training row and a frame without rows', () => {
    const frame = frameOf(numeric('x', [1, 2]), categorical('c', ['a', 'b']));
    expect(fitRecipe('network', frame, NOTHING, rowsOf(1), 1).recipe.width).to.equal(1);
    const { recipe } = fitRecipe('network', frame, NOTHING, rowsOf(0, 1), 1);
    expect(recipe.transform(frameOf(numeric('x', []), categorical('c', []))).rows).to.equal(0);
  });

  it('takes columns by name, whatever their order and whatever stands beside them', () => {
    const frame = frameOf(numeric('a', [1, 2, 3]), numeric('b', [5, 1, 4]));
    const { recipe } = fitRecipe('network', frame, NOTHING, allRows(3), 1);
    const shuffled = frameOf(numeric('other', [7, 7, 7]), numeric('b', [5, 1, 4]), numeric('a', [1, 2, 3]));
    expect(recipe.transform(shuffled)).to.deep.equal(recipe.transform(frame));
  });

  it('names the column that a table lacks', () => {
    const { recipe } = fitRecipe('tree', frameOf(numeric('a', [1, 2])), NOTHING, allRows(2), 1);
    expect(() => recipe.transform(frameOf(numeric('b', [1, 2])))).to.throw(
      ToolkitError,
      'recipe: the table must have the numeric column, got "a".',
    );
  });

  it('does not change the frame', () => {
    const frame = frameOf(numeric('a', [3, NaN, 1]), categorical('c', ['x', null, 'y']));
    const copy = structuredClone(frame);
    fitRecipe('network', frame, NOTHING, allRows(3), 1).recipe.transform(frame);
    expect(frame).to.deep.equal(copy);
  });

  it('takes a table that other rows made where its recipe is the same and nothing of the target is in it', () => {
    const frame = frameOf(
      numeric('age', [1, NaN, 3, 9, 4, 6]),
      categorical('sex', ['f', 'm', 'f', 'm', 'f', 'm']),
      numeric('late', [1, 1, 1, 1, 1, 2]),
    );
    const made = (rows: Uint32Array, alike: MadeTable[] = []) => {
      const { recipe, X, isPlain } = fitRecipe('tree', frame, NOTHING, rows, 1, { alike });
      return { recipe: recipe.toJSON(), X, isPlain };
    };
    const first = made(rowsOf(0, 1, 2, 3, 5));
    expect(first.isPlain).to.equal(true);
    expect(made(rowsOf(1, 2, 4, 5), [first]).X).to.equal(first.X);
    // Where "late" does not vary it is left out.
    const other = made(rowsOf(0, 1, 2, 3), [first]);
    expect(other.X).not.to.equal(first.X);
    expect(other).to.deep.equal(made(rowsOf(0, 1, 2, 3)));
    expect(made(rowsOf(1, 2, 4, 5), [{ ...first, isPlain: false }]).X).not.to.equal(first.X);
    const many = frameOf(categorical('city', ['a', 'b', 'c', 'a', 'b', 'c']));
    const encoded = (alike?: MadeTable[]) => fitRecipe('tree', many, NOTHING, allRows(6), 1, { oneHotLimit: 2, alike });
    const { recipe, X, isPlain } = encoded();
    expect(isPlain).to.equal(false);
    expect(encoded([{ recipe: recipe.toJSON(), X, isPlain }]).X).not.to.equal(X);
  });

  it('refuses the JSON of another version and of unknown column types', () => {
    const { recipe } = fitRecipe('tree', frameOf(numeric('a', [1, 2])), NOTHING, allRows(2), 1);
    const json = recipe.toJSON();
    expect(() => restoreRecipe({ ...json, version: 2 })).to.throw(ToolkitError, 'recipe: version must be 1, got 2.');
    expect(() => restoreRecipe({})).to.throw('got undefined');
    expect(() => restoreRecipe({ ...json, columns: [{ type: 'embedding' }] })).to.throw('got "embedding"');
  });
});

describe('numbers for networks', () => {
  const network = (values: number[], rows = values.length) =>
    fitRecipe('network', frameOf(numeric('x', values)), NOTHING, allRows(rows), 1);

  it('are centred on the training median, divided by the interquartile range and clipped', () => {
    // Training values 0 1 2 3 4: median 2, quartiles 1 and 3.
    const { X } = network([0, 1, 2, 3, 4, 1e9, -Infinity], 5);
    const clip = (x: number) => Math.fround(x / Math.sqrt(1 + (x / 3) ** 2));
    expect(column(X, 0)).to.deep.equal([clip(-1), clip(-0.5), 0, clip(0.5), clip(1), 3, -3]);
  });

  it('fall back to half the range where the quartiles are equal', () => {
    const { X } = network([5, 5, 5, 5, 5, 5, 5, 7, 9]);
    const clip = (x: number) => Math.fround(x / Math.sqrt(1 + (x / 3) ** 2));
    expect(column(X, 0).slice(6)).to.deep.equal([0, clip(1), clip(2)]);
  });

  it('of two values are symmetric, whichever is the more frequent', () => {
    const end = Math.fround(1 / Math.sqrt(1 + 1 / 9));
    expect(column(network([0, 0, 0, 1]).X, 0)).to.deep.equal([-end, -end, -end, end]);
    expect(column(network([0, 1, 1, 1]).X, 0)).to.deep.equal([-end, end, end, end]);
  });

  it('fill gaps with the training median and tell them by an indicator only where training rows had gaps', () => {
    const told = network([1, 2, NaN, 9]);
    expect(told.recipe.names).to.deep.equal(['x', 'x is missing']);
    expect(column(told.X, 0)[2]).to.equal(column(told.X, 0)[1]);
    expect(column(told.X, 1)).to.deep.equal([0, 0, 1, 0]);
    const untold = network([1, 2, 9, NaN], 3);
    expect(untold.recipe.names).to.deep.equal(['x']);
    expect(column(untold.X, 0)[3]).to.equal(column(untold.X, 0)[1]);
  });

  it('keep only the indicator of a column that is constant where it is present', () => {
    const { recipe, X } = network([5, NaN, 5]);
    expect(recipe.names).to.deep.equal(['x is missing']);
    expect(column(X, 0)).to.deep.equal([0, 1, 0]);
  });

  it('stay finite for the largest, the smallest and infinite numbers', () => {
    for (const values of [
      [-1.7e308, 0, 1.7e308, 1],
      [5e-324, 0, 1e-323, 5e-324],
      [Infinity, -Infinity, NaN, Infinity],
      [1, Infinity, 1, 1],
    ]) {
      const { X } = network(values);
      expect(
        X.data.every((x) => Math.abs(x) <= 3),
        String(values),
      ).to.be.true;
    }
  });
});

describe('numbers for trees', () => {
  const tree = (values: number[], rows = values.length) =>
    fitRecipe('tree', frameOf(numeric('x', values)), NOTHING, allRows(rows), 1);

  it('are as they are, gaps included', () => {
    const { recipe, X } = tree([1, NaN, -3.5, 100]);
    expect(recipe.names).to.deep.equal(['x']);
    expect(column(X, 0)).to.deep.equal([1, NaN, -3.5, 100]);
  });

  it('keep a constant column with gaps, which is its own indicator', () => {
    expect(column(tree([5, NaN, 5]).X, 0)).to.deep.equal([5, NaN, 5]);
  });

  it('keep apart numbers that float32 would merge', () => {
    const { X } = tree([1e12, 1e12 + 1, 1e12 + 2]);
    expect(column(X, 0)).to.deep.equal([-1, 0, 1]);
  });

  it('become large and finite where the table says infinity', () => {
    const limit = Math.fround(1e37);
    expect(column(tree([1, Infinity, -Infinity, 1e300]).X, 0)).to.deep.equal([1, limit, -limit, limit]);
  });
});
