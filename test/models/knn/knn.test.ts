import { expect } from 'chai';
import fc from 'fast-check';

import { allRows } from '../../../src/core/index.js';
import { referenceEngine } from '../../../src/engine/index.js';
import { knn, restoreKnn } from '../../../src/models/index.js';
import { describeEstimator } from '../../conformance/estimator.js';

describeEstimator('knn', () => knn({ neighbours: 5, power: 2 }), {
  restore: restoreKnn,
  deterministic: true,
  missing: 'refused',
  learns: true,
  reports: false,
});

const context = { task: 'regression', k: 1, seed: 1, engine: referenceEngine } as const;

describe('knn', () => {
  it('says the weighted mean of the nearest rows and of those as far away as the last of them', async () => {
    const cell = fc.integer({ min: -2, max: 2 });
    const row = fc.record({
      cells: fc.tuple(cell, cell),
      y: fc.integer({ min: -5, max: 5 }),
      weight: fc.constantFrom(0.5, 1, 3),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 30 }),
        fc.tuple(cell, cell),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(0, 1, 2),
        async (rows, query, neighbours, power) => {
          const X = { rows: rows.length, cols: 2, data: Float32Array.from(rows.flatMap(({ cells }) => cells)) };
          const y = Float32Array.from(rows, (own) => own.y);
          const weights = Float32Array.from(rows, ({ weight }) => weight);
          const model = await knn({ neighbours, power }).fit({ X, y, rows: allRows(rows.length), weights }, context);
          const { data } = await model.predict({ rows: 1, cols: 2, data: Float32Array.from(query) });
          const far = rows.map(({ cells }) => (cells[0] - query[0]) ** 2 + (cells[1] - query[1]) ** 2);
          const last = [...far].sort((a, b) => a - b)[Math.min(neighbours, rows.length) - 1];
          let [sum, total] = [0, 0];
          rows.forEach((own, i) => {
            if (far[i] > last) return;
            const voice = own.weight * (far[i] + 1e-4) ** (-power / 2);
            sum += voice * own.y;
            total += voice;
          });
          expect(data[0]).to.be.closeTo(sum / total, 1e-5);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('says the same however the rows are ordered', async () => {
    const data = Float32Array.from({ length: 80 }, (_, i) => (i * 7) % 5);
    const y = Float32Array.from({ length: 40 }, (_, i) => i);
    const X = { rows: 40, cols: 2, data };
    const said = async (rows: Uint32Array) =>
      (await (await knn({ neighbours: 4 }).fit({ X, y, rows }, context)).predict(X)).data;
    const [forth, back] = [await said(allRows(40)), await said(allRows(40).reverse())];
    forth.forEach((value, i) => expect(back[i]).to.be.closeTo(value, 1e-4));
  });

  it('refuses more than 20,000 rows', async () => {
    const X = { rows: 20_001, cols: 1, data: new Float32Array(20_001) };
    const error = await knn()
      .fit({ X, y: new Float32Array(20_001), rows: allRows(20_001) }, context)
      .catch((reason: unknown) => reason);
    expect((error as Error).message).to.match(/^knn.fit: takes at most 20000 rows, got 20001/);
  });

  it('refuses parameters that it does not know or that are out of range', () => {
    expect(() => knn({ k: 3 } as never)).to.throw('knn: every parameter must be a known one');
    expect(() => knn({ neighbours: 0 })).to.throw('neighbours must be a whole number from 1 to 1000, got 0');
    expect(() => knn({ power: -1 })).to.throw('power must be in [0, 10], got -1');
  });
});
