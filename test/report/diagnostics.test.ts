import { expect } from 'chai';
import fc from 'fast-check';

import { matrixFrom, Rng } from '../../src/core/index.js';
import { METRICS } from '../../src/evaluate/index.js';
import {
  calibration,
  confusionCells,
  density,
  groupsByValue,
  rangeOf,
  rocCurve,
  scoreRange,
} from '../../src/report/plots/diagnostics.js';

const binary = (probabilities: readonly number[]) => matrixFrom(probabilities.map((p) => [1 - p, p]));

describe('rocCurve', () => {
  it('walks by hand: one wrong pair of four takes a quarter off', () => {
    const curve = rocCurve(Float32Array.of(0, 0, 1, 1), binary([0.1, 0.6, 0.5, 0.9]), 1);
    expect(curve.area).to.equal(0.75);
    expect(curve.points).to.deep.equal([
      { falsePositive: 0, truePositive: 0 },
      { falsePositive: 0, truePositive: 0.5 },
      { falsePositive: 0.5, truePositive: 0.5 },
      { falsePositive: 0.5, truePositive: 1 },
      { falsePositive: 1, truePositive: 1 },
    ]);
  });

  it('is one straight step when all scores are equal', () => {
    const curve = rocCurve(Float32Array.of(0, 1, 1), binary([0.5, 0.5, 0.5]), 1);
    expect(curve.area).to.equal(0.5);
    expect(curve.points).to.have.length(2);
  });

  it('has no area when a class is missing, and leaves out rows without a probability', () => {
    expect(rocCurve(Float32Array.of(1, 1), binary([0.2, 0.4]), 1).area).to.be.NaN;
    expect(rocCurve(new Float32Array(0), { rows: 0, cols: 2, data: new Float32Array(0) }, 1).area).to.be.NaN;
    expect(rocCurve(Float32Array.of(0, 1, 1), binary([0.1, 0.9, NaN]), 1).area).to.equal(1);
  });

  it('has the area that the metric has, ties included', () => {
    const row = fc.record({ y: fc.integer({ min: 0, max: 1 }), p: fc.integer({ min: -8, max: 8 }) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 60 }), (rows) => {
        fc.pre(new Set(rows.map(({ y }) => y)).size === 2);
        const y = Float32Array.from(rows, (r) => r.y);
        const predictions = binary(rows.map(({ p }) => p / 8));
        expect(rocCurve(y, predictions, 1).area).to.be.closeTo(METRICS.auc.compute(y, predictions), 1e-12);
      }),
    );
  });

  it('keeps at most about 200 points of 50,000 rows, the ends among them', () => {
    const rng = new Rng(1);
    const y = Float32Array.from({ length: 50_000 }, () => Math.round(rng.uniform()));
    const { points } = rocCurve(y, binary(Array.from(y, (truth) => 0.5 * rng.uniform() + 0.3 * truth)), 1);
    expect(points.length).to.be.within(100, 205);
    expect([points[0], points.at(-1)]).to.deep.equal([
      { falsePositive: 0, truePositive: 0 },
      { falsePositive: 1, truePositive: 1 },
    ]);
  });
});

describe('calibration', () => {
  it('compares promise and outcome of groups of equal size', () => {
    const y = Float32Array.of(0, 0, 1, 1);
    const { bins, error } = calibration(y, binary([0.25, 0.25, 0.75, 0.75]), { binCount: 2 });
    expect(bins).to.deep.equal([
      { predicted: 0.25, observed: 0, count: 2 },
      { predicted: 0.75, observed: 1, count: 2 },
    ]);
    expect(error).to.equal(0.25);
  });

  it('takes the confidence in the chosen class when there are more than two', () => {
    const predictions = matrixFrom([
      [0.5, 0.25, 0.25],
      [0.25, 0.25, 0.5],
    ]);
    expect(calibration(Float32Array.of(0, 0), predictions, { binCount: 1 }).bins).to.deep.equal([
      { predicted: 0.5, observed: 0.5, count: 2 },
    ]);
  });

  it('has as many groups as there are rows when there are few', () => {
    expect(calibration(Float32Array.of(1), binary([0.5])).bins).to.have.length(1);
    expect(calibration(new Float32Array(0), { rows: 0, cols: 2, data: new Float32Array(0) }).bins).to.be.empty;
  });
});

describe('confusionCells', () => {
  it('counts every pair and shares by true class, with 0 for a class without rows', () => {
    const predictions = matrixFrom([
      [0.6, 0.3, 0.1],
      [0.1, 0.8, 0.1],
      [0.2, 0.2, 0.6],
    ]);
    const cells = confusionCells(Float32Array.of(0, 0, 2), predictions);
    const counts = [0, 1, 2].map((t) => cells.filter(({ truth }) => truth === t).map(({ count }) => count));
    expect(counts).to.deep.equal([
      [1, 1, 0],
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(cells.map(({ share }) => share)).to.deep.equal([0.5, 0.5, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('agrees with the accuracy of the metric', () => {
    const rng = new Rng(3);
    const y = Float32Array.from({ length: 200 }, () => Math.floor(4 * rng.uniform()));
    const predictions = matrixFrom(Array.from(y, () => Array.from({ length: 4 }, () => rng.uniform())));
    const right = confusionCells(y, predictions).reduce((sum, c) => sum + (c.truth === c.choice ? c.count : 0), 0);
    expect(right / 200).to.be.closeTo(METRICS.accuracy.compute(y, predictions), 1e-12);
  });
});

describe('density', () => {
  it('counts every row once, the edges included', () => {
    const cells = density([0, 0.5, 1, 2], [0, 0.5, 1, -5], [0, 1], [0, 1], 2);
    expect(cells.map(({ count }) => count)).to.deep.equal([1, 1, 2]);
    expect(cells[0]).to.deep.equal({ x1: 0, x2: 0.5, y1: 0, y2: 0.5, count: 1 });
  });
});

describe('rangeOf', () => {
  it('is never empty and never has zero width', () => {
    expect(rangeOf([])).to.deep.equal([0, 1]);
    expect(rangeOf([NaN, Infinity])).to.deep.equal([0, 1]);
    expect(rangeOf([0])).to.deep.equal([-1, 1]);
    expect(rangeOf([100, NaN, 100])).to.deep.equal([95, 105]);
    expect(rangeOf([3], [-2, NaN])).to.deep.equal([-2, 3]);
  });
});

describe('scoreRange', () => {
  it('leaves far worse scores outside, never better ones', () => {
    const { range, isOutside } = scoreRange([2900, 3000, 3100, 3300, 10_600], 'minimize');
    expect([2900, 3300, 10_600, 1].map(isOutside)).to.deep.equal([false, false, true, false]);
    expect(range[0]).to.be.lessThan(2900);
    expect(range[1]).to.be.within(3300, 4000);
  });

  it('does the same where higher is better', () => {
    const { range, isOutside } = scoreRange([0.85, 0.84, 0.83, 0.82, 0.5, null, NaN], 'maximize');
    expect([0.85, 0.82, 0.5].map(isOutside)).to.deep.equal([false, false, true]);
    expect(range[0]).to.be.within(0.7, 0.82);
  });

  it('shows both of two scores, and one, and equal ones', () => {
    expect([3000, 10_000].map(scoreRange([3000, 10_000], 'minimize').isOutside)).to.deep.equal([false, false]);
    expect(scoreRange([5], 'minimize').range[0]).to.be.lessThan(5);
    expect([1, 1].map(scoreRange([1, 1], 'maximize').isOutside)).to.deep.equal([false, false]);
    expect(scoreRange([null, NaN], 'minimize').range).to.deep.equal([0, 1]);
  });
});

describe('groupsByValue', () => {
  it('cuts rows sorted by value, then by place, into parts of one size', () => {
    const value = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ noNaN: true }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.integer({ min: 1, max: 25 }), (values, groups) => {
        const order = values
          .map((_, i) => i)
          .sort((a, b) => (values[a] === values[b] ? a - b : values[a] < values[b] ? -1 : 1));
        const found = groupsByValue(values, groups);
        expect(found.map((rows) => rows.length)).to.deep.equal(
          found.map(
            (_, g) => Math.floor(((g + 1) * values.length) / groups) - Math.floor((g * values.length) / groups),
          ),
        );
        let start = 0;
        for (const rows of found) {
          const own = order.slice(start, (start += rows.length));
          expect([...rows]).to.deep.equal(own.sort((a, b) => a - b));
        }
      }),
    );
  });
});
