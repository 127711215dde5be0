import { expect } from 'chai';

import type { Matrix } from '../../src/core/index.js';
import { allRows, Rng } from '../../src/core/index.js';
import type { EncodingTarget, RecipeKind } from '../../src/prepare/index.js';
import { fitRecipe } from '../../src/prepare/index.js';
import { categorical, frameOf, rowsOf, targets } from './support/frames.js';

const NOTHING = targets(0, 0, 0, 0, 0, 0, 0, 0);

const rowsOfMatrix = ({ rows, cols, data }: Matrix) =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));

function encode(kind: RecipeKind, cells: (string | null)[], trainRows: Uint32Array, levels?: string[]) {
  return fitRecipe(kind, frameOf(categorical('c', cells, levels)), NOTHING, trainRows, 1);
}

describe('one-hot encoding', () => {
  it('has a column per training level and one for gaps, and zeros for what training has not', () => {
    const { recipe, X } = encode('network', ['a', 'b', null, 'd', 'new', 'e'], rowsOf(0, 1, 2, 3), [
      'a',
      'b',
      'd',
      'e',
    ]);
    expect(recipe.names).to.deep.equal(['c = a', 'c = b', 'c = d', 'c is missing']);
    expect(rowsOfMatrix(X)).to.deep.equal([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 1],
      [0, 0, 1, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('is all zeros for a gap where training rows have none', () => {
    const { X } = encode('tree', ['a', 'b', 'd', null], rowsOf(0, 1, 2));
    expect(rowsOfMatrix(X)[3]).to.deep.equal([0, 0, 0]);
  });

  it('puts two levels in one column: -1 and 1 for networks, 0 and 1 for trees, and neither for anything else', () => {
    const cells = ['yes', 'no', 'maybe', null];
    const network = encode('network', cells, rowsOf(0, 1), ['yes', 'no']);
    expect(network.recipe.names).to.deep.equal(['c = no']);
    expect(rowsOfMatrix(network.X)).to.deep.equal([[-1], [1], [0], [0]]);
    expect(rowsOfMatrix(encode('tree', cells, rowsOf(0, 1), ['yes', 'no']).X)).to.deep.equal([[0], [1], [NaN], [NaN]]);
  });

  it('tells networks of gaps beside two levels; trees see them anyway', () => {
    const network = encode('network', ['yes', 'no', null], allRows(3));
    expect(network.recipe.names).to.deep.equal(['c = no', 'c is missing']);
    expect(rowsOfMatrix(network.X)).to.deep.equal([
      [-1, 0],
      [1, 0],
      [0, 1],
    ]);
    expect(encode('tree', ['yes', 'no', null], allRows(3)).recipe.names).to.deep.equal(['c = no']);
  });

  it('has a single column for one level and gaps', () => {
    const { recipe, X } = encode('tree', ['a', null, 'a', 'new'], rowsOf(0, 1, 2), ['a']);
    expect(recipe.names).to.deep.equal(['c is missing']);
    expect(rowsOfMatrix(X)).to.deep.equal([[0], [1], [0], [0]]);
  });

  it('matches levels by name where another frame orders them otherwise', () => {
    const { recipe } = encode('network', ['a', 'b', 'd', 'a'], allRows(4));
    const other = frameOf(categorical('c', ['d', 'new', 'a'], ['new', 'd', 'a']));
    expect(rowsOfMatrix(recipe.transform(other))).to.deep.equal([
      [0, 0, 1],
      [0, 0, 0],
      [1, 0, 0],
    ]);
  });

  it('takes any text for a level', () => {
    const cells = ['__proto__', 'constructor', '', '0', 'Ünïcödé 🎉'];
    const { recipe, X } = encode('network', cells, allRows(5));
    expect(recipe.names).to.include('c = Ünïcödé 🎉').and.to.include('c = ');
    rowsOfMatrix(X).forEach((row, i) => expect(row).to.deep.equal(cells.map((_, j) => (i === j ? 1 : 0))));
  });
});

describe('target encoding', () => {
  /** 30 levels with their own mean, 40 rows each. */
  const rng = new Rng(4);
  const cells = Array.from({ length: 1200 }, (_, i) => `level ${i % 30}`);
  const y = Float32Array.from(cells, (_, i) => (i % 30) + rng.normal());
  const column = categorical('c', cells);
  const options = { oneHotLimit: 10 };

  const fit = (target: EncodingTarget, rows = allRows(1200)) =>
    fitRecipe('tree', frameOf(column), target, rows, 1, options);

  it('takes over above the limit, with the row count beside it', () => {
    expect(fit({ y, k: 1 }, allRows(1199)).recipe.names).to.deep.equal(['c → target', 'c → rows (log)']);
    expect(fit({ y, k: 1 }).recipe.names, 'all counts equal').to.deep.equal(['c → target']);
  });

  it('gives each level about its mean, shrunk a little', () => {
    const { recipe } = fit({ y, k: 1 });
    const encoded = recipe.transform(frameOf(column)).data;
    for (let level = 0; level < 30; level++) {
      let sum = 0;
      for (let i = level; i < 1200; i += 30) sum += y[i] / 40;
      expect(encoded[level]).to.be.closeTo(sum, 0.5);
      expect(Math.abs(encoded[level] - 14.5)).to.be.lessThan(Math.abs(sum - 14.5));
    }
  });

  it('gives training rows something else than later rows of the same level', () => {
    const { recipe, X } = fit({ y, k: 1 });
    const later = recipe.transform(frameOf(column));
    expect(X.data.every((value, i) => value !== later.data[i])).to.be.true;
  });

  it('learns nothing from a level of one row about that row', () => {
    // Every row its own level: an encoding by a row's own target would be the target.
    const ids = categorical(
      'id',
      cells.map((_, i) => String(i)),
    );
    const target = { y: Float32Array.from(cells, (_, i) => i % 2), k: 2 };
    const { recipe, X } = fitRecipe('tree', frameOf(ids), target, allRows(1200), 1);
    const seen = [0, 1].map((c) => new Set(X.data.filter((_, i) => i % 2 === c)));
    expect(recipe.names).to.deep.equal(['id → target']);
    for (const values of seen) expect(values.size).to.be.at.most(5);
  });

  it('pulls levels towards the mean of all rows where they say nothing', () => {
    const noise = Float32Array.from(cells, () => rng.normal());
    const encoded = fit({ y: noise, k: 1 }).recipe.transform(frameOf(column)).data;
    const spread = Math.max(...encoded) - Math.min(...encoded);
    expect(spread).to.be.lessThan(0.3);
  });

  it('encodes an unseen level as the mean of all training rows, and gaps as a level of their own', () => {
    const withGaps = categorical('c', ['new', ...cells.map((cell, i) => (i % 30 === 7 ? null : cell))], column.levels);
    const target = targets(0, ...y);
    const { X } = fitRecipe('tree', frameOf(withGaps), target, allRows(1201).subarray(1), 1, options);
    const mean = y.reduce((sum, value) => sum + value, 0) / 1200;
    expect(X.data[0]).to.be.closeTo(mean, 1e-3);
    expect(X.data[(1 + 7) * X.cols]).to.be.closeTo(7, 1);
  });

  it('has a column for each class, or for the ten most frequent of many', () => {
    const classes = (k: number) => ({ y: Float32Array.from(cells, (_, i) => (i * 7 + (i >> 5)) % k), k });
    const names = (k: number) => fit(classes(k)).recipe.names.filter((name) => name.includes('class'));
    expect(names(3)).to.deep.equal(['c → class 1', 'c → class 2', 'c → class 3']);
    expect(names(14)).to.have.length(10);
  });

  it('is scaled for networks and reproducible by its seed', () => {
    const network = (seed: number) =>
      fitRecipe('network', frameOf(column), { y, k: 1 }, allRows(1200), seed, { oneHotLimit: 10 }).X;
    expect(Math.max(...network(1).data)).to.be.within(0.5, 3);
    expect(network(1).data).to.deep.equal(network(1).data);
    expect(network(1).data).to.not.deep.equal(network(2).data);
  });
});
