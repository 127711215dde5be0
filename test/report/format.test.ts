import { expect } from 'chai';

import {
  capital,
  cut,
  formatCount,
  formatLarge,
  formatMoment,
  formatNumber,
  formatPercent,
  formatPerRow,
  formatSeconds,
  formatSpread,
  plural,
  scoreFormat,
  settingsList,
  spokenSettings,
} from '../../src/report/words/format.js';

describe('format', () => {
  it('shows a dash for what is not a number', () => {
    for (const value of [null, undefined, NaN, Infinity, -Infinity]) expect(formatNumber(value, 2)).to.equal('–');
    expect(formatSeconds(NaN)).to.equal('–');
    expect(formatPerRow(null)).to.equal('–');
    expect(formatPercent(NaN)).to.equal('–');
    expect(formatMoment(NaN)).to.equal('–');
    expect(formatMoment(1e300)).to.equal('–');
  });

  it('begins sentences with a large letter, and leaves names of models as they are', () => {
    expect(capital('no model was better.')).to.equal('No model was better.');
    expect(capital('ensemble is clearly better.')).to.equal('Ensemble is clearly better.');
    expect(capital('gbdt-2 is not distinguishable from linear-0.')).to.equal(
      'gbdt-2 is not distinguishable from linear-0.',
    );
    expect(capital('state-of-2 words')).to.equal('State-of-2 words');
    expect(capital('')).to.equal('');
  });

  it('gives every score of a table the decimals that the smallest needs', () => {
    const format = scoreFormat([0.8421, 0.5, null, NaN]);
    expect([0.8421, 0.5, null].map(format)).to.deep.equal(['0.8421', '0.5000', '–']);
    expect(scoreFormat([2945.31, 10_600])(10_600)).to.equal('10,600');
    expect(scoreFormat([29.4531])(29.4531)).to.equal('29.45');
    expect(scoreFormat([0.000012345])(0.000012345)).to.equal('0.000012');
    expect(scoreFormat([])(0.5)).to.equal('0.5000');
    expect(scoreFormat([0])(0)).to.equal('0.0000');
  });

  it('writes huge and tiny numbers with exponents instead of walls of zeros', () => {
    expect(formatNumber(1.23456e22, 2)).to.equal('1.235e22');
    expect(formatNumber(-1.23456e22, 2)).to.equal('−1.235e22');
    expect(formatNumber(3e-9, 4)).to.equal('3.0e-9');
    expect(formatNumber(0, 4)).to.equal('0.0000');
  });

  it('joins a score with its spread, and leaves out a spread that is not there', () => {
    const format = scoreFormat([0.8421]);
    expect(formatSpread(format, 0.8421, 0.0123)).to.equal('0.8421 ± 0.0123');
    expect(formatSpread(format, 0.8421, NaN)).to.equal('0.8421');
    expect(formatSpread(format, null, 0.1)).to.equal('–');
  });

  it('writes seconds as people say them, without 60 seconds or 60 minutes', () => {
    const said = [0, 0.0004, 0.04, 0.0994, 9.94, 9.96, 59.6, 61, 120, 3599.7, 3661, 7260, 360_000].map(formatSeconds);
    expect(said).to.deep.equal([
      '0.0 s',
      '< 1 ms',
      '40 ms',
      '99 ms',
      '9.9 s',
      '10 s',
      '1 min',
      '1 min 1 s',
      '2 min',
      '1 h 00 min',
      '1 h 01 min',
      '2 h 01 min',
      '100 h 00 min',
    ]);
  });

  it('chooses a unit for the time of one row', () => {
    expect([0.0008, 0.0123, 0.25, 1.4, 250].map(formatPerRow)).to.deep.equal([
      '0.80 µs',
      '12.3 µs',
      '250 µs',
      '1.40 ms',
      '250 ms',
    ]);
  });

  it('shortens large counts and keeps small ones whole', () => {
    expect([0, 812, 9999, 12_400, 999_600, 3_100_000, 2.5e9].map(formatLarge)).to.deep.equal([
      '0',
      '812',
      '9,999',
      '12.4k',
      '1.00M',
      '3.10M',
      '2.50G',
    ]);
    expect(formatCount(1234567)).to.equal('1,234,567');
    expect([plural(1, 'row'), plural(2000, 'row'), plural(0, 'row')]).to.deep.equal(['1 row', '2,000 rows', '0 rows']);
  });

  it('gives one decimal to small percentages only', () => {
    expect([0, 0.034, -0.034, 0.0996, 0.5, 1].map(formatPercent)).to.deep.equal([
      '0 %',
      '3.4 %',
      '-3.4 %',
      '10 %',
      '50 %',
      '100 %',
    ]);
  });

  it('says neither that something is nothing nor that nearly all is all', () => {
    expect([1 / 27_000, 0.0005, 0.9999, 0.9949].map(formatPercent)).to.deep.equal([
      '< 0.1 %',
      '0.1 %',
      '> 99 %',
      '99 %',
    ]);
  });

  it('writes moments in UTC', () => {
    expect(formatMoment(Date.UTC(2026, 10, 24, 2, 35, 59))).to.equal('2026-11-24 02:35 UTC');
  });

  it('flattens settings and rounds their numbers', () => {
    const settings = { rate: 0.00512345, first: { rank: 128, on: true }, list: [1, 2], none: null, word: 'tanh' };
    expect(settingsList(settings)).to.deep.equal([
      { key: 'rate', value: '0.005123' },
      { key: 'first.rank', value: '128' },
      { key: 'first.on', value: 'yes' },
      { key: 'list', value: '[1,2]' },
      { key: 'none', value: 'null' },
      { key: 'word', value: 'tanh' },
    ]);
  });

  it('says what is made smaller, and what is made of the target, in words', () => {
    expect(spokenSettings({ alpha: 1, loss: 'poisson', targetTransform: 'log1p' })).to.deep.equal([
      { key: 'penalty', value: '1' },
      { key: 'loss', value: 'the likelihood of counts' },
      { key: 'target', value: 'its logarithm' },
    ]);
  });

  it('cuts long names by characters, not inside one', () => {
    expect(cut('🚗🚗🚗🚗', 3)).to.equal('🚗🚗…');
    expect(cut('abc', 3)).to.equal('abc');
  });
});
