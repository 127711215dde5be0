import { expect } from 'chai';

import { parameterLayout } from '../../../src/engine/index.js';
import { laneBytes, laneLimit } from '../../../src/engine/tfjs/memory.js';
import type { Runtime } from '../../../src/engine/tfjs/runtime.js';
import { lrnn, mlp } from '../support/networks.js';

const GIB = 2 ** 30;
const device = (tensorBytes: number, isFused = true): Pick<Runtime, 'fused' | 'tensorBytes'> => ({
  fused: isFused ? ({} as Runtime['fused']) : null,
  tensorBytes,
});

describe('laneLimit', () => {
  const small = lrnn([{}], { inputs: 4 });
  const wide = lrnn([{ projection: 'axis', sharing: 'basis', rank: 128, hidden: 16 }], { inputs: 200 });

  it('counts ten blocks of parameters, and for each row what goes in, what comes out and five times the factors', () => {
    // 4 columns, 5 neurons of 3 factors, 1 output.
    const row = 2 * 4 + 6 * 1 + (2 * 4 + 6 * 5 + 5 * 15);
    const parameters = parameterLayout(small).size;
    expect(laneBytes(small, 64, true)).to.deep.equal({
      all: 4 * (10 * parameters + 64 * row),
      largest: 4 * Math.max(parameters, 64 * 15),
    });
  });

  it('keeps a batch within a GiB', () => {
    for (const batchSize of [64, 256, 1024]) {
      const limit = laneLimit(wide, batchSize, device(Infinity));
      const { all } = laneBytes(wide, batchSize, true);
      expect(limit * all).to.be.at.most(GIB);
      expect((limit + 1) * all).to.be.above(GIB);
    }
  });

  it('keeps each tensor within what the device can bind', () => {
    const { largest } = laneBytes(wide, 256, true);
    expect(laneLimit(wide, 256, device(3.5 * largest))).to.equal(3);
  });

  it('is 1 for what is too large in any case: the device itself says so', () => {
    expect(laneLimit(wide, 2 ** 20, device(2 ** 27))).to.equal(1);
  });

  it('counts the terms of univariate functions where operations are not fused', () => {
    const [fused, composite] = [true, false].map((isFused) => laneBytes(wide, 256, isFused).all);
    // 128 neurons of 200 factors with 16 terms each, 7 numbers a term.
    expect(composite - fused).to.equal(4 * 256 * 7 * 128 * 200 * 16);
    const dense = mlp([{ width: 64, activation: 'relu' }]);
    expect(laneLimit(dense, 256, device(Infinity, false))).to.equal(laneLimit(dense, 256, device(Infinity)));
  });

  it('counts the functions in front of an MLP, fused or not', () => {
    const dense = (hidden: number) => mlp([{ width: 64, activation: 'relu', basis: { hidden, activation: 'tanh' } }]);
    for (const isFused of [true, false]) {
      const [few, many] = [dense(1), dense(9)].map((spec) => {
        return laneBytes(spec, 256, isFused).all - 40 * parameterLayout(spec).size;
      });
      // 4 columns, 8 functions of each more, 7 numbers a function.
      expect(many - few).to.equal(4 * 256 * 7 * 4 * 8);
    }
  });

  it('leaves ten folds of usual sizes together', () => {
    const usual = lrnn(
      [
        { projection: 'axis', sharing: 'basis', rank: 48, hidden: 16 },
        { rank: 48, width: 4, hidden: 8 },
      ],
      {
        inputs: 50,
        inputSkip: true,
      },
    );
    expect(laneLimit(usual, 256, device(2 ** 27))).to.be.at.least(10);
  });
});
