import { expect } from 'chai';

import { createMatrix, matrixFrom, Rng } from '../../src/core/index.js';
import { METRICS } from '../../src/evaluate/index.js';
import { modelPage } from '../../src/report/pages/model-page.js';
import { calibration, confusionCells } from '../../src/report/plots/diagnostics.js';
import {
  classRows,
  errorDeciles,
  gainCurve,
  ratesOf,
  thresholdCounts,
} from '../../src/report/plots/diagnostics-binary.js';
import { familyBoxes } from '../../src/report/plots/distribution.js';
import { paretoFront } from '../../src/report/plots/pareto.js';
import { lanesOf } from '../../src/report/plots/timeline.js';
import { makeModel, makeStudy } from '../support/studies.js';

const two = (...p: number[]) => matrixFrom(p.map((value) => [1 - value, value]));

describe('thresholdCounts', () => {
  it('counts both sides of every hundredth, by hand', () => {
    const counts = thresholdCounts({ y: [1, 0, 1, 0], predictions: two(0.9, 0.29, 0.29, 0.1) });
    const at = (t: number) => {
      const { truePositive, falsePositive, falseNegative, trueNegative } = counts[t];
      return [truePositive, falsePositive, falseNegative, trueNegative];
    };
    expect(counts).to.have.length(101);
    expect([at(0), at(29), at(30), at(91)]).to.deep.equal([
      [2, 2, 0, 0],
      [2, 1, 0, 1],
      [1, 0, 1, 2],
      [0, 0, 2, 2],
    ]);
  });

  it('agrees with the metrics at one half', () => {
    const study = makeStudy({ task: 'binary' });
    const { y, predictions } = makeModel(study, 'lrnn-2');
    const rates = ratesOf(thresholdCounts({ y, predictions })[50]);
    expect(rates.accuracy).to.be.closeTo(METRICS.accuracy.compute(y, predictions), 1e-12);
    expect(rates.f1).to.be.closeTo(METRICS.f1.compute(y, predictions), 1e-12);
    expect(ratesOf({ threshold: 1, truePositive: 0, falsePositive: 0, falseNegative: 3, trueNegative: 4 }).precision).to
      .be.NaN;
  });
});

describe('curves of the first of two classes', () => {
  it('are those of the second where the classes stand in the other order', () => {
    const rng = new Rng(7);
    const y = Float32Array.from({ length: 60 }, () => rng.integer(2));
    const p = Array.from(y, (c) => Math.fround(0.3 * c + 0.7 * rng.uniform()));
    const predictions = matrixFrom(p.map((value) => [1 - value, value]));
    const turned = { y: y.map((c) => 1 - c), predictions: matrixFrom(p.map((value) => [value, 1 - value])) };
    expect(thresholdCounts({ y, predictions, positive: 0 })).to.deep.equal(thresholdCounts(turned));
    expect(gainCurve({ y, predictions, positive: 0 })).to.deep.equal(gainCurve(turned));
    expect(calibration(y, predictions, { positive: 0 })).to.deep.equal(calibration(turned.y, turned.predictions));
  });

  it('bear its name, and begin at the threshold of the model', () => {
    const study = makeStudy({ task: 'binary', classes: ['bad', 'good'] });
    const view = { ...makeModel(study, 'lrnn-2'), positive: 0 as const, threshold: 0.7 };
    const page = modelPage(study, view, 's');
    expect(page.thresholds).to.include({ positive: 'bad', start: 30 });
    const titles = page.figures.map(({ title }) => title);
    expect(titles).to.include.members(['ROC of bad', 'Precision and recall of bad', 'Gain and lift of bad']);
    expect(page.figures.find(({ id }) => id === 'calibration')!.caption).to.include('probability of bad');
    // As the model decides: good where its probability is above 0.7.
    const { y, predictions } = view;
    const bad = (i: number): boolean => predictions.data[2 * i + 1] <= 0.7;
    const [tp] = page.thresholds!.counts[30];
    expect(tp).to.equal(y.reduce((sum, c, i) => sum + (c === 0 && bad(i) ? 1 : 0), 0));
  });
});

describe('the slider of thresholds', () => {
  it('begins where one class is always called when costs say so, and names it', () => {
    const study = makeStudy({ task: 'binary', classes: ['bad', 'good'] });
    const slider = (costs: readonly (readonly number[])[], positive: 0 | 1) => {
      const page = modelPage(study, { ...makeModel(study, 'lrnn-2'), positive, costs }, 's');
      return [page.thresholds!.start, page.thresholds!.always];
    };
    const always = (bad: number, good: number) => [
      [bad, good],
      [bad, good],
    ];
    expect(slider(always(0, 5), 1)).to.deep.equal([100, 'bad']);
    expect(slider(always(0, 5), 0)).to.deep.equal([0, 'bad']);
    expect(slider(always(5, 0), 1)).to.deep.equal([0, 'good']);
    expect(slider(always(5, 0), 0)).to.deep.equal([100, 'good']);
    const decided = [
      [0, 1],
      [3, 0],
    ];
    expect(slider(decided, 1)).to.deep.equal([25, null]);
  });
});

describe('gainCurve', () => {
  it('finds the class first where the probabilities are right', () => {
    const points = gainCurve({ y: [1, 1, 0, 0], predictions: two(0.9, 0.8, 0.2, 0.1) }, 4);
    expect(points.map(({ share, gain, lift, precision }) => [share, gain, lift, precision])).to.deep.equal([
      [0.25, 0.5, 2, 1],
      [0.5, 1, 2, 1],
      [0.75, 1, 4 / 3, 2 / 3],
      [1, 1, 1, 0.5],
    ]);
  });

  it('shares equal probabilities, so that their order in the table does not matter', () => {
    for (const y of [
      [1, 0, 1, 0],
      [0, 0, 1, 1],
    ]) {
      expect(gainCurve({ y, predictions: two(0.5, 0.5, 0.5, 0.5) }, 4).map(({ gain }) => gain)).to.deep.equal([
        0.25, 0.5, 0.75, 1,
      ]);
    }
    expect(gainCurve({ y: [0, 0], predictions: two(0.5, 0.1) })).to.deep.equal([]);
  });
});

describe('errorDeciles', () => {
  it('groups rows by prediction, every row once, with its error and bias', () => {
    const truth = Array.from({ length: 20 }, (_, i) => i);
    const predicted = truth.map((value) => value + (value < 10 ? 1 : -2));
    const found = errorDeciles(truth, predicted, 2);
    expect(found.map(({ count }) => count)).to.deep.equal([10, 10]);
    const all = errorDeciles(truth, predicted, 1)[0];
    expect([all.meanError, all.bias]).to.deep.equal([1.5, 0.5]);
  });
});

describe('classRows', () => {
  it('says precision, recall and F1 of each class, whose mean is macro F1', () => {
    const rng = new Rng(2);
    const y = Float32Array.from({ length: 60 }, () => rng.integer(3));
    const predictions = createMatrix(60, 3);
    predictions.data.forEach((_, i) => (predictions.data[i] = rng.uniform()));
    const rows = classRows(confusionCells(y, predictions), 3);
    expect(rows.reduce((sum, { rows: own }) => sum + own, 0)).to.equal(60);
    const macro = rows.reduce((sum, { f1 }) => sum + f1 / 3, 0);
    expect(macro).to.be.closeTo(METRICS.f1_macro.compute(y, predictions), 1e-12);
  });
});

describe('paretoFront', () => {
  const points = [
    { score: 5, cost: 1 },
    { score: 3, cost: 2 },
    { score: 4, cost: 3 },
    { score: 3, cost: 2 },
    { score: 1, cost: 9 },
  ];

  it('keeps what nothing is both better and cheaper than, in both directions', () => {
    expect(paretoFront(points, 'minimize').map(({ cost }) => cost)).to.deep.equal([1, 2, 9]);
    expect(paretoFront(points, 'maximize').map(({ cost }) => cost)).to.deep.equal([1]);
    expect(paretoFront([], 'minimize')).to.deep.equal([]);
  });
});

describe('familyBoxes', () => {
  it('has the quartiles of the scored trials', () => {
    const [trial] = makeStudy().trials;
    const trials = [4, 1, 3, 2, null].map((cv) => ({ ...trial, family: 'mlp' as const, cv }));
    const [box] = familyBoxes(trials);
    expect(box).to.deep.equal({ family: 'mlp', count: 4, low: 1, q1: 1.75, median: 2.5, q3: 3.25, high: 4 });
  });
});

describe('lanesOf', () => {
  const job = (trial: number, startedAt: number, finishedAt: number) => ({
    trial,
    fold: 0,
    startedAt,
    finishedAt,
    ok: true,
  });

  it('puts jobs side by side that ran at once, and one after the other else', () => {
    const lanes = lanesOf([job(0, 0, 1000), job(1, 500, 1500), job(2, 1001, 2000), job(3, 1500, 1800)]);
    expect(lanes.map(({ trial, lane }) => [trial, lane])).to.deep.equal([
      [0, 0],
      [1, 1],
      [2, 0],
      [3, 1],
    ]);
    expect(lanes[2]).to.include({ from: 1.001, to: 2 });
  });

  it('leaves breaks between sessions out', () => {
    const lanes = lanesOf([job(0, 0, 1000), job(1, 86_400_000, 86_401_000)]);
    expect(lanes[1]).to.include({ from: 1, to: 2, lane: 0 });
  });
});
