import { expect } from 'chai';

import { linear, restoreLinear } from '../../src/models/linear.js';
import { describeEstimator } from '../conformance/estimator.js';

describeEstimator('linear', () => linear({ alpha: 0.1 }), {
  restore: restoreLinear,
  deterministic: true,
  missing: 'refused',
  learns: true,
  reports: false,
});

describe('linear', () => {
  it('refuses an alpha below 0, infinite or not a number', () => {
    for (const alpha of [-1, Infinity, Number.NaN]) {
      expect(() => linear({ alpha })).to.throw(`linear: alpha must be 0 or more, got ${alpha}.`);
    }
  });

  it('refuses a saved state that is not its own', () => {
    const state = { kind: 'linear', version: 1, json: { task: 'binary', k: 2, columns: 3 }, tensors: {} };
    expect(() => restoreLinear(state)).to.throw('linear.restore: tensor W must be a Float64Array, got undefined.');
    const short = { ...state, tensors: { W: new Float64Array(2), b: new Float64Array(1) } };
    expect(() => restoreLinear(short)).to.throw('linear.restore: W must have 3 numbers, got 2.');
    expect(() => restoreLinear({ ...state, version: 2 })).to.throw('linear.restore: version must be 1, got 2.');
  });
});
