import { expect } from 'chai';

import { referenceGradient, referencePredict } from '../../src/engine/reference-network.js';
import { assertClose } from '../support/close.js';
import { goldens } from './support/goldens.js';

/** PyTorch and we add the same float64 numbers in another order. */
const TOLERANCE = { rtol: 1e-6, atol: 1e-14 };

describe('reference engine against PyTorch', () => {
  it('finds all thirteen golden networks', () => {
    expect(goldens()).to.have.length(13);
  });

  for (const golden of goldens()) {
    it(`agrees on ${golden.name}: outputs, loss and every gradient`, () => {
      const run = { spec: golden.spec, parameters: golden.parameters, x: golden.x };
      const result = referenceGradient(run, golden.loss, { y: golden.y });
      assertClose(referencePredict(run), golden.output, TOLERANCE, 'output');
      assertClose([result.loss], [golden.lossValue], TOLERANCE, 'loss');
      assertClose(result.gradient, golden.gradient, TOLERANCE, 'gradient');
      assertClose(result.inputGradient, golden.inputGradient, TOLERANCE, 'inputGradient');
    });
  }
});
