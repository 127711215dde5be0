import { expect } from 'chai';
import fc from 'fast-check';

import type { Matrix } from '../../../src/core/index.js';
import { createMatrix, Rng } from '../../../src/core/index.js';
import type { Frame, Schema } from '../../../src/data/index.js';
import { mean, metricFor } from '../../../src/evaluate/index.js';
import { featuresOf } from '../../../src/explain/columns.js';
import { cellOf, takeRows } from '../../../src/explain/frames.js';
import { backgroundOf, contributionsOf, contributionWalks } from '../../../src/explain/model/contributions.js';
import { partialDependence } from '../../../src/explain/model/dependence.js';
import { permutationImportance } from '../../../src/explain/model/importance.js';
import type { ExplainSample } from '../../../src/explain/sample.js';
import { categorical, frameOf, numeric } from '../../prepare/support/frames.js';

const rng = new Rng(5);
const N = 60;
const column = (): number[] => Array.from({ length: N }, () => rng.normal());
const FRAME = frameOf(
  numeric('a', column()),
  numeric('b', column()),
  numeric('idle', column()),
  categorical(
    'c',
    Array.from({ length: N }, (_, i) => ['x', 'y', 'z'][i % 3]),
  ),
);
const base = { missingCount: 0, distinctCount: 3, reason: '' };
const SCHEMA: Schema = {
  version: 1,
  columns: [
    { name: 'a', kind: 'numeric', ...base },
    { name: 'b', kind: 'numeric', ...base },
    { name: 'idle', kind: 'numeric', ...base },
    { name: 'c', kind: 'categorical', ...base, levels: ['x', 'y', 'z'] },
  ],
  target: { name: 't', task: 'regression', reason: '', classes: [] },
  missingTokens: [],
};
const features = featuresOf(FRAME, SCHEMA);

type Cell = (name: string) => number;

/** A model that is a formula. */
function formula(rule: (cell: Cell) => number): (frame: Frame) => Promise<Matrix> {
  return async (frame) => {
    const out = createMatrix(frame.rowCount, 1);
    for (let row = 0; row < frame.rowCount; row++) {
      out.data[row] = rule((name) =>
        cellOf(
          frame.columns.find((own) => own.name === name)!,
          row,
        ),
      );
    }
    return out;
  };
}

describe('permutationImportance', () => {
  const predict = formula((cell) => 3 * cell('a') + cell('b'));
  const metric = metricFor('rmse', 'regression');

  it('ranks columns by what shuffling them costs, exactly nothing for one that is not used', async () => {
    const y = (await predict(FRAME)).data;
    const { score, columns } = await permutationImportance({ frame: FRAME, y, features, metric, predict });
    expect(score).to.equal(0);
    expect(columns.map(({ column: name }) => name)).to.deep.equal(['a', 'b', 'idle', 'c']);
    expect(columns[0].mean).to.be.greaterThan(2 * columns[1].mean);
    expect(columns.slice(2).map(({ mean, deviation }) => [mean, deviation])).to.deep.equal([
      [0, 0],
      [0, 0],
    ]);
    expect(columns[0].deviation).to.be.greaterThan(0);
  });

  it('cannot tell columns of noise from zero, and can tell one that says something', async () => {
    const alarms = { idle: 0, a: 0 };
    const a = (await formula((cell) => cell('a'))(FRAME)).data;
    for (let seed = 0; seed < 20; seed++) {
      // A model that believes a column of noise a little: shuffling that one changes what it says, by chance for the better or worse.
      const noisy = new Rng(900 + seed);
      const y = Float64Array.from(a, (value) => value + 2 * noisy.normal());
      const model = formula((cell) => cell('a') + 0.3 * cell('idle'));
      const { columns } = await permutationImportance({ frame: FRAME, y, features, metric, predict: model, seed });
      for (const { column: name, isClear } of columns) if (isClear && name in alarms) alarms[name as 'a']++;
    }
    expect(alarms.idle).to.be.at.most(4);
    expect(alarms.a).to.be.at.least(10);
  });

  it('counts a fall as a loss where higher is better, and repeats by the seed', async () => {
    const y = (await predict(FRAME)).data;
    const r2 = metricFor('r2', 'regression');
    const run = (seed: number) => permutationImportance({ frame: FRAME, y, features, metric: r2, predict, seed });
    const [first, again, other] = [await run(1), await run(1), await run(2)];
    expect(first.columns[0].mean).to.be.greaterThan(0.5);
    expect(again).to.deep.equal(first);
    expect(other).not.to.deep.equal(first);
  });
});

describe('partialDependence', () => {
  const predict = formula((cell) => 2 * cell('a') + cell('b') + (cell('c') === 1 ? 10 : 0));
  const ask = (name: string) => {
    const feature = features.find((own) => own.name === name)!;
    return partialDependence({ frame: FRAME, feature, predict, rows: [...Array(N).keys()], iceOutput: 0 });
  };

  it('finds a straight line where there is one, parallel row by row', async () => {
    const found = (await ask('a'))!;
    expect(found.values).to.have.length(20);
    const slope = (line: readonly number[], i: number): number =>
      (line[i + 1] - line[i]) / (found.values[i + 1] - found.values[i]);
    for (const line of [...found.mean, ...found.ice]) {
      for (let i = 0; i + 1 < found.values.length; i++) expect(slope(line, i)).to.be.closeTo(2, 1e-2);
    }
    expect(found.ice).to.have.length(24);
    expect(found.shares.reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-12);
  });

  it('is the mean over the rows', async () => {
    const { values, mean } = (await ask('a'))!;
    let rest = 0;
    for (let row = 0; row < N; row++) rest += (cellOf(FRAME.columns[1], row) + (row % 3 === 1 ? 10 : 0)) / N;
    expect(mean[0][0]).to.be.closeTo(2 * values[0] + rest, 1e-5);
  });

  it('goes through categories by name', async () => {
    const { labels, scale, mean } = (await ask('c'))!;
    expect([labels, scale]).to.deep.equal([['x', 'y', 'z'], 'category']);
    expect(mean[0][1] - mean[0][0]).to.be.closeTo(10, 1e-5);
    expect(mean[0][2] - mean[0][0]).to.be.closeTo(0, 1e-5);
  });
});

describe('contributionsOf', () => {
  const row = takeRows(FRAME, [7]);
  const own = (name: string): number =>
    cellOf(
      FRAME.columns.find((candidate) => candidate.name === name)!,
      7,
    );

  it('gives every column of a sum its own part, exactly', async () => {
    const background = takeRows(FRAME, [3]);
    const predict = formula((cell) => 2 * cell('a') - cell('b'));
    const { prediction, base: start, columns } = await contributionsOf({ row, background, features, predict });
    const other = (name: string): number =>
      cellOf(
        FRAME.columns.find((candidate) => candidate.name === name)!,
        3,
      );
    expect(prediction[0]).to.be.closeTo(2 * own('a') - own('b'), 1e-5);
    expect(start[0]).to.be.closeTo(2 * other('a') - other('b'), 1e-5);
    expect(columns.map(({ values }) => values[0])[0]).to.be.closeTo(2 * (own('a') - other('a')), 1e-5);
    expect(columns.map(({ values }) => values[0])[1]).to.be.closeTo(other('b') - own('b'), 1e-5);
    expect(columns.slice(2).map(({ values }) => values[0])).to.deep.equal([0, 0]);
  });

  it('halves what a product of two columns gives, and adds up to the prediction', async () => {
    const background = { ...takeRows(FRAME, [0]), columns: takeRows(FRAME, [0]).columns.map((c) => c) };
    const zero = frameOf(numeric('a', [0]), numeric('b', [0]), numeric('idle', [0]), background.columns[3]);
    const predict = formula((cell) => cell('a') * cell('b'));
    const { prediction, base: start, columns } = await contributionsOf({ row, background: zero, features, predict });
    const half = (own('a') * own('b')) / 2;
    expect(columns[0].values[0]).to.be.closeTo(half, 1e-6);
    expect(columns[1].values[0]).to.be.closeTo(half, 1e-6);
    const sum = columns.reduce((all, { values }) => all + values[0], start[0]);
    expect(sum).to.be.closeTo(prediction[0], 1e-5);
  });
});

describe('backgroundOf', () => {
  const groups = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 2, maxLength: 5 });
  /** A sample whose column `t` repeats the target, so that rows can be told by it. */
  const sampleOf = (y: readonly number[]): ExplainSample => ({
    frame: frameOf(numeric('t', [...y])),
    y: Float32Array.from(y),
    rows: Uint32Array.from(y.keys()),
    folds: new Int32Array(y.length),
  });
  const targets = (sample: ExplainSample, columns: number): number[] => {
    const {
      rowCount,
      columns: [column],
    } = backgroundOf(sample, columns);
    return Array.from({ length: rowCount }, (_, row) => cellOf(column, row));
  };

  it('has the classes of the whole sample in their shares, however the file is sorted', () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: 200 }), (sizes, columns) => {
        const y = sizes.flatMap((size, group) => Array.from({ length: size }, () => group));
        const drawn = targets(sampleOf(y), columns);
        sizes.forEach((size, group) => {
          const share = drawn.filter((own) => own === group).length / drawn.length;
          expect(share).to.be.closeTo(size / y.length, 1 / drawn.length + 1e-9);
        });
      }),
    );
  });

  it('has the mean of a target of numbers, forwards or backwards', () => {
    const numbers = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 100, maxLength: 500 });
    fc.assert(
      fc.property(numbers, (y) => {
        for (const order of [y, [...y].reverse(), [...y].sort((a, b) => a - b)]) {
          expect(mean(targets(sampleOf(order), 5))).to.be.closeTo(mean(y), 100 / 64);
        }
      }),
    );
  });

  it("is walked from in an order that is not the target's: the first few rows are near all of them", () => {
    const firsts = contributionWalks(64, 5)
      .slice(0, 32)
      .map(({ from }) => from);
    expect(mean(firsts)).to.be.within(20, 43);
  });

  it('has fewer rows where there are many columns, and no more than there are', () => {
    const y = Array.from({ length: 500 }, (_, i) => i);
    expect([5, 60, 1000].map((columns) => targets(sampleOf(y), columns).length)).to.deep.equal([64, 24, 12]);
    expect(targets(sampleOf(y.slice(0, 9)), 5)).to.deep.equal(y.slice(0, 9));
  });
});
