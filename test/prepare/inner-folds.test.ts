import { expect } from 'chai';
import fc from 'fast-check';

import type { Matrix } from '../../src/core/index.js';
import { allRows, Rng } from '../../src/core/index.js';
import { endTimes } from '../../src/evaluate/index.js';
import type { EncodingTarget, RecipeOptions } from '../../src/prepare/index.js';
import { fitRecipe } from '../../src/prepare/index.js';
import { categorical, frameOf, rowsOf, targets } from './support/frames.js';

/** Trees are shown encodings as they are, and two levels are enough for the target to be asked. */
const encode = (
  cells: readonly string[],
  target: EncodingTarget,
  options: RecipeOptions,
  rows = allRows(cells.length),
) => fitRecipe('tree', frameOf(categorical('c', cells)), target, rows, 1, { oneHotLimit: 2, ...options });

const column = ({ data, cols, rows }: Matrix, at = 0) => Array.from({ length: rows }, (_, i) => data[i * cols + at]);

/** Rows of three to five levels, each with a group, a time and a target; and a seed to shuffle by. */
const anyRows = fc
  .array(fc.tuple(fc.nat(4), fc.nat(5), fc.nat(7), fc.integer({ min: -9, max: 9 })), { minLength: 12, maxLength: 60 })
  .map((rows) => ({
    cells: rows.map(([level]) => `level ${level}`),
    groups: rows.map(([, group]) => group),
    times: rows.map(([, , time]) => time),
    // No two alike: which of two equal targets is the larger is told by their rows.
    y: Float32Array.from(rows, ([, , , value], row) => value + row / 256),
  }));

/** The targets, those of some rows dealt out anew among them: their mean stays. */
function shuffledAmong(y: Float32Array, isOne: (row: number) => boolean, seed: number): Float32Array {
  const rows = allRows(y.length).filter(isOne);
  const from = new Rng(seed).shuffle(rows.slice());
  const out = y.slice();
  rows.forEach((row, i) => (out[row] = y[from[i]]));
  return out;
}

/** The matrix without the shift that keeps numbers of a narrow range apart, which is the median of all rows. */
function unshifted({ recipe, X }: ReturnType<typeof encode>): Matrix {
  const [{ outputs } = { outputs: [] }] = recipe.toJSON()['columns'] as {
    outputs?: { numbers: { centre: number } }[];
  }[];
  const centres = (outputs ?? []).map(({ numbers }) => numbers.centre);
  return { ...X, data: X.data.map((value, i) => value + (centres[i % X.cols] ?? 0)) };
}

function expectSame(first: Matrix, second: Matrix, isOne: (row: number) => boolean): void {
  expect(second.cols).to.equal(first.cols);
  for (let row = 0; row < first.rows; row++) {
    if (!isOne(row)) continue;
    for (let j = 0; j < first.cols; j++) {
      const [before, after] = [first, second].map(({ data, cols }) => data[row * cols + j]);
      if (!(Number.isNaN(before) && Number.isNaN(after))) expect(after).to.be.closeTo(before, 1e-4);
    }
  }
}

describe('target encoding of rows that stand apart', () => {
  it('learns nothing about a group from its own targets', () => {
    fc.assert(
      fc.property(anyRows, fc.nat(5), fc.nat(), ({ cells, groups, y }, group, seed) => {
        const isOwn = (row: number) => groups[row] === group;
        const changed = shuffledAmong(y, isOwn, seed);
        const [one, two] = [y, changed].map((values) => unshifted(encode(cells, { y: values, k: 1 }, { groups })));
        expectSame(one, two, isOwn);
      }),
    );
  });

  it('learns nothing about a time from its targets and later ones', () => {
    fc.assert(
      fc.property(anyRows, fc.nat(7), fc.nat(), ({ cells, times, y }, time, seed) => {
        fc.pre(new Set(times).size > 1);
        const changed = shuffledAmong(y, (row) => times[row] >= time, seed);
        const [one, two] = [y, changed].map((values) => unshifted(encode(cells, { y: values, k: 1 }, { times })));
        expectSame(one, two, (row) => times[row] <= time);
      }),
    );
  });

  it('learns nothing about a group from its own targets, nor from those of groups that end with it or later, where times order groups', () => {
    fc.assert(
      fc.property(anyRows, fc.boolean(), fc.nat(5), fc.nat(), ({ cells, groups, times, y }, isOneTime, group, seed) => {
        // As a study of groups in time has them: every row at the end of its group.
        const ends = endTimes(
          times.map((time) => (isOneTime ? 3 : time)),
          groups,
        );
        const isOwn = (row: number) => groups[row] === group;
        const own = [...cells.keys()].filter(isOwn);
        fc.pre(own.length > 0 && own.length < cells.length);
        const isHidden = (row: number) => isOwn(row) || ends[row] > ends[own[0]];
        const changed = shuffledAmong(y, isHidden, seed);
        const both = { groups, times: ends };
        const [one, two] = [y, changed].map((values) => unshifted(encode(cells, { y: values, k: 1 }, both)));
        expectSame(one, two, isOwn);
      }),
    );
  });

  it('knows levels of other groups by their mean, and says of how many rows in proportion', () => {
    // Ten groups of six rows; levels a, b and c in all of them, with means 0, 10 and 20.
    const cells = Array.from({ length: 60 }, (_, i) => 'abc'[i % 3]);
    const groups = cells.map((_, i) => Math.floor(i / 6));
    const target = { y: Float32Array.from(cells, (_, i) => 10 * (i % 3) + (i % 2) / 10), k: 1 };
    const { recipe, X } = encode(cells, target, { groups });
    expect(recipe.names, 'every level has a third of the rows everywhere').to.deep.equal(['c → target']);
    column(X).forEach((value, i) => expect(value).to.be.closeTo(10 * (i % 3), 1));
  });

  it('takes levels of a single group for levels that training has not', () => {
    const cells = ['x', 'x', 'y', 'z', 'x', 'y', 'z', 'x', 'own', 'own'];
    const groups = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2];
    const y = targets(...cells.map((_, i) => i));
    expect(encode(cells, y, { groups, oneHotLimit: 9 }).recipe.names).to.deep.equal(['c = x', 'c = y', 'c = z']);
    const nested = groups.map((group) => `device ${group}`);
    expect(encode(nested, y, { groups, oneHotLimit: 9 }).recipe.names).to.deep.equal(['(nothing varies)']);
    expect(encode(nested, y, { groups }).recipe.names).to.deep.equal(['(nothing varies)']);
    const oneGroup = rowsOf(0, 1, 2, 3);
    expect(
      encode(cells, y, { groups, oneHotLimit: 9 }, oneGroup).recipe.names,
      'nothing to tell them by',
    ).to.have.length(3);
  });

  it('shows what nobody may know yet as the mean of all training rows, with no rows', () => {
    // A level for every day, and twenty days: none is known before it comes.
    const cells = Array.from({ length: 200 }, (_, i) => `day ${Math.floor(i / 10)}`);
    const rng = new Rng(2);
    const y = Float32Array.from(cells, () => rng.normal());
    expect(encode(cells, { y, k: 1 }, { times: cells.map((_, i) => i) }).recipe.names).to.deep.equal([
      '(nothing varies)',
    ]);
  });

  it('learns of earlier blocks only, the more the later', () => {
    const cells = Array.from({ length: 400 }, (_, i) => `level ${i % 4}`);
    const y = Float32Array.from(cells, (_, i) => i % 4);
    const { recipe, X } = encode(cells, { y, k: 1 }, { times: cells.map((_, i) => -i) });
    const later = recipe.transform(frameOf(categorical('c', cells)));
    const encoded = column(X);
    const known = column(later);
    // Times fall from the first row on: the last 40 rows are the first block.
    expect(new Set(encoded.slice(360))).to.have.property('size', 1);
    expect(encoded.slice(0, 360).every((value, i) => Math.abs(value - (i % 4)) < 0.5)).to.be.true;
    expect(known.every((value, i) => Math.abs(value - (i % 4)) < 0.1)).to.be.true;
  });

  it('learns nothing about copies of a row from each other', () => {
    fc.assert(
      fc.property(anyRows, fc.nat(5), fc.nat(), ({ cells, groups, y }, group, seed) => {
        // Each group as copies of its first row.
        const copies = groups.map((own) => groups.indexOf(own));
        const isOwn = (row: number) => groups[row] === group;
        const changed = shuffledAmong(y, isOwn, seed);
        const [one, two] = [y, changed].map((values) => unshifted(encode(cells, { y: values, k: 1 }, { copies })));
        expectSame(one, two, isOwn);
      }),
    );
  });

  it('is as without times where all rows are of one time', () => {
    const cells = Array.from({ length: 90 }, (_, i) => `level ${(i * i) % 7}`);
    const target = { y: Float32Array.from(cells, (_, i) => i % 5), k: 1 };
    const plain = encode(cells, target, {}).X;
    expect(encode(cells, target, { times: cells.map(() => 5) }).X).to.deep.equal(plain);
    expect(encode(cells, target, { times: cells.map((_, i) => i) }).X).to.not.deep.equal(plain);
  });
});
