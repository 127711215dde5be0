import { expect } from 'chai';
import fc from 'fast-check';

import { allRows, Rng } from '../../src/core/index.js';
import { alikeColumns } from '../../src/data/index.js';
import { categorical, date, frameOf, numeric } from '../prepare/support/frames.js';

const N = 300;
const rng = new Rng(5);
const values = Array.from({ length: N }, () => Math.round(1000 * rng.normal()) / 10);
const grades = Array.from({ length: N }, () => rng.integer(5));
const texts = (...columns: Parameters<typeof frameOf>) =>
  alikeColumns(frameOf(...columns), allRows(N)).map(({ text }) => text);

describe('alikeColumns', () => {
  it('names columns that are one to one, whatever they hold', () => {
    const names = grades.map((grade) => ['nine', 'bachelor', 'master', 'doctor', 'none'][grade]);
    expect(
      texts(categorical('education', names), numeric('noise', values), numeric('education_num', grades)),
    ).to.deep.equal(['columns "education" and "education_num" say the same: each tells the others']);
    expect(
      texts(
        numeric(
          'yes',
          grades.map((g) => (g > 2 ? 1 : 0)),
        ),
        numeric(
          'no',
          grades.map((g) => (g > 2 ? 0 : 1)),
        ),
      ),
    ).to.have.length(1);
  });

  it('names copies in another unit, turned round or with gaps in the same rows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 20, maxLength: 60 }),
        fc.constantFrom(2.54, -3, 1e-3),
        fc.nat(19),
        (cells, unit, gap) => {
          fc.pre(
            new Set(cells).size > cells.length / 2 + 2 &&
              new Set(cells.map((cell) => cell * unit)).size === new Set(cells).size,
          );
          const own = cells.map((cell, i) => (i === gap ? NaN : cell));
          const frame = frameOf(
            numeric('a', own),
            numeric(
              'b',
              own.map((cell) => cell * unit),
            ),
          );
          expect(alikeColumns(frame, allRows(cells.length)).map(({ columns }) => columns)).to.deep.equal([['a', 'b']]);
        },
      ),
    );
  });

  it('names numbers that are nearly the same, and dates', () => {
    const near = values.map((value, i) => value + (i % 50) / 100);
    expect(texts(numeric('a', values), numeric('b', near))[0]).to.match(
      /^columns "a" and "b" say nearly the same \(rank corr/,
    );
    const days = grades.map((_, i) => new Date(Date.UTC(2020, 0, i)).toISOString());
    expect(texts(date('start', days), date('end', days))).to.have.length(1);
  });

  it('names a complete set of 0 and 1, and no other run of them', () => {
    const flags = [0, 1, 2, 3, 4].map((grade) =>
      numeric(
        `is ${grade}`,
        grades.map((own) => (own === grade ? 1 : 0)),
      ),
    );
    expect(texts(numeric('a', values), ...flags)).to.deep.equal([
      'columns "is 0" to "is 4" are one choice of 5: any of them follows from the others',
    ]);
    expect(texts(...flags.slice(1))).to.deep.equal([]);
  });

  it('names a column that follows from a finer one where rows are many enough to tell', () => {
    const region = grades.map((grade) => ['north', 'north', 'south', 'south', 'south'][grade]);
    const city = grades.map((grade) => `city ${grade}`);
    expect(texts(categorical('city', city), categorical('region', region))).to.deep.equal([
      'column "region" follows from "city": each of its values has only one of theirs',
    ]);
    const house = grades.map((_, i) => `house ${i % 100}`);
    expect(
      texts(
        categorical('house', house),
        categorical(
          'region',
          grades.map((_, i) => 'ns'[i % 2]),
        ),
      ),
    ).to.deep.equal([]);
  });

  it('is silent about columns that have nothing to do with each other', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const own = new Rng(seed);
        const column = (make: () => number) => Array.from({ length: N }, make);
        const frame = frameOf(
          numeric(
            'a',
            column(() => own.normal()),
          ),
          numeric(
            'b',
            column(() => own.normal()),
          ),
          numeric(
            'c',
            column(() => own.integer(6)),
          ),
          categorical('d', column(() => own.integer(4)).map(String)),
          numeric(
            'e',
            column(() => own.integer(2)),
          ),
        );
        expect(alikeColumns(frame, allRows(N))).to.deep.equal([]);
      }),
      { numRuns: 20 },
    );
  });
});
