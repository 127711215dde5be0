import { expect } from 'chai';

import { criticalDifference, meanRanks } from '../../lab/ranks.js';
import { halved, holes } from '../../lab/repair.js';
import { tableSets } from '../../lab/table-sets.js';
import { rowsLoss } from '../../lab/tables.js';

describe('ranks', () => {
  it('are shared by equal scores, and their means add up to what they must', () => {
    const scores = [
      [0.1, 0.2, 0.3],
      [0.2, 0.2, 0.1],
      [5, 5, 5],
    ];
    expect(meanRanks(scores)).to.deep.equal([(1 + 2.5 + 2) / 3, (2 + 2.5 + 2) / 3, (3 + 1 + 2) / 3]);
  });

  it('differ beyond chance from where Demsar says: 4 classifiers on 14 sets, 1.25', () => {
    expect(criticalDifference(4, 14)).to.be.closeTo(1.25, 0.01);
  });
});

describe('tables of the lab', () => {
  it('are ten, the same from the same seed, with rows to train, to choose and to judge', async () => {
    const sets = await tableSets(200, 3);
    expect(sets.length).to.equal(10);
    for (const { name, X, y, outputs, trainRows, choiceRows } of sets) {
      expect(X.rows, name).to.equal(200);
      expect([trainRows, choiceRows]).to.deep.equal([100, 40]);
      expect(X.data.every(Number.isFinite), name).to.equal(true);
      if (outputs > 1) expect([...new Set(y)].every((label) => label >= 0 && label < outputs)).to.equal(true);
      else expect(y.subarray(0, 100).reduce((sum, value) => sum + value, 0)).to.be.closeTo(0, 1e-3);
    }
    const again = await tableSets(200, 3);
    expect(again.map(({ y }) => Array.from(y))).to.deep.equal(sets.map(({ y }) => Array.from(y)));
    const other = await tableSets(200, 4);
    expect(Array.from(other[3].y)).to.not.deep.equal(Array.from(sets[3].y));
  });

  for (const outputs of [1, 3]) {
    it(`are judged by a loss with the gradient of central differences: ${outputs} outputs`, () => {
      const y = Float32Array.of(0, 2, 1, 1);
      const loss = rowsLoss(y, outputs, Uint32Array.of(3, 0, 1));
      const found = Float64Array.from({ length: 3 * outputs }, (_, i) => Math.sin(i));
      const gradient = new Float64Array(found.length);
      loss(found, gradient);
      found.forEach((value, i) => {
        const at = (moved: number): number => {
          const other = found.slice();
          other[i] = moved;
          return loss(other, new Float64Array(found.length));
        };
        expect(gradient[i]).to.be.closeTo((at(value + 1e-6) - at(value - 1e-6)) / 2e-6, 1e-7);
      });
    });
  }
});

describe('pictures in part', () => {
  const n = 8;
  /** A plane, which bilinear interpolation keeps but at the borders. */
  const plane = Float32Array.from({ length: n * n }, (_, i) => (i % n) / 8 + Math.floor(i / n) / 16 - 0.5);

  it('of half the resolution are means of four, and are filled in between their centres', () => {
    const { X, y, simple } = halved(n, plane);
    expect([X.rows, y.length]).to.deep.equal([16, 16]);
    expect(y[0]).to.be.closeTo((plane[0] + plane[1] + plane[8] + plane[9]) / 4, 1e-6);
    for (let i = 1; i < n - 1; i++)
      for (let j = 1; j < n - 1; j++) expect(simple.values[i * n + j]).to.be.closeTo(plane[i * n + j], 1e-6);
  });

  it('with holes show half of the pixels where they are, and are judged by the others', () => {
    const { X, y, judged, simple } = holes(n, plane);
    expect([X.rows, judged.length]).to.deep.equal([32, 32]);
    for (let row = 0; row < 32; row++) {
      const [j, i] = [0, 1].map((k) => Math.round(((X.data[2 * row + k] + 1) * n - 1) / 2));
      expect(y[row]).to.equal(plane[i * n + j]);
      expect(simple.values[i * n + j]).to.equal(plane[i * n + j]);
      expect(judged).to.not.include(i * n + j);
    }
    for (const pixel of judged) expect(simple.values[pixel]).to.be.closeTo(plane[pixel], 0.25);
  });
});
