import { expect } from 'chai';

import type { Draw } from '../../../bench/portfolio/answers.js';
import type { Choosing, Judge } from '../../../bench/portfolio/orders.js';
import {
  bestError,
  blendError,
  chooseOrder,
  foldsJudge,
  gainOf,
  leaveOneSetOut,
} from '../../../bench/portfolio/orders.js';
import type { Matrix } from '../../../src/core/index.js';
import { matrixFrom } from '../../../src/core/index.js';

const column = (values: readonly number[]): Matrix => matrixFrom(values.map((value) => [value]));
const answer = (name: string, oof: readonly number[], judged: readonly number[]) => {
  return { name, family: 'linear', params: {}, oof: column(oof), judged: column(judged), seconds: 1 } as const;
};

/** Two folds of two rows, and two rows that judge. */
const DRAW: Draw = {
  name: 'a-4-0',
  set: 'a',
  draw: 0,
  task: 'regression',
  size: { n: 4, d: 1, k: 1 },
  y: Float32Array.of(0, 1, 2, 3),
  starts: [0, 2, 4],
  judgedY: Float32Array.of(0, 4),
  answers: [
    answer('above', [1, 2, 3, 4], [1, 5]),
    answer('below', [-1, 0, 1, 2], [-1, 3]),
    answer('lucky', [0, 1, 2, 3.1], [4, 0]),
  ],
  product: ['above', 'below'],
};

/** What tables lose by trying only these: the least of what each has to say. */
const listed =
  (losses: Readonly<Record<string, Readonly<Record<string, number>>>>): Judge =>
  (draw, tried) =>
    Math.min(...tried.map((name) => losses[draw][name]));

const choosing = (name: string, part = ''): Choosing => {
  return { name, set: name, part, candidates: ['p', 'q', 'r'] };
};

describe('orders of a portfolio', () => {
  it('are judged by rows that chose nothing, for a blend that the folds chose', () => {
    expect(blendError(DRAW, ['above'])).to.be.closeTo(1, 1e-6);
    expect(blendError(DRAW, ['above', 'below'])).to.be.closeTo(0, 1e-6);
    // The folds like it best, and the rows that judge do not.
    expect(blendError(DRAW, ['above', 'lucky'])).to.be.above(3);
    expect(blendError(DRAW, ['nobody'])).to.equal(Infinity);
  });

  it('are judged by rows that chose nothing, for what is best alone by the folds', () => {
    expect(bestError(DRAW, ['above'])).to.be.closeTo(1, 1e-6);
    // Ties go to the first.
    expect(bestError(DRAW, ['above', 'below'])).to.be.closeTo(1, 1e-6);
    expect(bestError(DRAW, ['below', 'lucky'])).to.be.closeTo(4, 1e-6);
    expect(bestError(DRAW, ['nobody'])).to.equal(Infinity);
    const known = foldsJudge([DRAW], 'best');
    expect(known('a-4-0', ['lucky'])).to.equal(0);
    expect(known('a-4-0', ['above'])).to.be.closeTo(-Math.log(2), 1e-12);
  });

  it('are judged against all candidates, and no table counts more than twice the error', () => {
    const judge = foldsJudge([{ ...DRAW, answers: DRAW.answers.slice(0, 2) }]);
    expect(judge('a-4-0', ['above', 'below'])).to.equal(0);
    expect(judge('a-4-0', ['above'])).to.be.closeTo(Math.log(2), 1e-12);
    expect(judge('a-4-0', ['nobody'])).to.be.closeTo(Math.log(2), 1e-12);
  });

  it('begin with the best alone and go on with what helps most beside it', () => {
    const judge = listed({ a: { p: 0, q: 0.5, r: 0.9 }, b: { p: 1, q: 0.9, r: 0.2 } });
    expect(chooseOrder([choosing('a'), choosing('b')], judge, 2)).to.deep.equal(['p', 'r']);
    expect(chooseOrder([choosing('a'), choosing('b')], judge, 9)).to.have.members(['p', 'q', 'r']);
    expect(chooseOrder([choosing('b')], judge, 1)).to.deep.equal(['r']);
  });

  it('count a set once, however often it was drawn', () => {
    const judge = listed({ a: { p: 0, q: 0.3 }, a2: { p: 0, q: 0.3 }, b: { p: 0.5, q: 0 } });
    const draws = [choosing('a'), { ...choosing('a2'), set: 'a' }, choosing('b')].map((draw) => {
      return { ...draw, candidates: ['p', 'q'] };
    });
    expect(chooseOrder(draws, judge, 1)).to.deep.equal(['q']);
  });

  it('never look at the set that they are judged on, nor at another part', () => {
    const losses = { a: { p: 0, q: 1, r: 1 }, b: { p: 1, q: 0, r: 1 }, c: { p: 1, q: 1, r: 0 } };
    const left = leaveOneSetOut([choosing('a', 'x'), choosing('b', 'x'), choosing('c', 'x')], listed(losses), 1);
    // Of two sets that agree on nothing the first of equals is taken: never what the set itself would choose.
    expect(left(choosing('a', 'x'))).to.deep.equal(['q']);
    expect(left(choosing('b', 'x'))).to.deep.equal(['p']);
    expect(left(choosing('c', 'x'))).to.deep.equal(['p']);
    const apart = leaveOneSetOut(
      [choosing('a', 'x'), choosing('b', 'x'), choosing('c', 'y'), { ...choosing('c', 'y'), set: 'd' }],
      listed(losses),
      1,
    );
    expect(apart(choosing('c', 'y'))).to.deep.equal(['r']);
    expect(apart(choosing('a', 'x'))).to.deep.equal(['q']);
  });

  it('gain a geometric mean over sets, with an interval that holds it', () => {
    const draws = ['a', 'b', 'c', 'd'].map((name) => choosing(name));
    const values: Readonly<Record<string, number>> = { a: -0.2, b: -0.1, c: 0.1, d: -0.2 };
    const { ratio, interval, better, sets } = gainOf(draws, ({ name }) => values[name]);
    expect(ratio).to.be.closeTo(Math.exp(-0.1), 1e-12);
    expect(interval[0]).to.be.within(Math.exp(-0.2) - 1e-9, ratio);
    expect(interval[1]).to.be.within(ratio, Math.exp(0.1) + 1e-9);
    expect([better, sets]).to.deep.equal([3, 4]);
    expect(gainOf(draws, () => 0)).to.deep.equal({ ratio: 1, interval: [1, 1], better: 0, sets: 4 });
  });
});
