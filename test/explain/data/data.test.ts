import { expect } from 'chai';
import fc from 'fast-check';

import type { StudyData } from '../../../src/automl/index.js';
import { allRows, Rng } from '../../../src/core/index.js';
import type { Schema } from '../../../src/data/index.js';
import { reportData } from '../../../src/explain/data/data-report.js';
import { driftOf, hasDrifted } from '../../../src/explain/data/drift.js';
import { countDuplicates } from '../../../src/explain/data/duplicates.js';
import { relationOf } from '../../../src/explain/data/relation.js';
import { lookedAt } from '../../../src/explain/data/sample-rows.js';
import { categorical, date, frameOf, numeric } from '../../prepare/support/frames.js';

const many = (n: number, value: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => value(i));

describe('relationOf', () => {
  it('says what the target does in each group, by hand', () => {
    const column = categorical('city', ['x', 'x', 'y', null]);
    const { groups, strength } = relationOf(column, { y: [1, 3, 10, 4], k: 1 });
    expect(groups).to.deep.equal([
      { label: 'x', count: 2, target: [2] },
      { label: 'y', count: 1, target: [10] },
      { label: '(missing)', count: 1, target: [4] },
    ]);
    // Squares 45 around the mean 4.5, 2 within groups: 1 - (2 / 45) * 3 / 1.
    expect(strength).to.be.closeTo(1 - (2 / 45) * 3, 1e-12);
  });

  it('gives shares of classes, and 1 for a column that decides', () => {
    const { groups, strength } = relationOf(numeric('a', [0, 0, 1, 1]), { y: [0, 0, 1, 1], k: 2 });
    expect(groups.map(({ target }) => target)).to.deep.equal([
      [1, 0],
      [0, 1],
    ]);
    expect(strength).to.equal(1);
  });

  it('corrects for chance: noise is near 0 although its groups differ', () => {
    const rng = new Rng(1);
    const column = numeric(
      'a',
      many(300, () => rng.uniform()),
    );
    expect(relationOf(column, { y: many(300, () => rng.normal()), k: 1 }).strength).to.be.below(0.03);
  });

  it('gives values that a tenth of the rows share a group of their own, and cuts the others at their quantiles', () => {
    // Nine rows in ten are 0, and the rest decides.
    const values = many(200, (i) => (i % 10 === 3 ? 100 + i : 0));
    const { groups, strength } = relationOf(numeric('gain', values), {
      y: many(200, (i) => (i % 10 === 3 ? 1 : 0)),
      k: 2,
    });
    expect(groups[0]).to.deep.equal({ label: '0', count: 180, target: [1, 0] });
    expect(groups.slice(1).map(({ label, count }) => [label.split(' ')[0], count]).length).to.equal(9);
    expect(groups.slice(1).every(({ target }) => target[1] === 1)).to.equal(true);
    expect(strength).to.equal(1);
    const both = relationOf(
      numeric('a', [...many(50, () => 5), ...many(100, (i) => i / 10 + 10), ...many(50, () => 99)]),
      {
        y: many(200, (i) => i),
        k: 1,
      },
    );
    expect(both.groups[0]).to.include({ label: '5', count: 50 });
    expect(both.groups.at(-1)).to.include({ label: '99', count: 50 });
    expect(both.groups.slice(1, -1).map(({ count }) => count)).to.satisfy((counts: number[]) =>
      counts.every((count) => count >= 12 && count <= 13),
    );
  });

  it('cuts numbers at their deciles, each value in one group', () => {
    const { groups } = relationOf(
      numeric(
        'a',
        many(100, (i) => i),
      ),
      { y: many(100, (i) => i), k: 1 },
    );
    expect(groups.map(({ count }) => count)).to.deep.equal(many(10, () => 10));
    expect(groups[0].target[0]).to.equal(4.5);
  });
});

describe('driftOf', () => {
  const rng = new Rng(2);
  const marked = Uint8Array.from({ length: 400 }, (_, i) => (i >= 300 ? 1 : 0));

  it('tells a moved group from one that is only small', () => {
    const still = driftOf(
      numeric(
        'a',
        many(400, () => rng.normal()),
      ),
      marked,
    );
    const moved = driftOf(
      numeric(
        'a',
        many(400, (i) => rng.normal() + (i >= 300 ? 1.5 : 0)),
      ),
      marked,
    );
    expect(hasDrifted(still)).to.equal(false);
    expect(hasDrifted(moved)).to.equal(true);
    expect(still.chance).to.be.closeTo(9 * (1 / 100 + 1 / 300), 1e-12);
    expect(still.index).to.be.within(0, 0.2);
  });

  it('says nothing without two groups', () => {
    expect(driftOf(numeric('a', [1, 2]), new Uint8Array(2))).to.deep.equal({ index: 0, chance: 0 });
  });
});

describe('countDuplicates', () => {
  it('tells repeated rows from contradicting ones; a gap equals a gap', () => {
    const frame = frameOf(numeric('a', [1, 1, NaN, NaN, 1]), categorical('c', ['x', 'x', null, null, 'x']));
    expect(countDuplicates(frame, [5, 5, 7, 8, 6])).to.deep.equal({ same: 1, contradicting: 2 });
  });
});

describe('countDuplicates on any table', () => {
  it('counts what comparing the texts of all rows counts', () => {
    const cell = fc.constantFrom(0, -0, 1, 2, NaN, 1e300, -1e300);
    const rows = fc.array(fc.tuple(cell, cell, fc.constantFrom('x', 'y', null), fc.integer({ min: 0, max: 2 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(rows, (table) => {
        const frame = frameOf(
          numeric(
            'a',
            table.map(([a]) => a),
          ),
          numeric(
            'b',
            table.map(([, b]) => b),
          ),
          categorical(
            'c',
            table.map(([, , c]) => c),
          ),
        );
        const seen = new Map<string, Set<number>>();
        const counts = { same: 0, contradicting: 0 };
        for (const [a, b, c, y] of table) {
          const key = [a, b, c].join('|');
          const targets = seen.get(key) ?? new Set();
          if (targets.has(y)) counts.same++;
          else if (targets.size > 0) counts.contradicting++;
          seen.set(key, targets.add(y));
        }
        const y = table.map((row) => row[3]);
        expect(countDuplicates(frame, y)).to.deep.equal(counts);
      }),
    );
  });
});

describe('lookedAt', () => {
  const table = (n: number, d: number): StudyData => ({
    frame: frameOf(
      ...many(d, (j) => j).map((j) =>
        numeric(
          `x${j}`,
          many(n, (i) => i),
        ),
      ),
    ),
    y: Float32Array.from(many(n, (i) => i)),
    task: 'regression',
    k: 1,
    classes: [],
    folds: [{ train: allRows(n).subarray(5), validation: allRows(5) }],
    holdout: allRows(n).subarray(n - 3),
    metric: 'rmse',
    seed: 1,
  });

  it('takes all rows of a table that is not large, as they are', () => {
    const data = table(100, 2);
    const { data: looked, marks } = lookedAt(data, null);
    expect(looked).to.equal(data);
    expect([...marks.holdout!].slice(95)).to.deep.equal([0, 0, 1, 1, 1]);
  });

  it('spreads the rows of a large one evenly, each with its target, time and marks', () => {
    const n = 41_000;
    const data = table(n, 1);
    const wide = { ...data, frame: { ...data.frame, columns: many(600, () => 0).map(() => data.frame.columns[0]) } };
    const { data: looked, order, marks } = lookedAt(wide, { column: 't', times: many(n, (i) => 2 * i) });
    expect(looked.frame.rowCount).to.equal(20_000);
    const cells = (looked.frame.columns[0] as { values: Float64Array }).values;
    expect([cells[0], cells[19_999]]).to.deep.equal([1, n - 2]);
    expect([...looked.y]).to.deep.equal([...cells]);
    expect(order!.times[7]).to.equal(2 * cells[7]);
    expect([...marks.folds[0]].map((mark, i) => (mark ? cells[i] : -1)).filter((cell) => cell >= 0)).to.deep.equal([
      1, 3,
    ]);
  });
});

describe('reportData', () => {
  const rng = new Rng(3);
  const n = 200;
  const counts = { missingCount: 0, distinctCount: 9 };
  const schema: Schema = {
    version: 1,
    columns: [
      { name: 'y', kind: 'ignored', reason: 'target', ...counts },
      { name: 'vin', kind: 'id', reason: '200 distinct strings in 200 rows', ...counts },
      { name: 'one', kind: 'constant', reason: 'always 1', ...counts },
      { name: 'gaps', kind: 'numeric', reason: 'numbers', ...counts, missingCount: 150 },
      { name: 'day', kind: 'date', reason: 'dates', ...counts },
      { name: 'price', kind: 'numeric', reason: 'numbers', ...counts },
    ],
    target: { name: 'y', task: 'binary', reason: '2 values', classes: ['no', 'yes'] },
    missingTokens: [],
  };
  const data: StudyData = {
    frame: frameOf(
      numeric(
        'gaps',
        many(n, (i) => (i % 4 === 0 ? rng.normal() : NaN)),
      ),
      date(
        'day',
        many(n, (i) => i).map((i) => new Date(Date.UTC(2020, 0, 1 + i)).toISOString()),
      ),
      numeric(
        'price',
        many(n, (i) => rng.normal() + (i >= 100 ? 3 : 0)),
      ),
    ),
    y: Float32Array.from(many(n, (i) => (i % 40 === 0 ? 1 : 0))),
    task: 'binary',
    k: 2,
    classes: ['no', 'yes'],
    folds: [{ train: allRows(100), validation: allRows(200).subarray(100) }],
    holdout: new Uint32Array(0),
    metric: 'auc',
    seed: 1,
  };
  const text = 'column "x" is almost "y" itself (correlation 0.990); ignore it';
  const report = reportData(data, schema, {
    warnings: [text],
    findings: [
      { kind: 'leak', columns: ['x'], text },
      { kind: 'same', columns: ['gaps', 'price'], text: 'columns "gaps" and "price" say the same' },
    ],
  });

  it('warns of everything that misleads', () => {
    expect(report.warnings.map(({ kind, text }) => [kind, text.slice(0, 44)])).to.deep.equal([
      ['leak', 'column "x" is almost "y" itself (correlation'],
      ['same', 'columns "gaps" and "price" say the same'],
      ['id', 'column "vin" looks like an identifier and is'],
      ['constant', 'column "one" does not vary and is not used: '],
      ['missing', 'column "gaps" is missing in 75 % of the rows'],
      ['imbalance', 'class "yes" has 5 of 200 rows (2.5 %): accur'],
      ['drift', 'the rows of fold 1 have other values of "day'],
      ['drift', 'by "day", later rows have other values of "p'],
    ]);
  });

  it('looks for drift along the time column of the study, in the target as well', () => {
    const y = Float32Array.from(many(n, (i) => (i % 2 === 1 ? 1 : 0)));
    const folds = [{ train: allRows(200).subarray(100), validation: allRows(100) }];
    const drifts = (times: number[] | null): string[] =>
      reportData({ ...data, y, folds }, schema, { order: times && { column: 'sold', times } })
        .warnings.filter(({ kind, text }) => kind === 'drift' && text.startsWith('by '))
        .map(({ text }) => text);
    const odd = many(n, (i) => 1000 * (i % 2) + i);
    // Only even rows have no gap.
    expect(drifts(odd)).to.deep.equal(['by "sold", later rows have other values of "gaps", the target "y"']);
    expect(drifts(null)).to.deep.equal(['by "day", later rows have other values of "price"']);
  });

  it('describes every column but the target, with relations for the used ones', () => {
    expect(report.columns.map(({ name, relation }) => [name, relation !== null])).to.deep.equal([
      ['vin', false],
      ['one', false],
      ['gaps', true],
      ['day', true],
      ['price', true],
    ]);
    expect(report.target.top).to.deep.equal([
      { level: 'no', count: 195 },
      { level: 'yes', count: 5 },
    ]);
    expect(report.rows).to.equal(n);
  });
});
