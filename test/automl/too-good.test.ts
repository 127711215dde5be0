import { expect } from 'chai';

import { hasNoError } from '../../src/automl/index.js';
import { allRows } from '../../src/core/index.js';

const judged = (y: number[], outputs: number, predicted: number[][]) =>
  hasNoError(Float32Array.from(predicted.flat()), {
    rows: allRows(y.length),
    y: Float32Array.from(y),
    starts: [0, y.length],
    outputs,
  });

describe('hasNoError', () => {
  it('finds two classes that some threshold tells apart, wherever it is', () => {
    const of = (...second: number[]) => second.map((share) => [1 - share, share]);
    expect(judged([0, 1, 0, 1], 2, of(0.01, 0.2, 0.05, 0.3))).to.equal(true);
    expect(judged([0, 1, 0, 1], 2, of(0.01, 0.2, 0.2, 0.3))).to.equal(false);
    expect(judged([0, 1, 0, 1], 2, of(0.9, 0.2, 0.8, 0.1))).to.equal(false);
  });

  it('finds more classes that are each the most probable where they are, and sees one slip', () => {
    const right = [
      [0.5, 0.3, 0.2],
      [0.1, 0.2, 0.7],
      [0.2, 0.6, 0.2],
    ];
    expect(judged([0, 2, 1], 3, right)).to.equal(true);
    expect(judged([0, 2, 2], 3, right)).to.equal(false);
    expect(judged([0, 2, 1], 3, [...right.slice(0, 2), [0.4, 0.4, 0.2]])).to.equal(false);
  });

  it('finds numbers of which next to nothing is left', () => {
    const y = [0, 10, 20, 30];
    expect(
      judged(
        y,
        1,
        y.map((value) => [value + 0.05]),
      ),
    ).to.equal(true);
    expect(
      judged(
        y,
        1,
        y.map((value) => [value + 0.5]),
      ),
    ).to.equal(false);
  });
});
