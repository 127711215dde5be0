import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { scaleOf } from '../../src/search/distribution.js';
import { hp } from '../../src/search/index.js';
import { logCdf, logMass, truncatedQuantile } from '../../src/search/normal.js';
import { numberEstimator } from '../../src/search/parzen.js';
import { assertClose } from '../support/close.js';

type Cell = number | string;
const golden = JSON.parse(readFileSync(new URL('../golden/search/normal.json', import.meta.url), 'utf8')) as {
  log_cdf: Cell[][];
  log_mass: Cell[][];
  quantile: Cell[][];
  mixture: { low: number; high: number; values: number[]; x: number[]; logpdf: number[] }[];
};

const toNumber = (cell: Cell): number => (typeof cell === 'number' ? cell : Number(cell.replace('inf', 'Infinity')));

/** The last cell of each row is the truth, those before are the arguments. */
function agree(rows: Cell[][], actual: (...args: number[]) => number, rtol: number, atol: number): void {
  expect(rows.length).to.be.above(20);
  for (const row of rows) {
    const args = row.slice(0, -1).map(toNumber);
    assertClose([actual(...args)], [toNumber(row[row.length - 1])], { rtol, atol }, `at (${args.join(', ')})`);
  }
}

describe('the normal distribution', () => {
  // At the seam of the two methods, z = -2, half a unit in the last place of 0.5 is 2.4e-15 of the tail.
  it('has the logarithm of its distribution function right from the centre to -1e10', () => {
    agree(golden.log_cdf, logCdf, 1e-14, 5e-15);
  });

  // Intervals too wide for the midpoint lose at most three digits to the difference of their ends: 5e-15 / 1e-3.
  it('has the mass of wide, narrow, far and half infinite intervals right', () => {
    agree(golden.log_mass, logMass, 1e-13, 5e-12);
  });

  it('has quantiles of truncated normals right, whatever the truncation', () => {
    agree(golden.quantile, truncatedQuantile, 1e-9, 1e-12);
  });

  it('gives empty intervals no mass and keeps quantiles inside narrow ones', () => {
    expect(logMass(1, 1)).to.equal(-Infinity);
    expect(logMass(2, 1)).to.equal(-Infinity);
    expect(logMass(-Infinity, Infinity)).to.equal(0);
    for (const u of [0, 0.3, 1 - 2 ** -53]) {
      for (const [a, b] of [
        [5, 5 + 1e-12],
        [-1e-13, 1e-13],
        [-1e8 - 1, -1e8],
        [1e8, 1e8 + 1],
      ]) {
        expect(truncatedQuantile(u, a, b)).to.be.within(a, b);
      }
    }
  });
});

describe('numberEstimator', () => {
  it("has the density of SciPy's truncated normals, one on each value and one for the prior", () => {
    for (const { low, high, values, x, logpdf } of golden.mixture) {
      const estimator = numberEstimator(scaleOf(hp.uniform(low, high) as Parameters<typeof scaleOf>[0]), values);
      const actual = x.map((value) => estimator.logLikelihood(value));
      assertClose(actual, logpdf, { rtol: 1e-10, atol: 1e-12 }, values.join());
    }
  });
});
