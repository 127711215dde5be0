import { expect } from 'chai';

import type { Estimator, FitContext, Sample } from '../../../src/models/index.js';

/**
 * Boosting of a small learning rate under a clock that moves half a millisecond a look: of 1,000 rounds few fit into 100 ms, and
 * these go further than they would without haste; 30 rounds need none.
 */
export async function expectLargerSteps(
  make: (params: { readonly rounds: number; readonly learningRate: number }) => Estimator,
  train: Sample,
  context: FitContext,
): Promise<void> {
  const now = performance.now.bind(performance);
  let time = 0;
  performance.now = () => (time += 0.5);
  try {
    const limited = { ...context, limitMs: 100 };
    const short = await make({ rounds: 1000, learningRate: 0.02 }).fit(train, limited);
    const long = await make({ rounds: 30, learningRate: 0.02 }).fit(train, limited);
    expect(short.report.notes[0]).to.match(/^took steps of 0\.\d+ instead of 0\.02, as time was short$/);
    expect(long.report.notes).to.deep.equal([]);
    const at30 = (model: typeof short) => model.report.curve.find(({ step }) => step === 30)!.train;
    expect(at30(short)).to.be.below(0.9 * at30(long));
  } finally {
    performance.now = now;
  }
}
