import { expect } from 'chai';
import fc from 'fast-check';

import type { DateFormat } from '../../src/data/dates.js';
import { chooseDateFormat, DATE_FORMATS, parseDate } from '../../src/data/dates.js';

const counted = (...texts: string[]): Map<string, number> => new Map(texts.map((text) => [text, 1]));
const iso = (time: number): string => new Date(time).toISOString();

describe('parseDate', () => {
  it('reads every day of ISO dates and times back', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(parseDate(date.toISOString(), 'YYYY-MM-DD')).to.equal(date.getTime());
          const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
          expect(parseDate(date.toISOString().slice(0, 10), 'YYYY-MM-DD')).to.equal(midnight);
        },
      ),
    );
  });

  it('refuses days that the calendar does not have', () => {
    for (const text of [
      '2023-02-29',
      '2023-13-01',
      '2023-00-10',
      '2023-04-31',
      '2023-01-00',
      '2023-01-01 25:00',
      '2023-1',
      'x',
    ]) {
      expect(parseDate(text, 'YYYY-MM-DD'), text).to.be.NaN;
    }
    expect(parseDate('2024-02-29', 'YYYY-MM-DD')).to.equal(Date.UTC(2024, 1, 29));
    expect(parseDate('13/1/2020', 'M/D/YYYY')).to.be.NaN;
  });

  it('reads each format with its usual ways of writing', () => {
    const day = '2021-03-04T00:00:00.000Z';
    expect(iso(parseDate('3/4/2021', 'M/D/YYYY'))).to.equal(day);
    expect(iso(parseDate('04.03.2021', 'D/M/YYYY'))).to.equal(day);
    expect(iso(parseDate('4-3-2021', 'D/M/YYYY'))).to.equal(day);
    expect(iso(parseDate('20210304', 'YYYYMMDD'))).to.equal(day);
    expect(iso(parseDate('4-Mar-2021', 'D MMM YYYY'))).to.equal(day);
    expect(iso(parseDate('4 march 2021', 'D MMM YYYY'))).to.equal(day);
    expect(iso(parseDate('March 4, 2021', 'MMM D YYYY'))).to.equal(day);
    expect(iso(parseDate('2021-03', 'YYYY-MM'))).to.equal('2021-03-01T00:00:00.000Z');
    expect(iso(parseDate('2021/3/4', 'YYYY-MM-DD'))).to.equal(day);
  });

  it('reads two-digit years around 1970', () => {
    expect(iso(parseDate('1/2/69', 'M/D/YYYY'))).to.contain('2069-01-02');
    expect(iso(parseDate('1/2/70', 'M/D/YYYY'))).to.contain('1970-01-02');
    expect(parseDate('1-2-70', 'M/D/YYYY')).to.be.NaN;
  });

  it('reads times, halves of the day and offsets', () => {
    expect(iso(parseDate('2021-03-04 05:06', 'YYYY-MM-DD'))).to.equal('2021-03-04T05:06:00.000Z');
    expect(iso(parseDate('2021-03-04T05:06:07.25+02:00', 'YYYY-MM-DD'))).to.equal('2021-03-04T03:06:07.250Z');
    expect(iso(parseDate('3/4/2021 12:30 AM', 'M/D/YYYY'))).to.equal('2021-03-04T00:30:00.000Z');
    expect(iso(parseDate('3/4/2021, 1:30:00 pm', 'M/D/YYYY'))).to.equal('2021-03-04T13:30:00.000Z');
    expect(parseDate('3/4/2021 13:30 pm', 'M/D/YYYY')).to.be.NaN;
  });
});

describe('parseDate as databases and mail write dates', () => {
  const reads = (text: string, format: DateFormat, expected: string): void => {
    expect(iso(parseDate(text, format)), text).to.equal(expected);
  };

  it('reads offsets of hours only, without a colon, with seconds, and behind a name', () => {
    reads('2021-03-16 08:56:20.740+02', 'YYYY-MM-DD', '2021-03-16T06:56:20.740Z');
    reads('2021-03-16 08:56:20-03', 'YYYY-MM-DD', '2021-03-16T11:56:20.000Z');
    reads('2021-03-16T08:56:20+0530', 'YYYY-MM-DD', '2021-03-16T03:26:20.000Z');
    reads('2021-03-16 08:56 GMT+2', 'YYYY-MM-DD', '2021-03-16T06:56:00.000Z');
    reads('1900-03-16 08:56:20+05:53:28', 'YYYY-MM-DD', '1900-03-16T03:02:52.000Z');
  });

  it('reads two digits of a year behind the name of a month, and points between parts of the time', () => {
    reads('27-JAN-15', 'D MMM YYYY', '2015-01-27T00:00:00.000Z');
    reads('27JAN1985', 'D MMM YYYY', '1985-01-27T00:00:00.000Z');
    reads("1st Feb '99", 'D MMM YYYY', '1999-02-01T00:00:00.000Z');
    reads('27-JAN-15 12.30.05.250000 AM', 'D MMM YYYY', '2015-01-27T00:30:05.250Z');
  });

  it('reads weekdays in front, the year behind the time, and days without separators before a T', () => {
    reads('Mon, 22 May 2017 18:07:00 +0000', 'D MMM YYYY', '2017-05-22T18:07:00.000Z');
    reads('Mon, 22 May 2017 18:07:00 -0700 (PDT)', 'D MMM YYYY', '2017-05-23T01:07:00.000Z');
    reads('Monday, May 22nd, 2017', 'MMM D YYYY', '2017-05-22T00:00:00.000Z');
    reads('Mon May 22 18:07:00 +0200 2017', 'MMM D YYYY', '2017-05-22T16:07:00.000Z');
    reads('23/Jul/2016:12:00:05 +0100', 'D MMM YYYY', '2016-07-23T11:00:05.000Z');
    reads('Dec-2011', 'MMM YYYY', '2011-12-01T00:00:00.000Z');
    expect(parseDate('Dec-11', 'MMM YYYY')).to.be.NaN;
    reads('Tue 5/22/2017 6:07 p.m.', 'M/D/YYYY', '2017-05-22T18:07:00.000Z');
    reads('20141013T000000', 'YYYYMMDD', '2014-10-13T00:00:00.000Z');
    reads('20141013T0915Z', 'YYYYMMDD', '2014-10-13T09:15:00.000Z');
    expect(chooseDateFormat(counted('20141013T000000', '20141014T000000'))?.format).to.equal('YYYYMMDD');
    expect(chooseDateFormat(counted('20141013', '20141014'))).to.equal(undefined);
  });
});

describe('chooseDateFormat', () => {
  it('decides day and month by a cell that allows one reading only', () => {
    expect(chooseDateFormat(counted('1/2/2020', '1/13/2020'))?.format).to.equal('M/D/YYYY');
    expect(chooseDateFormat(counted('1/2/2020', '13/1/2020'))?.format).to.equal('D/M/YYYY');
  });

  it('decides by the order of the rows when every cell allows both readings', () => {
    const fit = chooseDateFormat(counted('1/1/2020', '2/1/2020', '3/1/2020', '1/2/2020'));
    expect([fit?.format, fit?.assumption]).to.deep.equal([
      'D/M/YYYY',
      'read as D/M/YYYY, the reading in which the rows are in time order',
    ]);
  });

  it('assumes by the separator when nothing decides, and says so', () => {
    const slash = chooseDateFormat(counted('5/1/2020', '3/2/2020', '4/3/2019'));
    expect(slash?.format).to.equal('M/D/YYYY');
    expect(slash?.assumption).to.contain('M/D/YYYY is assumed');
    expect(chooseDateFormat(counted('5.1.2020', '3.2.2020', '4.3.2019'))?.format).to.equal('D/M/YYYY');
  });

  it('finds no date in words and numbers', () => {
    expect(chooseDateFormat(counted('a', '12', '1.5', '2020', '1/2'))).to.equal(undefined);
    expect(DATE_FORMATS).to.include('YYYYMMDD');
  });
});
