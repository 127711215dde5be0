import { expect } from 'chai';
import fc from 'fast-check';

import { isSurelyTime, secondsIn } from '../../src/data/seconds.js';

describe('secondsIn', () => {
  it('reads times of day and durations', () => {
    const texts: Record<string, number> = {
      '15:59': 57_540,
      '3:59 PM': 57_540,
      '12:00 am': 0,
      '12:00 a.m.': 0,
      '20:46:03': 74_763,
      '0:00:01.5': 1.5,
      '-1:30': -5400,
      '120:00:00': 432_000,
      '1 day, 2:03:04': 93_784,
      '2 days 00:00:10.250000': 172_810.25,
      '1h 30m': 5400,
      '2 hours 5 min 3 s': 7503,
      PT1H30M: 5400,
      'P1DT0.5S': 86_400.5,
    };
    for (const [text, seconds] of Object.entries(texts)) expect(secondsIn(text), text).to.equal(seconds);
  });

  it('reads every second of the day back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_399 }), (seconds) => {
        const text = new Date(seconds * 1000).toISOString().slice(11, 19);
        expect(secondsIn(text)).to.equal(seconds);
      }),
    );
  });

  it('refuses what is none', () => {
    for (const text of [
      '',
      '5',
      '1.5',
      '1:2',
      '15:60',
      '13:00 pm',
      '0:30 am',
      '2:1',
      'a',
      'P',
      'PT',
      'h',
      '2020-01-01',
      '1:2:3:4',
    ])
      expect(secondsIn(text), text).to.be.NaN;
  });

  it('is sure of clocks and of two parts, not of one number with a unit', () => {
    expect(['15:59', '1h 30m', 'PT5M'].every(isSurelyTime)).to.equal(true);
    expect(['36 h', '5 m', '7 days', '5'].some(isSurelyTime)).to.equal(false);
  });
});
