import { expect } from 'chai';

import { meanOf, mediansOf, said } from '../../../bench/trees/ratios.js';

const RATIOS = [
  { name: 'b', error: 1, time: 4 },
  { name: 'a', error: 2, time: 1, xgboost: 0.5 },
  { name: 'b', error: 5, time: 2 },
  { name: 'b', error: 3, time: 3 },
];

describe('ratios of trees beside others', () => {
  it('are the median of the repeats of a case, in the order of the cases', () => {
    expect(mediansOf(RATIOS, 'error')).to.deep.equal([
      { name: 'b', ratio: 3 },
      { name: 'a', ratio: 2 },
    ]);
    expect(mediansOf(RATIOS, 'time').map(({ ratio }) => ratio)).to.deep.equal([3, 1]);
  });

  it('leave out cases in which nobody measured', () => {
    expect(mediansOf(RATIOS, 'xgboost')).to.deep.equal([{ name: 'a', ratio: 0.5 }]);
  });

  it('are averaged as factors, with an interval as wide as their spread', () => {
    const { mean, low, high } = meanOf([0.5, 2]);
    expect(mean).to.be.closeTo(1, 1e-12);
    // The logs are -log 2 and log 2: their standard deviation is sqrt(2) log 2, that of their mean log 2.
    expect(high).to.be.closeTo(2 ** 1.96, 1e-12);
    expect(low).to.be.closeTo(2 ** -1.96, 1e-12);
  });

  it('have no interval where there is one', () => {
    expect(meanOf([0.25])).to.deep.equal({ mean: 0.25, low: 0.25, high: 0.25 });
  });

  it('are said in one sentence', () => {
    expect(said('time', [{ ratio: 0.5 }, { ratio: 0.5 }, { ratio: 4 }])).to.match(
      /^time: 1\.000 \(0\.257 to 3\.891\), median 0\.500, below 1 on 2 of 3$/,
    );
  });
});
