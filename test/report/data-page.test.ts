import { expect } from 'chai';

import { Rng } from '../../src/core/index.js';
import type { FrameColumn } from '../../src/data/index.js';
import type { ColumnReport, ExplainSample } from '../../src/explain/index.js';
import { missingPatterns, relationOf, relationsBetween } from '../../src/explain/index.js';
import { columnMini } from '../../src/report/pages/data/column-mini.js';
import { dataPage } from '../../src/report/pages/data-page.js';
import { makeDataReport, makeSample } from '../support/explanations.js';
import { HOSTILE, makeStudy } from '../support/studies.js';
import { checkFigure } from './support/figures.js';

const numeric = (name: string, values: ArrayLike<number>): FrameColumn => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values),
});
const category = (name: string, codes: ArrayLike<number>, levels: readonly string[]): FrameColumn => ({
  kind: 'categorical',
  name,
  codes: Int32Array.from(codes),
  levels,
});

describe('columns beside each other', () => {
  const n = 300;
  const rng = new Rng(2);
  const x = Array.from({ length: n }, () => rng.normal());
  const strengthOf = (a: FrameColumn, b: FrameColumn): number => relationsBetween([a, b], n)[0].strength;

  it('are as strong as they tell of each other, whatever the scale, the direction or the kind', () => {
    expect(
      strengthOf(
        numeric('x', x),
        numeric(
          'e',
          x.map((value) => -Math.exp(5 * value)),
        ),
      ),
    ).to.be.within(0.97, 1);
    const level = x.map((value) => Number(value > 0));
    expect(
      strengthOf(
        category('sign', level, ['-', '+']),
        category(
          'same',
          level.map((v) => 1 - v),
          ['p', 'q'],
        ),
      ),
    ).to.equal(1);
    expect(strengthOf(numeric('x', x), category('sign', level, ['-', '+'])), 'deciles tell the sign').to.be.above(0.9);
    expect(
      strengthOf(
        numeric('x', x),
        numeric(
          'noise',
          Array.from(x, () => rng.normal()),
        ),
      ),
    ).to.be.below(0.35);
    expect(
      strengthOf(
        numeric('x', x),
        numeric(
          'square',
          x.map((v) => v * v),
        ),
      ),
      'no correlation, and yet',
    ).to.be.above(0.9);
  });

  it('are nothing to each other without rows that have both, and of one value', () => {
    expect(
      strengthOf(
        numeric('x', x),
        numeric(
          'gone',
          x.map(() => NaN),
        ),
      ),
    ).to.equal(0);
    expect(
      strengthOf(
        numeric('x', x),
        numeric(
          'one',
          x.map(() => 7),
        ),
      ),
    ).to.equal(0);
    expect(
      strengthOf(
        category(
          'one',
          x.map(() => 0),
          ['a'],
        ),
        category(
          'two',
          x.map(() => 0),
          ['b'],
        ),
      ),
    ).to.equal(0);
    expect(relationsBetween([], 0)).to.deep.equal([]);
  });

  it('are told of the rows that both have', () => {
    const codes = x.map((value) => Math.floor(value + 3) % 4);
    const [number, word] = [numeric('x', x), category('w', codes, ['a', 'b', 'c', 'd', 'e'])];
    const [whole] = relationsBetween([number, word], n);
    // Rows more, each with one of the two empty.
    const longer = [numeric('x', [NaN, ...x, 5]), category('w', [2, ...codes, -1], ['a', 'b', 'c', 'd', 'e'])];
    expect(relationsBetween(longer, n + 2)[0].strength).to.be.closeTo(whole.strength, 0.02);
    expect(whole.strength).to.be.within(0.3, 1);
  });

  it('are empty together in patterns, the most frequent first', () => {
    const columns = [numeric('a', [1, NaN, NaN, 4]), category('b', [0, -1, -1, 0], ['z'])];
    const [first, second] = missingPatterns({ columns, rowCount: 4 });
    expect([first, second].map(({ rows }) => rows)).to.deep.equal([2, 2]);
    expect([first, second].map((pattern) => pattern.columns.join())).to.have.members(['', 'a,b']);
    expect(missingPatterns({ columns: [], rowCount: 0 })).to.deep.equal([]);
  });
});

describe('a column in little', () => {
  const column = (own: Partial<ColumnReport>): ColumnReport => ({
    name: 'c',
    kind: 'numeric',
    reason: '',
    missingShare: 0,
    distinctCount: 3,
    relation: null,
    ...own,
  });
  const target = { target: 'Price', classes: [], positive: 1 as const };

  it('has an axis of powers where most rows would share one bar', () => {
    const values = Array.from({ length: 200 }, (_, i) => 10 ** (i / 40));
    const histogram = { edges: [1, 50_000, 100_000], counts: [190, 10] };
    const profile = { min: 1, q1: 10, median: 300, q3: 5000, max: 97_000, mean: 8000, histogram };
    const own = numeric('c', values);
    const relation = relationOf(own, { y: values.map(Math.log), k: 1 });
    const input = { id: 'column-0', column: column({ numeric: profile }), relation, ...target };
    const skewed = columnMini({ ...input, sampled: { column: own, rows: 200 } });
    expect(skewed.caption).to.match(/powers of ten$/);
    checkFigure({ ...skewed, narrow: skewed.wide.replaceAll('-wide-', '-narrow-') });
    expect(columnMini({ ...input, sampled: null }).caption, 'nobody kept rows').not.to.contain('powers');
    const even = { ...profile, median: 40_000 };
    const plain = columnMini({ ...input, column: column({ numeric: even }), sampled: { column: own, rows: 200 } });
    expect(plain.caption).not.to.contain('powers');
  });

  it('may be a date, a category, nothing but gaps, or of many classes', () => {
    const study = makeStudy({ task: 'multiclass', hostile: true });
    const { columns } = makeDataReport(study);
    for (const [i, own] of columns.entries()) {
      if (!own.relation) continue;
      const figure = columnMini({
        id: `column-${i}`,
        column: own,
        relation: own.relation,
        target: HOSTILE,
        classes: study.schema.target.classes,
        positive: 1,
        sampled: null,
      });
      checkFigure({ ...figure, narrow: figure.wide.replaceAll('-wide-', '-narrow-') });
      expect(figure.table!.rows.length).to.be.above(0);
    }
    const empty = columnMini({
      id: 'x',
      column: column({}),
      relation: { groups: [], strength: 0 },
      ...target,
      sampled: null,
    });
    expect(empty.wide).not.to.contain('NaN');
  });
});

describe('the page of a table', () => {
  const view = makeStudy();
  const report = makeDataReport(view);
  const holed = (): ExplainSample => {
    const sample = makeSample(view);
    const columns = sample.frame.columns.map((own, i) =>
      i === 0 && own.kind === 'numeric'
        ? { ...own, values: own.values.map((value, row) => (row % 4 === 0 ? NaN : value)) }
        : own,
    );
    return { ...sample, frame: { ...sample.frame, columns } };
  };

  it('has the numbers of each column, the target among them', () => {
    const deviation = { ...report.columns[0].numeric!, deviation: 12.5, zeros: 3 };
    const columns = report.columns.map((own, i) => (i === 0 ? { ...own, numeric: deviation } : own));
    const page = dataPage(view, { ...report, columns }, 's', makeSample(view));
    expect(page.columns.find(({ name }) => name === columns[0].name)!.numbers).to.deep.equal([
      '0',
      '1',
      '1',
      '2',
      '12.5',
      '3',
    ]);
    expect(page.columns[0].numbers.slice(0, 4), 'the target').to.deep.equal(['0', '2', '2', '4']);
    expect(page.columns.some(({ numbers }) => numbers.length === 1 && numbers[0].includes('('))).to.equal(true);
    const old = dataPage(view, report, 's');
    expect(old.columns.find(({ name }) => name === columns[0].name)!.numbers.slice(4)).to.deep.equal(['–', '–']);
  });

  it('says years as years', () => {
    const years = {
      min: 1990,
      q1: 1995,
      median: 2007,
      q3: 2010,
      max: 2020,
      mean: 2004.4,
      histogram: { edges: [1990, 2020], counts: [4] },
    };
    const columns = report.columns.map((own, i) => (i === 0 ? { ...own, numeric: years } : own));
    const row = dataPage(view, { ...report, columns }, 's').columns.find(({ name }) => name === columns[0].name)!;
    expect(row.numbers.slice(0, 4)).to.deep.equal(['1990', '2007', '2004', '2020']);
  });

  it('shows what goes together and what is missing together, where the study keeps rows', () => {
    const page = dataPage(view, report, 's', holed());
    checkFigure(page.between!.relations!);
    expect(page.between!.missing!.rows[0]).to.deep.equal(['nothing: whole rows', '30', '75 %']);
    expect(dataPage(view, report, 's').between).to.equal(null);
    expect(dataPage(view, report, 's', makeSample(view)).between!.missing, 'nothing is missing').to.equal(null);
    expect(dataPage(view, null, 's', makeSample(view)).figures).to.deep.equal([]);
  });
});
