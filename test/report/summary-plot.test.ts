import { expect } from 'chai';

import type { ContributionSummary } from '../../src/explain/index.js';
import { summaryPlot } from '../../src/report/plots/index.js';

const SUMMARY: ContributionSummary = {
  unit: 'prediction',
  method: 'exact',
  output: 0,
  rows: 5,
  startRows: 32,
  columns: [
    { column: 'age', size: 1.2, values: [-2, -1, 0, 1, 2], fifths: [0, 1, 2, 3, 4] },
    { column: 'city', size: 0.2, values: [0.2, 0.2, 0.2, 0.2, 0.2], fifths: [null, null, null, null, null] },
  ],
};

/** The points of a colour: `[x, y]`. */
function points(svg: string, look: string): number[][] {
  const d = new RegExp(`<path d="([^"]*)" stroke="var\\(--value-${look}\\)"`).exec(svg)?.[1] ?? '';
  return [...d.matchAll(/M(-?[\d.]+) (-?[\d.]+)h0/g)].map(([, x, y]) => [Number(x), Number(y)]);
}

describe('the summary of contributions', () => {
  const look = { target: 'Price', classes: [] };

  it('has a dot per row and column in both sizes, further right for more, coloured by the value', () => {
    const { wide, narrow } = summaryPlot(SUMMARY, look);
    for (const svg of [wide, narrow]) {
      const xs = ['1', '2', '3', '4', '5'].map((fifth) => {
        const own = points(svg, fifth);
        expect(own).to.have.length(1);
        return own[0][0];
      });
      expect(xs).to.deep.equal([...xs].sort((a, b) => a - b));
      const city = points(svg, 'none');
      expect(city).to.have.length(5);
      expect(new Set(city.map(([x]) => x)).size).to.equal(1);
      expect(new Set(city.map(([, y]) => y)).size).to.equal(5);
    }
  });

  it('says in words and in a table what the dots say', () => {
    const { caption, legend, table, wide } = summaryPlot(SUMMARY, look);
    expect(caption).to.contain('Exact Shapley values of 5 rows').and.contain('raises Price');
    expect(wide).to.contain('<title').and.contain('age 1.2; city 0.2');
    expect(legend.map(({ label }) => label)).to.include('category, text or gap');
    expect(table!.rows).to.deep.equal([
      ['age', '1.2', '−2', '2', '−2', '2'],
      ['city', '0.2', '–', '–', '0.2', '0.2'],
    ]);
    const numbers = { ...SUMMARY, columns: SUMMARY.columns.slice(0, 1) };
    expect(summaryPlot(numbers, look).legend.map(({ label }) => label)).to.deep.equal([
      'low value',
      'middle',
      'high value',
    ]);
  });

  it('counts probabilities in percentage points and scores as they are', () => {
    const classes = ['no', 'yes'];
    const shares = summaryPlot({ ...SUMMARY, method: 'sampled', output: 1 }, { target: 'sold', classes });
    expect(shares.caption).to.contain('raises P(yes)');
    expect(shares.table!.columns[1]).to.equal('Mean size (percentage points)');
    expect(shares.table!.rows[0][1]).to.equal('120.00');
    const scores = summaryPlot({ ...SUMMARY, unit: 'log-odds', output: 1 }, { target: 'sold', classes });
    expect(scores.caption).to.contain('raises the score of yes');
    expect(scores.table!.columns[1]).to.equal('Mean size (log-odds)');
    expect(scores.table!.rows[0][1]).to.equal('1.200');
  });

  it('keeps its lanes however many dots lie on one spot, and shows twelve columns', () => {
    const columns = Array.from({ length: 20 }, (_, c) => ({
      column: `c${c}`,
      size: 1,
      values: Array.from({ length: 200 }, () => 0.5),
      fifths: Array.from({ length: 200 }, () => 2),
    }));
    const { wide, table } = summaryPlot({ ...SUMMARY, rows: 200, columns }, look);
    const ys = points(wide, '3').map(([, y]) => y);
    expect(ys).to.have.length(12 * 200);
    for (let lane = 0; lane < 12; lane++) {
      const own = ys.slice(200 * lane, 200 * (lane + 1));
      expect(Math.max(...own) - Math.min(...own)).to.be.below(30);
    }
    expect(table!.rows).to.have.length(20);
  });
});
