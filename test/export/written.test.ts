/** @file Numbers and dates as people write them: every way to a prediction reads them alike. */

import { expect } from 'chai';

import { isFeature } from '../../src/data/index.js';
import { planOf, selfTestOf, selfTestRows } from '../../src/export/index.js';
import { fittedParts } from '../support/fitted.js';
import type { Ways } from '../support/ways.js';
import { agreed, waysOf } from '../support/ways.js';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const two = (n: number): string => String(n).padStart(2, '0');

/** One way of writing per column; the target is what the cells say. */
const COLUMNS: Readonly<Record<string, (i: number) => string>> = {
  dollars: (i) => (i % 9 === 0 ? `($${i}.25)` : `$${(1000 + i * 37).toLocaleString('en-US')}.50`),
  euros: (i) => `${(i % 50) * 20},5 €`,
  rupees: (i) => `₹${1 + (i % 9)},${two(i % 90)},${100 + i}`,
  share: (i) => `${(i * 13) % 60}.1%`,
  weight: (i) => (i % 11 === 0 ? '..' : `${20 + ((i * 7) % 30)}.3 kg`),
  account: (i) => (i % 3 === 0 ? `${i}.75-` : `\u2212${i}.5`),
  clock: (i) => `${two((i * 5) % 24)}:${two((i * 7) % 60)}:03`,
  half: (i) => `${1 + (i % 12)}:${two((i * 11) % 60)} ${i % 2 ? 'PM' : 'am'}`,
  spent: (i) => `${1 + (i % 5)}h ${(i * 7) % 60}m`,
  hired: (i) => (i % 13 === 0 ? '00-00-0000' : `${two(1 + (i % 28))}-${MONTHS[i % 12]}-${two(10 + (i % 9))}`),
  posted: (i) => `Mon, ${1 + (i % 28)} May 20${two(10 + (i % 9))} 18:07:00 +0${i % 10}30`,
  logged: (i) => `2021-03-${two(1 + (i % 28))} 08:${two(i % 60)}:20.740+0${i % 9}`,
  issued: (i) => `${MONTHS[i % 12]}-${2010 + (i % 9)}`,
  compact: (i) => `2014${two(1 + (i % 12))}${two(1 + (i % 28))}T0${i % 10}0000`,
  stray: (i) => (i % 7 === 0 ? 'unknown' : `${i % 17}.5`),
};
const names = Object.keys(COLUMNS);

function csv(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const cells = names.map((name) => `"${COLUMNS[name](i)}"`);
    return [...cells, `${((i * 37) % 100) + ((i * 13) % 60) + ((i * 5) % 24)}.5`].join(',');
  });
  return `${[...names, 'y'].join(',')}\n${lines.join('\n')}\n`;
}

/** Cells that are in no training row, or in no style of the column. */
const ODD: readonly unknown[] = [
  '',
  '..',
  'unknown',
  'Dec-2011',
  '23/Jul/2016:12:00:05 +0100',
  '1,23,456',
  '$5',
  '-$5',
  '($1,234.50)',
  '$-5',
  '($-5)',
  '5',
  '-5',
  '5 $',
  '$ 5 $',
  '5,5 €',
  '1.234,5 €',
  '12 %',
  '7 KG',
  '7 kg kg',
  '(5)',
  '5-',
  '\u22125',
  '+5',
  '="5"',
  '15:59',
  '3:59 pm',
  '13:00 PM',
  '-0:30',
  '24:00',
  '1 day, 2:03:04',
  '2h',
  '2h 5m 3s',
  'PT1H30M',
  '27-JAN-15',
  '27 January 2015',
  '31-FEB-15',
  '2021-03-16 08:56:20+02',
  '2021-03-16T08:56:20.740Z',
  '20141013T000000',
  '20141013',
  '0000-00-00',
  'Mon, 22 May 2017 18:07:00 -0700 (PDT)',
  'Mon May 22 18:07:00 +0200 2017',
  5,
  -2.5,
  0,
  true,
  10n,
  new Date('2020-02-29T12:34:56Z'),
  NaN,
  null,
  undefined,
  '1e3',
  '1,5',
  '1.5',
];

describe('numbers and dates as people write them', () => {
  let ways: Ways;
  let parts: Awaited<ReturnType<typeof fittedParts>>;
  before(async () => {
    const members = [{ family: 'linear' }, { family: 'xgboost' }, { family: 'lrnn' }] as const;
    parts = await fittedParts({ csv: csv(150), target: 'y', members });
    ways = await waysOf(parts);
  });
  after(() => ways.close());

  it('are numbers and dates to the schema', () => {
    const kinds = Object.fromEntries(parts.schema.columns.filter(isFeature).map(({ name, kind }) => [name, kind]));
    for (const name of names) {
      const isDate = ['hired', 'posted', 'logged', 'compact', 'issued'].includes(name);
      expect(kinds[name], name).to.equal(isDate ? 'date' : 'numeric');
    }
  });

  it('give the same prediction in every way, new rows and odd cells included', async () => {
    const fresh = Array.from({ length: 40 }, (_, i) =>
      Object.fromEntries(names.map((name) => [name, COLUMNS[name](i * 3 + 1)])),
    );
    const values = await agreed(ways, fresh);
    expect(new Set(values).size).to.be.above(30);
    const odd = names.flatMap((name) => ODD.map((cell) => ({ ...fresh[5], [name]: cell })));
    await agreed(ways, odd);
  });

  it('stand in the rows that an artefact carries as the columns have them', async () => {
    const rows = selfTestRows(planOf(parts));
    expect(rows.some(({ dollars = '' }) => dollars.includes('$'))).to.equal(true);
    expect(rows.some(({ clock = '' }) => /^\d+:\d\d:\d\d$/.test(clock))).to.equal(true);
    expect(rows.some(({ account = '' }) => account.startsWith('('))).to.equal(true);
    const numbers = await agreed(ways, rows);
    expect(selfTestOf(rows, Float32Array.from(numbers)).expected).to.have.length(rows.length);
  });
});
