import { expect } from 'chai';
import fc from 'fast-check';

import { Rng } from '../../src/core/index.js';
import type { Finding } from '../../src/data/index.js';
import { encodeFrame, encodeTarget, inferSchema, readGroups, suspectLeaks } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';

interface Row {
  readonly rng: Rng;
  readonly i: number;
  /** Class, or number. */
  readonly y: number;
}

/** What is found in a table of a target, an honest number and category, and one more column, "x". */
async function look(
  target: (rng: Rng, i: number) => number,
  x: (row: Row) => string | number,
  { n = 400, seed = 1, group }: { n?: number; seed?: number; group?: string } = {},
): Promise<Finding[]> {
  const rng = new Rng(seed);
  const lines = Array.from({ length: n }, (_, i) => {
    const y = target(rng, i);
    const honest = `${((y > 2 ? Math.log(y) : y) + 2 * rng.normal()).toFixed(3)},${'uvwz'[(rng.uniform() < 0.4 ? Math.abs(Math.round(y)) : rng.integer(4)) % 4]}`;
    return `${honest},${x({ rng, i, y })},${i % 40},${y}`;
  });
  const csv = await parseCsv(['number,category,x,account,y', ...lines].join('\n'));
  const { schema, rows } = inferSchema(csv, { target: 'y', ignore: ['account'] });
  const { exact } = encodeTarget(csv, schema);
  const groups = group === undefined ? undefined : readGroups(csv, group, rows);
  return suspectLeaks(encodeFrame(csv, schema).frame, exact, schema, { groups });
}

const churn = (rng: Rng): number => (rng.uniform() < 0.25 ? 1 : 0);
const species = (rng: Rng): number => rng.integer(3);
const price = (rng: Rng): number => Math.round(1e5 * Math.exp(rng.normal())) / 100;
const day = (offset: number): string => new Date(Date.UTC(2024, 0, 1 + offset)).toISOString().slice(0, 10);

describe('suspectLeaks', () => {
  const cases: Record<string, [Parameters<typeof look>[0], Parameters<typeof look>[1]]> = {
    'the code of the class, as a number': [species, ({ y }) => [7, 3, 5][y]],
    'a number cut by the class': [species, ({ y, rng }) => (y + rng.uniform()).toFixed(4)],
    'an amount that only churners have': [churn, ({ y, rng }) => (y ? (1 + 99 * rng.uniform()).toFixed(2) : 0)],
    'a truth value': [churn, ({ y }) => (y ? 'yes' : 'no')],
    'a truth value of the other ones': [churn, ({ y }) => (y ? 'false' : 'true')],
    'a date that only churners have': [churn, ({ y, rng }) => (y ? day(rng.integer(300)) : '')],
    'a date that is later for churners': [churn, ({ y, rng }) => day(rng.integer(100) + 200 * y)],
    'a number that only others have': [churn, ({ y, rng }) => (y ? '' : rng.normal().toFixed(3))],
    'a category that only churners have': [churn, ({ y, rng }) => (y ? `reason ${rng.integer(5)}` : '')],
    'the target in another unit': [price, ({ y }) => (y / 1.19 + 40).toFixed(2)],
    'the target on a curve': [price, ({ y }) => (1 / y).toFixed(9)],
    'the target rounded': [price, ({ y }) => Math.round(Math.log(y) * 8)],
  };
  for (const [name, [target, x]] of Object.entries(cases)) {
    it(`names ${name}`, async () => {
      for (const seed of [1, 2, 3]) {
        const findings = await look(target, x, { seed });
        expect(findings.map(({ kind, columns }) => [kind, columns])).to.deep.equal([['leak', ['x']]]);
        expect(findings[0].text).to.match(/column "x".*; if it is known only together with the target, ignore it$/);
      }
    });
  }

  it('says so where it is the gaps that tell', async () => {
    const [gap] = await look(churn, ({ y, rng }) => (y ? '' : rng.normal().toFixed(3)));
    expect(gap.text).to.match(/^whether column "x" is missing gives "y" away: alone it has an AUC of 1.000;/);
    const [date] = await look(churn, ({ y, rng }) => day(rng.integer(100) + 200 * y));
    expect(date).to.include({ measure: 'auc' });
    expect(date.text).to.match(/^column "x" gives "y" away/);
  });

  it('is silent about honest columns, however strong and however many', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1e6),
        fc.constantFrom(0, 1, 2),
        fc.integer({ min: 60, max: 500 }),
        async (seed, kind, n) => {
          const target = [churn, species, price][kind];
          const x = ({ y, rng }: Row): string => ((kind === 2 ? Math.log(y) : y) + 0.5 * rng.normal()).toFixed(4);
          expect(await look(target, x, { n, seed })).to.deep.equal([]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is silent about a fine category and a code of rows, which say nothing of new rows', async () => {
    expect(await look(species, ({ i }) => `w${i % 150}`)).to.deep.equal([]);
    expect(await look(churn, ({ i, rng }) => i * 10 + rng.integer(10))).to.deep.equal([]);
  });

  it('judges no row by rows of its own group', async () => {
    // Every account has one class: its name gives the class away, but not that of new accounts.
    const ofAccount = (_: Rng, i: number): number => (((i % 40) * 7919) % 3 === 0 ? 1 : 0);
    const x = ({ i }: Row): string => `account ${i % 40}`;
    expect(await look(ofAccount, x)).to.have.length(1);
    expect(await look(ofAccount, x, { group: 'account' })).to.deep.equal([]);
  });

  it('is silent where hardly a row has another class', async () => {
    expect(
      await look(
        (_, i) => (i % 50 === 0 ? 1 : 0),
        ({ y }) => (y ? 'yes' : 'no'),
        { n: 400 },
      ),
    ).to.deep.equal([]);
  });

  it('looks at some rows of a large table, the same ones always, and says at how many', async () => {
    const x = ({ y }: Row): number => [7, 3, 5][y];
    const [leak] = await look(species, x, { n: 30_000 });
    expect(leak).to.include({ rows: 20_000 });
    expect(leak.text).to.include(' in 20,000 of 30,000 rows; ');
    expect(await look(species, x, { n: 30_000 })).to.deep.equal([leak]);
  });
});
