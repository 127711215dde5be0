import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import type { Matrix } from '../../src/core/index.js';
import { allRows, createMatrix, matrixFrom, Rng } from '../../src/core/index.js';
import type { Calibration } from '../../src/ensemble/calibrate.js';
import { calibrated, chooseCalibration, fitTemperature, requireCalibration } from '../../src/ensemble/calibrate.js';
import { fitIsotonic } from '../../src/ensemble/isotonic.js';
import { interpolate, METRICS } from '../../src/evaluate/index.js';
import { assertClose } from '../support/close.js';

interface Golden {
  temperatures: {
    name: string;
    y: number[];
    predictions: number[][];
    weights: number[] | null;
    temperature: number;
    loss: number;
  }[];
  isotonic: {
    name: string;
    y: number[];
    scores: number[];
    weights: number[] | null;
    x: number[];
    means: number[];
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/ensemble/calibration.json', import.meta.url), 'utf8'),
) as Golden;

/** Outcomes drawn from honest probabilities, and what a model says that is `power` times as sure in log-odds. */
function exaggerated(n: number, power: number, seed = 1): { y: Float64Array; predictions: Matrix } {
  const rng = new Rng(seed);
  const predictions = createMatrix(n, 2);
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const logit = 1.5 * rng.normal();
    y[i] = Number(rng.uniform() < 1 / (1 + Math.exp(-logit)));
    const p = 1 / (1 + Math.exp(-power * logit));
    predictions.data.set([1 - p, p], 2 * i);
  }
  return { y, predictions };
}

const fifths = (n: number): Uint32Array[] =>
  [0, 1, 2, 3, 4].map((fold) => allRows(n).filter((row) => row % 5 === fold));
const logLoss = (y: Float64Array, predictions: Matrix) => METRICS.logloss.compute(y, predictions);

describe('fitTemperature', () => {
  for (const { name, y, predictions, weights, temperature, loss } of golden.temperatures) {
    it(`agrees with SciPy's minimum on: ${name}`, () => {
      const matrix = matrixFrom(predictions);
      const found = fitTemperature(
        matrix,
        Float64Array.from(y),
        allRows(y.length),
        weights ? Float64Array.from(weights) : undefined,
      );
      // SciPy stops at about the square root of float64's precision.
      assertClose([(found as { temperature: number }).temperature], [temperature], { rtol: 1e-5, atol: 0 });
      const after = METRICS.logloss.compute(
        Float64Array.from(y),
        calibrated(matrix, found),
        weights ? Float64Array.from(weights) : undefined,
      );
      assertClose([after], [loss], { rtol: 1e-5, atol: 1e-6 });
    });
  }

  it('does not ask for certainty where the classes are told apart without a mistake', () => {
    const rows = Array.from({ length: 100 }, (_, i) => (i % 2 ? [0.1, 0.9] : [0.9, 0.1]));
    const found = fitTemperature(
      matrixFrom(rows),
      Float64Array.from(rows, (_, i) => i % 2),
      allRows(100),
    );
    // Of 102 rows one half would be wrong: 0.9^(1/T) / (0.9^(1/T) + 0.1^(1/T)) = 1 - 1/204.
    expect(found)
      .to.have.property('temperature')
      .that.is.closeTo(Math.log(9) / Math.log(203), 1e-6);
    const surer = rows.map(([p]) => (p > 0.5 ? [0.999, 0.001] : [0.001, 0.999]));
    const kept = fitTemperature(
      matrixFrom(surer),
      Float64Array.from(rows, (_, i) => i % 2),
      allRows(100),
    );
    expect(kept, 'taken back a little').to.have.property('temperature').that.is.above(1);
  });
});

describe('fitIsotonic', () => {
  for (const { name, y, scores, weights, x, means } of golden.isotonic) {
    it(`has the blocks of scikit-learn on: ${name}`, () => {
      const line = fitIsotonic(
        Float32Array.from(scores),
        Float64Array.from(y),
        weights ? Float64Array.from(weights) : undefined,
      );
      const floor = 0.5 / (y.length + 1);
      const inner = line.x
        .map((at, i) => [at, line.y[i]])
        .filter(([at]) => x.some((other) => Math.abs(other - at) < 1e-6));
      assertClose(
        inner.map(([at]) => at),
        x,
        { rtol: 1e-6, atol: 1e-7 },
        'centres',
      );
      const kept = means.map((mean) => Math.min(Math.max(mean, floor), 1 - floor));
      assertClose(
        inner.map(([, value]) => value),
        kept,
        { rtol: 1e-9, atol: 1e-9 },
        'means',
      );
    });
  }

  it('grows strictly, so that no ranking is lost', () => {
    const { y, predictions } = exaggerated(3000, 2);
    const line = fitIsotonic(
      Float32Array.from({ length: 3000 }, (_, i) => predictions.data[2 * i + 1]),
      y,
    );
    for (let i = 1; i < line.x.length; i++) {
      expect(line.x[i]).to.be.greaterThan(line.x[i - 1]);
      expect(line.y[i]).to.be.greaterThan(line.y[i - 1]);
    }
    expect([line.x[0], line.x.at(-1)]).to.deep.equal([0, 1]);
    expect(line.y[0]).to.be.greaterThan(0);
    expect(line.y.at(-1)).to.be.lessThan(1);
    const after = calibrated(predictions, { method: 'isotonic', ...line });
    expect(METRICS.auc.compute(y, after)).to.be.closeTo(METRICS.auc.compute(y, predictions), 1e-4);
  });

  it('is interpolated between its points and level beyond them', () => {
    const at = (x: number) => interpolate([0.2, 0.4, 0.8], [0.1, 0.3, 0.9], x);
    assertClose([at(0.1), at(0.2), at(0.3), at(0.6), at(0.8), at(1)], [0.1, 0.1, 0.2, 0.6, 0.9, 0.9], {
      rtol: 1e-12,
      atol: 0,
    });
  });

  it('takes one score everywhere, and weights of 0 only, for one block', () => {
    const same = Float32Array.of(0.5, 0.5, 0.5, 0.5);
    expect(fitIsotonic(same, Float64Array.of(0, 1, 1, 1)).y[1]).to.equal(0.75);
    expect(fitIsotonic(same, Float64Array.of(0, 1, 1, 1), new Float64Array(4)).y[1]).to.equal(0.5);
  });
});

describe('chooseCalibration', () => {
  it('calms a model that is twice too sure, and lowers the log loss of rows it has not seen', () => {
    const { y, predictions } = exaggerated(600, 2);
    const { calibration } = chooseCalibration(predictions, y, { parts: fifths(600) });
    expect(calibration).to.have.property('method', 'temperature');
    expect((calibration as { temperature: number }).temperature).to.be.within(1.6, 2.4);
    const fresh = exaggerated(4000, 2, 9);
    expect(logLoss(fresh.y, calibrated(fresh.predictions, calibration))).to.be.lessThan(
      logLoss(fresh.y, fresh.predictions) - 0.02,
    );
  });

  it('takes certainty back from a model that is right on each of a few rows, and leaves it where many rows bear it out', () => {
    const sure = (n: number, p: number) => {
      const y = Float64Array.from({ length: n }, (_, i) => i % 3);
      const predictions = createMatrix(n, 3);
      for (let i = 0; i < n; i++)
        for (let c = 0; c < 3; c++) predictions.data[3 * i + c] = c === y[i] ? p : (1 - p) / 2;
      return { y, predictions };
    };
    const few = sure(60, 1 - 1e-6);
    const choice = chooseCalibration(few.predictions, few.y, { parts: fifths(60) });
    // Of 62 rows two thirds of one would be wrong.
    expect(calibrated(few.predictions, choice.calibration).data[0]).to.be.closeTo(1 - 2 / (3 * 62), 1e-3);
    const many = sure(3000, 1 - 2 / (3 * 3002));
    expect(chooseCalibration(many.predictions, many.y, { parts: fifths(3000) }).calibration).to.equal(null);
  });

  it('leaves honest probabilities alone, whatever the draw', () => {
    const kept = [1, 2, 3, 4, 5, 6, 7, 8].filter((seed) => {
      const { y, predictions } = exaggerated(1200, 1, seed);
      const choice = chooseCalibration(predictions, y, { parts: fifths(1200) });
      if (choice.calibration === null) expect(choice.predictions).to.equal(predictions);
      return choice.calibration !== null;
    });
    expect(kept.length).to.be.at.most(1);
  });

  it('draws a line where the error is no matter of sureness, from 1,000 rows up', () => {
    const shifted = (n: number) => {
      const { y, predictions } = exaggerated(n, 1, 3);
      // As a model trained on balanced weights says it: class 1 is taken for nine times as common as it is.
      for (let i = 0; i < n; i++) {
        const p = predictions.data[2 * i + 1];
        const moved = (9 * p) / (9 * p + 1 - p);
        predictions.data.set([1 - moved, moved], 2 * i);
      }
      return { y, predictions };
    };
    const large = shifted(3000);
    const choice = chooseCalibration(large.predictions, large.y, { parts: fifths(3000) });
    expect(choice.calibration).to.have.property('method', 'isotonic');
    expect(logLoss(large.y, choice.predictions)).to.be.lessThan(
      logLoss(large.y, exaggerated(3000, 1, 3).predictions) + 0.02,
    );
    const small = shifted(990);
    const few = chooseCalibration(small.predictions, small.y, { parts: fifths(990) });
    expect(few.calibration?.method).to.not.equal('isotonic');
  });

  it('judges every fold by what the others say: outcomes of a fold never change its own predictions', () => {
    const { y, predictions } = exaggerated(500, 3);
    const parts = fifths(500);
    const before = chooseCalibration(predictions, y, { parts });
    const turned = y.slice();
    // Few enough that the choice stays the same.
    for (const row of parts[2].subarray(0, 10)) turned[row] = 1 - turned[row];
    const after = chooseCalibration(predictions, turned, { parts });
    const of = ({ data }: Matrix, fold: number) => Array.from(parts[fold], (row) => data[2 * row + 1]);
    expect(of(after.predictions, 2)).to.deep.equal(of(before.predictions, 2));
    expect(of(after.predictions, 1)).to.not.deep.equal(of(before.predictions, 1));
    expect(after.calibration).to.not.deep.equal(before.calibration);
  });

  it('learns from earlier folds only where folds follow each other in time', () => {
    const { y, predictions } = exaggerated(500, 3);
    const parts = [0, 1, 2, 3, 4].map((fold) => allRows(500).subarray(100 * fold, 100 * fold + 100));
    const before = chooseCalibration(predictions, y, { parts, ordered: true });
    const turned = y.slice();
    for (const row of parts[4].subarray(0, 20)) turned[row] = 1 - turned[row];
    const after = chooseCalibration(predictions, turned, { parts, ordered: true });
    expect(before.calibration).to.not.equal(null);
    expect(after.predictions).to.deep.equal(before.predictions);
    expect(before.predictions.data.subarray(0, 200)).to.deep.equal(predictions.data.subarray(0, 200));
  });

  it('counts a row of weight 2 as two rows', () => {
    const { y, predictions } = exaggerated(300, 2);
    const rows = Uint32Array.from({ length: 600 }, (_, i) => i % 300);
    const twice = {
      rows: 600,
      cols: 2,
      data: Float32Array.from({ length: 1200 }, (_, i) => predictions.data[i % 600]),
    };
    const weights = Float32Array.from(y, (_, i) => (i % 3 === 0 ? 2 : 0));
    const doubled = rows.filter((row) => row % 3 === 0);
    const a = fitTemperature(predictions, y, allRows(300), weights);
    const b = fitTemperature(
      twice,
      Float64Array.from(rows, (row) => y[row]),
      doubled,
    );
    expect((a as { temperature: number }).temperature).to.be.closeTo((b as { temperature: number }).temperature, 1e-6);
  });
});

describe('a calibration from a file', () => {
  it('is refused when it is none', () => {
    const bad: [unknown, RegExp][] = [
      [{ method: 'temperature', temperature: 0 }, /temperature must be above 0, got 0/],
      [{ method: 'code' }, /calibration must be a known one/],
      [{ method: 'isotonic', x: [0, 1], y: [0] }, /must have an x for every y/],
      [{ method: 'isotonic', x: [1, 0], y: [0, 1] }, /must grow from 0 to 1/],
      [{ method: 'isotonic', x: [0, 1], y: [0, 2] }, /must grow from 0 to 1/],
    ];
    for (const [calibration, message] of bad) {
      expect(() => requireCalibration(calibration as Calibration, 2)).to.throw(message);
    }
    expect(() => requireCalibration({ method: 'isotonic', x: [0, 1], y: [0, 1] }, 3)).to.throw(/known one/);
    requireCalibration({ method: 'isotonic', x: [0, 1], y: [0, 1] }, 2);
  });
});
