import { expect } from 'chai';

import { allRows, matrixFrom } from '../../../src/core/index.js';
import { encodeRows, findEncoding, toRaw } from '../../../src/models/xgboost/encoding.js';
import { fasterMethod } from '../../../src/models/xgboost/method.js';

describe('findEncoding', () => {
  it('finds the columns of two values, and which is the commoner', () => {
    const X = matrixFrom([
      [0, 5, 1, -1, Number.NaN],
      [1, 5, 1, 3, 0],
      [0, 5, 2, -1, 1],
      [0, 5, 3, 3, 1],
      [0, 5, 1, 3, 1],
    ]);
    expect(findEncoding(X, allRows(5))).to.deep.equal([
      { threshold: 0.5, commonIsLow: true, rareShare: 0.2 },
      { threshold: 5, commonIsLow: false, rareShare: 0 },
      undefined,
      { threshold: 1, commonIsLow: false, rareShare: 0.4 },
      undefined,
    ]);
  });

  it('looks at the named rows only', () => {
    const X = matrixFrom([[0], [7], [1], [0], [Number.NaN]]);
    expect(findEncoding(X, Uint32Array.of(0, 2, 3))[0]).to.include({ threshold: 0.5, commonIsLow: true });
    expect(findEncoding(X, allRows(4))[0]).to.equal(undefined);
    expect(findEncoding(X, Uint32Array.of(4, 0))[0]).to.equal(undefined);
    expect(findEncoding(X, Uint32Array.of(0, 4))[0]).to.equal(undefined);
  });

  it('tells neighbouring numbers apart', () => {
    const next = 1 + 2 ** -23;
    const [code] = findEncoding(matrixFrom([[1], [next]]), allRows(2));
    expect(1 < (code?.threshold ?? 0)).to.equal(true);
    expect(next < (code?.threshold ?? 0)).to.equal(false);
  });
});

describe('encodeRows', () => {
  it('writes missing as -1, moves a real -1, and shows two-valued columns by their rarer value', () => {
    const X = matrixFrom([
      [Number.NaN, 0],
      [-1, 4],
      [2, 0],
    ]);
    const heap = new Float32Array(7);
    encodeRows(X, Uint32Array.of(2, 0, 1), findEncoding(X, allRows(3)), heap, 1);
    expect([...heap]).to.deep.equal([0, 2, -1, -1, -1, -(1 - 2 ** -24), 1]);
  });
});

describe('toRaw', () => {
  it('keeps plain splits, but for the neighbour of -1', () => {
    const plain = { defaultLeft: true, lowTakesLeft: true, highTakesLeft: false };
    expect(toRaw(0.25, true, undefined)).to.deep.equal({ threshold: 0.25, ...plain });
    expect(toRaw(-(1 - 2 ** -24), true, undefined)).to.deep.equal({ threshold: -1, ...plain });
  });

  it('sends each of two values where the trainer sent what stood for it', () => {
    for (const commonIsLow of [true, false]) {
      for (const missingLeft of [true, false]) {
        for (const threshold of [0.5, 1.5]) {
          const split = toRaw(threshold, missingLeft, { threshold: 9, commonIsLow, rareShare: 0.1 });
          const [common, rare] = commonIsLow
            ? [split.lowTakesLeft, split.highTakesLeft]
            : [split.highTakesLeft, split.lowTakesLeft];
          expect([common, rare]).to.deep.equal([missingLeft, 1 < threshold]);
          expect(split.defaultLeft).to.equal(commonIsLow);
        }
      }
    }
  });
});

describe('fasterMethod', () => {
  const sample = (rows: number, value: (i: number) => number) => {
    const X = matrixFrom(Array.from({ length: rows }, (_, i) => [value(i), value(3 * i)]));
    return { X, y: new Float32Array(rows), rows: allRows(rows) };
  };
  const choose = (rows: number, value: (i: number) => number, maxDepth = 6): string => {
    const train = sample(rows, value);
    return fasterMethod({ maxDepth, maxBin: 256 }, train, 'regression', findEncoding(train.X, train.rows));
  };

  it("takes 'exact' for few rows of many values and 'hist' for many rows", () => {
    expect(choose(1000, Math.sin)).to.equal('exact');
    expect(choose(20_000, Math.sin)).to.equal('hist');
    expect(choose(20_000, Math.sin, 14)).to.equal('exact');
  });

  it("takes 'hist' where there are few values to bin", () => {
    expect(choose(1000, (i) => i % 3)).to.equal('hist');
  });
});
