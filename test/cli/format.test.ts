import { expect } from 'chai';

import { counted, formatCount, formatLeft, formatSeconds, scoreFormat } from '../../src/cli/format.js';

describe('formatSeconds', () => {
  it('grows from tenths to hours', () => {
    const times: [number, string][] = [
      [0, '0.0 s'],
      [0.84, '0.8 s'],
      [9.949, '9.9 s'],
      [9.96, '10 s'],
      [59.4, '59 s'],
      [59.6, '1m 00s'],
      [185, '3m 05s'],
      [3599.7, '1h 00m'],
      [7620, '2h 07m'],
      [7199, '2h 00m'],
    ];
    for (const [seconds, text] of times) expect(formatSeconds(seconds), String(seconds)).to.equal(text);
  });
});

describe('formatLeft', () => {
  it('speaks in whole seconds and never of none', () => {
    expect([0, 0.2, 4.1, 9.7, 61].map(formatLeft)).to.deep.equal([
      '1 s left',
      '1 s left',
      '5 s left',
      '10 s left',
      '1m 01s left',
    ]);
  });
});

describe('counts', () => {
  it('have separators and a plural', () => {
    expect(formatCount(1234567)).to.equal('1,234,567');
    expect(counted(1, 'row')).to.equal('1 row');
    expect(counted(0, 'row')).to.equal('0 rows');
    expect(counted(2, 'entry', 'entries')).to.equal('2 entries');
  });
});

describe('scoreFormat', () => {
  const written = (values: (number | null)[]): string[] => values.map(scoreFormat(values));

  it('gives the best score four digits and all others as many decimals', () => {
    expect(written([0.8421, 0.5, 1])).to.deep.equal(['0.8421', '0.5000', '1.0000']);
    expect(written([0.010104, 1.04929])).to.deep.equal(['0.01010', '1.04929']);
    expect(written([2058.6, 9836.2])).to.deep.equal(['2,059', '9,836']);
    expect(written([-0.25, 0.1])).to.deep.equal(['-0.2500', '0.1000']);
  });

  it('writes very small and very large scores with an exponent', () => {
    expect(written([1.234e-7, 0])).to.deep.equal(['1.234e-7', '0']);
    expect(written([1.5e12])).to.deep.equal(['1.500e+12']);
    expect(written([0.5, 2e20])).to.deep.equal(['0.5000', '2.000e+20']);
  });

  it('knows what is no number', () => {
    expect(written([null, NaN, Infinity, -Infinity, 0])).to.deep.equal(['–', '–', '∞', '-∞', '0.000']);
    expect(written([])).to.deep.equal([]);
  });
});
