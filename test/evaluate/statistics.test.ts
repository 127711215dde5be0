import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import { normalTail, studentQuantile, studentTail } from '../../src/evaluate/distributions.js';
import {
  bootstrapInterval,
  correctedTTest,
  mean,
  standardDeviation,
  wilcoxonSignedRank,
} from '../../src/evaluate/index.js';
import { assertClose } from '../support/close.js';

interface Golden {
  studentTails: { t: number; df: number; p: number }[];
  studentQuantiles: { q: number; df: number; t: number }[];
  normalTails: { z: number; p: number }[];
  corrected: { differences: number[]; ratio: number; t: number; p: number; low: number; high: number }[];
  wilcoxon: { name: string; differences: number[]; statistic: number; p: number }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/evaluate/statistics.json', import.meta.url), 'utf8'),
) as Golden;
const TIGHT = { rtol: 1e-10, atol: 1e-15 };

describe('mean and standard deviation', () => {
  it('are those of the sample', () => {
    expect(mean([1, 2, 6])).to.equal(3);
    expect(standardDeviation([1, 2, 6])).to.be.closeTo(Math.sqrt(7), 1e-12);
    expect(standardDeviation([4, 4])).to.equal(0);
  });

  it('are NaN where they are not defined', () => {
    expect(mean([])).to.be.NaN;
    expect(standardDeviation([3])).to.be.NaN;
  });
});

describe('distributions', () => {
  it('have the tails of Student’s t that SciPy gives', () => {
    const { studentTails } = golden;
    assertClose(
      studentTails.map(({ t, df }) => studentTail(t, df)),
      studentTails.map(({ p }) => p),
      TIGHT,
    );
    expect(studentTail(Infinity, 3)).to.equal(0);
  });

  it('have the quantiles of Student’s t that SciPy gives', () => {
    const { studentQuantiles } = golden;
    const found = studentQuantiles.map(({ q, df }) => studentQuantile(q, df));
    // SciPy's own quantiles are good to about 2e-9: its tail of its quantile of 0.9 with df = 30 is 0.1 + 5e-10.
    assertClose(
      found,
      studentQuantiles.map(({ t }) => t),
      { rtol: 1e-8, atol: 1e-12 },
    );
  });

  it('have the tails of the normal curve that SciPy gives', () => {
    const { normalTails } = golden;
    assertClose(
      normalTails.map(({ z }) => normalTail(z, 1)),
      normalTails.map(({ p }) => p),
      TIGHT,
    );
    expect(normalTail(2, 2)).to.equal(normalTail(1, 1));
  });
});

describe('correctedTTest', () => {
  it('agrees with its formula on SciPy’s distribution', () => {
    for (const { differences, ratio, t, p, low, high } of golden.corrected) {
      const found = correctedTTest(differences, ratio);
      assertClose([found.t, found.p, found.low, found.high], [t, p, low, high], { rtol: 1e-8, atol: 1e-12 });
    }
  });

  it('is less sure than a test that takes folds for independent', () => {
    const differences = [0.1, 0.2, 0.15, 0.3, 0.1];
    expect(correctedTTest(differences, 0.25).p).to.be.greaterThan(correctedTTest(differences, 0).p);
  });

  it('knows differences that do not vary', () => {
    expect(correctedTTest([0, 0, 0], 0.25)).to.deep.equal({ mean: 0, t: 0, df: 2, p: 1, low: 0, high: 0 });
    expect(correctedTTest([-1, -1], 0.25)).to.deep.include({ t: -Infinity, p: 0, low: -1, high: -1 });
  });

  it('needs two differences', () => {
    expect(() => correctedTTest([1], 0.25)).to.throw('correctedTTest: must have at least two differences, got 1.');
  });
});

describe('wilcoxonSignedRank', () => {
  for (const { name, differences, statistic, p } of golden.wilcoxon) {
    it(`agrees with SciPy on: ${name}`, () => {
      const found = wilcoxonSignedRank(differences);
      assertClose([found.statistic, found.p], [statistic, p], { rtol: 1e-9, atol: 1e-12 });
    });
  }

  it('counts every sign pattern where sizes are tied', () => {
    // Sizes 1 1 2 have ranks 1.5 1.5 3; of 8 patterns 3 have a positive sum of at most 1.5.
    expect(wilcoxonSignedRank([1, -1, -2])).to.deep.equal({ statistic: 1.5, p: 0.75 });
  });

  it('sees no difference in nothing and in zeros', () => {
    expect(wilcoxonSignedRank([])).to.deep.equal({ statistic: 0, p: 1 });
    expect(wilcoxonSignedRank([0, 0])).to.deep.equal({ statistic: 0, p: 1 });
  });
});

describe('bootstrapInterval', () => {
  const rng = new Rng(1);
  const values = Float64Array.from({ length: 400 }, () => rng.normal());
  const meanOf = (rows: Uint32Array) => mean(Array.from(rows, (row) => values[row]));

  it('has about the width of two standard errors to each side', () => {
    const { low, high } = bootstrapInterval(400, meanOf, { seed: 4 });
    const error = standardDeviation(values) / 20;
    expect(low).to.be.closeTo(mean(values) - 1.96 * error, 0.4 * error);
    expect(high).to.be.closeTo(mean(values) + 1.96 * error, 0.4 * error);
  });

  it('is the same for the same seed and narrower for a lower level', () => {
    const interval = (level: number, seed = 1) => bootstrapInterval(400, meanOf, { level, seed, rounds: 200 });
    expect(interval(0.9)).to.deep.equal(interval(0.9));
    expect(interval(0.9)).to.not.deep.equal(interval(0.9, 2));
    expect(interval(0.5).high - interval(0.5).low).to.be.lessThan(interval(0.95).high - interval(0.95).low);
  });

  it('leaves draws out on which there is no value', () => {
    expect(bootstrapInterval(3, (rows) => (rows[0] === 0 ? NaN : 7))).to.deep.equal({ low: 7, high: 7 });
    expect(bootstrapInterval(3, () => NaN)).to.deep.equal({ low: NaN, high: NaN });
  });

  it('draws from each stratum as many rows as it has', () => {
    const strata = Uint8Array.from({ length: 50 }, (_, i) => Number(i % 25 === 0));
    const seen = new Set<number>();
    const interval = bootstrapInterval(
      50,
      (rows) => {
        const count = rows.reduce((sum, row) => sum + strata[row], 0);
        expect(rows).to.have.length(50);
        for (const row of rows) seen.add(row);
        return count;
      },
      { strata, rounds: 100 },
    );
    expect(interval).to.deep.equal({ low: 2, high: 2 });
    expect(seen.size).to.equal(50);
  });

  it('refuses no rows and impossible levels', () => {
    expect(() => bootstrapInterval(0, meanOf)).to.throw('must have at least one row, got 0.');
    expect(() => bootstrapInterval(3, meanOf, { level: 95 })).to.throw('level must be in (0, 1), got 95.');
  });
});
